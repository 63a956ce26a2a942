package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/resident-go/resident/nbformat"
)

// places writes down what is shown where: places have letters, in the order in which they appear.
type places struct {
	nowhere
	seen []string
	b    strings.Builder
	last nbformat.Output
}

func (p *places) Output(o nbformat.Output) {
	p.last = o
	at := 0
	for at < len(p.seen) && p.seen[at] != o.DisplayID {
		at++
	}
	verb := "again"
	if at == len(p.seen) {
		p.seen = append(p.seen, o.DisplayID)
		verb = "place"
	}
	if o.Update != (verb == "again") || o.DisplayID == "" {
		verb = fmt.Sprintf("%q", o.Content())
	}
	fmt.Fprintf(&p.b, "%s %c: %v\n", verb, 'A'+at, o.Data["text/plain"])
}

// TestTensorShows checks that a tensor at the end of a cell is shown as a table, and as text where there are none.
func TestTensorShows(t *testing.T) {
	e := newTestEngine(t, Options{})
	p := &places{}
	if err := e.Run(t.Context(), 1, "tensor.New([]float32{1, 2, 3, 4}, 2, 2)", p); err != nil {
		t.Fatal(err)
	}
	html, _ := p.last.Data["text/html"].(string)
	text, _ := p.last.Data["text/plain"].(string)
	if p.last.Type != nbformat.ExecuteResult || !strings.Contains(html, "<table") || !strings.HasPrefix(text, "f32[2 2]") {
		t.Errorf("it shows %q, as HTML %q", text, html)
	}
}

// TestReports checks that what packages report is shown in one place of the notebook, which no cell has to care for. Later cells
// go on in the same place.
func TestReports(t *testing.T) {
	e := newTestEngine(t, Options{})
	p := &places{}
	run := func(n int, code string) {
		t.Helper()
		if err := e.Run(t.Context(), n, code, p); err != nil {
			t.Fatalf("%s: %v", code, err)
		}
	}
	run(1, "tell := report.Seam.Place(\"one\")\nfor i := range 2 { tell(i) }")
	run(2, "tell(\"two\")\nreport.Seam.Place(1.5)(\"three\")")
	want := "place A: \"one\"\nagain A: 0\nagain A: 1\nagain A: \"two\"\nplace B: 1.5\nagain B: \"three\"\n"
	if got := p.b.String(); got != want {
		t.Errorf("showed:\n%s\nexpected:\n%s", got, want)
	}
}

// TestTrainingReports checks that training shows its curve, and how it ended.
func TestTrainingReports(t *testing.T) {
	e := newTestEngine(t, Options{})
	p := &places{}
	code := `mlp, err := nn.NewMLP([]int{2, 8, 2}, nn.Seed(1))
run, err := train.Fit(context.Background(), mlp, data.Moons(40, 0.1, 1).Split(0.8, 1), train.Config{Steps: 3})`
	if err := e.Run(context.Background(), 1, code, p); err != nil {
		t.Fatal(err)
	}
	html, _ := p.last.Data["text/html"].(string)
	if text := p.b.String(); !strings.HasPrefix(text, "place A: step 0/3") || !strings.Contains(text, "\nagain A: step 3/3") || !strings.Contains(html, "<svg") {
		t.Errorf("showed:\n%s\nat last as HTML: %s", text, html)
	}
}
