package widget_test

import (
	"encoding/json"
	"fmt"
	"image"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/kernel/comm"
	"github.com/resident-go/resident/kernel/display"
	"github.com/resident-go/resident/kernel/widget"
)

// page is a front end that keeps what it is told.
type page struct {
	t    *testing.T
	sent []comm.Message
	left map[string]comm.Message // what is sent when the session has ended, by comm
	show []string
}

func openPage(t *testing.T) *page {
	p := &page{t: t, left: map[string]comm.Message{}}
	oldComm, oldDisplay := comm.Seam, display.Seam
	comm.Seam, display.Seam = p, shows{p}
	t.Cleanup(func() { comm.Seam, display.Seam = oldComm, oldDisplay })
	return p
}

func (p *page) Send(m comm.Message) {
	if m.Kind == comm.Left {
		p.left[m.ID] = m
		return
	}
	p.sent = append(p.sent, m)
}

func (p *page) Request() string { return "request-1" }

type shows struct{ *page }

func (s shows) Show(o display.Output)              { s.show = append(s.show, fmt.Sprint(o.Data["text/plain"])) }
func (s shows) Clear(wait bool)                    { s.show = append(s.show, fmt.Sprint("clear ", wait)) }
func (s shows) NextCell(string)                    {}
func (s shows) Input(string, bool) (string, error) { return "", nil }

// content is the data of a widget message.
type content struct {
	Method string
	State  map[string]any
	Paths  [][]any `json:"buffer_paths"`
	States map[string]struct {
		Name    string `json:"model_name"`
		Module  string `json:"model_module"`
		Version string `json:"model_module_version"`
		State   map[string]any
	}
}

func (p *page) read(m comm.Message) (c content) {
	p.t.Helper()
	if err := json.Unmarshal(m.Data, &c); err != nil {
		p.t.Fatalf("%s: %v", m.Data, err)
	}
	return c
}

// shown opens the widget and returns its id and the messages that opened it.
func (p *page) shown(w widget.Widget) (id string, opened []comm.Message) {
	p.t.Helper()
	before := len(p.sent)
	view := w.MIMEBundle()["application/vnd.jupyter.widget-view+json"].(map[string]any)
	if view["version_major"] != 2 || view["version_minor"] != 0 {
		p.t.Errorf("view %v, expected version 2.0", view)
	}
	return view["model_id"].(string), p.sent[before:]
}

// bare opens the widget inside a box, where it has no place below it, and returns its id.
func (p *page) bare(w widget.Widget) (id string) {
	p.t.Helper()
	_, opened := p.shown(widget.HBox(w))
	_, ref, _ := strings.Cut(fmt.Sprint(p.read(opened[len(opened)-1]).State["children"]), "IPY_MODEL_")
	return strings.TrimSuffix(ref, "]")
}

// set is what the front end says when a person changes something.
func (p *page) set(id, property string, value any) {
	raw, _ := json.Marshal(map[string]any{"method": "update", "state": map[string]any{property: value}, "buffer_paths": []any{}})
	comm.Deliver(comm.Message{Kind: comm.Sent, ID: id, Data: raw})
}

// rest takes what has been sent since.
func (p *page) rest() string {
	var s []string
	for _, m := range p.sent {
		s = append(s, strings.TrimSpace(fmt.Sprintf("%s %s", m.Kind, m.Data)))
	}
	p.sent = nil
	return strings.Join(s, "; ")
}

