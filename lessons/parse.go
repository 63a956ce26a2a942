package lessons

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Parse reads a lesson from Markdown. The error is an [ErrorList].
func Parse(file string, src []byte) (*Lesson, error) {
	p := &parse{src: src, lesson: &Lesson{File: file}}
	p.encoding()
	if len(p.errs) > 0 {
		return nil, p.errs
	}
	p.frontMatter()
	p.cells()
	p.uniqueNames()
	if err := p.errs.err(); err != nil {
		return nil, err
	}
	p.lesson.setTitle()
	return p.lesson, nil
}

// parse is the state of one reading.
type parse struct {
	src    []byte
	lesson *Lesson
	start  int // offset of the first byte behind a byte order mark
	body   int // offset of the Markdown, behind the front matter
	errs   ErrorList

	proseStart int   // of the prose cell that is being collected, -1 when there is none
	region     *Cell // the open region, or nil
}

func (p *parse) encoding() {
	const bom = "\ufeff"
	if bytes.HasPrefix(p.src, []byte(bom)) {
		p.start = len(bom)
	}
	for at := p.start; at < len(p.src); {
		r, n := utf8.DecodeRune(p.src[at:])
		switch {
		case r == utf8.RuneError && n == 1:
			p.errs.add(p.pos(at), "the file is not UTF-8: byte 0x%02x", p.src[at])
			return
		case r == 0:
			p.errs.add(p.pos(at), "the file contains a zero byte: is it a Markdown file?")
			return
		}
		at += n
	}
}

// pos returns the position of a byte of the source.
func (p *parse) pos(offset int) Position {
	before := p.src[:offset]
	line := bytes.Count(before, []byte("\n")) + 1
	lineStart := bytes.LastIndexByte(before, '\n') + 1
	if line == 1 {
		lineStart = min(p.start, offset)
	}
	return Position{p.lesson.File, offset, line, offset - lineStart + 1}
}

// cells cuts the body at its top-level blocks.
func (p *parse) cells() {
	body := p.src[p.body:]
	doc := markdown().Parser().Parse(text.NewReader(body))
	p.proseStart = -1
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if n.Pos() < 0 {
			continue // made by the parser, not written by anybody
		}
		p.block(n, p.lineStart(p.body+n.Pos()))
	}
	p.flush(len(p.src))
	if p.region != nil {
		p.errs.add(p.region.Pos, "the region is not closed: <!-- #endregion --> is missing")
	}
}

var regionComment = regexp.MustCompile(`^ {0,3}<!--\s*#(region|endregion)\b(.*?)-->\s*$`)

// block adds one top-level block that starts at the line at start.
func (p *parse) block(n ast.Node, start int) {
	if n.Kind() == ast.KindHTMLBlock {
		line, _ := cutLine(p.src[start:])
		if m := regionComment.FindSubmatchIndex(trimEOL(line)); m != nil {
			p.regionMark(line, m, start)
			return
		}
	}
	if p.region != nil {
		return
	}
	if f, ok := n.(*ast.FencedCodeBlock); ok && f.Info != nil {
		info := string(f.Info.Segment.Value(p.src[p.body:]))
		if lang, attrs, _ := strings.Cut(info, " "); lang == "go" {
			p.flush(start)
			p.codeCell(f, attrs, start)
			return
		}
	}
	if p.proseStart >= 0 && blankLinesBefore(p.src[p.proseStart:start]) >= 2 {
		p.flush(start)
	}
	if p.proseStart < 0 {
		p.proseStart = start
	}
}

// flush ends the prose cell that is being collected.
func (p *parse) flush(end int) {
	if p.proseStart < 0 {
		return
	}
	source := strings.TrimRight(string(p.src[p.proseStart:end]), " \t\r\n")
	pos := p.pos(p.proseStart)
	p.add(&Cell{Kind: Prose, Source: unixLines(source), Pos: pos, Body: pos, End: p.proseStart + len(source), bodyEnd: p.proseStart + len(source)})
	p.proseStart = -1
}

func (p *parse) add(c *Cell) {
	c.lines = cutRegions(c.Kind, c.Source, func(n int, format string, args ...any) {
		p.errs.add(p.lineOf(c, n), format, args...)
	})
	p.lesson.Cells = append(p.lesson.Cells, c)
}

// lineOf is where a line of a cell's source stands, counted from 0. In a notebook that is the cell.
func (p *parse) lineOf(c *Cell, n int) Position {
	if c.Body.Col == 0 {
		return c.Body
	}
	offset := c.Body.Offset
	for range n {
		next, _ := cutLine(p.src[offset:])
		offset += len(next)
	}
	return p.pos(offset)
}

