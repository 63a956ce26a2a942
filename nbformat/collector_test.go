package nbformat_test

import (
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/resident-go/resident/nbformat"
)

var _ nbformat.Sink = (*nbformat.Collector)(nil)

// streams.json holds what JupyterLab's own code (OutputAreaModel) makes of text that arrives in these chunks.
func TestCollectorStreams(t *testing.T) {
	var rows []struct {
		Chunks []string
		Text   string
	}
	if err := json.Unmarshal([]byte(files(t, "streams.json")["testdata/streams.json"]), &rows); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		c := nbformat.NewCollector(nil)
		for _, chunk := range row.Chunks {
			c.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: chunk})
		}
		if out := c.Outputs(); len(out) != 1 || out[0].Text != row.Text {
			t.Errorf("%q\n got %+v\nwant %q", row.Chunks, out, row.Text)
		}
	}
}

// Each row is a script of two cells, a and b, in one document. "a out X" prints, "a err X" prints to stderr, "a show I X"
// displays X with the id I (- for none), "a result I X" is a result, "a update I X" updates, "a fail" is an error, "a clear" and
// "a wait" clear.
func TestCollector(t *testing.T) {
	for _, row := range []struct{ name, script, a, b string }{
		{"nothing", "", "", ""},
		{"streams merge", "a out x; a out y; a err z; a out w", "out:xy err:z out:w", ""},
		{"a display parts streams", "a out x; a show - d; a out y", "out:x show:d out:y", ""},
		{"an update does not", "a show i d; a out x; a update i e; a out y", "show:e out:xy", ""},
		{"empty text is nothing", "a out x; a err ; a out y", "out:xy", ""},
		{"clear", "a out x; a show - d; a clear; a out y", "out:y", ""},
		{"clear at the end", "a out x; a clear", "", ""},
		{"wait", "a out x; a wait; a err y", "err:y", ""},
		{"wait at the end", "a out x; a wait", "out:x", ""},
		{"wait, same stream", "a out x; a wait; a out y; a out z", "out:yz", ""},
		{"wait is used up", "a out x; a wait; a show - d; a fail", "show:d fail", ""},
		{"wait, then clear", "a out x; a wait; a clear; a out y; a out z", "out:yz", ""},
		{"an update is no output", "a show i d; a wait; a update i e", "show:e", ""},
		{"update", "a show i d; a show j d; a show i f; a update i e", "show:e show:d show:e", ""},
		{"update a result", "a result i d; a update i e", "result:e", ""},
		{"update from the next cell", "a show i d; b update i e", "show:e", ""},
		{"update several cells", "a show i d; b show i d; b update i e", "show:e", "show:e"},
		{"showing again is an update too", "a show i d; b show i e; a result i f", "show:f result:f", "show:f"},
		{"showing again after a wait", "a show i d; b show i d; a wait; a show i e", "show:e", "show:e"},
		{"no id is not one id", "a show - d; a show - e", "show:d show:e", ""},
		{"update of nothing", "a update i e; a show i d", "show:d", ""},
		{"update of what is gone", "a show i d; b show i d; a clear; a update i e", "", "show:e"},
		{"no id", "a show - d; a update - e", "show:d", ""},
		{"clear is for one cell", "a out x; b out y; b clear", "out:x", ""},
		{"cells at once", "a out x; b out y; a out z", "out:xz", "out:y"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var d nbformat.Displays
			cells := map[string]*nbformat.Collector{"a": nbformat.NewCollector(&d), "b": nbformat.NewCollector(&d)}
			for _, step := range strings.Split(row.script, "; ") {
				play(t, cells, step)
			}
			for name, want := range map[string]string{"a": row.a, "b": row.b} {
				if got := shown(cells[name].Outputs()); got != want {
					t.Errorf("cell %s shows %q, want %q", name, got, want)
				}
			}
		})
	}
}

func play(t *testing.T, cells map[string]*nbformat.Collector, step string) {
	if step == "" {
		return
	}
	words := append(strings.Split(step, " "), "", "")
	c, op := cells[words[0]], words[1]
	display := func(kind nbformat.OutputType, update bool) nbformat.Output {
		return nbformat.Output{
			Type: kind, Data: map[string]any{"text/plain": words[3]}, Metadata: map[string]any{"of": words[3]},
			DisplayID: strings.TrimPrefix(words[2], "-"), Update: update,
		}
	}
	switch op {
	case "out":
		c.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: words[2]})
	case "err":
		c.Output(nbformat.Output{Type: nbformat.Stream, Name: "stderr", Text: words[2]})
	case "show":
		c.Output(display(nbformat.DisplayData, false))
	case "result":
		c.Output(display(nbformat.ExecuteResult, false))
	case "update":
		c.Output(display(nbformat.DisplayData, true))
	case "fail":
		c.Output((&nbformat.CellError{EName: "panic"}).Output())
	case "clear", "wait":
		c.ClearOutput(op == "wait")
	default:
		t.Fatalf("unknown step %q", step)
	}
}

