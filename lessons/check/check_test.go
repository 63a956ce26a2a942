package check_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/resident-go/resident/lessons/check"
)

type point struct {
	X, Y float64
	name string
}

type tensor struct{ hidden int }

func (tensor) Shape() []int        { return []int{2} }
func (tensor) Float64s() []float64 { return []float64{1, 2} }

type list struct {
	next *list
}

// long is a text that is shown cut.
var long = strings.Repeat("long", 200)

// words counts words, some of which look like numbers. Each call makes another map, which Go goes through in another order.
func words() map[string]int {
	counts := map[string]int{}
	for i, w := range strings.Fields("10 9 1a nan inf infinity NaN 0x1p4 1e3 1000 banana") {
		counts[w] = i
	}
	return counts
}

// TestDiffer compares values after they went through JSON, as those of a submission do. Want is "" where they are the same.
func TestDiffer(t *testing.T) {
	round := &list{}
	round.next = round
	for _, row := range []struct {
		got, want any
		tol       float64
		problem   string
	}{
		{math.Nextafter(0.3, 1), 0.3, 1e-12, ""},
		{math.Nextafter(0.3, 1), 0.3, 0, "got 0.30000000000000004, want 0.3"},
		{1001.0, 1000, 1e-3, ""},
		{1002.0, 1000, 1e-3, "got 1002, want 1000 (off by 2, allowed are 0.001)"},
		{float32(0.1), 0.1, 1e-6, ""},
		{int8(3), 3.0, 0, ""},
		{math.NaN(), math.NaN(), 0, ""},
		{math.NaN(), 1.0, 1e9, "got NaN, want 1"},
		{1.0, math.NaN(), 1e9, "got 1, want NaN"},
		{math.Inf(1), math.Inf(1), 0, ""},
		{math.Inf(-1), math.Inf(1), 1, "got -Inf, want +Inf"},
		{1e300, math.Inf(1), 1e-9, "got 1e+300, want +Inf"},
		{int64(math.MaxInt64), int64(math.MaxInt64 - 1), 0, "got 9223372036854775807, want 9223372036854775806"},
		{uint64(math.MaxUint64), uint64(math.MaxUint64), 0, ""},
		{complex(1, 1e-12), complex(1, 0), 1e-9, ""},
		{complex(1, 1), 1, 0, "got (1+1i), want 1"},
		{"go", "Go", 0, `got "go", want "Go"`},
		{true, false, 0, "got true, want false"},
		{"1", 1, 0, `got "1" (string), want 1 (int)`},
		{nil, 1, 0, "got nil, want 1 (int)"},
		{[]int{1, 2}, []float64{1, 2}, 0, ""},
		{[2]int{1, 2}, []int{1, 2}, 0, ""},
		{[]int{1, 2, 3}, []int{1, 2}, 0, "got 3 elements, want 2: got [1, 2, 3], want [1, 2]"},
		{[][]float64{{1}, {2, 0.5}}, [][]float64{{1}, {2, 0.25}}, 0.1, "at [1][1]: got 0.5, want 0.25 (off by 0.25, allowed are 0.1)"},
		{[]int(nil), []int{}, 0, ""},
		{map[string]int{"a": 1, "b": 2}, map[string]int{"b": 2, "a": 1}, 0, ""},
		{map[string]int{"a": 1}, map[string]int{"b": 1}, 0, `"b" is missing in {"a": 1}`},
		{map[int]int{10: 1, 9: 2}, map[int]int{9: 2, 10: 3}, 0, "at [10]: got 1, want 3"},
		{words(), words(), 0, ""},
		{map[string]int{long + "a": 1}, map[string]int{long + "b": 1}, 0, fmt.Sprintf("%q is missing in {%q: 1}", long[:400]+"…", long[:400]+"…")},
		{map[[2]string]int{{long, "a"}: 1}, map[[2]string]int{{long, "b"}: 1}, 0, "which cannot be told apart"},
		{map[float64]int{1e6: 1, -0.5: 2}, map[any]int{1000000: 1, -0.5: 2}, 0, ""},
		{map[any]int{1: 1, 1.0: 2, "1": 3}, map[any]int{"1": 3, 1: 1, 1.0: 2}, 0, ""},
		{map[any]int{1: 1, "1": 3}, map[any]int{1: 1, 1.0: 2}, 0, "1 is missing in {1: 1, \"1\": 3}"},
		{map[float64]int{math.NaN(): 1, math.Copysign(0, -1): 2}, map[float64]int{0: 2, math.NaN(): 1}, 0, ""},
		{float64(1 << 53), int64(1<<53 + 1), 0, "got 9.007199254740992e+15, want 9007199254740993"},
		{int64(1<<53 + 1), float64(1 << 53), 0, "got 9007199254740993, want 9.007199254740992e+15"},
		{float64(1 << 62), int64(1 << 62), 0, ""},
		{math.Copysign(0, -1), 0, 0, ""},
		{struct{ Y, X int }{2, 1}, struct{ X, Y int }{1, 2}, 0, ""},
		{struct{ Y, X int }{1, 2}, struct{ X, Y int }{1, 2}, 0, "at .X: got 2, want 1"},
		{point{1, 2, "p"}, point{1, 2, "q"}, 0, `at .name: got "p", want "q"`},
		{&point{1, 2, ""}, point{1, 2, ""}, 0, ""},
		{errors.New("no"), errors.New("no"), 0, ""},
		{errors.New("no"), check.AnError, 0, ""},
		{nil, check.AnError, 0, `got nil, want error "any error"`},
		{errors.New("no"), nil, 0, `got error "no", want nil`},
		{tensor{1}, tensor{2}, 0, ""},
		{func() {}, nil, 0, "got (func()), which cannot be compared; want nil"},
		{strings.Repeat("x", 2<<20), "", 0, `got (string of 2097152 bytes), which cannot be compared; want ""`},
		{make([]byte, 1<<20), []byte{}, 0, "got ([]uint8 of 1048576 elements), which cannot be compared; want []"},
		{round, nil, 0, "which cannot be compared"},
		{errors.New("open none: no such file"), check.Like("no such"), 0, ""},
		{"a b", check.Like(`^a\s`), 0, ""},
		{"b", check.Like("^a"), 0, `got "b", want a text like "^a"`},
		{nil, check.Like("."), 0, `got nil, want a text like "."`},
	} {
		values, err := json.Marshal(check.Values(row.got))
		if err != nil {
			t.Fatal(err)
		}
		var got []check.Value
		if err := json.Unmarshal(values, &got); err != nil {
			t.Fatal(err)
		}
		problem := check.Differ(got, check.Wanted(row.want, check.Tol(row.tol)))
		if strings.HasPrefix(row.problem, "which cannot be") && problem != "" {
			continue
		}
		if problem != row.problem {
			t.Errorf("%T, %T: got %q, want %q", row.got, row.want, problem, row.problem)
		}
	}
}

