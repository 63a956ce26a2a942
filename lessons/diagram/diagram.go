// Package diagram draws diagrams that are written in Mermaid's language as SVG, which browsers show without a script.
//
// The work is done by beautiful-mermaid (https://github.com/lukilabs/beautiful-mermaid, MIT licence), which lays out with dagre and needs no browser. It is
// JavaScript, lies beside this file as it is published, but for the address of its source map, and runs in an interpreter written in Go: ahead of time, so that a page holds the result only. It knows
// flowcharts and diagrams of states, sequences, classes and entities, in the usual ways of writing them; what would be drawn without something that its source
// says is not drawn at all.
//
// Colours and fonts are the page's: what is drawn refers to variables (--_text, --_line and the like) that the page's style sets.
package diagram

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dop251/goja"
)

//go:embed beautiful-mermaid.min.js
var library string

// patience is how long a diagram may take.
const patience = 10 * time.Second

// renderer is the library, loaded when the first diagram comes.
var renderer = sync.OnceValues(load)

type rendererVM struct {
	sync.Mutex
	vm     *goja.Runtime
	render goja.Callable
}

// The library answers with a promise, which is kept when the call returns: nothing in it waits.
const call = `(source) => {
	const answer = {};
	beautifulMermaid.renderMermaid(source, { transparent: true, padding: 8 }).then((svg) => { answer.svg = svg; }, (err) => { answer.error = err.message; });
	return answer;
}`

// The library's graphs hold one edge between two places, and its lines run at right angles, several of them over each other. Its layout can do better: with a name
// for each edge, here its number, there can be several, and these go the way that the layout has found.
var severalEdges = strings.NewReplacer(
	"graphlib.Graph({directed:true", "graphlib.Graph({multigraph:true,directed:true",
	"n.setEdge(f.source,f.target,p)", "n.setEdge(f.source,f.target,p,o)", // within a subgraph of another direction
	"i.setEdge(o,f,p)", "i.setEdge(o,f,p,d)", // of flowcharts and states
	"n.setEdge(l.from,l.to,h)", "n.setEdge(l.from,l.to,h,a)", // of classes
	`labelpos:"c"})`, `labelpos:"c"},a)`, // of entities
	"z.points=J.points,", "z.points=J.points,z.points.asFound=S.outEdges(N.v,N.w).length>1||S.outEdges(N.w,N.v).length>1,",
	"function Ae(e,t=true){if(e.length<2)", "function Ae(e,t=true){if(e.length<2||e.asFound)", // right angles
	"function Pe(e,t,r){if(e.length<2)", "function Pe(e,t,r){if(e.length<2||e.asFound)", // ends at the sides of boxes
)

func load() (*rendererVM, error) {
	vm := goja.New()
	if _, err := vm.RunScript("beautiful-mermaid.min.js", severalEdges.Replace(library)); err != nil {
		return nil, fmt.Errorf("load beautiful-mermaid: %w", err)
	}
	f, err := vm.RunString(call)
	if err != nil {
		return nil, fmt.Errorf("load beautiful-mermaid: %w", err)
	}
	render, ok := goja.AssertFunction(f)
	if !ok {
		return nil, fmt.Errorf("load beautiful-mermaid: %v is no function", f)
	}
	return &rendererVM{vm: vm, render: render}, nil
}

// Error says why a diagram cannot be drawn.
type Error struct{ Reason string }

func (e *Error) Error() string { return "diagram: " + e.Reason }

// kinds are the diagrams that can be drawn, by the word that they begin with.
var kinds = map[string]string{
	"flowchart": "Flowchart", "graph": "Flowchart", "stateDiagram": "Diagram of states", "stateDiagram-v2": "Diagram of states",
	"sequenceDiagram": "Diagram of a sequence", "classDiagram": "Diagram of classes", "erDiagram": "Diagram of entities",
}

