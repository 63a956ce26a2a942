package lessons

import (
	"bytes"
	"html"
	"strings"

	"github.com/alecthomas/chroma/v2"
	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
)

// noStyle has no colours: page.css has them. (Package styles reads all of its own at start, in every process.)
var noStyle = chroma.MustNewStyle("none", chroma.StyleEntries{})

// highlighter writes the short class names that page.css colours for light and dark screens.
var highlighter = chromahtml.New(chromahtml.WithClasses(true), chromahtml.PreventSurroundingPre(true), chromahtml.TabWidth(4))

// highlight renders code in a pre element; code in a language that nobody knows is only escaped.
func highlight(lang, code string) (string, error) {
	code = strings.TrimSuffix(code, "\n")
	// The element scrolls when a line is long, so the keyboard must reach it.
	open := `<pre class="chroma" tabindex="0"><code>`
	lexer := lexers.Get(lang)
	if lexer == nil || lang == "" {
		return open + html.EscapeString(code) + "</code></pre>\n", nil
	}
	tokens, err := chroma.Coalesce(lexer).Tokenise(nil, code)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := highlighter.Format(&b, noStyle, tokens); err != nil {
		return "", err
	}
	return open + b.String() + "</code></pre>\n", nil
}
