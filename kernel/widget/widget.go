// Package widget gives cells sliders, buttons and other controls that work in the notebook: ipywidgets' models and views, driven
// from Go.
//
//	steps := widget.IntSlider("steps", 1, 100)
//	steps.OnChange(func(n int) { fmt.Println(n) })
//	steps // the last expression of a cell: it is shown
//
// A later cell reads steps.Value(). [Interact] makes controls the arguments of a function:
//
//	widget.Interact(func(n int, loud bool) string { ... }, widget.IntSlider("n", 0, 10), widget.Checkbox("loud"))
//
// Rules:
//   - a widget reaches the front end when it is first shown, or holds another that is; what is set before costs nothing;
//   - a value changes by the person's hand or by Set, and both call the functions given to OnChange, those of the person while no
//     cell needs to run, in a goroutine of their own;
//   - what such a function prints and shows appears below its control, if the control is shown by itself and had the function by then. In
//     a box there is no such place: make one with [Output], or JupyterLab writes it to its log;
//   - all methods may be called from several goroutines.
//
// Widgets end with what is behind them: %restart takes them away, and after a restart of the kernel front ends show them as dead.
// Their cell, run again, makes new ones.
//
// Each widget has a text form, too, and code that makes widgets runs in an ordinary program, where nobody moves them.
//
// The protocol is ipywidgets' widget messaging protocol 2.1 over comms (packages/schema/messages.md in their repository); the
// names of models, views and their properties are those of @jupyter-widgets/base and @jupyter-widgets/controls 2.0.0
// (packages/schema/jupyterwidgetmodels.latest.md).
package widget

import (
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/resident-go/resident/kernel/comm"
)

// Widget is something that the front end shows and this package keeps the state of.
type Widget interface {
	fmt.Stringer
	MIMEBundle() map[string]any
	// Close takes the widget away from the front end.
	Close()
	node() *model
}

// kind says which of the front end's classes a model is.
type kind struct{ module, version, model, view, viewModule string }

const (
	baseModule     = "@jupyter-widgets/base"
	controlsModule = "@jupyter-widgets/controls"
	outputModule   = "@jupyter-widgets/output"
)

// control is a class of the controls module, with the model's and the view's name.
func control(model, view string) kind {
	return kind{controlsModule, "2.0.0", model + "Model", view + "View", controlsModule}
}

// model is the state of one widget, or of its layout or style, on both sides. State holds JSON values, *model and []*model for
// references, and []byte, which travels in buffers.
type model struct {
	kind   kind
	plain  func() string                            // its text form
	update func(state map[string]any) (then func()) // takes over what the person has set, mu is held; nil for nothing
	custom func(content map[string]any)

	mu    sync.Mutex
	state map[string]any
	comm  *comm.Comm // nil while it is not open
}

// newModel makes the model of something that has a place on the page. The style's name may be empty.
func newModel(k kind, style string, state map[string]any) *model {
	m := bare(k, state)
	m.state["layout"] = bare(kind{baseModule, "2.0.0", "LayoutModel", "LayoutView", baseModule}, map[string]any{})
	if style != "" {
		m.state["style"] = bare(kind{controlsModule, "2.0.0", style + "StyleModel", "StyleView", baseModule}, map[string]any{})
	}
	maps.Copy(m.state, map[string]any{"_dom_classes": []string{}, "tabbable": nil, "tooltip": nil})
	return m
}

func bare(k kind, state map[string]any) *model {
	m := &model{kind: k, state: map[string]any{
		"_model_module": k.module, "_model_module_version": k.version, "_model_name": k.model,
		"_view_module": k.viewModule, "_view_module_version": k.version, "_view_name": k.view, "_view_count": nil,
	}}
	maps.Copy(m.state, state)
	return m
}

func (m *model) node() *model { return m }

// String is the widget as text.
func (m *model) String() string { return m.plain() }

// MIMEBundle shows the widget.
func (m *model) MIMEBundle() map[string]any {
	return map[string]any{
		"application/vnd.jupyter.widget-view+json": map[string]any{"version_major": 2, "version_minor": 0, "model_id": m.open()},
		"text/plain": m.String(),
	}
}

// set changes a property, also on the page. "layout.width" is the width of the layout.
func (m *model) set(property string, value any) {
	if part, rest, found := strings.Cut(property, "."); found {
		m.mu.Lock()
		inner, ok := m.state[part].(*model)
		m.mu.Unlock()
		if !ok {
			panic(fmt.Sprintf("widget: %s has no %s", m.kind.model, part))
		}
		inner.set(rest, value)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state[property] = value
	m.send("update", map[string]any{property: value})
}

// change calls f with m.mu held, and then what it returns without. (An interrupt may end the goroutine wherever something is sent.)
func (m *model) change(f func() (then func())) {
	then := func() func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		return f()
	}()
	if then != nil {
		then()
	}
}

// Close implements [Widget].
func (m *model) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, part := range []string{"layout", "style"} {
		if inner, ok := m.state[part].(*model); ok {
			inner.Close()
		}
	}
	if m.comm != nil {
		forget(m)
		m.comm.Close()
		m.comm = nil
	}
}

// firstLine is a line of a text form that may be long.
func firstLine(s string) string {
	line, _, more := strings.Cut(s, "\n")
	if runes := []rune(line); len(runes) > 60 {
		line, more = string(runes[:60]), true
	}
	if more {
		line += " ..."
	}
	return line
}
