package lessons

import (
	"strings"

	"github.com/yuin/goldmark/ast"
)

// codeCell adds the fence f, whose opening line is at start, of Markdown that begins at from.
func (p *parse) codeCell(f *ast.FencedCodeBlock, attrs string, from, start int) {
	open, _ := cutLine(p.src[start:])
	c := &Cell{Kind: Code, Pos: p.pos(start), Body: p.pos(start + len(open))}
	c.attrsEnd = from + f.Info.Segment.Stop
	c.attrsAt = c.attrsEnd - len(attrs)
	list, flags := scanAttrs(attrs, func(i int) Position { return p.pos(c.attrsAt + i) }, &p.errs)
	for _, flag := range flags {
		if flag != ".noeval" {
			p.errs.add(c.Pos, "unknown flag %q%s", flag, suggest(flag, []string{".noeval"}))
		}
		c.NoEval = true
	}
	c.Attrs.apply(Code, unfold(Code, list), &p.errs)
	c.Source = strings.TrimSuffix(unixLines(string(f.Lines().Value(p.src[from:]))), "\n")
	c.bodyEnd, c.End = p.fenceEnd(f, from, c)
	if c.Attrs.Include != "" && strings.TrimSpace(c.Source) != "" {
		p.errs.add(c.Body, "the code of this cell stands in %s: its fence must be empty", c.Attrs.Include)
	}
	p.add(c)
}

// fenceEnd returns the offsets of the closing line of a fence, and behind it.
func (p *parse) fenceEnd(f *ast.FencedCodeBlock, from int, c *Cell) (closing, behind int) {
	end := c.Body.Offset
	if n := f.Lines().Len(); n > 0 {
		end = from + f.Lines().At(n-1).Stop
	}
	line, _ := cutLine(p.src[end:])
	marks := strings.TrimSpace(string(line))
	if len(marks) < 3 || strings.Trim(marks, marks[:1]) != "" {
		p.errs.add(c.Pos, "the code cell is not closed: a line %s is missing", p.src[from+f.Pos():from+f.Pos()+3])
	}
	return end, end + len(line)
}
