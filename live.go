package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/nbformat"
)

// watched returns the runner, or on a terminal one that shows behind the label of the running cell what stands in a place that is
// updated, such as a progress bar or the state of a training.
func (p *progress) watched(r lessons.Runner) lessons.Runner {
	if !p.terminal {
		return r
	}
	return &watchedRunner{r, p}
}

type watchedRunner struct {
	lessons.Runner
	progress *progress
}

// Background passes on: the interface that is embedded does not show it.
func (w *watchedRunner) Background(sink nbformat.Sink) {
	if b, ok := w.Runner.(interface{ Background(nbformat.Sink) }); ok {
		b.Background(sink)
	}
}

func (w *watchedRunner) Run(ctx context.Context, count int, code string, sink nbformat.Sink) error {
	return w.Runner.Run(ctx, count, code, &watchedSink{sink, w.progress})
}

type watchedSink struct {
	nbformat.Sink
	progress *progress
}

func (s *watchedSink) Output(o nbformat.Output) {
	if o.DisplayID != "" {
		s.progress.state(lessons.PlainText(o))
	}
	s.Sink.Output(o)
}

// state writes what the running cell says of its progress. The terminal cuts a line that is too long, instead of beginning
// another one that nobody would clear (DECAWM, a mode of the VT100).
func (p *progress) state(text string) {
	line, _, _ := strings.Cut(text, "\n")
	fmt.Fprintf(p.w, "\r\x1b[K\x1b[?7l%s %s\x1b[?7h", p.line(p.running), line)
}
