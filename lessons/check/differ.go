package check

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Differ says how results differ from what is wanted, or "". A call that panics has not done what is wanted, unless that is a panic. Numbers are compared by their value, whatever type they have; NaN is equal to itself;
// strings, booleans, and errors by their text; lists, maps and structs piece by piece, and a nil list is an empty one; a pointer is what it points to.
func Differ(got []Value, want Want) string {
	if problem, about := panics(got, want.Values); about {
		return problem
	}
	if len(got) != len(want.Values) {
		return fmt.Sprintf("it returned %s, want %s", counted(len(got)), counted(len(want.Values)))
	}
	for i := range got {
		at := ""
		if len(got) > 1 {
			at = fmt.Sprintf("result %d", i+1)
		}
		d := &differ{tol: want.Tol}
		if problem := d.at(at, "", got[i], want.Values[i], 0); problem != "" {
			return problem
		}
	}
	return ""
}

func counted(n int) string {
	if n == 1 {
		return "1 value"
	}
	return fmt.Sprintf("%d values", n)
}

type differ struct{ tol float64 }

// at compares two values, of which the path says where in a result they are.
func (d *differ) at(result, path string, got, want Value, depth int) string {
	where := strings.TrimSpace(result + " " + path)
	if where != "" {
		where = "at " + where + ": "
	}
	if depth > maxDepth {
		return where + "the value lies too deep to be compared"
	}
	switch {
	case want.Kind == Opaque || got.Kind == Opaque:
		return fmt.Sprintf("%sgot %v, which cannot be compared; want %v", where, got, want)
	case number(got) && number(want):
		if problem := d.numbers(got, want); problem != "" {
			return where + problem
		}
		return ""
	case want.Kind == Error && want.Text == anyText && got.Kind == Error:
		return ""
	case want.Kind == Pattern:
		if problem := like(got, want.Text); problem != "" {
			return where + problem
		}
		return ""
	case empty(got) && empty(want):
		return ""
	case got.Kind != want.Kind:
		return fmt.Sprintf("%sgot %s, want %s", where, described(got), described(want))
	case want.Kind == List || want.Kind == Map || want.Kind == Struct:
		return d.parts(result, path, where, got, want, depth)
	case got.Text != want.Text:
		return fmt.Sprintf("%sgot %v, want %v", where, got, want)
	}
	return ""
}

// empty values of a list are all the same: nil, a nil slice, one without elements.
func empty(v Value) bool {
	return v.Kind == Nil || (v.Kind == List || v.Kind == Map) && len(v.Items) == 0
}

func described(v Value) string {
	if v.Kind == Nil || v.Kind == Error {
		return v.String()
	}
	return fmt.Sprintf("%v (%s)", v, strings.TrimSuffix(v.Type, " "))
}

func number(v Value) bool { return v.Kind == Integer || v.Kind == Float || v.Kind == Complex }

func (d *differ) numbers(got, want Value) string {
	if got.Kind == Integer && want.Kind == Integer && got.Text == want.Text {
		return ""
	}
	if got.Kind == Complex || want.Kind == Complex {
		return d.complexes(got, want)
	}
	g, errG := strconv.ParseFloat(got.Text, 64)
	w, errW := strconv.ParseFloat(want.Text, 64)
	exact := got.Kind == Integer || want.Kind == Integer // beyond 2^53 two may be one float
	switch {
	case errG != nil || errW != nil:
		return fmt.Sprintf("got %v, want %v", got, want)
	case !exact && g == w, exact && g == w && sameWhole(got, want), math.IsNaN(g) && math.IsNaN(w):
		return ""
	case !(math.Abs(g-w) <= d.tol*max(1, math.Abs(w))):
		return fmt.Sprintf("got %v, want %v%s", got, want, d.off(math.Abs(g-w)))
	case math.IsInf(w, 0): // a tolerance times infinity lets everything pass
		return fmt.Sprintf("got %v, want %v", got, want)
	case d.tol == 0:
		return fmt.Sprintf("got %v, want %v", got, want)
	}
	return ""
}

// sameWhole compares whole numbers digit by digit.
func sameWhole(got, want Value) bool {
	g, okG := wholeNumber(got)
	w, okW := wholeNumber(want)
	return okG && okW && g == w
}

func (d *differ) complexes(got, want Value) string {
	g, errG := strconv.ParseComplex(complexText(got), 128)
	w, errW := strconv.ParseComplex(complexText(want), 128)
	if errG == nil && errW == nil {
		off := math.Hypot(real(g)-real(w), imag(g)-imag(w))
		if g == w || off <= d.tol*max(1, math.Hypot(real(w), imag(w))) && !math.IsInf(off, 0) {
			return ""
		}
	}
	return fmt.Sprintf("got %v, want %v", got, want)
}

func complexText(v Value) string {
	if v.Kind == Complex {
		return v.Text
	}
	return "(" + v.Text + "+0i)"
}

// off says how far a number is from what it should be, where a tolerance makes that worth saying.
func (d *differ) off(by float64) string {
	if d.tol == 0 || math.IsNaN(by) || math.IsInf(by, 0) {
		return ""
	}
	return fmt.Sprintf(" (off by %.3g, allowed are %g)", by, d.tol)
}

func (d *differ) parts(result, path, where string, got, want Value, depth int) string {
	if want.Kind == List {
		if len(got.Items) != len(want.Items) {
			return fmt.Sprintf("%sgot %d elements, want %d: got %v, want %v", where, len(got.Items), len(want.Items), got, want)
		}
		for i := range want.Items {
			if problem := d.at(result, fmt.Sprintf("%s[%d]", path, i), got.Items[i], want.Items[i], depth+1); problem != "" {
				return problem
			}
		}
		return ""
	}
	at, problem := paired(got, want)
	if problem != "" {
		return where + problem
	}
	for i := range want.Items {
		next := path + "." + want.Names[i].Text
		if want.Kind == Map {
			next = fmt.Sprintf("%s[%v]", path, want.Names[i])
		}
		if problem := d.at(result, next, got.Items[at[i]], want.Items[i], depth+1); problem != "" {
			return problem
		}
	}
	return ""
}

// paired says where in a map, or a struct, the keys or fields of another one are, or what is missing in which of them.
func paired(got, want Value) (at []int, problem string) {
	if len(got.Names) != len(got.Items) || len(want.Names) != len(want.Items) {
		return nil, "the value is malformed"
	}
	has := make(map[string][]int, len(got.Names))
	for i, n := range got.Names {
		has[identity(n)] = append(has[identity(n)], i)
	}
	for _, n := range want.Names {
		places := has[identity(n)]
		if len(places) == 0 {
			return nil, fmt.Sprintf("%v is missing in %v", n, got)
		}
		at, has[identity(n)] = append(at, places[0]), places[1:]
	}
	for _, n := range got.Names {
		if len(has[identity(n)]) > 0 {
			return nil, fmt.Sprintf("%v should not be there in %v", n, got)
		}
	}
	return at, ""
}