// TestModels opens one widget of each sort, and compares its state with what the front end's classes take.
func TestModels(t *testing.T) {
	text := widget.Text("name")
	pixel := image.NewGray(image.Rect(0, 0, 1, 1))
	rows := []struct {
		w             widget.Widget
		module, class string // model and view
		style         string
		state         string // some of it
		plain         string
	}{
		{widget.IntSlider("n", 1, 9), "@jupyter-widgets/controls", "IntSliderModel IntSliderView", "SliderStyleModel",
			`"description":"n" "value":1 "min":1 "max":9 "step":1 "readout":true "continuous_update":true "orientation":"horizontal"`, "IntSlider n = 1 (1 to 9)"},
		{widget.FloatSlider("x", 0, 2).Start(0.5).With("step", 0.25), "@jupyter-widgets/controls", "FloatSliderModel FloatSliderView", "SliderStyleModel",
			`"value":0.5 "min":0 "max":2 "step":0.25 "readout_format":".2f"`, "FloatSlider x = 0.5 (0 to 2)"},
		{text.Start("Ada"), "@jupyter-widgets/controls", "TextModel TextView", "TextStyleModel", `"value":"Ada" "placeholder":""`, "Text name = Ada"},
		{widget.Textarea("poem").Start("a\nb"), "@jupyter-widgets/controls", "TextareaModel TextareaView", "TextStyleModel", `"value":"a\nb"`, "Textarea poem = a ..."},
		{widget.Checkbox("ok"), "@jupyter-widgets/controls", "CheckboxModel CheckboxView", "CheckboxStyleModel", `"value":false "indent":true`, "Checkbox ok = false"},
		{widget.Dropdown("pick", "a", "b").Start("b"), "@jupyter-widgets/controls", "DropdownModel DropdownView", "DescriptionStyleModel",
			`"index":1 "_options_labels":["a","b"]`, "Dropdown pick = b (of a, b)"},
		{widget.Dropdown[int]("none"), "@jupyter-widgets/controls", "DropdownModel DropdownView", "DescriptionStyleModel", `"index":null "_options_labels":[]`, "Dropdown none = 0 (of )"},
		{widget.Button("go").With("button_style", "danger"), "@jupyter-widgets/controls", "ButtonModel ButtonView", "ButtonStyleModel",
			`"description":"go" "button_style":"danger"`, "Button go"},
		{widget.IntProgress("work", 10).Start(3), "@jupyter-widgets/controls", "IntProgressModel ProgressView", "ProgressStyleModel", `"value":3 "min":0 "max":10`, "IntProgress work = 3 of 10"},
		{widget.FloatProgress("work", 1), "@jupyter-widgets/controls", "FloatProgressModel ProgressView", "ProgressStyleModel", `"value":0 "max":1`, "FloatProgress work = 0 of 1"},
		{widget.Label("$x$"), "@jupyter-widgets/controls", "LabelModel LabelView", "LabelStyleModel", `"value":"$x$"`, "Label = $x$"},
		{widget.HTML("<b>"), "@jupyter-widgets/controls", "HTMLModel HTMLView", "HTMLStyleModel", `"value":"\u003cb\u003e"`, "HTML = <b>"},
		{widget.Image(pixel), "@jupyter-widgets/controls", "ImageModel ImageView", "", `"format":"png"`, "Image, 1 x 1 pixels"},
		{widget.Output(), "@jupyter-widgets/output", "OutputModel OutputView", "", `"msg_id":"" "outputs":[]`, "Output"},
		{widget.HBox(text), "@jupyter-widgets/controls", "HBoxModel HBoxView", "", `"box_style":""`, "HBox\n  Text name = Ada"},
		{widget.VBox(widget.HBox(text), text), "@jupyter-widgets/controls", "VBoxModel VBoxView", "", `"box_style":""`, "VBox\n  HBox\n    Text name = Ada\n  Text name = Ada"},
		{widget.Tabs(widget.Tab{Title: "one", Page: text}), "@jupyter-widgets/controls", "TabModel TabView", "", `"titles":["one"] "selected_index":0`, "Tabs one\n  Text name = Ada"},
	}
	p := openPage(t)
	for _, r := range rows {
		id, opened := p.shown(r.w)
		m := opened[len(opened)-1]
		if m.Kind != comm.Opened || m.ID != id || m.Target != "jupyter.widget" || string(m.Metadata) != `{"version":"2.1.0"}` {
			t.Errorf("%s: opened by %+v", r.class, m)
		}
		state := p.read(m).State
		if got := fmt.Sprint(state["_model_name"], " ", state["_view_name"]); got != r.class {
			t.Errorf("%s is %s", r.class, got)
		}
		version := map[string]string{"@jupyter-widgets/controls": "2.0.0", "@jupyter-widgets/output": "1.0.0"}[r.module]
		if state["_model_module"] != r.module || state["_view_module"] != r.module || state["_model_module_version"] != version || state["_view_module_version"] != version {
			t.Errorf("%s: modules %v", r.class, state)
		}
		for _, part := range []struct{ key, class, module string }{{"layout", "LayoutModel", "@jupyter-widgets/base"}, {"style", r.style, "@jupyter-widgets/controls"}} {
			if part.class == "" {
				continue
			}
			ref, _ := state[part.key].(string)
			at := slices.IndexFunc(opened, func(o comm.Message) bool { return "IPY_MODEL_"+o.ID == ref })
			if at < 0 {
				t.Errorf("%s: %s is %q, which was not opened before", r.class, part.key, ref)
				continue
			}
			inner := p.read(opened[at]).State
			if inner["_model_name"] != part.class || inner["_model_module"] != part.module || inner["_view_module"] != "@jupyter-widgets/base" {
				t.Errorf("%s: %s is %v", r.class, part.key, inner)
			}
		}
		for want := range strings.FieldsSeq(r.state) {
			if !strings.Contains(string(m.Data), want) {
				t.Errorf("%s: no %s in %s", r.class, want, m.Data)
			}
		}
		if got := r.w.String(); got != r.plain || r.w.MIMEBundle()["text/plain"] != got {
			t.Errorf("%s: text %q, expected %q", r.class, got, r.plain)
		}
		if _, again := p.shown(r.w); len(again) > 0 {
			t.Errorf("%s: shown again, it was opened again", r.class)
		}
	}
}

