package lessons

import (
	"bytes"
	"regexp"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// maxMarks is how many characters that may begin or end something a paragraph or a heading can have. Nobody writes that many; and to find out which of them belong
// together takes the square of their number.
const maxMarks = 5_000

// markup are those characters.
const markup = "*_~'\"[]()<`$&\\"

// crowded shows a paragraph or a heading of more marks as it is written.
type crowded struct{}

// Extend adds crowded paragraphs to a goldmark parser.
func (crowded) Extend(m goldmark.Markdown) {
	m.Parser().AddOptions(
		parser.WithParagraphTransformers(util.Prioritized(crowded{}, 1)), // before all that look into lines
		parser.WithBlockParsers(util.Prioritized(crowdedHeading{}, 1)),
	)
}

// Transform puts a block of code in the place of a crowded paragraph, which no table, alert or reference is then looked for in.
func (crowded) Transform(p *ast.Paragraph, r text.Reader, _ parser.Context) {
	if !isCrowded(p.Lines(), r.Source()) {
		return
	}
	code := ast.NewCodeBlock()
	code.SetLines(p.Lines())
	code.SetPos(p.Pos())
	p.Parent().ReplaceChild(p.Parent(), p, code)
}

func isCrowded(lines *text.Segments, src []byte) bool {
	n := 0
	for i := range lines.Len() {
		at := lines.At(i)
		n += countMarks(at.Value(src))
	}
	return n > maxMarks
}

func countMarks(line []byte) (n int) {
	for at := bytes.IndexAny(line, markup); at >= 0; at = bytes.IndexAny(line, markup) {
		n, line = n+1, line[at+1:]
	}
	return n
}

// crowdedHeading is a heading that is shown as it is written: a line with # in front, or the line of = or - behind a crowded paragraph.
type crowdedHeading struct{}

var headingBar = regexp.MustCompile(`^ {0,3}(?:=+|-+)[ \t]*\r?\n?$`)

// Trigger is what headings, and the lines below them, begin with.
func (crowdedHeading) Trigger() []byte { return []byte{'#', '=', '-'} }

// Open takes a line that would make a heading with too many marks.
func (crowdedHeading) Open(_ ast.Node, r text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, segment := r.PeekLine()
	if headingBar.Match(line) {
		above, ok := pc.LastOpenedBlock().Node.(*ast.Paragraph)
		if !ok || !isCrowded(above.Lines(), r.Source()) {
			return nil, parser.NoChildren
		}
	} else if bytes.TrimLeft(line, " ")[0] != '#' || countMarks(line) <= maxMarks {
		return nil, parser.NoChildren
	}
	code := ast.NewCodeBlock()
	code.Lines().Append(segment)
	r.AdvanceToEOL()
	return code, parser.NoChildren
}

// Continue ends it: a heading has one line.
func (crowdedHeading) Continue(ast.Node, text.Reader, parser.Context) parser.State {
	return parser.Close
}

// Close has nothing to do.
func (crowdedHeading) Close(ast.Node, text.Reader, parser.Context) {}

// CanInterruptParagraph says that it needs no blank line before it, as headings.
func (crowdedHeading) CanInterruptParagraph() bool { return true }

// CanAcceptIndentedLine says that what is indented by four spaces is code, not a heading.
func (crowdedHeading) CanAcceptIndentedLine() bool { return false }
