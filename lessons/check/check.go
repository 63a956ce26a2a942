// Package check is what the tests of a lesson are written with.
//
//	check.Case("downhill", 1).Call(Step, 1.0, 2.0, 0.5).Want(0.0, check.Tol(1e-9))
//
// # Concept
//
// A case is data: a function, what it is called with, and what should come back. Where a reader runs the cell, the case is judged at once: a line is printed,
// and the first case that fails ends the cell with its reason. Where a submission is graded, the same line is taken apart: only the call enters the process that has the
// student's code, what comes back is sent out as a [Value], and whoever knows the answer compares it there, with [Differ]. The answer itself never enters.
//
// What a case calls may be any expression, also a function literal, as long as it has results:
//
//	check.Case("in place", 1).Call(func() []float64 {
//		w := []float64{1, 2}
//		descend(w, []float64{1, 1}, 0.5)
//		return w
//	}).Want([]float64{0.5, 1.5})
//
// What else a case may ask:
//
//	check.Case("the sum", 1).Value(sum).Want(12)                             // a variable that a cell has set
//	check.Case("no file", 1).Call(load, "none").Want(nil, check.Like("none")) // an error, or a text, by a regular expression
//	check.Case("no way", 1).Call(load, "").WantPanic("empty name")           // a panic, in the same way
//	check.Case("hello", 1).Call(check.Printed, greet).Want("hello\n")        // what is printed
//	check.Case("like ours", 1).Call(sort, words).WantSame()                  // what the author's own solution returns
//	check.Case("real scores", 1).Call(softmax, check.Given(scores)).Want(p)  // an argument that is worked out where the author's code runs
//
// A [Hint] among the wanted values is what a student is told whose call returned something else, and [About] what one is told when the case fails in any way; both are for students
// also where the case itself is hidden from them.
//
// # Non-goals
//
// Cases in loops, ifs and functions, and answers that depend on what was returned: such tests are written in plain Go, and are judged beside the student's code.
package check

import (
	"fmt"
	"os"
	"reflect"
	"strings"
)

// A Test is a case whose call is not given yet.
type Test struct {
	name   string
	points float64
}

// Case begins a case. Its name is what the report calls it, its points are a part of those of its cell.
func Case(name string, points float64) *Test { return &Test{name, points} }

// A Called is a case that is not judged yet. Its call is made when that is known which is wanted, results or a panic: one that nobody wants goes on as any other,
// with the line that it came from.
type Called struct {
	test *Test
	call func() []Value
	with []Value // the arguments, as they are before the call
}

// Call says what is called. Arguments are passed as in Go, constants too: 1 fits a parameter of type float64.
func (t *Test) Call(function any, arguments ...any) *Called {
	f := reflect.ValueOf(function)
	if f.Kind() != reflect.Func || f.IsNil() {
		panic(&Failure{t.name, fmt.Sprintf("Call wants a function, got %T", function)})
	}
	in, err := fitAll(f.Type(), arguments)
	if err != nil {
		panic(&Failure{t.name, err.Error()})
	}
	return &Called{test: t, with: Values(arguments...), call: func() (values []Value) {
		for _, r := range f.Call(in) {
			values = append(values, encode(r))
		}
		return values
	}}
}

// Value asks for a variable, or anything else that needs no call.
func (t *Test) Value(v any) *Called {
	return &Called{test: t, call: func() []Value { return Values(v) }}
}

// fitAll makes arguments of values that were passed as any.
func fitAll(t reflect.Type, arguments []any) ([]reflect.Value, error) {
	fixed := t.NumIn()
	if t.IsVariadic() {
		fixed--
	}
	if len(arguments) < fixed || len(arguments) > fixed && !t.IsVariadic() {
		return nil, fmt.Errorf("the function takes %d arguments, the case has %d", fixed, len(arguments))
	}
	in := make([]reflect.Value, len(arguments))
	for i, a := range arguments {
		param := t.In(min(i, t.NumIn()-1))
		if i >= fixed {
			param = param.Elem()
		}
		v, ok := fit(reflect.ValueOf(a), param)
		if !ok {
			return nil, fmt.Errorf("argument %d is of type %T, the function takes %v", i+1, a, param)
		}
		in[i] = v
	}
	return in, nil
}

// fit does with a value what Go does with a constant. The value of a constant is kept: 1.5 is no int.
func fit(v reflect.Value, t reflect.Type) (reflect.Value, bool) {
	switch {
	case !v.IsValid():
		return reflect.Zero(t), true
	case v.Type().AssignableTo(t):
		return v, true
	case isNumber(v.Kind()) && isNumber(t.Kind()):
		to := v.Convert(t)
		back := to.Convert(v.Type())
		return to, back.Equal(v) || v.Kind() == reflect.Float64 && v.Float() != v.Float() || t.Kind() == reflect.Float32 || t.Kind() == reflect.Complex64
	case v.Kind() == t.Kind() && v.Type().ConvertibleTo(t):
		return v.Convert(t), true
	}
	return v, false
}

func isNumber(k reflect.Kind) bool {
	return reflect.Int <= k && k <= reflect.Float64 && k != reflect.Uintptr
}

// Want judges the case: the results are to be these values, compared as [Differ] does. Options stand behind the values. A case that fails panics with a [*Failure]; what
// a call panics with goes on, and what was called is printed before.
func (c *Called) Want(values ...any) {
	want := Wanted(values...)
	got := c.returned(want)
	if len(got) == 0 {
		panic(&Failure{c.test.name, "Call wants a function with results: there is nothing to compare"})
	}
	c.judge(got, want)
}

// WantPanic judges the case: the call is to panic with what a regular expression is found in.
func (c *Called) WantPanic(pattern string, options ...Option) {
	c.judge(Caught(func() { c.call() }), WantedPanic(pattern, options...))
}

// WantSame is for cases that students do not see: the results are to be those that the author's own solution has. Who runs the cell has no other solution to compare
// with, so nothing is judged here but that it returns.
func (c *Called) WantSame(options ...Option) {
	var want Want
	for _, o := range options {
		o(&want)
	}
	c.returned(want)
	fmt.Fprintf(os.Stdout, "– %s: is compared where work is graded\n", c.test.name)
}

// returned makes the call. Of one that does not return it says which case that was; why it did not is said by the panic itself, and where.
func (c *Called) returned(want Want) (values []Value) {
	back := false
	defer func() {
		if !back {
			fmt.Fprintf(os.Stdout, "✗ %s: it did not return%s\n", c.test.name, c.behind(want.Told(false)))
		}
	}()
	values, back = c.call(), true
	return values
}

func (c *Called) judge(got []Value, want Want) {
	if problem := Differ(got, want); problem != "" {
		panic(&Failure{c.test.name, problem + c.behind(want.Told(true))})
	}
	fmt.Fprintf(os.Stdout, "✓ %s\n", c.test.name)
}

// behind is what stands behind a problem: what was called with what, and what its author has to say.
func (c *Called) behind(told string) (text string) {
	if len(c.with) > 0 {
		text = "\ncalled with " + joined(c.with)
	}
	if told != "" {
		text += "\n" + told
	}
	return text
}

func joined(values []Value) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = v.String()
	}
	return strings.Join(texts, ", ")
}

// Failure is what a failed case panics with.
type Failure struct {
	Case   string
	Reason string
}

func (f *Failure) Error() string { return fmt.Sprintf("✗ %s: %s", f.Case, f.Reason) }