func shown(outputs []nbformat.Output) string {
	var out []string
	for _, o := range outputs {
		switch o.Type {
		case nbformat.Stream:
			out = append(out, strings.TrimPrefix(o.Name, "std")+":"+o.Text)
		case nbformat.ErrorOutput:
			out = append(out, "fail")
		default:
			name := map[nbformat.OutputType]string{nbformat.DisplayData: "show", nbformat.ExecuteResult: "result"}[o.Type]
			out = append(out, name+":"+o.Data["text/plain"].(string))
			if o.Metadata["of"] != o.Data["text/plain"] {
				out = append(out, "with metadata of another")
			}
		}
	}
	return strings.Join(out, " ")
}

func TestCollectorInput(t *testing.T) {
	c := nbformat.NewCollector(nil)
	if _, err := c.Input("name? ", false); !errors.Is(err, nbformat.ErrNoInput) {
		t.Errorf("without Ask: %v", err)
	}
	c.Ask = func(prompt string, password bool) (string, error) {
		if prompt == "name? " && password {
			return "gopher", nil
		}
		return "", io.EOF
	}
	if s, err := c.Input("name? ", true); s != "gopher" || err != nil {
		t.Errorf("got %q, %v", s, err)
	}
	if _, err := c.Input("", false); err != io.EOF {
		t.Errorf("got %v, want io.EOF", err)
	}
}

func TestMessage(t *testing.T) {
	data := map[string]any{"text/plain": "x"}
	for _, row := range []struct {
		name, msgType, want string
		o                   nbformat.Output
	}{
		{"stream", "stream", `{"name":"stderr","text":"x"}`, nbformat.Output{Type: nbformat.Stream, Name: "stderr", Text: "x"}},
		{"display", "display_data", `{"data":{"text/plain":"x"},"metadata":{},"transient":{}}`, nbformat.Output{Type: nbformat.DisplayData, Data: data}},
		{"no data", "display_data", `{"data":{},"metadata":{},"transient":{}}`, nbformat.Output{Type: nbformat.DisplayData}},
		{"display id", "display_data", `{"data":{"text/plain":"x"},"metadata":{"a":1},"transient":{"display_id":"i"}}`,
			nbformat.Output{Type: nbformat.DisplayData, Data: data, Metadata: map[string]any{"a": 1}, DisplayID: "i"}},
		{"update", "update_display_data", `{"data":{"text/plain":"x"},"metadata":{},"transient":{"display_id":"i"}}`,
			nbformat.Output{Type: nbformat.DisplayData, Data: data, DisplayID: "i", Update: true}},
		{"result", "execute_result", `{"data":{"text/plain":"x"},"execution_count":3,"metadata":{},"transient":{}}`,
			nbformat.Output{Type: nbformat.ExecuteResult, Data: data, ExecutionCount: 3}},
		{"error", "error", `{"ename":"panic","evalue":"v","traceback":["a","b"]}`,
			nbformat.Output{Type: nbformat.ErrorOutput, EName: "panic", EValue: "v", Traceback: []string{"a", "b"}}},
		{"no traceback", "error", `{"ename":"","evalue":"","traceback":[]}`, nbformat.Output{Type: nbformat.ErrorOutput}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := json.Marshal(row.o.Content())
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != row.want || row.o.MsgType() != row.msgType {
				t.Errorf("\n got %s %s\nwant %s %s", row.o.MsgType(), got, row.msgType, row.want)
			}
		})
	}
}

// An update gives every output maps of its own.
func TestUpdateDoesNotShare(t *testing.T) {
	c := nbformat.NewCollector(nil)
	for range 2 {
		c.Output(nbformat.Output{Type: nbformat.DisplayData, DisplayID: "i"})
	}
	c.Output(nbformat.Output{Type: nbformat.DisplayData, DisplayID: "i", Update: true, Data: map[string]any{"a": 1}})
	out := c.Outputs()
	out[0].Data["b"] = 2
	if want := map[string]any{"a": 1}; !reflect.DeepEqual(out[1].Data, want) {
		t.Errorf("got %v, want %v", out[1].Data, want)
	}
}