func TestChildren(t *testing.T) {
	p := openPage(t)
	a, b := widget.IntSlider("a", 0, 1), widget.Text("b")
	_, opened := p.shown(widget.VBox(a, b))
	idA, _ := p.shown(a)
	idB, _ := p.shown(b)
	want := fmt.Sprintf(`"children":["IPY_MODEL_%s","IPY_MODEL_%s"]`, idA, idB)
	if got := string(opened[len(opened)-1].Data); !strings.Contains(got, want) {
		t.Errorf("no %s in %s", want, got)
	}
}

// TestImageTravelsInBuffers: bytes are beside the state, and their place is named.
func TestImageTravelsInBuffers(t *testing.T) {
	p := openPage(t)
	pic := widget.Image(image.NewGray(image.Rect(0, 0, 2, 1)))
	_, opened := p.shown(pic)
	p.rest()
	pic.Set(image.NewGray(image.Rect(0, 0, 3, 3)))
	for _, m := range []comm.Message{opened[len(opened)-1], p.sent[0]} {
		c := p.read(m)
		if _, inside := c.State["value"]; inside || fmt.Sprint(c.Paths) != "[[value]]" || len(m.Buffers) != 1 || string(m.Buffers[0][1:4]) != "PNG" {
			t.Errorf("data %s, buffers %.20q", m.Data, m.Buffers)
		}
	}
	if got := pic.String(); got != "Image, 3 x 3 pixels" {
		t.Errorf("text %s", got)
	}
}

