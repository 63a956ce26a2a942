package lessons

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/resident-go/resident/lessons/tex"
)

// formulas is math in Markdown, as code hosts and pandoc read it: $...$ in a line, $$...$$ in a line of its own.
//
// A single dollar opens before a character that is no space, and closes behind one, if no digit follows: "from $5 to $10" is
// money. A formula holds no blank line. \$ is a dollar anywhere.
type formulas struct{}

// Extend adds formulas to a goldmark parser and renderer.
func (formulas) Extend(m goldmark.Markdown) {
	m.Parser().AddOptions(
		parser.WithInlineParsers(util.Prioritized(formulas{}, 150)),
		parser.WithBlockParsers(util.Prioritized(displays{}, 750)),
	)
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(formulas{}, 50)))
}

var (
	kindFormula = ast.NewNodeKind("Formula")
	kindDisplay = ast.NewNodeKind("DisplayFormula")
)

// formula is math within text; display when it stood between double dollars there.
type formula struct {
	ast.BaseInline
	tex     string
	display bool
}

func (*formula) Kind() ast.NodeKind { return kindFormula }

func (f *formula) Dump(src []byte, level int) {
	ast.DumpHelper(f, src, level, map[string]string{"TeX": f.tex}, nil)
}

// displayFormula is math that is a block of its own. Its lines are the TeX.
type displayFormula struct{ ast.BaseBlock }

func (*displayFormula) Kind() ast.NodeKind { return kindDisplay }
func (*displayFormula) IsRaw() bool        { return true }

func (f *displayFormula) Dump(src []byte, level int) { ast.DumpHelper(f, src, level, nil, nil) }

// Trigger is the character that formulas begin with.
func (formulas) Trigger() []byte { return []byte{'$'} }

// Parse reads a formula in a line of text; it may go on in the next lines of the paragraph.
func (formulas) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	mark := 1
	if line, _ := block.PeekLine(); bytes.HasPrefix(line, []byte("$$")) {
		mark = 2
	}
	startLine, start := block.Position()
	block.Advance(mark)
	var tex []byte
	for {
		line, segment := block.PeekLine()
		if line == nil || mark == 1 && len(tex) == 0 && !opens(line) {
			block.SetPosition(startLine, start)
			return nil
		}
		end := closing(line, mark)
		if end >= 0 {
			block.Advance(end + mark)
			tex = append(tex, line[:end]...)
			break
		}
		if end == stray {
			block.SetPosition(startLine, start)
			return nil
		}
		tex = append(tex, segment.Value(block.Source())...)
		block.AdvanceLine()
	}
	if tex = bytes.TrimSpace(tex); len(tex) == 0 {
		block.SetPosition(startLine, start)
		return nil
	}
	if n := len(tex); n > 2 && tex[0] == '`' && tex[n-1] == '`' {
		tex = tex[1 : n-1] // GitHub's other spelling
	}
	f := &formula{tex: string(tex), display: mark == 2}
	f.SetPos(start.Start)
	return f
}

// opens says whether a formula may begin with this.
func opens(line []byte) bool {
	r, _ := utf8.DecodeRune(line)
	return !unicode.IsSpace(r) && r != '$'
}

// What closing returns when there is nothing to return: the formula goes on in the next line, or a dollar stands in it that
// cannot close it.
const (
	goesOn = -1
	stray  = -2
)

// closing is where the dollars stand that close a formula in a line.
func closing(line []byte, mark int) int {
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\':
			i++
		case line[i] != '$':
		case mark == 2:
			if i+1 < len(line) && line[i+1] == '$' {
				return i
			}
		case i > 0 && !unicode.IsSpace(rune(line[i-1])) && (i+1 == len(line) || line[i+1] < '0' || line[i+1] > '9'):
			return i
		default:
			return stray
		}
	}
	return goesOn
}

// displays parses the formulas that are blocks.
type displays struct{}

func (displays) Trigger() []byte                             { return []byte{'$'} }
func (displays) CanInterruptParagraph() bool                 { return true }
func (displays) CanAcceptIndentedLine() bool                 { return false }
func (displays) Close(ast.Node, text.Reader, parser.Context) {}

// Open begins a block where a line starts with $$ and the formula ends at the end of a line before the next blank one.
func (displays) Open(_ ast.Node, r text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, segment := r.PeekLine()
	at := pc.BlockOffset()
	if at < 0 || !bytes.HasPrefix(line[at:], []byte("$$")) || !isDisplay(r.Source()[segment.Start-segment.Padding+at:]) {
		return nil, parser.NoChildren
	}
	f := &displayFormula{}
	f.SetPos(segment.Start + at)
	segment = segment.WithStart(segment.Start + at + 2)
	rest := bytes.TrimRight(line[at+2:], " \t\r\n")
	if tex, ok := bytes.CutSuffix(rest, []byte("$$")); ok && len(bytes.TrimSpace(tex)) > 0 {
		f.Lines().Append(segment.WithStop(segment.Start + len(tex)))
		pc.Set(displayDone, f)
	} else if len(bytes.TrimSpace(rest)) > 0 {
		f.Lines().Append(segment)
	}
	r.AdvanceToEOL()
	return f, parser.NoChildren
}

// displayDone is the block that has met its end.
var displayDone = parser.NewContextKey()

// isDisplay says whether src, which begins with $$, holds the end of the formula: $$ with only space behind it in its line.
func isDisplay(src []byte) bool {
	first := true
	for line := range bytes.Lines(src) {
		line = bytes.TrimRight(line, " \t\r\n")
		if first {
			line = line[2:]
		}
		if at := closing(line, 2); at >= 0 {
			return at == len(line)-2 && (!first || at > 0)
		}
		if !first && len(bytes.Trim(line, " \t>")) == 0 {
			return false
		}
		first = false
	}
	return false
}

// Continue adds a line, up to the one that closes.
func (displays) Continue(n ast.Node, r text.Reader, pc parser.Context) parser.State {
	if pc.Get(displayDone) == n {
		return parser.Close
	}
	line, segment := r.PeekLine()
	if end := closing(line, 2); end >= 0 {
		segment = segment.WithStop(segment.Start - segment.Padding + end)
		pc.Set(displayDone, n)
	}
	if segment.Len() > 0 {
		n.Lines().Append(segment)
	}
	r.AdvanceToEOL()
	return parser.Continue | parser.NoChildren
}

// RegisterFuncs renders formulas.
func (formulas) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(kindFormula, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if f := n.(*formula); entering {
			_, _ = w.WriteString(formulaHTML(f.tex, f.display))
		}
		return ast.WalkSkipChildren, nil
	})
	r.Register(kindDisplay, func(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			// It scrolls when it is long, so the keyboard must reach it.
			formula := formulaHTML(string(bytes.TrimSpace(n.Lines().Value(src))), true)
			fmt.Fprintf(w, "<div class=\"formula\" role=\"group\" aria-label=\"Formula\" tabindex=\"0\">%s</div>\n", formula)
		}
		return ast.WalkSkipChildren, nil
	})
}

// formulaHTML is a formula as MathML. One that is wrong is shown as it was written, with the reason.
func formulaHTML(source string, display bool) string {
	math, err := tex.MathML(source, display)
	if err == nil {
		return math
	}
	reason := err.Error()
	if wrong := (*tex.Error)(nil); errors.As(err, &wrong) {
		reason = wrong.Reason
	}
	return fmt.Sprintf("<code>%s</code> <span class=\"wrong\">(%s)</span>", html.EscapeString(source), html.EscapeString(reason))
}
