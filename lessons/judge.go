package lessons

import (
	"fmt"
	"strings"

	"github.com/resident-go/resident/nbformat"
)

// Judge holds what a cell printed and how it ended against what its lesson says. It returns "" or the problem: one line, then details.
func Judge(c *Cell, outputs []nbformat.Output, failure *nbformat.CellError) string {
	if problem := judgeOutcome(c, failure); problem != "" {
		return problem
	}
	if c.Want == nil {
		return ""
	}
	if d := c.Want.Check(printed(outputs)); d != "" {
		return "the output is not the expected one\n" + d
	}
	return ""
}

func judgeOutcome(c *Cell, failure *nbformat.CellError) string {
	expect := c.Attrs.Expect
	if expect == "" {
		expect = OK
	}
	switch {
	case failure == nil && expect == OK:
		return ""
	case failure == nil:
		return fmt.Sprintf("expected %s, but the cell ended without an error", article(expect))
	case expect == OK && c.Attrs.Has(TagRaises):
		return ""
	case expect == OK:
		return failure.Error()
	case expect != AnyError && expect != outcome(failure):
		return fmt.Sprintf("expected %s, got %s: %v", article(expect), article(outcome(failure)), failure)
	case c.Attrs.ExpectMatch != nil && !c.Attrs.ExpectMatch.MatchString(plainError(failure)):
		return fmt.Sprintf("the error does not match %q: %v", c.Attrs.ExpectMatch, failure)
	}
	return ""
}

// outcome classes a cell's error by its name.
func outcome(e *nbformat.CellError) Outcome {
	switch e.EName {
	case "CompileError":
		return CompileError
	case "panic":
		return Panic
	}
	return AnyError // an exit, an interrupt, the death of the worker
}

func article(o Outcome) string {
	switch o {
	case CompileError:
		return "a compile error"
	case AnyError:
		return "an error"
	}
	return "a panic"
}

// plainError is the text that expect_match is held against.
func plainError(e *nbformat.CellError) string {
	return e.Error() + "\n" + stripANSI(strings.Join(e.Traceback, "\n"))
}

// printed is what a cell's expectation is compared with: standard output as it is shown, and the value of the last
// expression as the line that it is on the page.
func printed(outputs []nbformat.Output) string {
	var b strings.Builder
	for _, o := range outputs {
		switch o.Type {
		case nbformat.Stream:
			if o.Name == "stdout" {
				b.WriteString(o.Text)
			}
		case nbformat.ExecuteResult:
			if s := b.String(); s != "" && !strings.HasSuffix(s, "\n") {
				b.WriteByte('\n')
			}
			b.WriteString(mimeText(o.Data["text/plain"]))
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// mimeText is the text of a MIME value, which a file may store as a list of lines.
func mimeText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []string:
		return strings.Join(v, "")
	case []any:
		var b strings.Builder
		for _, line := range v {
			fmt.Fprint(&b, line)
		}
		return b.String()
	}
	return ""
}

func mayFail(c *Cell) bool {
	return c.Attrs.Has(TagRaises) || (c.Attrs.Expect != "" && c.Attrs.Expect != OK)
}
