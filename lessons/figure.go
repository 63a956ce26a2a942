package lessons

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/resident-go/resident/lessons/diagram"
)

// figure is a diagram as the page has it: drawn, with its source for who would rather read, or as its source alone if it cannot be drawn.
func (b *pageBuilder) figure(source, code string) (string, error) {
	b.diagrams++
	sum := sha256.Sum256([]byte(source))
	// No heading's id has a point in it.
	svg, err := diagram.SVG(source, fmt.Sprintf("diagram.%d-%s", b.diagrams, hex.EncodeToString(sum[:3])))
	if wrong := (*diagram.Error)(nil); errors.As(err, &wrong) {
		return "<figure class=\"diagram\">\n" + code + "<figcaption>A diagram, as Mermaid writes it down</figcaption>\n</figure>\n", nil
	}
	if err != nil {
		return "", err
	}
	return "<figure class=\"diagram\">\n<div class=\"drawing\" role=\"group\" aria-label=\"Diagram\" tabindex=\"0\">" + sanitize(svg) + "</div>\n" +
		"<details><summary>As text</summary>\n" + code + "</details>\n</figure>\n", nil
}

// diagrams looks whether a page can draw them.
func (c *checking) diagrams() {
	for _, cell := range c.lesson.Cells {
		if cell.Kind != Prose || !strings.Contains(cell.Source, "mermaid") {
			continue
		}
		src := []byte(cell.Source)
		_ = ast.Walk(parseBlocks(src), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			f, ok := n.(*ast.FencedCodeBlock)
			if !ok || !entering || string(f.Language(src)) != "mermaid" {
				return ast.WalkContinue, nil
			}
			_, err := diagram.SVG(string(f.Lines().Value(src)), "x")
			if wrong := (*diagram.Error)(nil); errors.As(err, &wrong) {
				c.add(RuleDiagrams, c.lesson.LineOf(cell, strings.Count(cell.Source[:f.Pos()], "\n")), "the diagram cannot be drawn, the page shows its source: %s", wrong.Reason)
			}
			return ast.WalkContinue, nil
		})
	}
}
