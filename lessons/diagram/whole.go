package diagram

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The library passes over lines that it does not understand. A drawing that lacks something is worse than none, so what is drawn is held against the source.

// Ways of writing an arrow that mean the same as others which the library knows: with its text in the middle, and longer.
var spellings = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`--[ \t]+([^-=|\n>]+?)[ \t]+--+>`), "-->|$1|"},
	{regexp.MustCompile(`--[ \t]+([^-=|\n>]+?)[ \t]+---+`), "---|$1|"},
	{regexp.MustCompile(`-\.[ \t]+([^-=|\n>]+?)[ \t]+\.+->`), "-.->|$1|"},
	{regexp.MustCompile(`==[ \t]+([^-=|\n>]+?)[ \t]+==+>`), "==>|$1|"},
	{regexp.MustCompile(`--{2,}>`), "-->"},
	{regexp.MustCompile(`-{4,}`), "---"},
	{regexp.MustCompile(`={3,}>`), "==>"},
	{regexp.MustCompile(`-\.{2,}->`), "-.->"},
	{regexp.MustCompile(`(?m);[ \t]*$`), ""},
}

// spelled is a flowchart's source with the arrows that the library knows.
func spelled(source string) string {
	for _, s := range spellings {
		source = s.from.ReplaceAllString(source, s.to)
	}
	return source
}

var (
	noArrows  = regexp.MustCompile(`^\s*(subgraph|end|style|classDef|class|click|linkStyle|direction|note)\b`)
	labels    = regexp.MustCompile(`\|[^|]*\||"[^"]*"`)
	innermost = regexp.MustCompile(`[\[({][^\[\](){}]*[\])}]`)
	arrow     = regexp.MustCompile(`<?(--+|==+|-\.+-)[>ox]?|~~~+`)
	edge      = regexp.MustCompile(`<polyline `)
	saying    = regexp.MustCompile(`^[^:]*(-|\.)[^:]*:\s*(.+?)\s*$`)
)

// lacks says what of a source is not in its drawing, or "".
func lacks(kind, source, svg string, said []string) string {
	lines := strings.Split(source, "\n")[1:]
	switch kind {
	case "flowchart", "graph", "stateDiagram", "stateDiagram-v2":
		want := 0
		for _, line := range lines {
			want += arrows(line)
		}
		if got := len(edge.FindAllString(svg, -1)); got != want {
			return fmt.Sprintf("of its %d arrows %d can be drawn: those are -->, ---, -.->, ==> and <-->", want, got)
		}
	}
	if kind == "flowchart" || kind == "graph" || kind == "classDiagram" {
		return ""
	}
	for _, line := range lines {
		if m := saying.FindStringSubmatch(line); m != nil && !slices.Contains(said, unquoted(m[2])) {
			return fmt.Sprintf("the line %q cannot be drawn", strings.TrimSpace(line))
		}
	}
	return ""
}

// arrows counts those of a line: A & B --> C --> D has three.
func arrows(line string) (n int) {
	if noArrows.MatchString(line) {
		return 0
	}
	line = labels.ReplaceAllString(line, "")
	for before := ""; before != line; {
		before, line = line, innermost.ReplaceAllString(line, "")
	}
	last := 0
	for i, part := range arrow.Split(line, -1) {
		nodes := strings.Count(part, "&") + 1
		if i > 0 {
			n += last * nodes
		}
		last = nodes
	}
	return n
}
