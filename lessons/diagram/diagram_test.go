package diagram_test

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/resident-go/resident/lessons/diagram"
)

// drawn are diagrams, and what a drawing of each has in it.
var drawn = []struct {
	name, source string
	want         []string
}{
	{"flowchart", "flowchart LR\n  text --> tokens --> model\n  model -->|append| tokens\n", []string{
		`<svg id="d" role="img" aria-labelledby="d-title d-desc"`, `<title id="d-title">Flowchart</title>`, `<desc id="d-desc">It says: append, text, tokens, model.</desc>`,
		`<marker id="d-arrowhead"`, `marker-end="url(#d-arrowhead)"`, ">tokens</text>", "var(--_line)",
	}},
	{"shapes", "graph TD;\n  A[Raw text] -->|tokenizer| B(Tokens)\n  B --> C{Long enough?}\n  C -- yes --> D[(Batches)]\n  C -. no .-> A\n  subgraph School\n    D ==> E((Model))\n  end\n",
		[]string{">Long enough?</text>", ">School</text>", ">yes</text>", "stroke-dasharray"}},
	{"arrows", "flowchart LR\n  A & B --> C & D\n  C ---- D\n  D <--> A;\n  D -- why not --> K\n  E -.-> F ==> G\n  F -. \"no\" ..-> K\n  H[\"a --> b\"] ----> G\n", []string{">why not</text>", ">no</text>", ">a --&gt; b</text>"}},
	{"labels", "flowchart LR\n  A[\"a (b) & <c>\"] --> B[one<br/>two]\n", []string{">a (b) &amp; &lt;c&gt;</text>", ">one two</text>"}},
	{"states", "stateDiagram-v2\n  [*] --> Training\n  Training --> Frozen : freeze\n", []string{"<title id=\"d-title\">Diagram of states</title>", ">freeze</text>"}},
	{"sequence", "sequenceDiagram\n  participant K as Kernel\n  You->>K: run the cell\n  K-->>You: 42\n", []string{">Kernel</text>", ">run the cell</text>"}},
	{"classes", "classDiagram\n  Device <|-- CPU\n  class Device {\n    +Run(op) error\n  }\n", []string{"Diagram of classes", ">CPU</text>"}},
	{"entities", "erDiagram\n  LESSON ||--o{ CELL : has\n", []string{"Diagram of entities", ">LESSON</text>", ">has</text>"}},
	{"what is said beside it", "---\ntitle: \"Of the front\"\n---\n%% a comment\nflowchart LR\n  accDescr: One thing leads\n  A --> B\n", []string{">Of the front</title>", ">One thing leads</desc>"}},
	{"over several lines", "flowchart LR\n  accTitle: Of the <diagram>\n  accDescr {\n    One thing\n    leads\n  }\n  A --> B\n", []string{">Of the &lt;diagram&gt;</title>", ">One thing leads</desc>"}},
}

// TestSVG: what is drawn is well-formed, has its words, names all its parts after its id, and asks for nothing from elsewhere.
func TestSVG(t *testing.T) {
	for _, row := range drawn {
		svg, err := diagram.SVG(row.source, "d")
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		for _, want := range row.want {
			if !strings.Contains(svg, want) {
				t.Errorf("%s: lacks %s in\n%s", row.name, want, svg)
			}
		}
		if wrong := wellFormed(svg); wrong != "" {
			t.Errorf("%s: %s in\n%s", row.name, wrong, svg)
		}
		if again, _ := diagram.SVG(row.source, "d"); again != svg {
			t.Errorf("%s: drawn again it is another one", row.name)
		}
	}
}