func TestHowMany(t *testing.T) {
	if got := check.Differ(check.Values(1, nil), check.Wanted(1)); got != "it returned 2 values, want 1 value" {
		t.Error(got)
	}
	if got := check.Differ(check.Values(1, errors.New("no")), check.Wanted(1, nil)); got != `at result 2: got error "no", want nil` {
		t.Error(got)
	}
}

// FuzzDiffer compares what a hostile process may send in place of values.
func FuzzDiffer(f *testing.F) {
	f.Add(`[{"kind": "map", "names": [{"kind": "string", "text": "a"}], "items": []}]`)
	f.Add(`[{"kind": "struct", "items": [{"kind": "float", "text": "x"}]}]`)
	f.Add(`[{"kind": "list", "items": [{}, {"kind": "nil"}]}]`)
	f.Add(`[{"kind": "complex number", "text": "(1+"}]`)
	wants := []check.Want{
		check.Wanted(map[string]int{"a": 1, "b": 2}), check.Wanted(point{1, 2, ""}), check.Wanted([]float64{1}, check.Tol(1)), check.Wanted(complex(1, 2)), check.Wanted(nil),
	}
	f.Fuzz(func(t *testing.T, text string) {
		var got []check.Value
		if json.Unmarshal([]byte(text), &got) != nil {
			return
		}
		for _, want := range wants {
			check.Differ(got, want)
		}
	})
}

