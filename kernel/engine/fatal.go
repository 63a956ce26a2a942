package engine

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/resident-go/resident/nbformat"
)

// workerDied reports the loss of the process, with its last words: where they name places of cells, only those.
func (s *sources) workerDied(reason, lastWords string, cells int) *nbformat.CellError {
	cause := firstLine(lastWords)
	for line := range strings.Lines(lastWords) {
		if strings.HasPrefix(line, "fatal error: ") {
			cause = strings.TrimSpace(line)
		}
	}
	if cause == "" {
		cause = reason
	}
	lines := []string{red + cause + reset}
	if places := s.fatalPlaces(lastWords); len(places) > 0 {
		lines = append(lines, places...)
	} else if words := head(lastWords, 40); words != "" && words != cause {
		lines = append(lines, words)
	}
	for _, row := range fatalHints {
		if strings.Contains(cause, row.cause) {
			lines = append(lines, green+"hint: "+row.hint+reset)
		}
	}
	lost := fmt.Sprintf("The worker process ended (%s). What the session held in memory is lost: its variables, goroutines and loaded cells. A new worker is ready", reason)
	switch cells {
	case 0:
		lost += "."
	case 1:
		lost += "; run the cells again, or call %replay to run the cell before this one."
	default:
		lost += fmt.Sprintf("; run the cells again, or call %%replay to run the %d cells before this one.", cells)
	}
	return &nbformat.CellError{EName: "WorkerDied", EValue: cause, Traceback: append(lines, lost)}
}

var fatalHints = []struct{ cause, hint string }{
	{"stack overflow", "a function calls itself without an end: some condition has to end it"},
	{"concurrent map", "a map is not for several goroutines at once: guard it with a sync.Mutex, or use a sync.Map"},
	{"out of memory", "the process has as much memory as it can get: keep less of it at a time"},
}

// fatalFrame is a function of a stack trace and, in the next line, its place.
var fatalFrame = regexp.MustCompile(`^(\S.*)\(.*\)\n\t(?:[^\n]*/)?(cell-[0-9a-f]{12}\.go):(\d+)`)

// maxPlaces is how many places of a trace are shown.
const maxPlaces = 5

// fatalPlaces are the places of cells in the first goroutine of a trace that has some, each once where one follows itself.
func (s *sources) fatalPlaces(trace string) (lines []string) {
	last, times, shown := "", 0, 0
	again := func() {
		if times > 1 {
			lines = append(lines, "    ... and so on, again and again")
		}
	}
	for _, goroutine := range strings.Split(trace, "\n\n") {
		rest := goroutine
		for rest != "" && shown <= maxPlaces {
			m := fatalFrame.FindStringSubmatch(rest)
			_, rest, _ = strings.Cut(rest, "\n")
			if m == nil {
				continue
			}
			src, known := s.find(m[2])
			place := m[1] + ":" + m[3]
			switch {
			case !known:
			case place == last:
				times++
			default:
				again()
				last, times, shown = place, 1, shown+1
				lines = append(lines, blue+src.place(atoi(m[3]))+reset+inFunc(m[1]))
				lines = append(lines, src.excerpt(atoi(m[3]))...)
			}
		}
		if len(lines) > 0 {
			break
		}
	}
	again()
	return lines
}

func head(s string, n int) string {
	lines := strings.SplitN(strings.TrimSpace(s), "\n", n+1)
	if len(lines) > n {
		lines[n] = "..."
	}
	return strings.Join(lines, "\n")
}
