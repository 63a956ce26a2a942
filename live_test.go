package main

import (
	"context"
	"strings"
	"testing"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/nbformat"
)

// training is a runner of cells that report.
type training struct{}

func (training) Run(_ context.Context, _ int, _ string, sink nbformat.Sink) error {
	at := func(text string, update bool) {
		data := map[string]any{"text/plain": text, "text/html": "<svg></svg>"}
		sink.Output(nbformat.Output{Type: nbformat.DisplayData, DisplayID: "a", Update: update, Data: data})
	}
	at("step 0/2", false)
	sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: "printed\n"})
	at("step 1/2\nmore", true)
	at("step 2/2", true)
	return nil
}

// TestLive checks what a person at a terminal sees while a cell runs: its label with its last report, which goes when it ends.
// Elsewhere there is only the line at the end. The outputs are the same.
func TestLive(t *testing.T) {
	l, err := lessons.Parse("l.md", []byte("```go name=\"fit\"\nfit()\n```\n"))
	if err != nil {
		t.Fatal(err)
	}
	const states = "[1/1] fit ..." + "\r\x1b[K\x1b[?7l[1/1] fit step 0/2\x1b[?7h" + "\r\x1b[K\x1b[?7l[1/1] fit step 1/2\x1b[?7h" + "\r\x1b[K\x1b[?7l[1/1] fit step 2/2\x1b[?7h"
	for _, row := range []struct {
		terminal bool
		want     string
	}{{true, states + "\r\x1b[K[1/1] fit  ok"}, {false, "[1/1] fit  ok"}} {
		var screen strings.Builder
		p := newProgress(&screen, l)
		p.terminal = row.terminal
		report, err := lessons.Run(t.Context(), l, p.watched(training{}), lessons.Options{Started: p.started, Finished: p.finished})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(screen.String(), row.want) {
			t.Errorf("at a terminal: %v\n%q\nwant\n%q", row.terminal, screen.String(), row.want)
		}
		if out := report.Cells[0].Outputs; len(out) != 2 || out[0].Data["text/plain"] != "step 2/2" || out[1].Text != "printed\n" {
			t.Errorf("the outputs are %+v", out)
		}
	}
}
