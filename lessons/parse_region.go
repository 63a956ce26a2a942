package lessons

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// A region is a cell whatever is in it, a raw cell is what only converters of notebooks read. The third word is the title.
var regionComment = regexp.MustCompile(`^ {0,3}<!--\s*#(end)?(region|md|raw)\b(.*?)-->\s*$`)

// mark tells whether a top-level block is the comment that opens or closes a region.
func (p *parse) mark(n ast.Node, start int) (match []int, line []byte) {
	if n.Kind() != ast.KindHTMLBlock {
		return nil, nil
	}
	line, _ = cutLine(p.src[start:])
	return regionComment.FindSubmatchIndex(trimEOL(line)), line
}

// regionMark adds the region that a comment opens. m are the submatches of regionComment in line. It returns the offsets behind the region and of
// its closing line, or that of the line behind the comment and -1.
func (p *parse) regionMark(line []byte, m []int, start int) (behind, closing int) {
	pos, word := p.pos(start), string(line[m[4]:m[5]])
	next := start + len(line)
	if m[2] >= 0 {
		p.errs.add(pos, "this <!-- #end%s --> closes nothing", word)
		return next, -1
	}
	p.flush(start)
	c := &Cell{Kind: Prose, Pos: pos, Body: p.pos(next)}
	if word == "raw" {
		c.Kind = Raw
	}
	title := regionTitle(string(line[m[6]:m[7]]))
	attrs, flags := scanAttrs(string(line[m[6]+title:m[7]]), func(i int) Position { return p.pos(start + m[6] + title + i) }, &p.errs)
	if len(flags) > 0 {
		p.errs.add(c.Pos, "unknown flag %q of a region", flags[0])
	}
	c.Attrs.apply(c.Kind, unfold(c.Kind, attrs), &p.errs)
	c.attrsAt, c.attrsEnd = start+m[6]+title, start+m[7]
	closing, behind = p.regionEnd(c, word, next)
	if closing < 0 {
		return len(p.src), -1
	}
	inside := string(p.src[next:closing])
	text := strings.TrimRight(strings.TrimLeft(inside, "\r\n"), " \t\r\n")
	c.Body = p.pos(next + len(inside) - len(strings.TrimLeft(inside, "\r\n")))
	c.Source = unixLines(text)
	c.bodyEnd = c.Body.Offset + len(text)
	c.End = behind
	p.add(c)
	return behind, closing
}

// regionEnd finds the line that closes a region, whatever stands in between.
func (p *parse) regionEnd(c *Cell, word string, from int) (closing, behind int) {
	for at := from; at < len(p.src); {
		line, _ := cutLine(p.src[at:])
		if m := regionComment.FindSubmatchIndex(trimEOL(line)); m != nil && string(line[m[4]:m[5]]) == word {
			if m[2] >= 0 {
				return at, at + len(line)
			}
			p.errs.add(p.pos(at), "a region inside a region (the outer one starts in line %d)", c.Pos.Line)
		}
		at += len(line)
	}
	p.errs.add(c.Pos, "the region is not closed: <!-- #end%s --> is missing", word)
	return -1, -1
}