// regionMark opens or closes a region. m are the submatches of regionComment in line.
func (p *parse) regionMark(line []byte, m []int, start int) {
	pos, end := p.pos(start), start+len(line)
	if string(line[m[2]:m[3]]) == "endregion" {
		if p.region == nil {
			p.errs.add(pos, "this <!-- #endregion --> closes no region")
			return
		}
		c := p.region
		inside := string(p.src[c.Body.Offset:start])
		before := len(inside) - len(strings.TrimLeft(inside, "\r\n"))
		c.Body = p.pos(c.Body.Offset + before)
		c.Source = unixLines(strings.Trim(inside, "\r\n"))
		c.bodyEnd = c.Body.Offset + len(strings.Trim(inside, "\r\n"))
		c.End = end
		p.region = nil
		p.add(c)
		return
	}
	if p.region != nil {
		p.errs.add(pos, "a region inside a region (the outer one starts in line %d)", p.region.Pos.Line)
		return
	}
	p.flush(start)
	c := &Cell{Kind: Prose, Pos: pos, Body: p.pos(end)}
	attrs, flags := scanAttrs(string(line[m[4]:m[5]]), func(i int) Position { return p.pos(start + m[4] + i) }, &p.errs)
	if len(flags) > 0 {
		p.errs.add(c.Pos, "unknown flag %q of a region", flags[0])
	}
	c.Attrs.apply(Prose, attrs, &p.errs)
	p.region = c
}

// codeCell adds the fence f, whose opening line is at start.
func (p *parse) codeCell(f *ast.FencedCodeBlock, attrs string, start int) {
	open, _ := cutLine(p.src[start:])
	c := &Cell{Kind: Code, Pos: p.pos(start), Body: p.pos(start + len(open))}
	attrsAt := p.body + f.Info.Segment.Stop - len(attrs)
	list, flags := scanAttrs(attrs, func(i int) Position { return p.pos(attrsAt + i) }, &p.errs)
	for _, flag := range flags {
		if flag != ".noeval" {
			p.errs.add(c.Pos, "unknown flag %q%s", flag, suggest(flag, []string{".noeval"}))
		}
		c.NoEval = true
	}
	c.Attrs.apply(Code, list, &p.errs)
	c.Source = strings.TrimSuffix(unixLines(string(f.Lines().Value(p.src[p.body:]))), "\n")
	c.Want = findExpectation(c.Source)
	c.bodyEnd, c.End = p.fenceEnd(f, c)
	p.checkMatch(c)
	p.add(c)
}

// fenceEnd returns the offsets of the closing line of a fence, and behind it.
func (p *parse) fenceEnd(f *ast.FencedCodeBlock, c *Cell) (closing, behind int) {
	end := c.Body.Offset
	if n := f.Lines().Len(); n > 0 {
		end = p.body + f.Lines().At(n-1).Stop
	}
	line, _ := cutLine(p.src[end:])
	marks := strings.TrimSpace(string(line))
	if len(marks) < 3 || strings.Trim(marks, marks[:1]) != "" {
		p.errs.add(c.Pos, "the code cell is not closed: a line %s is missing", p.src[p.body+f.Pos():p.body+f.Pos()+3])
	}
	return end, end + len(line)
}

func (p *parse) checkMatch(c *Cell) {
	if (c.Attrs.Match != "" || c.Attrs.Tol != nil) && c.Want == nil {
		p.errs.add(c.Pos, "match and tol need an expectation: the cell's last comment must be // Output: or // Unordered output:")
		return
	}
	if err := c.Want.compile(&c.Attrs); err != nil {
		p.errs.add(c.Pos, "%v", err)
	}
}

func (p *parse) uniqueNames() {
	seen := map[string]*Cell{}
	for _, c := range p.lesson.Cells {
		name := c.Attrs.Name
		if name == "" {
			continue
		}
		if first := seen[name]; first != nil {
			p.errs.add(c.Pos, "the name %q is taken by the cell in line %d", name, first.Pos.Line)
		}
		seen[name] = c
	}
}

// lineStart returns the offset of the first byte of the line that holds offset.
func (p *parse) lineStart(offset int) int {
	return max(p.body, bytes.LastIndexByte(p.src[:offset], '\n')+1)
}

func unixLines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// blankLinesBefore counts the blank lines at the end of b.
func blankLinesBefore(b []byte) int {
	tail := b[len(bytes.TrimRight(b, " \t\r\n")):]
	return max(0, bytes.Count(tail, []byte("\n"))-1)
}