func TestCall(t *testing.T) {
	half := func(x float64) float64 { return x / 2 }
	join := func(sep string, parts ...string) string { return strings.Join(parts, sep) }
	for _, row := range []struct {
		run  func()
		want string
	}{
		{func() { check.Case("a", 1).Call(half, 3).Want(1.5) }, ""},
		{func() { check.Case("a", 1).Call(join, "-", "x", "y").Want("x-y") }, ""},
		{func() { check.Case("a", 1).Call(half, 3).Want(1) }, "✗ a: got 1.5, want 1\ncalled with 3"},
		{func() { check.Case("a", 1).Call(half, "3").Want(1) }, "✗ a: argument 1 is of type string, the function takes float64"},
		{func() { check.Case("a", 1).Call(func(n int) int { return n }, 1.5).Want(1) }, "✗ a: argument 1 is of type float64, the function takes int"},
		{func() { check.Case("a", 1).Call(half).Want(1) }, "✗ a: the function takes 1 arguments, the case has 0"},
		{func() { check.Case("a", 1).Call(func() {}).Want() }, "✗ a: Call wants a function with results: there is nothing to compare"},
		{func() { check.Case("a", 1).Call(5).Want(5) }, "✗ a: Call wants a function, got int"},
		{func() { check.Case("a", 1).Call(func() int { panic("oh") }).Want(1) }, "oh"},
		{func() { check.Case("a", 1).Call(half, 3).Want(1, check.Hint("Twice?")) }, "✗ a: got 1.5, want 1\ncalled with 3\nTwice?"},
		{func() { check.Case("a", 1).Call(func() { panic("no name") }).WantPanic("na.e") }, ""},
		{func() { check.Case("a", 1).Call(func() { panic("oh") }).WantPanic("na.e") }, `✗ a: it panicked: oh; want a panic like "na.e"`},
		{func() { check.Case("a", 1).Call(half, 1).WantPanic("x", check.Hint("Look.")) }, "✗ a: it did not panic, want a panic like \"x\"\ncalled with 1\nLook."},
		{func() { check.Case("a", 1).Value([]int{1}).Want([]int{1}) }, ""},
		{func() { check.Case("a", 1).Value(2).Want(1) }, "✗ a: got 2, want 1"},
		{func() { check.Case("a", 1).Call(half, 1).WantSame(check.Tol(1)) }, ""},
		{func() { check.Case("a", 1).Call(half, check.Given(1)).Want(0.5) }, ""},
		{func() { check.Case("a", 1).Call(check.Printed, func() { fmt.Print("hi\n"); println() }).Want("hi\n") }, ""},
		{func() { check.Case("a", 1).Call(check.Printed, func() { panic("oh") }).Want("") }, "oh"},
		{func() { check.Case("a", 1).Call(func(e error) bool { return e == nil }, nil).Want(true) }, ""},
	} {
		got := func() (text string) {
			defer func() {
				if v := recover(); v != nil {
					text = fmt.Sprint(v)
				}
			}()
			row.run()
			return ""
		}()
		if got != row.want {
			t.Errorf("got %q, want %q", got, row.want)
		}
	}
}

