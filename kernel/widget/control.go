package widget

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// Control is a widget that holds one value.
type Control[T any] struct {
	*model
	name   string // of the property that holds the value
	encode func(T) any
	decode func(any) (T, error)

	value   T // m.mu
	changed []func(T)
	below   below
}

// labelWidth is how many characters of a label the front end shows, unless it is told to show all of it.
const labelWidth = 10

// newControl makes a control with this value. Describe writes what is known of it behind its value.
func newControl[T any](k kind, style, label string, value T, state map[string]any, describe string) *Control[T] {
	all := map[string]any{"description": label, "description_allow_html": false, "disabled": false}
	maps.Copy(all, state)
	c := &Control[T]{model: newModel(k, style, all), name: "value", value: value, encode: func(v T) any { return v }, decode: decodeJSON[T]}
	c.state[c.name] = value
	if utf8.RuneCountInString(label) > labelWidth {
		c.set("style.description_width", "initial")
	}
	c.plain = func() string {
		name := strings.TrimSuffix(c.kind.model, "Model")
		if label != "" {
			name += " " + label
		}
		return fmt.Sprintf("%s = %s%s", name, firstLine(fmt.Sprint(c.Value())), describe)
	}
	c.update = c.updated
	return c
}

// decodeJSON turns a JSON value, as encoding/json reads it, into a value of the type.
func decodeJSON[T any](v any) (value T, err error) {
	raw, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(raw, &value)
	}
	return value, err
}

// IntSlider is a slider for whole numbers from least to most. It begins at least.
func IntSlider(label string, least, most int) *Control[int] {
	return newControl(control("IntSlider", "IntSlider"), "Slider", label, least, slider(least, most, 1, "d"), bounds(least, most))
}

// FloatSlider is a slider in a hundred steps from least to most. It begins at least.
func FloatSlider(label string, least, most float64) *Control[float64] {
	return newControl(control("FloatSlider", "FloatSlider"), "Slider", label, least, slider(least, most, (most-least)/100, ".2f"), bounds(least, most))
}

func slider[T int | float64](least, most, step T, format string) map[string]any {
	return map[string]any{
		"min": least, "max": most, "step": step, "readout": true, "readout_format": format,
		"orientation": "horizontal", "continuous_update": true, "behavior": "drag-tap",
	}
}

func bounds[T int | float64](least, most T) string { return fmt.Sprintf(" (%v to %v)", least, most) }

// IntProgress is a bar that is full at total.
func IntProgress(label string, total int) *Control[int] {
	state := map[string]any{"min": 0, "max": total, "bar_style": "", "orientation": "horizontal"}
	return newControl(control("IntProgress", "Progress"), "Progress", label, 0, state, fmt.Sprintf(" of %d", total))
}

// FloatProgress is a bar that is full at total.
func FloatProgress(label string, total float64) *Control[float64] {
	state := map[string]any{"min": 0.0, "max": total, "bar_style": "", "orientation": "horizontal"}
	return newControl(control("FloatProgress", "Progress"), "Progress", label, 0.0, state, fmt.Sprintf(" of %v", total))
}

// Text is a line to type in. OnChange is called with each key; With("continuous_update", false) makes it wait for Enter.
func Text(label string) *Control[string] {
	return newControl(control("Text", "Text"), "Text", label, "", map[string]any{"placeholder": "", "continuous_update": true}, "")
}

// Textarea is a field of several lines to type in.
func Textarea(label string) *Control[string] {
	state := map[string]any{"placeholder": "", "continuous_update": true, "rows": nil}
	return newControl(control("Textarea", "Textarea"), "Text", label, "", state, "")
}

// Checkbox is a box to tick.
func Checkbox(label string) *Control[bool] {
	return newControl(control("Checkbox", "Checkbox"), "Checkbox", label, false, map[string]any{"indent": true}, "")
}

// Dropdown is a choice of one of the options. It begins with the first.
func Dropdown[T any](label string, options ...T) *Control[T] {
	labels := make([]string, len(options))
	for i, o := range options {
		labels[i] = fmt.Sprint(o)
	}
	var first T
	var index any
	if len(options) > 0 {
		first, index = options[0], 0
	}
	describe := fmt.Sprintf(" (of %s)", firstLine(strings.Join(labels, ", ")))
	c := newControl(control("Dropdown", "Dropdown"), "Description", label, first, map[string]any{"_options_labels": labels}, describe)
	delete(c.state, c.name)
	c.name = "index"
	c.state[c.name] = index
	c.encode = func(v T) any {
		at := slices.IndexFunc(options, func(o T) bool { return reflect.DeepEqual(o, v) })
		if at < 0 {
			panic(fmt.Sprintf("widget: %v is not among the options of %s", v, label))
		}
		return at
	}
	c.decode = func(v any) (T, error) {
		at, err := decodeJSON[int](v)
		if err == nil && (at < 0 || at >= len(options)) {
			err = fmt.Errorf("there is no option %d", at)
		}
		if err != nil {
			return first, err
		}
		return options[at], nil
	}
	return c
}

