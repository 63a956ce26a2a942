package bridge

import (
	"fmt"
	"testing"

	"github.com/resident-go/resident/kernel/display"
	"github.com/resident-go/resident/runtime/report"
)

// page is a front end of the kernel that writes down what it is told.
type page struct{ shown []display.Output }

func (p *page) Show(o display.Output)              { p.shown = append(p.shown, o) }
func (p *page) NextCell(string)                    {}
func (p *page) Clear(bool)                         {}
func (p *page) Input(string, bool) (string, error) { return "", nil }

// work has forms of its own, a line among them.
type work struct{ done int }

func (w work) HTML() string { return fmt.Sprintf("<b>%d</b>", w.done) }
func (w work) Line() string { return fmt.Sprintf("%d of 3", w.done) }

func TestReport(t *testing.T) {
	p := &page{}
	defer func(before display.Front) { display.Seam = before }(display.Seam)
	display.Seam = p

	update := report.Seam.Place(work{1})
	update(work{2})
	other := report.Seam.Place("another")
	update(work{3})
	other("is done")

	want := []struct {
		place, plain, html string
		update             bool
	}{
		{"a", "1 of 3", "<b>1</b>", false},
		{"a", "2 of 3", "<b>2</b>", true},
		{"b", `"another"`, "", false},
		{"a", "3 of 3", "<b>3</b>", true},
		{"b", `"is done"`, "", true},
	}
	if len(p.shown) != len(want) {
		t.Fatalf("%d outputs, want %d", len(p.shown), len(want))
	}
	places := map[string]string{"a": p.shown[0].ID, "b": p.shown[2].ID}
	for i, w := range want {
		got := p.shown[i]
		html, _ := got.Data["text/html"].(string)
		if got.ID != places[w.place] || got.Update != w.update || got.Data["text/plain"] != w.plain || html != w.html {
			t.Errorf("output %d is %+v, want %+v", i, got, w)
		}
	}
	if places["a"] == "" || places["a"] == places["b"] {
		t.Errorf("the places are %q", places)
	}
}