// TestChanges: a person's change is echoed, becomes the value and is told to OnChange; so is one by Set, which goes to the page.
func TestChanges(t *testing.T) {
	p := openPage(t)
	var told []string
	n := widget.IntSlider("n", 0, 9)
	n.OnChange(func(v int) { told = append(told, fmt.Sprint("n ", v, " ", n.Value())) })
	pick := widget.Dropdown("pick", 1.5, 2.5)
	pick.OnChange(func(v float64) { told = append(told, fmt.Sprint("pick ", v)) })
	clicks := widget.Button("b")
	clicks.OnClick(func() { told = append(told, "click") })
	idN, idPick, idB := p.bare(n), p.bare(pick), p.bare(clicks)
	p.rest()
	rows := []struct {
		name       string
		do         func()
		sent, told string
	}{
		{"moved", func() { p.set(idN, "value", 4) }, `comm_msg {"buffer_paths":[],"method":"echo_update","state":{"value":4}}`, "[n 4 4]"},
		{"to where it is", func() { p.set(idN, "value", 4) }, `comm_msg {"buffer_paths":[],"method":"echo_update","state":{"value":4}}`, "[]"},
		{"set", func() { n.Set(7) }, `comm_msg {"buffer_paths":[],"method":"update","state":{"value":7}}`, "[n 7 7]"},
		{"set to what it is", func() { n.Set(7) }, "", "[]"},
		{"another property", func() { p.set(idN, "disabled", true) }, `comm_msg {"buffer_paths":[],"method":"echo_update","state":{"disabled":true}}`, "[]"},
		{"unknown property", func() { p.set(idN, "foreign", 1) }, `comm_msg {"buffer_paths":[],"method":"echo_update","state":{}}`, "[]"},
		{"reference", func() { p.set(idN, "layout", "IPY_MODEL_x") }, `comm_msg {"buffer_paths":[],"method":"echo_update","state":{}}`, "[]"},
		{"with", func() { n.With("max", 20) }, `comm_msg {"buffer_paths":[],"method":"update","state":{"max":20}}`, "[]"},
		{"chosen", func() { p.set(idPick, "index", 1) }, `comm_msg {"buffer_paths":[],"method":"echo_update","state":{"index":1}}`, "[pick 2.5]"},
		{"nothing chosen", func() { p.set(idPick, "index", nil) }, `comm_msg {"buffer_paths":[],"method":"echo_update","state":{"index":null}}`, "[]"},
		{"option set", func() { pick.Set(1.5) }, `comm_msg {"buffer_paths":[],"method":"update","state":{"index":0}}`, "[pick 1.5]"},
		{"clicked", func() {
			comm.Deliver(comm.Message{Kind: comm.Sent, ID: idB, Data: []byte(`{"method":"custom","content":{"event":"click"}}`)})
		}, "", "[click]"},
		{"closed by the page", func() { comm.Deliver(comm.Message{Kind: comm.Closed, ID: idN}); n.Set(1) }, "", "[n 1 1]"},
		{"closed by us", func() { clicks.Close(); clicks.Close() }, "comm_close; comm_close; comm_close", "[]"},
	}
	for _, r := range rows {
		told = nil
		r.do()
		if got := p.rest(); got != r.sent {
			t.Errorf("%s: sent %s\nexpected %s", r.name, got, r.sent)
		}
		if got := fmt.Sprint(told); got != r.told {
			t.Errorf("%s: told %s, expected %s", r.name, got, r.told)
		}
	}
}

// TestLeft: what the front end is told when the session has ended makes widgets look dead, and useless to touch.
func TestLeft(t *testing.T) {
	p := openPage(t)
	_, opened := p.shown(widget.VBox(widget.IntSlider("n", 0, 9), widget.Output()))
	want := map[string]string{
		"LayoutModel":      `map[]`,
		"SliderStyleModel": `map[]`,
		"OutputModel":      `map[_dom_classes:[jupyter-widgets-disconnected]]`,
		"VBoxModel":        `map[_dom_classes:[jupyter-widgets-disconnected]]`,
		"IntSliderModel":   `map[_dom_classes:[jupyter-widgets-disconnected] disabled:true tooltip:The session behind this has ended. Run its cell again.]`,
	}
	for _, m := range opened {
		name := fmt.Sprint(p.read(m).State["_model_name"])
		left := p.read(p.left[m.ID])
		if got := fmt.Sprint(left.State); left.Method != "update" || got != want[name] {
			t.Errorf("%s: left is %s %s, expected update %s", name, left.Method, got, want[name])
		}
	}
}

