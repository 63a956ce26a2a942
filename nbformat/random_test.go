package nbformat_test

import (
	"encoding/json"
	"fmt"

	"github.com/resident-go/resident/nbformat"
)

// source makes a notebook of bytes: each choice takes one, and when there are no more every choice is the first. All it
// makes is valid by the official schema.
type source []byte

func (s *source) choose(n int) int {
	if len(*s) == 0 {
		return 0
	}
	b := (*s)[0]
	*s = (*s)[1:]
	return int(b) % n
}

func pick[T any](s *source, from ...T) T { return from[s.choose(len(from))] }

func (s *source) text() string {
	text := ""
	for range s.choose(5) {
		text += pick(s, "a", "\n", "\r", "\r\n", "", " ", "é", "世", "😀", "\"\\/", "<&>", "\u2028", "\u2029", "\x85", "\u0085", "\v\f", "\x1c\x1d\x1e",
			"\x00\x1f\x7f", "\ufeff", "\ufffd", "\b\t", "\x1b[0m", "\xff", "# heading\n")
	}
	return text
}

// number makes a number in a spelling that Python would choose too.
func (s *source) number() any {
	return pick[any](s, 0, -1, 1<<53, 1.5, json.Number("1.0"), json.Number("1e-07"), json.Number("1e+16"), json.Number("-0.0"), json.Number("123456789012345678901234567890"))
}

func (s *source) value(depth int) any {
	switch n := s.choose(8); {
	case n == 0:
		return nil
	case n == 1:
		return s.choose(2) == 0
	case n == 2:
		return s.number()
	case n == 3 && depth > 0:
		return s.object(depth - 1)
	case n == 4 && depth > 0:
		list := []any{}
		for range s.choose(4) {
			list = append(list, s.value(depth-1))
		}
		return list
	case n == 5:
		return []string{s.text(), s.text()}
	}
	return s.text()
}

// object makes a map whose keys the schema has nothing to say about.
func (s *source) object(depth int) map[string]any {
	m := map[string]any{}
	for range s.choose(4) {
		m["x"+s.text()] = s.value(depth)
	}
	return m
}

func (s *source) bundle() map[string]any {
	m := map[string]any{}
	for range s.choose(4) {
		switch s.choose(3) {
		case 0:
			m[pick(s, "application/json", "application/vnd.x+json", "application/a+b+json")] = s.value(3)
		case 1:
			m[pick(s, "text/plain", "text/html", "text/x+json", "image/svg+xml", "application/javascript")] = s.text()
		case 2:
			m[pick(s, "image/png", "application/pdf", "application/x-tex", "text", "x/y")] = s.text()
		}
	}
	return m
}

func (s *source) output() nbformat.Output {
	switch s.choose(4) {
	case 0:
		return nbformat.Output{Type: nbformat.Stream, Name: pick(s, "stdout", "stderr"), Text: s.text()}
	case 1:
		return nbformat.Output{Type: nbformat.DisplayData, Data: s.bundle(), Metadata: s.object(2), DisplayID: s.text()}
	case 2:
		return nbformat.Output{Type: nbformat.ExecuteResult, Data: s.bundle(), Metadata: s.object(2), ExecutionCount: s.choose(3)}
	}
	return nbformat.Output{Type: nbformat.ErrorOutput, EName: s.text(), EValue: s.text(), Traceback: pick(s, nil, []string{s.text(), s.text()})}
}

func (s *source) cell() nbformat.Cell {
	c := nbformat.Cell{Source: s.text(), Metadata: s.object(3), Type: pick(s, nbformat.Code, nbformat.Markdown, nbformat.Raw)}
	c.ID = pick(s, "", "a", "b-_9", fmt.Sprint("c", s.choose(250)))
	if c.Type == nbformat.Code {
		c.ExecutionCount = s.choose(4)
		for range s.choose(4) {
			c.Outputs = append(c.Outputs, s.output())
		}
	} else if s.choose(3) == 0 {
		c.Attachments = map[string]map[string]any{}
		for range s.choose(3) {
			bundle := s.bundle()
			delete(bundle, "application/json")
			c.Attachments[s.text()] = bundle
		}
	}
	return c
}

func (s *source) notebook() *nbformat.Notebook {
	nb := &nbformat.Notebook{Metadata: s.object(4)}
	for range s.choose(6) {
		nb.Cells = append(nb.Cells, s.cell())
	}
	return nb
}

// document makes what may be a notebook of any version: the field names of nbformat, often with the right kind of value.
func (s *source) document() any {
	doc := map[string]any{"nbformat": pick(s, 4, 3), "nbformat_minor": pick(s, 5, 0, 1, 7)}
	key := pick(s, "cells", "worksheets")
	doc[key] = s.shapes(s.loose)
	if key == "worksheets" {
		doc[key] = []any{map[string]any{"cells": doc[key]}}
	}
	for range s.choose(3) {
		doc[pick(s, "metadata", "x", "orig_nbformat", "cells", "worksheets")] = s.loose()
	}
	return doc
}

func (s *source) shapes(other func() any) []any {
	list := []any{}
	for range s.choose(5) {
		list = append(list, pick(s, s.shape, s.shape, s.shape, other)())
	}
	return list
}

// shape is something like a cell or an output.
func (s *source) shape() any {
	m := map[string]any{}
	if s.choose(3) == 0 {
		m["output_type"] = pick(s, "stream", "display_data", "execute_result", "error", "pyout", "pyerr", "other")
	} else {
		m["cell_type"] = pick(s, "code", "markdown", "raw", "heading", "html", "other")
	}
	for range s.choose(6) {
		switch s.choose(5) {
		case 0:
			m[pick(s, "source", "input", "text", "ename", "evalue", "stream", "name", "html", "json", "png", "rendered")] = pick[any](s, s.text(), []string{s.text(), s.text()})
		case 1:
			m["outputs"] = s.shapes(s.loose)
		case 2:
			m[pick(s, "metadata", "data", "attachments")] = s.bundle()
		case 3:
			m[pick(s, "id", "execution_count", "prompt_number", "level", "collapsed", "traceback")] = pick[any](s, nil, 0, 1, -1, true, "a", "7ab", []string{})
		case 4:
			m[pick(s, "id", "text", "data", "metadata", "outputs", "source", "traceback", "attachments", "language", "trusted", "x")] = s.loose()
		}
	}
	return m
}

func (s *source) loose() any { return s.value(2) }
