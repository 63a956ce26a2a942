package lessons

import (
	"fmt"
	"strings"
	"time"
)

// Lesson is a parsed lesson.
type Lesson struct {
	File    string
	Meta    Meta
	Front   map[string]any // what stands under "lesson" in the front matter, as it stands there
	Jupyter map[string]any // what stands under "jupyter", or a notebook's own metadata
	Cells   []*Cell

	src     []byte // the Markdown that was parsed; nil for a notebook
	body    int    // offset of what follows the front matter
	version string // of the lesson that this was built of

	origin   *origin // of a notebook that was made of a lesson
	rawFront string  // of a notebook: the YAML in a raw cell at its top
}

// Meta is what stands under "lesson" in the front matter.
type Meta struct {
	Title       string
	Summary     string
	Authors     []string
	Language    string        // of the prose, a BCP 47 tag; "en" when empty
	Timeout     time.Duration // for the whole lesson; 0 is none
	CellTimeout time.Duration // for each cell that has no timeout of its own; 0 is none
	Points      float64       // what all cells are worth together; 0 says nothing

	pointsPos Position
}

// Kind says what a cell is.
type Kind string

const (
	Prose Kind = "prose"
	Code  Kind = "code"
	Raw   Kind = "raw" // kept for converters of notebooks; no reader sees it
)

// Cell is one piece of prose or of code.
type Cell struct {
	Kind   Kind
	Source string // code: what stands between the fences, or in the file that is included; prose: Markdown
	NoEval bool   // code that is shown and not run
	Attrs  Attrs
	ID     string       // the cell's id in the notebook it comes from
	Want   *Expectation // what the code says it prints, or nil

	Pos  Position // of the cell: the fence, the region's comment or the first line of prose
	Body Position // of the first line of Source
	End  int      // offset of the first byte after the cell; Pos.Offset is its first

	lines    []line // of Source, with the regions that they belong to
	bodyEnd  int    // offset of the first byte after Source
	attrsAt  int    // offset of the attributes, behind "go" or "#region"
	attrsEnd int    // offset of the first byte after them
	included bool   // Source was read from Attrs.Include
	idle     bool   // others were asked for; see [Lesson.Only]
	raw      string // of a notebook: the cell's bytes in the lesson that it was made of, if they are not canonical
}

// Runs says whether a run executes the cell.
func (c *Cell) Runs() bool {
	return c.Kind == Code && !c.NoEval && !c.Attrs.Has(TagSkip) && !c.idle
}

// LineOf is where a line of a cell's source stands, counted from 0. Where the code was included from elsewhere, and in a notebook, that is the cell.
func (l *Lesson) LineOf(c *Cell, n int) Position {
	p := &parse{src: l.src, lesson: l}
	return p.lineOf(c, n)
}

// Label names the cell for people: its name, or how its source begins.
func (c *Cell) Label() string {
	if c.Attrs.Name != "" {
		return c.Attrs.Name
	}
	const width = 32
	first := ""
	for line := range strings.Lines(c.Source) {
		if first = strings.TrimSpace(line); first != "" {
			break
		}
	}
	if r := []rune(first); len(r) > width {
		return string(r[:width-1]) + "…"
	}
	return first
}

// Points is what all tests and answers of the lesson are worth together, each by its weight.
func (l *Lesson) Points() (sum float64) {
	for _, c := range l.Cells {
		sum += c.Attrs.Worth()
	}
	return sum
}

// setTitle gives a lesson without a title that of its first heading.
func (l *Lesson) setTitle() {
	for _, c := range l.Cells {
		for line := range strings.Lines(c.Source) {
			title, ok := strings.CutPrefix(line, "# ")
			if ok && c.Kind == Prose && l.Meta.Title == "" {
				l.Meta.Title = strings.TrimSpace(title)
			}
		}
	}
}

// Position is a place in a lesson's file. Line and Col count from 1, Col in bytes, as Go's own tools do. In a
// notebook, Line is the number of the cell and Col is 0.
type Position struct {
	File      string
	Offset    int
	Line, Col int
}

func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s: cell %d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Error is one fault in a lesson's source.
type Error struct {
	Pos Position
	Msg string
}

func (e *Error) Error() string { return e.Pos.String() + ": " + e.Msg }

// ErrorList holds every fault that was found, in the order of the source. Its text is one line.
type ErrorList []*Error

func (l ErrorList) Error() string {
	switch len(l) {
	case 0:
		return "no errors"
	case 1:
		return l[0].Error()
	}
	return fmt.Sprintf("%v (and %d more)", l[0], len(l)-1)
}

func (l *ErrorList) add(pos Position, format string, args ...any) {
	*l = append(*l, &Error{pos, fmt.Sprintf(format, args...)})
}

func (l ErrorList) err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// duration reads "90s" and the like from YAML and JSON.
func duration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("want a duration such as \"30s\" or \"2m\", got %q", s)
	}
	return d, nil
}