// SVG draws a diagram. The id becomes that of the svg element, and the beginning of all ids in it. The drawing has a title and a description for those who do not
// see it: what the source says with accTitle and accDescr, or else what kind of diagram it is, and its words. The error is an [*Error] if the diagram cannot be
// drawn. It may be called from several goroutines; they take turns.
func SVG(source, id string) (string, error) {
	text := read(source)
	kind, known := kinds[text.kind]
	if !known {
		return "", &Error{fmt.Sprintf("%q is none that can be drawn: want flowchart, stateDiagram-v2, sequenceDiagram, classDiagram or erDiagram", text.kind)}
	}
	if kind == kinds["flowchart"] {
		text.source = spelled(text.source)
	}
	drawn, err := draw(text.source)
	if err != nil {
		return "", err
	}
	drawn, words := clean(drawn, id)
	if missing := lacks(text.kind, text.source, drawn, words); missing != "" {
		return "", &Error{missing}
	}
	title := cmp.Or(text.title, kind)
	description := text.description
	if description == "" && len(words) > 0 {
		description = "It says: " + strings.Join(words, ", ") + "."
	}
	head := fmt.Sprintf("<svg id=%q role=\"img\" aria-labelledby=\"%[1]s-title %[1]s-desc\"", id)
	names := fmt.Sprintf("\n<title id=\"%s-title\">%s</title>\n<desc id=\"%[1]s-desc\">%[3]s</desc>", id, html.EscapeString(title), html.EscapeString(description))
	open := strings.IndexByte(drawn, '>') + 1
	return head + strings.TrimPrefix(drawn[:open], "<svg") + names + drawn[open:], nil
}

func draw(source string) (string, error) {
	r, err := renderer()
	if err != nil {
		return "", err
	}
	r.Lock()
	defer r.Unlock()
	late := time.AfterFunc(patience, func() { r.vm.Interrupt("it takes too long") })
	defer func() {
		late.Stop()
		r.vm.ClearInterrupt()
	}()
	v, err := r.render(goja.Undefined(), r.vm.ToValue(source))
	if err != nil {
		return "", &Error{reason(err)}
	}
	answer := v.ToObject(r.vm)
	if e := answer.Get("error"); e != nil {
		return "", &Error{e.String()}
	}
	svg := answer.Get("svg")
	if svg == nil || !strings.HasPrefix(svg.String(), "<svg") {
		return "", &Error{"nothing was drawn"}
	}
	return svg.String(), nil
}

// reason is what the library says in one line.
func reason(err error) string {
	text := err.Error()
	if thrown := (*goja.Exception)(nil); errors.As(err, &thrown) {
		text = thrown.Value().String()
	}
	line, _, _ := strings.Cut(text, "\n")
	return line
}

var (
	style    = regexp.MustCompile(`(?s)<style>.*?</style>\s*`)
	rootLook = regexp.MustCompile(` style="--bg:[^"]*"`)
	ownID    = regexp.MustCompile(`(\bid="|url\(#)([\w-]+)`)
	words    = regexp.MustCompile(`(<text[^>]*>)([^<]*)(</text>)`)
	decimals = regexp.MustCompile(`(\d+\.\d{2})\d+`)
)

// clean takes the library's style off a drawing, which would be one for the whole page and asks for fonts from elsewhere, and puts the id in front of those of its
// parts. It returns the words of the drawing, each once.
func clean(svg, id string) (string, []string) {
	svg = rootLook.ReplaceAllString(style.ReplaceAllString(svg, ""), "")
	svg = decimals.ReplaceAllString(ownID.ReplaceAllString(svg, "${1}"+id+"-${2}"), "$1")
	var said []string
	svg = words.ReplaceAllStringFunc(svg, func(text string) string {
		m := words.FindStringSubmatch(text)
		label := unquoted(html.UnescapeString(m[2]))
		if label != "" && !slices.Contains(said, label) {
			said = append(said, label)
		}
		return m[1] + html.EscapeString(label) + m[3]
	})
	return svg, said
}

// unquoted is a label without the quotation marks that Mermaid has around those with special characters.
func unquoted(label string) string {
	if len(label) >= 2 && strings.HasPrefix(label, `"`) && strings.HasSuffix(label, `"`) {
		return label[1 : len(label)-1]
	}
	return label
}
