package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/nbformat"
)

// traced returns the runner, or one that prints what passes between it and the lesson when -trace is set.
func (p *Program) traced(r lessons.Runner) lessons.Runner {
	if !p.Switches.Trace {
		return r
	}
	return &traceRunner{r, p.Stderr}
}

type traceRunner struct {
	lessons.Runner
	w io.Writer
}

// Background passes on: the interface that is embedded does not show it.
func (t *traceRunner) Background(sink nbformat.Sink) {
	if b, ok := t.Runner.(interface{ Background(nbformat.Sink) }); ok {
		b.Background(sink)
	}
}

func (t *traceRunner) Run(ctx context.Context, count int, code string, sink nbformat.Sink) error {
	s := &traceSink{Sink: sink, w: t.w, count: count, start: time.Now()}
	s.print("run", code)
	err := t.Runner.Run(ctx, count, code, s)
	s.print("done", fmt.Sprint(err))
	return err
}

// traceSink prints each call as one line: cell, milliseconds since its start, what, and the value as JSON.
type traceSink struct {
	nbformat.Sink
	w     io.Writer
	count int
	start time.Time
}

func (s *traceSink) print(what string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		text = []byte(err.Error())
	}
	fmt.Fprintf(s.w, "trace: cell %d %6d ms %-6s %s\n", s.count, time.Since(s.start).Milliseconds(), what, text)
}

func (s *traceSink) Output(o nbformat.Output) {
	s.print("output", o.Content())
	s.Sink.Output(o)
}

func (s *traceSink) ClearOutput(wait bool) {
	s.print("clear", wait)
	s.Sink.ClearOutput(wait)
}

func (s *traceSink) Input(prompt string, password bool) (string, error) {
	s.print("input", prompt)
	return s.Sink.Input(prompt, password)
}