// TestCallThatDoesNotReturn: who runs the cell reads which case it was, and then the panic as Go has it, with the line that it came from. A hint speaks of what was returned.
func TestCallThatDoesNotReturn(t *testing.T) {
	half := func(x float64) float64 { return x / 2 }
	fail := func(n int) int { panic("oh") }
	for _, row := range []struct {
		run            func()
		said, panicked string
	}{
		{func() { check.Case("a", 1).Call(fail, 3).Want(1) }, "✗ a: it did not return\ncalled with 3\n", "oh"},
		{func() { check.Case("a", 1).Call(fail, 3).Want(1, check.Hint("Twice?")) }, "✗ a: it did not return\ncalled with 3\n", "oh"},
		{func() { check.Case("a", 1).Call(fail, 3).Want(1, check.Hint("Twice?"), check.About("An odd number.")) },
			"✗ a: it did not return\ncalled with 3\nAn odd number.\n", "oh"},
		{func() { check.Case("a", 1).Call(fail, 3).WantSame(check.About("An odd number.")) }, "✗ a: it did not return\ncalled with 3\nAn odd number.\n", "oh"},
		{func() { check.Case("a", 1).Call(half, 3).Want(1, check.About("An odd number.")) }, "", "✗ a: got 1.5, want 1\ncalled with 3\nAn odd number."},
		{func() { check.Case("a", 1).Call(half, 3).Want(1, check.Hint("Twice?"), check.About("An odd number.")) },
			"", "✗ a: got 1.5, want 1\ncalled with 3\nAn odd number. Twice?"},
		{func() { check.Case("a", 1).Call(half, 3).WantPanic("x", check.About("An odd number.")) },
			"", "✗ a: it did not panic, want a panic like \"x\"\ncalled with 3\nAn odd number."},
		{func() { check.Case("a", 1).Call(half, 3).WantSame() }, "– a: is compared where work is graded\n", ""},
		{func() { check.Case("a", 1).Call(half, 3).Want(1.5) }, "✓ a\n", ""},
	} {
		panicked := ""
		said := check.Printed(func() {
			defer func() {
				if v := recover(); v != nil {
					panicked = fmt.Sprint(v)
				}
			}()
			row.run()
		})
		if said != row.said || panicked != row.panicked {
			t.Errorf("said %q and panicked with %q, want %q, %q", said, panicked, row.said, row.panicked)
		}
	}
}

// TestLiteral says what a value is as Go.
func TestLiteral(t *testing.T) {
	type celsius float64
	for _, row := range []struct {
		value any
		want  string
	}{
		{3, "int(3)"},
		{0.1, "float64(0.1)"},
		{float32(1e-5), "float32(1e-05)"},
		{"a\"b\n", `string("a\"b\n")`},
		{[]float64{1, 0.5}, "[]float64{1, 0.5, }"},
		{[]int32(nil), "[]int32{}"},
		{[][]string{{"a"}, nil}, `[][]string{[]string{"a", }, []string{}, }`},
		{[2]bool{true, false}, "[2]bool{true, false, }"},
		{map[string]int{"b": 2, "a": 1}, `map[string]int{"a": 1, "b": 2, }`},
		{math.NaN(), "check.Given of float64: NaN has no literal"},
		{[]float64{math.Inf(1)}, "check.Given of []float64: +Inf has no literal"},
		{celsius(1), "check.Given takes numbers, strings, booleans, and slices, arrays and maps of them, not check_test.celsius"},
		{[]celsius{}, "check.Given takes numbers, strings, booleans, and slices, arrays and maps of them, not []check_test.celsius"},
		{nil, "check.Given takes numbers, strings, booleans, and slices, arrays and maps of them, not <nil>"},
		{[]any{1}, "check.Given takes numbers, strings, booleans, and slices, arrays and maps of them, not []interface {}"},
	} {
		got, err := check.Literal(row.value)
		if err != nil {
			got = err.Error()
		}
		if got != row.want {
			t.Errorf("%v: %s, want %s", row.value, got, row.want)
		}
	}
}

// TestPanics compares calls that panic with what is wanted, and the other way round.
func TestPanics(t *testing.T) {
	value := func(v any) func() { return func() { panic(v) } }
	for _, row := range []struct {
		got  []check.Value
		want check.Want
		text string
	}{
		{check.Caught(value("empty name")), check.WantedPanic("^empty"), ""},
		{check.Caught(value(errors.New("empty name"))), check.WantedPanic("name$"), ""},
		{check.Caught(func() {}), check.WantedPanic("."), `it did not panic, want a panic like "."`},
		{check.Values(1, 2), check.WantedPanic("."), `it did not panic, want a panic like "."`},
		{check.Caught(value("oh")), check.Wanted(1), "it panicked: oh"},
		{check.Caught(value("oh")), check.Wanted(1, 2), "it panicked: oh"},
		{check.Values(1), check.Wanted(check.Tol(1)).Same(check.Values(1.5)), ""},
	} {
		if got := check.Differ(row.got, row.want); got != row.text {
			t.Errorf("%v, %v: %q, want %q", row.got, row.want, got, row.text)
		}
	}
}
