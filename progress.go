package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/resident-go/resident/lessons"
)

// progress prints one line for each cell. On a terminal the line is there while the cell runs.
type progress struct {
	w        io.Writer
	terminal bool
	total    int
	done     int
	width    int // of the longest label
	running  *lessons.Cell
}

func newProgress(w io.Writer, l *lessons.Lesson) *progress {
	p := &progress{w: w, terminal: isTerminal(w)}
	for _, c := range l.Cells {
		if c.Runs() {
			p.total++
			p.width = max(p.width, utf8.RuneCountInString(c.Label()))
		}
	}
	return p
}

func (p *progress) started(_ int, c *lessons.Cell) {
	p.running = c
	if p.terminal {
		fmt.Fprintf(p.w, "%s ...", p.line(c))
	}
}

// clear takes the line of a cell that is running off the terminal.
func (p *progress) clear() {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

func (p *progress) line(c *lessons.Cell) string {
	return fmt.Sprintf("[%*d/%d] %-*s", len(fmt.Sprint(p.total)), p.done+1, p.total, p.width, c.Label())
}

func (p *progress) finished(_ int, r *lessons.CellReport) {
	p.clear()
	fmt.Fprintf(p.w, "%s  %-6s %8s\n", p.line(r.Cell), r.Status, lessons.Elapsed(r.Elapsed))
	p.done++
	if r.Status == lessons.Failed {
		fmt.Fprintf(p.w, "%v: %s\n", r.Cell.Pos, strings.ReplaceAll(r.Problem, "\n", "\n    "))
	}
}

// summary ends the report, and says by its error whether a check failed.
func (p *progress) summary(r *lessons.Report) error {
	failed := len(r.Failed())
	notRun := p.total - p.done
	fmt.Fprintf(p.w, "%s: %d of %d cells passed in %s", r.Lesson.File, p.done-failed, p.total, lessons.Elapsed(r.Elapsed))
	if notRun > 0 {
		fmt.Fprintf(p.w, ", %d not run", notRun)
	}
	fmt.Fprintln(p.w)
	if failed > 0 {
		return errCheckFailed
	}
	return nil
}
