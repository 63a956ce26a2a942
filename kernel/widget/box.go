package widget

import (
	"strings"
)

// Box holds other widgets.
type Box struct{ *model }

// HBox puts widgets beside each other.
func HBox(children ...Widget) *Box { return newBox("HBox", children) }

// VBox puts widgets below each other.
func VBox(children ...Widget) *Box { return newBox("VBox", children) }

func newBox(name string, children []Widget) *Box {
	b := &Box{newModel(control(name, name), "", map[string]any{"box_style": ""})}
	b.hold(name, children)
	return b
}

// With sets a property, such as "layout.width", and returns the box.
func (b *Box) With(property string, value any) *Box {
	b.set(property, value)
	return b
}

// hold makes children what the model shows.
func (m *model) hold(name string, children []Widget) {
	nodes := make([]*model, len(children))
	for i, c := range children {
		nodes[i] = c.node()
	}
	m.state["children"] = nodes
	m.plain = func() string {
		var b strings.Builder
		b.WriteString(name)
		for _, c := range children {
			b.WriteString("\n  " + strings.ReplaceAll(c.String(), "\n", "\n  "))
		}
		return b.String()
	}
}

// Tab is one page of [Tabs].
type Tab struct {
	Title string
	Page  Widget
}

// Tabs shows one of several pages, which are chosen by their titles.
func Tabs(tabs ...Tab) *Box {
	titles, pages := make([]string, len(tabs)), make([]Widget, len(tabs))
	for i, t := range tabs {
		titles[i], pages[i] = t.Title, t.Page
	}
	b := &Box{newModel(control("Tab", "Tab"), "", map[string]any{"box_style": "", "titles": titles, "selected_index": 0})}
	b.hold("Tabs "+strings.Join(titles, " | "), pages)
	return b
}