// TestLayout: properties of the layout and the style belong to models of their own.
func TestLayout(t *testing.T) {
	p := openPage(t)
	n := widget.IntSlider("a label of its own width", 0, 9).With("layout.width", "300px")
	_, opened := p.shown(n)
	for _, want := range []string{`"width":"300px"`, `"description_width":"initial"`} {
		if !slices.ContainsFunc(opened, func(m comm.Message) bool { return strings.Contains(string(m.Data), want) }) {
			t.Errorf("no %s in %v", want, opened)
		}
	}
	p.rest()
	n.With("style.description_width", "initial")
	if got, want := p.rest(), `comm_msg {"buffer_paths":[],"method":"update","state":{"description_width":"initial"}}`; got != want {
		t.Errorf("sent %s, expected %s", got, want)
	}
}

// TestStates: a page that comes later gets the state of each model, on the comm of one or of all.
func TestStates(t *testing.T) {
	p := openPage(t)
	n := widget.IntSlider("n", 0, 9)
	id, _ := p.shown(n)
	pic, _ := p.shown(widget.Image(image.NewGray(image.Rect(0, 0, 1, 1))))
	n.Set(5)
	p.rest()
	comm.Deliver(comm.Message{Kind: comm.Sent, ID: id, Data: []byte(`{"method":"request_state"}`)})
	if c := p.read(p.sent[0]); p.sent[0].ID != id || c.Method != "update" || c.State["value"] != 5.0 || c.State["_model_name"] != "IntSliderModel" {
		t.Errorf("request_state is answered by %s", p.sent[0].Data)
	}
	p.rest()
	comm.Deliver(comm.Message{Kind: comm.Opened, ID: "all", Target: "jupyter.widget.control"})
	comm.Deliver(comm.Message{Kind: comm.Sent, ID: "all", Data: []byte(`{"method":"request_states"}`)})
	at := slices.IndexFunc(p.sent, func(m comm.Message) bool { return m.ID == "all" })
	if at < 0 {
		t.Fatal("request_states is not answered on its comm")
	}
	states := p.sent[at]
	c := p.read(states)
	s := c.States[id]
	if c.Method != "update_states" || s.Name != "IntSliderModel" || s.Module != "@jupyter-widgets/controls" || s.Version != "2.0.0" || s.State["value"] != 5.0 {
		t.Errorf("state %+v", s)
	}
	found := false
	for i, path := range c.Paths {
		found = found || fmt.Sprint(path) == fmt.Sprintf("[%s state value]", pic) && string(states.Buffers[i][1:4]) == "PNG"
	}
	if !found {
		t.Errorf("the picture is not at its place among the buffers %v", c.Paths)
	}
}

func TestOutput(t *testing.T) {
	p := openPage(t)
	out := widget.Output()
	out.Renew(func() { display.Show(7) })
	id, _ := p.shown(out)
	var got []string
	for _, m := range p.sent {
		if m.ID == id && m.Kind == comm.Sent {
			got = append(got, string(m.Data))
		}
	}
	want := []string{`{"buffer_paths":[],"method":"update","state":{"msg_id":"request-1"}}`, `{"buffer_paths":[],"method":"update","state":{"msg_id":""}}`}
	if !slices.Equal(got, want) || !slices.Equal(p.show, []string{"clear true", "7"}) {
		t.Errorf("sent %s, shown %v", got, p.show)
	}
}

