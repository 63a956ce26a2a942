package lessons

import (
	"bytes"
	"regexp"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown is the dialect of lessons. Links that run something are left without an address; HTML in the prose is the page's business, which sanitises it.
func markdown(extra ...goldmark.Option) goldmark.Markdown {
	options := []goldmark.Option{
		goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.Typographer, alerts{}, formulas{}, crowded{}),
		goldmark.WithParserOptions(parser.WithAutoHeadingID()),
	}
	return goldmark.New(append(options, extra...)...)
}

// Both parsers are made once: they keep nothing of what they read.
var (
	whole  = sync.OnceValue(func() parser.Parser { return markdown().Parser() })
	blocks = sync.OnceValue(func() parser.Parser {
		return parser.NewParser(parser.WithBlockParsers(append(parser.DefaultBlockParsers(),
			util.Prioritized(displays{}, 750), util.Prioritized(notes{extension.NewFootnoteBlockParser()}, 999))...))
	})
)

// parseMarkdown is the tree of a text in the dialect.
func parseMarkdown(src []byte) ast.Node { return whole().Parse(text.NewReader(src)) }

// parseBlocks is the tree of its blocks alone, as they are written: what links and footnotes refer to stands where it stands, and no line is looked into, which takes
// the square of its length for some.
func parseBlocks(src []byte) ast.Node { return blocks().Parse(text.NewReader(src)) }

// notes are footnotes that stay where they are.
type notes struct{ parser.BlockParser }

func (notes) Close(ast.Node, text.Reader, parser.Context) {}

// maxNested is how many quotations and lists may begin in one line, each within the one before: to read them takes the square of that.
const maxNested = 100

var (
	container = regexp.MustCompile(`^[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$))`)
	breaks    = regexp.MustCompile(`^[ \t]*(?:-[ \t]*|\*[ \t]*)+$`) // thematic, which look like lists
)

// tooDeep is the offset of the first line that begins more than that, or -1.
func tooDeep(src []byte) int {
	at := 0
	for line := range bytes.Lines(src) {
		rest, n := bytes.TrimRight(line, "\r\n"), 0
		for m := container.Find(rest); m != nil && n <= maxNested; m = container.Find(rest) {
			rest, n = rest[len(m):], n+1
		}
		if n > maxNested && !breaks.Match(bytes.TrimRight(line, "\r\n")) {
			return at
		}
		at += len(line)
	}
	return -1
}