// TestSeveral: what leads several times from one place to another is drawn as often, on ways of its own.
func TestSeveral(t *testing.T) {
	points := regexp.MustCompile(`<(?:polyline|path)[^>]* (?:points|d)="([^"]+)"`)
	for _, row := range []struct {
		source string
		words  []string
	}{
		{"flowchart LR\n  A -->|there| B\n  A -.->|slowly| B\n  B -->|back| A\n", []string{"there", "slowly", "back"}},
		{"flowchart TD\n  A --> B\n  A --> B\n  A --> B\n", nil},
		{"flowchart TD\n  subgraph S\n    direction LR\n    A -->|one| B\n    A -->|two| B\n  end\n  B --> C\n", []string{"one", "two"}},
		{"stateDiagram-v2\n  Open --> Shut : push\n  Open --> Shut : wind\n", []string{"push", "wind"}},
		{"classDiagram\n  Tape --> Model : reads\n  Tape --> Model : writes\n", []string{"reads", "writes"}},
		{"erDiagram\n  COURSE ||--o{ LESSON : has\n  COURSE ||--o| LESSON : begins_with\n", []string{"has", "begins_with"}},
	} {
		svg, err := diagram.SVG(row.source, "d")
		if err != nil {
			t.Errorf("%q: %v", row.source, err)
			continue
		}
		ways := map[string]bool{}
		for _, m := range points.FindAllStringSubmatch(svg, -1) {
			if ways[m[1]] {
				t.Errorf("%q: two lines lie on each other, %s", row.source, m[1])
			}
			ways[m[1]] = true
		}
		for _, want := range row.words {
			if !strings.Contains(svg, ">"+want+"</text>") {
				t.Errorf("%q lacks %s", row.source, want)
			}
		}
	}
}

// parts are the elements that drawings are made of.
var parts = []string{"svg", "title", "desc", "defs", "marker", "g", "polygon", "polyline", "path", "line", "rect", "circle", "ellipse", "text", "tspan"}

// wellFormed says what is wrong with a drawing whose id is d, or "".
func wellFormed(svg string) string {
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return ""
		}
		if err != nil {
			return err.Error()
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !slices.Contains(parts, e.Name.Local) {
			return "the element " + e.Name.Local
		}
		for _, a := range e.Attr {
			name, value := a.Name.Local, a.Value
			reference, refers := strings.CutPrefix(value, "url(")
			switch {
			case name == "id" && value != "d" && !strings.HasPrefix(value, "d-"),
				strings.HasPrefix(name, "marker-") && refers && !strings.HasPrefix(reference, "#d-"),
				strings.HasPrefix(name, "on"), name == "href", name == "style":
				return name + "=" + value
			}
		}
	}
}

func TestRefused(t *testing.T) {
	for _, row := range []struct{ source, want string }{
		{"", `diagram: "" is none that can be drawn: want flowchart, stateDiagram-v2, sequenceDiagram, classDiagram or erDiagram`},
		{"gantt\n  title A\n", `diagram: "gantt" is none that can be drawn: want flowchart, stateDiagram-v2, sequenceDiagram, classDiagram or erDiagram`},
		{"flowchart LR\n  A --> B\n  B --x C\n", "diagram: of its 2 arrows 1 can be drawn: those are -->, ---, -.->, ==> and <-->"},
		{"sequenceDiagram\n  A->>B: heard\n  A -/- B: unheard\n", `diagram: the line "A -/- B: unheard" cannot be drawn`},
		{"flowchart XY\n  A --> B\n", `diagram: Invalid mermaid header: "flowchart XY". Expected "graph TD", "flowchart LR", "stateDiagram-v2", etc.`},
	} {
		_, err := diagram.SVG(row.source, "d")
		if wrong := (*diagram.Error)(nil); !errors.As(err, &wrong) || err.Error() != row.want {
			t.Errorf("%q: %v, want %s", row.source, err, row.want)
		}
	}
}

// FuzzSVG: whatever stands in a diagram, its drawing is made of what drawings are made of, or there is none.
func FuzzSVG(f *testing.F) {
	for _, row := range drawn {
		f.Add(row.source)
	}
	f.Add("flowchart LR\n  A[<img src=x onerror=alert(1)>] --> B\n  click A href \"javascript:alert(1)\"\n")
	f.Add("flowchart LR\n  A --> B\n  style A fill:\"/><script>alert(1)</script>\n")
	f.Fuzz(func(t *testing.T, source string) {
		control := func(r rune) bool {
			return r < ' ' && r != '\n' || r == unicode.ReplacementChar || r >= 0xfffe && r <= 0xffff
		}
		if len(source) > 400 || strings.ContainsFunc(source, control) {
			return // XML has no way to say that
		}
		svg, err := diagram.SVG(source, "d")
		if err != nil {
			return
		}
		if wrong := wellFormed(svg); wrong != "" {
			t.Errorf("%q: %s in\n%s", source, wrong, svg)
		}
	})
}
