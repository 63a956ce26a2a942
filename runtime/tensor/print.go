package tensor

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/resident-go/resident/runtime/device"
)

// noTensor is how nil prints: a gradient before Backward, for example.
const noTensor = "no tensor"

// String prints shape, type and elements. Of large tensors the middle of long dimensions is left out.
func (t *Tensor) String() string {
	if t == nil {
		return noTensor
	}
	head := t.view().String() + t.state()
	if t.Size() == 0 {
		return head + " without elements"
	}
	cuts := t.cuts()
	elements := aligned(t.layout.Shape, cuts, t.sample(cuts).format())
	if t.Rank() < 2 {
		return head + " " + elements
	}
	return head + "\n" + elements
}

// Format implements [fmt.Formatter]: %v and %s are for String; with a verb for numbers, as in %.3f, each element is written so, and nothing else.
func (t *Tensor) Format(s fmt.State, verb rune) {
	format := fmt.FormatString(s, verb)
	switch {
	case strings.ContainsRune("vsq", verb):
		fmt.Fprintf(s, format, t.String())
	case t == nil || t.Size() == 0:
		fmt.Fprint(s, t.String())
	default:
		cuts := t.cuts()
		sample := t.sample(cuts)
		cells := make([]string, sample.Size())
		for i, v := range sample.Float64s() {
			cells[i] = fmt.Sprintf(format, t.number(v, verb))
		}
		fmt.Fprint(s, aligned(t.layout.Shape, cuts, cells))
	}
}

// number is an element as the type that its own digits show best, which verbs for whole numbers want of integers.
func (t *Tensor) number(v float64, verb rune) any {
	switch {
	case !t.DType().IsFloat() && strings.ContainsRune("bcdoOxXU", verb):
		return int64(v)
	case t.DType() == device.F32 || t.DType() == device.BF16:
		return float32(v)
	}
	return v
}

// state is what one should know besides shape and type.
func (t *Tensor) state() (s string) {
	switch {
	case t.grad != nil:
		s = " with gradient"
	case t.node != nil && t.node.isLeaf():
		s = " tracked"
	case t.node != nil:
		s = " from " + t.node.op
	}
	if t.Frozen() {
		s += " frozen"
	}
	return s
}

// cuts are, for each dimension, how many places are shown at each end, 0 for all.
func (t *Tensor) cuts() []int {
	const (
		most   = 100 // elements that are shown without cuts,
		length = 10  // if no dimension is longer
	)
	cuts := make([]int, t.Rank())
	for d, n := range t.layout.Shape {
		edge := 3
		if d < t.Rank()-2 {
			edge = 1
		}
		if n > 2*edge+1 && (n > length || t.Size() > most) {
			cuts[d] = edge
		}
	}
	return cuts
}

// sample is the part that is printed. In a dimension that is cut, the element behind the first ones stands for what is left out.
func (t *Tensor) sample(cuts []int) *Tensor {
	s := t.Detach()
	for d, edge := range cuts {
		if n := t.layout.Shape[d]; edge > 0 {
			s = Concat(d, s.Slice(d, 0, edge+1), s.Slice(d, n-edge, n))
		}
	}
	return s
}

// shown is how many places of a dimension a sample has.
func shown(n, edge int) int {
	if edge > 0 {
		return 2*edge + 1
	}
	return n
}

// aligned is the elements below each other; cells are those of the sample.
func aligned(shape, cuts []int, cells []string) string {
	if len(shape) == 0 {
		return cells[0]
	}
	width := 0
	for _, c := range cells {
		width = max(width, len(c))
	}
	return printed(shape, cuts, cells, width, 0)
}

// printed is the elements in brackets.
func printed(shape, cuts []int, cells []string, width, indent int) string {
	n := shown(shape[0], cuts[0])
	each := len(cells) / n
	parts := make([]string, n)
	for i := range n {
		switch {
		case cuts[0] > 0 && i == cuts[0]:
			parts[i] = "..."
		case len(shape) == 1:
			parts[i] = fmt.Sprintf("%*s", width, cells[i])
		default:
			parts[i] = printed(shape[1:], cuts[1:], cells[i*each:(i+1)*each], width, indent+1)
		}
	}
	sep := " "
	if len(shape) > 1 {
		sep = strings.Repeat("\n", len(shape)-1) + strings.Repeat(" ", indent+1)
	}
	return "[" + strings.Join(parts, sep) + "]"
}

// format writes all elements with the same number of decimals.
func (t *Tensor) format() []string {
	values, bits := t.Float64s(), 32
	if t.DType() == device.F64 {
		bits = 64
	}
	verb, digits := byte('f'), 0
	if t.DType().IsFloat() {
		verb, digits = formatOf(values, bits)
	}
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = formatted(v, verb, digits)
	}
	return all
}

// formatOf is how numbers are best written: whole, with as many decimals as the largest deserves or all of them have, or with exponents.
func formatOf(values []float64, bits int) (verb byte, digits int) {
	most, whole := 0.0, true
	for _, v := range values {
		if a := math.Abs(v); !math.IsInf(a, 0) && !math.IsNaN(a) {
			most, whole = max(most, a), whole && a == math.Trunc(a)
		}
	}
	switch {
	case whole && most < 1e8:
		return 'f', 0
	case most >= 1e6 || most < 1e-4:
		return 'e', 3
	case most >= 1e3:
		digits = 2
	case most >= 0.1:
		digits = 4
	default:
		digits = 3 - int(math.Floor(math.Log10(most))) // four digits of the largest
	}
	return 'f', min(digits, decimals(values, bits))
}

// decimals is how many the longest of these numbers has, at least one.
func decimals(values []float64, bits int) int {
	most := 1
	for _, v := range values {
		if _, after, ok := strings.Cut(strconv.FormatFloat(v, 'f', -1, bits), "."); ok {
			most = max(most, len(after))
		}
	}
	return most
}

// formatted writes a number; one that would look like 0 without being it has an exponent.
func formatted(v float64, verb byte, digits int) string {
	s := strconv.FormatFloat(v, verb, digits, 64)
	switch {
	case v == 0:
		if verb == 'e' {
			return "0"
		}
		return strings.TrimPrefix(s, "-")
	case verb == 'f' && strings.Trim(s, "-0.") == "":
		return strconv.FormatFloat(v, 'e', 0, 64)
	}
	return s
}
