package cell

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Diagnostic is one error in a cell's source.
type Diagnostic struct {
	Origin  *Origin
	Offset  int
	Message string
	Hint    string
}

// Position returns the line and the column, both from 1, the column in characters.
func (d Diagnostic) Position() (line, col int) {
	before := d.Origin.Source[:min(d.Offset, len(d.Origin.Source))]
	i := strings.LastIndexByte(before, '\n')
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[i+1:]) + 1
}

// Line returns the text of the line it points into.
func (d Diagnostic) Line() string {
	n, _ := d.Position()
	lines := strings.Split(d.Origin.Source, "\n")
	return lines[min(n, len(lines))-1]
}

// Error is why a cell could not be analysed: one or more diagnostics in the order of the source.
type Error struct{ List []Diagnostic }

func (e *Error) Error() string {
	d := e.List[0]
	line, col := d.Position()
	s := fmt.Sprintf("%d:%d: %s", line, col, d.Message)
	if n := len(e.List) - 1; n > 0 {
		s += fmt.Sprintf(" (and %d more)", n)
	}
	return s
}
