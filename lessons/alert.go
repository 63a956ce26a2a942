package lessons

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// alerts is GitHub's alert: a quotation whose first line is [!NOTE], [!TIP], [!IMPORTANT], [!WARNING] or [!CAUTION].
type alerts struct{}

const alertAttribute = "alert"

var alertLine = regexp.MustCompile(`^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*$`)

// Extend adds alerts to a goldmark parser and renderer.
func (alerts) Extend(m goldmark.Markdown) {
	m.Parser().AddOptions(parser.WithParagraphTransformers(util.Prioritized(alerts{}, 50)))
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(alerts{}, 50)))
}

// Transform takes the marking line off the first paragraph of a quotation. It runs before inlines are parsed, so the line
// never becomes text.
func (alerts) Transform(n *ast.Paragraph, r text.Reader, _ parser.Context) {
	quote, ok := n.Parent().(*ast.Blockquote)
	if !ok || n.PreviousSibling() != nil {
		return
	}
	lines := n.Lines()
	first := lines.At(0)
	m := alertLine.FindSubmatch(first.Value(r.Source()))
	if m == nil {
		return
	}
	quote.SetAttributeString(alertAttribute, strings.ToLower(string(m[1])))
	if lines.Len() == 1 {
		quote.RemoveChild(quote, n)
		return
	}
	rest := text.NewSegments()
	rest.AppendAll(lines.Sliced(1, lines.Len()))
	n.SetLines(rest)
}

// RegisterFuncs makes alerts render quotations.
func (alerts) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindBlockquote, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		kind, isAlert := n.AttributeString(alertAttribute)
		switch {
		case isAlert && entering:
			name := kind.(string)
			fmt.Fprintf(w, "<aside class=\"alert %s\" role=\"note\">\n<p class=\"alert-title\">%s%s</p>\n",
				name, strings.ToUpper(name[:1]), name[1:])
		case isAlert:
			_, _ = w.WriteString("</aside>\n")
		case entering:
			_, _ = w.WriteString("<blockquote>\n")
		default:
			_, _ = w.WriteString("</blockquote>\n")
		}
		return ast.WalkContinue, nil
	})
}
