package lessons

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// outputFence is the info string of a fence that holds what a cell prints.
var outputFence = regexp.MustCompile(`^output[ \t]+cell=("[^"]*")[ \t]*$`)

// Fill returns the lesson's source with what its cells printed in the fences that are marked for it:
//
//	```output cell="loss"
//	```
//
// Such a fence stands at the top level of the prose. All other bytes stay. The error is an [ErrorList]: a fence names a cell that there is not, or
// that was not run.
func (r *Report) Fill() ([]byte, error) {
	l := r.Lesson
	p := &parse{src: l.src, lesson: l}
	var edits []edit
	doc := parseBlocks(l.src[l.body:])
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		f, ok := n.(*ast.FencedCodeBlock)
		if !ok || f.Info == nil {
			continue
		}
		m := outputFence.FindSubmatch(f.Info.Segment.Value(l.src[l.body:]))
		if m == nil {
			continue
		}
		at := p.lineStart(l.body + f.Pos())
		if out, problem := r.outputOf(m[1]); problem != "" {
			p.errs.add(p.pos(at), "%s", problem)
		} else if e := fillFence(l, f, at, out); e.text != string(l.src[e.start:e.end]) {
			edits = append(edits, e)
		}
	}
	return splice(l.src, edits), p.errs.err()
}

// outputOf is what a cell printed, by its name in quotes.
func (r *Report) outputOf(quoted []byte) (out, problem string) {
	var name string
	if err := json.Unmarshal(quoted, &name); err != nil {
		return "", "the name of the cell is not JSON: " + string(quoted)
	}
	i := slices.IndexFunc(r.Cells, func(c CellReport) bool { return c.Cell.Attrs.Name == name && name != "" })
	switch {
	case i < 0:
		return "", "this output is of the cell " + string(quoted) + ", and there is none of that name"
	case r.Cells[i].Count == 0:
		return "", "this output is of the cell " + string(quoted) + ", which was not run"
	}
	return strings.TrimRight(stripANSI(printed(r.Cells[i].Outputs)), "\n"), ""
}

// fillFence puts a text into a fence that begins at an offset, and makes it longer if the text has such a fence itself.
func fillFence(l *Lesson, f *ast.FencedCodeBlock, at int, out string) edit {
	open, _ := cutLine(l.src[at:])
	end := at + len(open)
	if n := f.Lines().Len(); n > 0 {
		end = l.body + f.Lines().At(n-1).Stop
	}
	closing, _ := cutLine(l.src[end:])
	indent, marks := indentOf(string(open)), strings.Repeat("`", max(3, longestFence(out)+1))
	eol := lineEnd(l.src)
	text := indent + marks + string(trimEOL(f.Info.Segment.Value(l.src[l.body:]))) + eol
	for line := range strings.SplitSeq(out, "\n") {
		if out != "" {
			text += strings.TrimRight(indent+strings.TrimRight(line, "\r"), " \t") + eol
		}
	}
	return edit{at, end + len(closing), text + indent + marks + string(closing[len(trimEOL(closing)):])}
}
