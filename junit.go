package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/junit"
)

// writeJUnit writes a suite for each lesson and in it a case for each rule that it is held to.
func writeJUnit(w io.Writer, all []checked) error {
	var suites []junit.Suite
	for _, c := range all {
		s := junit.Suite{Name: c.file, Elapsed: c.elapsed}
		for _, rule := range lessons.Rules {
			test := junit.Case{Name: string(rule)}
			if text := c.of(rule); len(text) > 0 {
				test.Message, _, _ = strings.Cut(text[0], "\n")
				test.Outcome, test.Type, test.Text = junit.Failed, string(rule), strings.Join(text, "\n")
			}
			s.Cases = append(s.Cases, test)
		}
		suites = append(suites, s)
	}
	return junit.Write(w, slices.Values(suites))
}

// of are the findings about one rule, as text.
func (c checked) of(rule lessons.Rule) (text []string) {
	for _, f := range c.found {
		if f.Rule == rule {
			text = append(text, f.String())
		}
	}
	return text
}

// writeRunJUnit writes a suite for a run, and in it a case for each cell of code.
func writeRunJUnit(w io.Writer, r *lessons.Report) error {
	s := junit.Suite{Name: r.Lesson.File, Elapsed: r.Elapsed}
	for _, c := range r.Cells {
		if c.Cell.Kind != lessons.Code {
			continue
		}
		test := junit.Case{Name: c.Cell.Label(), Elapsed: c.Elapsed}
		switch c.Status {
		case lessons.Failed:
			test.Message, _, _ = strings.Cut(c.Problem, "\n")
			test.Outcome, test.Type, test.Text = junit.Failed, "run", fmt.Sprintf("%v: %s", c.Cell.Pos, c.Problem)
		case lessons.Skipped, lessons.NotRun:
			test.Outcome, test.Message = junit.Skipped, string(c.Status)
		}
		s.Cases = append(s.Cases, test)
	}
	return junit.Write(w, slices.Values([]junit.Suite{s}))
}
