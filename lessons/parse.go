package lessons

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
)

// Parse reads a lesson from Markdown. The error is an [ErrorList].
func Parse(file string, src []byte) (*Lesson, error) { return parseWith(file, src, (*parse).deps) }

// parsePart reads a piece of a lesson: what its cells need may stand elsewhere.
func parsePart(src []byte) (*Lesson, error) { return parseWith("", src, func(*parse) {}) }

func parseWith(file string, src []byte, asWhole func(*parse)) (*Lesson, error) {
	p := &parse{src: src, lesson: &Lesson{File: file, src: append([]byte{}, src...)}}
	p.encoding()
	if at := tooDeep(src); at >= 0 {
		p.errs.add(p.pos(at), "more than %d quotations and lists begin within each other", maxNested)
	}
	if len(p.errs) > 0 {
		return nil, p.errs
	}
	p.frontMatter()
	p.cells()
	p.uniqueNames()
	asWhole(p)
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

	lines []int // where lines begin; see pos

	proseStart int // of the prose cell that is being collected, -1 when there is none
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
	if p.lines == nil {
		p.lines = []int{0}
		for i, b := range p.src {
			if b == '\n' {
				p.lines = append(p.lines, i+1)
			}
		}
	}
	line, found := slices.BinarySearch(p.lines, offset)
	if !found {
		line-- // of the line before
	}
	start := p.lines[line]
	if line == 0 {
		start = min(p.start, offset)
	}
	return Position{p.lesson.File, offset, line + 1, offset - start + 1}
}

// cells cuts the body at its top-level blocks. Behind a region that leaves something open, such as a fence, it begins anew. Then it reads little at first, and
// more where that does not suffice: in a lesson of many such regions, the rest of it is not read for each of them.
func (p *parse) cells() {
	const little = 1 << 10
	p.proseStart = -1
	p.lesson.body = p.body
	from, reach := p.body, len(p.src)
	for from >= 0 {
		to := len(p.src)
		if reach < to-from {
			_, rest := cutLine(p.src[from+reach:])
			to -= len(rest)
		}
		cells, errs, prose := len(p.lesson.Cells), len(p.errs), p.proseStart
		again, enough := p.blocks(from, to)
		if enough {
			from, reach = again, little
			continue
		}
		p.lesson.Cells, p.errs, p.proseStart = p.lesson.Cells[:cells], p.errs[:errs], prose
		reach *= 4
	}
	p.flush(len(p.src))
}

// blocks cuts what stands between two offsets. It returns the offset where Markdown has to be read anew, or -1; or that what stands behind has to be known, too, to
// tell.
func (p *parse) blocks(from, to int) (again int, enough bool) {
	doc := parseBlocks(p.src[from:to])
	behind, closing := from, -1 // of the last region: the first byte after it, and its closing line
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if n.Pos() < 0 {
			continue // made by the parser, not written by anybody
		}
		start := p.lineStart(from + n.Pos())
		switch {
		case start == closing:
			closing = -1 // the region is a whole in Markdown, too
		case start < behind:
		case closing >= 0:
			return behind, behind <= to
		default:
			if m, line := p.mark(n, start); m != nil {
				behind, closing = p.regionMark(line, m, start)
			} else {
				p.block(n, from, start)
			}
		}
	}
	if closing >= 0 {
		return behind, behind <= to
	}
	return -1, to == len(p.src)
}

// block adds one top-level block that starts at the line at start, of Markdown that begins at from.
func (p *parse) block(n ast.Node, from, start int) {
	if f, ok := n.(*ast.FencedCodeBlock); ok && f.Info != nil {
		info := string(f.Info.Segment.Value(p.src[from:]))
		if attrs, ok := strings.CutPrefix(info, "go"); ok && (attrs == "" || strings.ContainsAny(attrs[:1], " \t")) {
			p.flush(start)
			p.codeCell(f, attrs, from, start)
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
	for p.proseStart < end && p.src[p.proseStart] == '\r' { // alone, it ends no line here: it stands before the cell
		p.proseStart++
	}
	source := strings.TrimRight(string(p.src[p.proseStart:end]), " \t\r\n")
	pos := p.pos(p.proseStart)
	p.add(&Cell{Kind: Prose, Source: unixLines(source), Pos: pos, Body: pos, End: p.proseStart + len(source), bodyEnd: p.proseStart + len(source)})
	p.proseStart = -1
}

func (p *parse) add(c *Cell) {
	p.finish(c)
	p.lesson.Cells = append(p.lesson.Cells, c)
}

// finish reads what a cell's source says.
func (p *parse) finish(c *Cell) {
	if c.Kind == Code {
		c.Want = findExpectation(c.Source)
		p.checkMatch(c)
	}
	c.lines = cutRegions(c.Kind, c.Source, func(n int, format string, args ...any) {
		p.errs.add(p.lineOf(c, n), format, args...)
	})
}

// lineOf is where a line of a cell's source stands, counted from 0. In a notebook that is the cell.
func (p *parse) lineOf(c *Cell, n int) Position {
	if c.Body.Col == 0 || c.Attrs.Include != "" {
		return c.Pos
	}
	body := p.pos(c.Body.Offset)
	if n == 0 {
		return body
	}
	return p.pos(p.lines[min(body.Line-1+n, len(p.lines)-1)])
}

func (p *parse) checkMatch(c *Cell) {
	if c.Attrs.Include != "" && !c.included {
		return // the code is not here yet
	}
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

var lineEnds = regexp.MustCompile(`\r+\n`)

func unixLines(s string) string { return lineEnds.ReplaceAllLiteralString(s, "\n") }

// blankLinesBefore counts the blank lines at the end of b.
func blankLinesBefore(b []byte) int {
	tail := b[len(bytes.TrimRight(b, " \t\r\n")):]
	return max(0, bytes.Count(tail, []byte("\n"))-1)
}
