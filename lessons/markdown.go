package lessons

import (
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
)

// markdown is the dialect of lessons. Raw HTML passes: a lesson's author is trusted as far as the page's
// content security policy goes.
func markdown(extra ...goldmark.Option) goldmark.Markdown {
	options := []goldmark.Option{
		goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.Typographer, alerts{}, formulas{}),
		goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithRendererOptions(html.WithUnsafe()),
	}
	return goldmark.New(append(options, extra...)...)
}
