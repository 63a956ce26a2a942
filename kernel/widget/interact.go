package widget

import (
	"fmt"
	"reflect"

	"github.com/resident-go/resident/kernel/display"
)

// Argument is a control whose value a function can have.
type Argument interface {
	Widget
	argument() reflect.Value
	watch(f func())
}

// Interact calls f with the values of the controls, one for each parameter, now and whenever one changes. The controls are shown above
// what f prints, shows and returns. For parameters of type int, float64, string and bool controls can be left out, all
// together. It panics when f and the controls do not fit.
func Interact(f any, controls ...Argument) *Box {
	fn := reflect.ValueOf(f)
	if fn.Kind() != reflect.Func || fn.IsNil() {
		panic(fmt.Sprintf("widget.Interact: %T is not a function", f))
	}
	if len(controls) == 0 {
		controls = defaults(fn.Type())
	}
	if err := fits(fn.Type(), controls); err != nil {
		panic("widget.Interact: " + err.Error())
	}
	out := Output()
	call := func() {
		out.Renew(func() {
			args := make([]reflect.Value, len(controls))
			for i, c := range controls {
				args[i] = c.argument()
			}
			show(fn.Call(args))
		})
	}
	children := make([]Widget, 0, len(controls)+1)
	for _, c := range controls {
		c.watch(call)
		children = append(children, c)
	}
	call()
	return VBox(append(children, out)...)
}

// show shows what a function has returned, but no error that is nil.
func show(results []reflect.Value) {
	for _, r := range results {
		if r.Type() != reflect.TypeFor[error]() || !r.IsNil() {
			display.Show(r.Interface())
		}
	}
}

// fits checks that each parameter has a control with values for it.
func fits(f reflect.Type, controls []Argument) error {
	if f.IsVariadic() || f.NumIn() != len(controls) {
		return fmt.Errorf("%v needs %d controls, one for each parameter, and has %d", f, f.NumIn(), len(controls))
	}
	for i, c := range controls {
		if t := c.argument().Type(); !t.AssignableTo(f.In(i)) {
			return fmt.Errorf("parameter %d of %v has type %v, its control has values of type %v", i+1, f, f.In(i), t)
		}
	}
	return nil
}

// defaults makes controls for the parameters of a function, as far as their types say which.
func defaults(f reflect.Type) (controls []Argument) {
	for i := range f.NumIn() {
		label := fmt.Sprintf("%v %d", f.In(i), i+1)
		switch f.In(i) {
		case reflect.TypeFor[int]():
			controls = append(controls, IntSlider(label, 0, 10))
		case reflect.TypeFor[float64]():
			controls = append(controls, FloatSlider(label, 0, 1))
		case reflect.TypeFor[string]():
			controls = append(controls, Text(label))
		case reflect.TypeFor[bool]():
			controls = append(controls, Checkbox(label))
		}
	}
	return controls
}
