// Package report is how long work, such as training, shows how it goes.
//
// In a notebook a report stands in one place among the cell's output and is replaced there; in a terminal it is one line that is written
// anew. Who trains wires nothing: what runs the cells sets [Seam].
package report

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode/utf8"
)

// Front shows things.
type Front interface {
	// Place shows a value and returns a function that shows another one in its place.
	Place(v any) (update func(v any))
}

// Seam is where reports are shown. It is set before the first report, by what runs the program; by itself it is the terminal.
var Seam Front = &Terminal{Out: os.Stderr}

// Liner is a value that has a short form for terminals.
type Liner interface {
	Line() string
}

// Terminal shows each report in one line, which it writes over. Where the output is no terminal, it only writes the last one.
type Terminal struct {
	Out io.Writer

	mu    sync.Mutex
	width int // of the line that stands there, in characters
}

// Place implements [Front].
func (t *Terminal) Place(v any) func(v any) {
	t.show(v)
	return t.show
}

func (t *Terminal) show(v any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	line, done := text(v)
	switch {
	case t.interactive():
		fmt.Fprint(t.Out, over(line, t.width))
		t.width = utf8.RuneCountInString(line)
		if done {
			fmt.Fprintln(t.Out)
			t.width = 0
		}
	case done:
		fmt.Fprintln(t.Out, line)
	}
}

// over writes a line over one of so many characters.
func over(line string, width int) string {
	return "\r" + line + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(line)))
}

// text is a value's line, and whether it is the last one of its report.
func text(v any) (line string, done bool) {
	if l, ok := v.(Liner); ok {
		line = l.Line()
	} else {
		line = fmt.Sprint(v)
	}
	d, ok := v.(interface{ Done() bool })
	return line, !ok || d.Done()
}

func (t *Terminal) interactive() bool {
	f, ok := t.Out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
