package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/resident-go/resident/nbformat"
)

// charts keeps what is shown in each place.
type charts struct {
	recorder
	place map[string]string
	shown int
}

func (c *charts) Output(o nbformat.Output) {
	if o.DisplayID != "" {
		c.place[o.DisplayID] = fmt.Sprint(o.Data["text/plain"])
		c.shown++
		return
	}
	c.recorder.Output(o)
}

// TestChart has cells that add points faster than a chart is drawn. However they end, all points are there when they have.
func TestChart(t *testing.T) {
	rows := []struct{ code, want, ends string }{
		{"c := display.NewChart(\"sum\")\nfor i := range 1000 { c.Add(float64(i), 2*float64(i)) }", " 1998", ""},
		{"c.Add(1000, 7)\nc.Add(1001, 8)\npanic(\"no more\")", " 8", "no more"},
		{"c.Add(1002, 9)\nc.Add(1003, 10)\nruntime.Goexit()", " 10", ""},
		{"done := make(chan bool)\ngo func() { c.Add(1004, 11); c.Add(1005, 12); close(done) }()\n<-done", " 12", ""},
	}
	e := newTestEngine(t, Options{})
	sink := &charts{place: map[string]string{}}
	for i, row := range rows {
		err := e.Run(t.Context(), i+1, row.code, sink)
		if row.ends == "" && err != nil || row.ends != "" && (err == nil || !strings.Contains(err.Error(), row.ends)) {
			t.Errorf("cell %d ended with %v", i+1, err)
		}
		for _, plain := range sink.place {
			if !strings.HasSuffix(plain, row.want) {
				t.Errorf("after cell %d the chart reads %q, want %q at its end", i+1, plain, row.want)
			}
		}
	}
	if len(sink.place) != 1 || sink.shown > 100 {
		t.Errorf("%d outputs in %d places", sink.shown, len(sink.place))
	}
}
