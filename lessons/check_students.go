package lessons

import (
	"bytes"
	"context"
	"html"
	"regexp"
	"slices"
	"strings"
)

// students judges the version that students get, if it is another one.
func (c *checking) students(ctx context.Context) error {
	if !slices.ContainsFunc(c.lesson.Cells, func(cell *Cell) bool { _, changed := cell.build(ForStudents); return changed }) {
		return nil
	}
	built, err := c.lesson.Build(ForStudents)
	if err != nil {
		c.add(RuleStudents, Position{File: c.lesson.File, Line: 1, Col: 1}, "%v", err)
		return nil
	}
	l, err := Parse(c.lesson.File, built)
	if err != nil {
		return err
	}
	if only := slices.DeleteFunc(slices.Clone(c.checker.Only), func(name string) bool { return !slices.Contains(l.names(), name) }); len(only) > 0 {
		if err := l.Only(only...); err != nil {
			return err
		}
	}
	return c.run(ctx, l, func(r *Report) {
		c.stubs(r)
		c.hidden(built, r)
	})
}

// stubs judges a run of the students' version: it compiles, and no test passes.
func (c *checking) stubs(r *Report) {
	for i := range r.Cells {
		cell := &r.Cells[i]
		at, role := c.original(cell.Cell), cell.Cell.Attrs.Role
		switch {
		case c.broken[at]: // said already
		case cell.Status == Failed && cell.outcome == CompileError:
			c.add(RuleStudents, at, "in the students' version this does not compile: %s", cell.Problem)
		case cell.Status == Failed && role == Setup:
			c.add(RuleStudents, at, "in the students' version this fails, but a cell with role=\"setup\" needs no solution: %s", cell.Problem)
		case cell.Status == Passed && role == Test:
			c.add(RuleStudents, at, "in the students' version this test passes without a solution")
		}
	}
}

// original is where a cell of a build stands in the source: builds leave cells out, but change no order.
func (c *checking) original(built *Cell) Position {
	for _, cell := range c.lesson.Cells {
		text, _ := cell.build(ForStudents)
		if cell.Kind == built.Kind && cell.Attrs.Name == built.Attrs.Name && text == built.Source {
			return cell.Pos
		}
	}
	return Position{File: c.lesson.File, Line: 1, Col: 1}
}

// hidden looks for what is hidden from students in all that is made for them: the lesson, the notebook and the page, with their outputs.
func (c *checking) hidden(built []byte, r *Report) {
	artefacts := map[string]string{"version": string(built)}
	var book, page bytes.Buffer
	if err := r.WriteNotebook(&book); err == nil {
		artefacts["notebook"] = unquoted(book.String())
	}
	if err := (Page{Files: c.checker.Files}).WriteHTML(&page, r); err == nil { // a picture that is not there is found elsewhere
		artefacts["page"] = html.UnescapeString(tags.ReplaceAllString(page.String(), ""))
	}
	for _, s := range c.lesson.secrets() {
		for _, what := range []string{"version", "notebook", "page"} {
			if hasLine(artefacts[what], s.text) {
				c.add(RuleHidden, c.lesson.LineOf(s.cell, s.line), "students do not get this line, but their %s has another one like it: %s", what, s.text)
				break
			}
		}
	}
}

func hasLine(text, line string) bool {
	for l := range strings.SplitSeq(text, "\n") {
		if strings.TrimSpace(l) == line {
			return true
		}
	}
	return false
}

var (
	tags     = regexp.MustCompile(`<[^>]*>`)
	inQuotes = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\"`, `"`, `\\`, `\`)
	quotes   = regexp.MustCompile(`(?m)^\s*"|",?$|": "`)
)

// unquoted is JSON with its strings as lines of their own.
func unquoted(text string) string {
	return inQuotes.Replace(quotes.ReplaceAllString(text, "\n"))
}
