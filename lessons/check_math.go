package lessons

import (
	"bytes"
	"errors"
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/resident-go/resident/lessons/tex"
)

// formulas looks whether a page can show them.
func (c *checking) formulas() {
	for _, cell := range c.lesson.Cells {
		if cell.Kind != Prose || !strings.Contains(cell.Source, "$") {
			continue
		}
		src := []byte(cell.Source)
		_ = ast.Walk(parseMarkdown(src), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if !entering {
				return ast.WalkContinue, nil
			}
			switch n := n.(type) {
			case *formula:
				c.formula(cell, n.Pos(), n.tex, n.display)
			case *displayFormula:
				c.formula(cell, n.Pos(), string(bytes.TrimSpace(n.Lines().Value(src))), true)
			}
			return ast.WalkContinue, nil
		})
	}
}

// formula looks at the one that begins at an offset of a cell's source.
func (c *checking) formula(cell *Cell, at int, source string, display bool) {
	_, err := tex.MathML(source, display)
	if err == nil {
		return
	}
	reason := err.Error()
	if wrong := (*tex.Error)(nil); errors.As(err, &wrong) {
		reason = wrong.Reason
	}
	before := cell.Source[:at]
	pos := c.lesson.LineOf(cell, strings.Count(before, "\n"))
	if pos.Col > 0 {
		pos.Col += at - strings.LastIndexByte(before, '\n') - 1
	}
	c.add(RuleMath, pos, "the formula cannot be shown: %s", reason)
}
