package lessons

import (
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// sanitize takes out of HTML what a lesson's page has no use for: scripts, styles of the whole page, frames, forms, references to
// elsewhere that are followed without being asked. Prose and outputs may come from a student, and the page may be
// opened by who grades it. The policy of the page's head forbids most of it, too; this does not rely on a browser.
//
// HTML may come in pieces, such as an opening tag whose end stands behind other Markdown: tags are judged one by one.
func sanitize(html string) string { return policy().Sanitize(html) }

// policy is read-only once it is made.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowStandardURLs()
	p.RequireNoFollowOnLinks(false)
	p.AllowComments()
	allowProse(p)
	allowPictures(p)
	allowStyles(p)
	return p
})

func allowProse(p *bluemonday.Policy) {
	p.AllowElements("article", "aside", "section", "header", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "hgroup",
		"p", "br", "hr", "div", "span", "pre", "blockquote", "figure", "figcaption", "summary", "details",
		"a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "rp", "rt", "ruby",
		"s", "samp", "small", "strong", "sub", "sup", "time", "u", "var", "wbr",
		"ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td",
		"meter", "progress")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("name", "open").OnElements("details")
	p.AllowAttrs("colspan", "rowspan", "scope", "headers").OnElements("td", "th")
	p.AllowAttrs("span").OnElements("col", "colgroup")
	p.AllowAttrs("start", "type", "reversed", "value").OnElements("ol", "li")
	p.AllowAttrs("align", "valign").OnElements("div", "p", "table", "tr", "td", "th", "col", "img")
	p.AllowAttrs("value", "max", "min", "low", "high", "optimum").OnElements("meter", "progress")
	p.AllowAttrs("class", "dir", "hidden", "id", "lang", "role", "tabindex", "title").Globally()
	p.AllowAttrs("aria-describedby", "aria-description", "aria-details", "aria-hidden", "aria-label", "aria-labelledby", "aria-level",
		"aria-roledescription", "aria-valuemax", "aria-valuemin", "aria-valuenow", "aria-valuetext").Globally()
	p.AllowNoAttrs().OnElements("a", "span", "font")
}

// inside is an address within the page: data of a picture, or another element of it.
var inside = regexp.MustCompile(`(?i)^(#[\w.:-]+|data:(image|audio|video)/[\w.+-]+[;,].*)$`)

// SVG's elements and attributes. Browsers know those of mixed case in lower case, too, once they stand in HTML. No script, no
// foreignObject, no animation of addresses, no style element: that would be one for the whole page.
func allowPictures(p *bluemonday.Policy) {
	p.AllowElements("img", "picture", "audio", "video", "source")
	p.AllowAttrs("alt", "width", "height").OnElements("img", "video")
	p.AllowAttrs("controls", "loop", "muted").OnElements("audio", "video")
	p.AllowAttrs("src").Matching(inside).OnElements("img", "audio", "video", "source")
	p.AllowDataURIImages()

	p.AllowElements("svg", "g", "defs", "symbol", "use", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline",
		"polygon", "text", "tspan", "textpath", "image", "marker", "pattern", "mask", "clippath", "lineargradient", "radialgradient", "stop")
	p.AllowNoAttrs().OnElements("svg", "g", "defs", "title", "desc", "text", "tspan", "stop")
	p.AllowAttrs("href", "xlink:href").Matching(inside).OnElements("use", "image", "lineargradient", "radialgradient", "pattern", "textpath")
	p.AllowAttrs("xmlns", "xmlns:xlink", "version", "viewbox", "preserveaspectratio", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry",
		"fx", "fy", "fr", "dx", "dy", "d", "points", "width", "height", "transform", "rotate", "textlength", "lengthadjust", "startoffset", "pathlength",
		"offset", "gradientunits", "gradienttransform", "spreadmethod", "patternunits", "patterncontentunits", "patterntransform",
		"clippathunits", "maskunits", "maskcontentunits", "markerwidth", "markerheight", "markerunits", "orient", "refx", "refy").Globally()
	p.AllowAttrs("fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-dashoffset",
		"stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "opacity", "color", "visibility", "display", "clip-rule", "stop-color",
		"stop-opacity", "paint-order", "vector-effect", "shape-rendering", "text-rendering", "text-anchor", "text-decoration", "dominant-baseline",
		"alignment-baseline", "baseline-shift", "letter-spacing", "word-spacing", "writing-mode", "font", "font-family", "font-size",
		"font-style", "font-weight", "font-variant", "clip-path", "mask", "filter", "marker-start", "marker-mid", "marker-end").
		Matching(harmless).Globally()
}

// harmless is a value that asks for nothing from elsewhere.
var harmless = regexp.MustCompile(`(?i)^(url\(["']?#[\w.:-]+["']?\)|[^\\:(]*|(rgba?|hsla?|oklch|oklab|lab|lch|hwb|color-mix|var|calc|min|max|clamp|repeat|minmax|translate[XY]?|rotate|scale[XY]?|linear-gradient|matrix)\([^\\:]*)$`)

// What styles may say: how something looks, and where it stands within its surroundings; not that it lies over the page.
func allowStyles(p *bluemonday.Policy) {
	p.AllowStyles("align-items", "align-self", "aspect-ratio", "background", "background-color", "border", "border-bottom", "border-collapse",
		"border-color", "border-left", "border-radius", "border-right", "border-spacing", "border-style", "border-top", "border-width",
		"box-sizing", "break-inside", "clear", "color", "column-count", "column-gap", "display", "dominant-baseline", "fill", "flex",
		"flex-direction", "flex-wrap", "float", "font", "font-family", "font-size", "font-style", "font-variant", "font-variant-numeric", "font-weight", "gap",
		"grid-template-columns", "height", "justify-content", "justify-items", "letter-spacing", "line-height", "list-style", "margin",
		"margin-bottom", "margin-left", "margin-right", "margin-top", "max-height", "max-width", "min-height", "min-width", "opacity",
		"overflow", "overflow-x", "overflow-y", "overflow-wrap", "padding", "padding-bottom", "padding-left", "padding-right",
		"padding-top", "row-gap", "stroke", "stroke-dasharray", "stroke-width", "table-layout", "text-align", "text-anchor", "text-decoration",
		"text-transform", "text-wrap", "transform", "vertical-align", "white-space", "width", "word-break").
		Matching(harmless).Globally()
}

// rawHTML renders HTML in prose.
func rawHTML(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkSkipChildren, nil
	}
	var b strings.Builder
	switch n := n.(type) {
	case *ast.RawHTML:
		b.Write(n.Segments.Value(src))
	case *ast.HTMLBlock:
		b.Write(n.Lines().Value(src))
		if n.HasClosure() {
			b.Write(n.ClosureLine.Value(src))
		}
	}
	_, err := w.WriteString(sanitize(b.String()))
	return ast.WalkSkipChildren, err
}