// TestBelow: what the functions of a control show goes to a place below it, if it is shown by itself.
func TestBelow(t *testing.T) {
	p := openPage(t)
	n, again := widget.IntSlider("n", 0, 9), widget.Button("go")
	n.OnChange(func(v int) { display.Show(v) })
	again.OnClick(func() { display.Show("clicked") })
	rows := []struct {
		w     widget.Widget
		class string
		do    func(id string)
		shows string
	}{
		{n, "IntSliderModel", func(id string) { p.set(id, "value", 4) }, "[clear true 4]"},
		{again, "ButtonModel", func(id string) {
			comm.Deliver(comm.Message{Kind: comm.Sent, ID: id, Data: []byte(`{"method":"custom","content":{"event":"click"}}`)})
		}, `["clicked"]`},
	}
	for _, r := range rows {
		_, opened := p.shown(r.w)
		ids := map[string]string{}
		for _, m := range opened {
			ids[fmt.Sprint(p.read(m).State["_model_name"])] = m.ID
		}
		if want := fmt.Sprintf(`"children":["IPY_MODEL_%s","IPY_MODEL_%s"]`, ids[r.class], ids["OutputModel"]); !strings.Contains(string(opened[len(opened)-1].Data), want) {
			t.Errorf("%s: no %s in %s", r.class, want, opened[len(opened)-1].Data)
		}
		p.rest()
		p.show = nil
		r.do(ids[r.class])
		if got := fmt.Sprint(p.show); got != r.shows {
			t.Errorf("%s: shown %s, expected %s", r.class, got, r.shows)
		}
		caught := slices.ContainsFunc(p.sent, func(m comm.Message) bool {
			return m.ID == ids["OutputModel"] && strings.Contains(string(m.Data), `"msg_id":"request-1"`)
		})
		if !caught {
			t.Errorf("%s: the place below was not told; sent %s", r.class, p.rest())
		}
		if got := r.w.MIMEBundle()["text/plain"]; got != r.w.String() {
			t.Errorf("%s: text %q", r.class, got)
		}
	}
}

func TestInteract(t *testing.T) {
	p := openPage(t)
	n, x, name, loud := widget.IntSlider("n", 1, 9), widget.FloatSlider("x", 0, 1), widget.Text("name"), widget.Checkbox("loud")
	id := p.bare(n)
	box := widget.Interact(func(n int, x float64, name string, loud bool) (string, error) {
		var err error
		if loud {
			err = fmt.Errorf("too loud")
		}
		return fmt.Sprint(n, x, name), err
	}, n, x, name, loud)
	p.set(id, "value", 3)
	name.Set("Ada")
	loud.Set(true)
	want := []string{"clear true", `"1 0"`, "clear true", `"3 0"`, "clear true", `"3 0Ada"`, "clear true", `"3 0Ada"`, "too loud"}
	if got := fmt.Sprint(p.show); got != fmt.Sprint(want) {
		t.Errorf("shown %s\nexpected %s", got, want)
	}
	if got, want := box.String(), "VBox\n  IntSlider n = 3 (1 to 9)\n  FloatSlider x = 0 (0 to 1)\n  Text name = Ada\n  Checkbox loud = true\n  Output"; got != want {
		t.Errorf("text %q", got)
	}
}

// TestInteractRefuses has what does not fit together, and what is said.
func TestInteractRefuses(t *testing.T) {
	rows := []struct {
		f        any
		controls []widget.Argument
		want     string
	}{
		{7, nil, "int is not a function"},
		{(func())(nil), nil, "func() is not a function"},
		{func(int, string) {}, []widget.Argument{widget.Text("a")}, "func(int, string) needs 2 controls, one for each parameter, and has 1"},
		{func(int) {}, []widget.Argument{widget.Text("a")}, "parameter 1 of func(int) has type int, its control has values of type string"},
		{func(int, []int) {}, nil, "needs 2 controls"},
		{func(...int) {}, []widget.Argument{widget.IntSlider("a", 0, 1)}, "func(...int) needs"},
	}
	for _, r := range rows {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, "widget.Interact: ") || !strings.Contains(got, r.want) {
					t.Errorf("%T: panicked with %q, expected %q", r.f, got, r.want)
				}
			}()
			widget.Interact(r.f, r.controls...)
		}()
	}
	p := openPage(t)
	box := widget.Interact(func(int, float64, string, bool) {})
	p.shown(box)
	if got := strings.Count(box.String(), "\n"); got != 5 {
		t.Errorf("controls that were left out: %s", box)
	}
}

// TestProgram: without a front end nothing happens, and everything has a value and a text.
func TestProgram(t *testing.T) {
	n := widget.IntSlider("n", 2, 9)
	if n.MIMEBundle(); n.Value() != 2 || fmt.Sprint(n) != "IntSlider n = 2 (2 to 9)" {
		t.Errorf("%v", n)
	}
}