// Label is text, in which $x^2$ is a formula.
func Label(text string) *Control[string] {
	return newControl(control("Label", "Label"), "Label", "", text, map[string]any{"placeholder": ""}, "")
}

// HTML is a piece of the page.
func HTML(source string) *Control[string] {
	return newControl(control("HTML", "HTML"), "HTML", "", source, map[string]any{"placeholder": ""}, "")
}

// Image is a picture, which Set replaces.
func Image(img image.Image) *Control[image.Image] {
	k := control("Image", "Image")
	c := &Control[image.Image]{model: newModel(k, "", map[string]any{"format": "png", "width": "", "height": ""}), name: "value", value: img}
	c.encode = func(img image.Image) any { return encodePNG(img) }
	c.decode = func(any) (image.Image, error) { return c.value, nil } // nobody paints on it
	c.state[c.name] = c.encode(img)
	c.set("layout.align_self", "flex-start") // in a box it keeps its size
	c.plain = func() string {
		size := c.Value().Bounds()
		return fmt.Sprintf("Image, %d x %d pixels", size.Dx(), size.Dy())
	}
	c.update = c.updated
	return c
}

func encodePNG(img image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(fmt.Sprintf("widget: image: %v", err)) // such as one without pixels
	}
	return b.Bytes()
}

// MIMEBundle shows the control, and below it what the functions given to OnChange so far print and show for the last change.
func (c *Control[T]) MIMEBundle() map[string]any {
	c.mu.Lock()
	listened := len(c.changed) > 0
	c.mu.Unlock()
	return c.below.bundle(c, listened)
}

// Close implements [Widget].
func (c *Control[T]) Close() {
	c.below.close()
	c.model.Close()
}

// Value is what the control shows now.
func (c *Control[T]) Value() T {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.value
}

// Set changes the value, also on the page, and calls the functions given to OnChange if it is another one.
func (c *Control[T]) Set(v T) {
	property := c.encode(v)
	c.change(func() (then func()) {
		if then = c.changeTo(v); then != nil {
			c.state[c.name] = property
			c.send("update", map[string]any{c.name: property})
		}
		return then
	})
}

// Start sets the value that the control begins with, and returns the control.
func (c *Control[T]) Start(v T) *Control[T] {
	c.Set(v)
	return c
}

// With sets any other property of the widget by its name in ipywidgets, such as "step", "disabled", "layout.width" or
// "style.description_width", and returns the control. The value must be what JSON can hold.
func (c *Control[T]) With(property string, value any) *Control[T] {
	if property == c.name {
		panic(fmt.Sprintf("widget: the %s is set with Set or Start", property))
	}
	c.set(property, value)
	return c
}

// OnChange has f called with each new value. There may be several such functions.
func (c *Control[T]) OnChange(f func(v T)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = append(c.changed, f)
}

// updated takes over what the person has set; c.mu is held. It returns what is to be done then, nil for nothing.
func (c *Control[T]) updated(state map[string]any) (then func()) {
	raw, ok := state[c.name]
	if !ok || raw == nil {
		return nil
	}
	v, err := c.decode(raw)
	if err != nil {
		return func() { fmt.Printf("widget: %s: the front end sent %v: %v\n", c.kind.model, raw, err) }
	}
	return c.changeTo(v)
}

// changeTo remembers the value; c.mu is held. It returns what tells those who want to know, nil when it is the same.
func (c *Control[T]) changeTo(v T) (tell func()) {
	if reflect.DeepEqual(c.value, v) {
		return nil
	}
	c.value = v
	changed := slices.Clone(c.changed)
	return func() {
		tell := func() {
			for _, f := range changed {
				f(v)
			}
		}
		if place := c.below.where(); place != nil {
			place.Renew(tell)
			return
		}
		tell()
	}
}

// argument is the value for Interact.
func (c *Control[T]) argument() reflect.Value { return reflect.ValueOf(new(c.Value())).Elem() }

func (c *Control[T]) watch(f func()) { c.OnChange(func(T) { f() }) }
