package engine

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	sequences = flag.Int("sequences", 0, "run that many random sequences of cells, each made smaller if it fails; 0: a few")
	firstSeed = flag.Uint64("seed", 1, "of the first random sequence of cells")
	shrinking = flag.Bool("shrink", true, "make random sequences that fail smaller, which takes minutes")
	cellsEach = flag.Int("cells", 14, "of a random sequence of cells")
)

// TestSequences runs random cells that declare names again, use what others have declared, fail and run again. A plain program in
// which nothing is declared twice (see model) has to show the same, cell by cell.
func TestSequences(t *testing.T) {
	n := *sequences
	if n == 0 {
		n = 2
	}
	cells, refused := 0, 0
	for i := range uint64(n) {
		seed := *firstSeed + i
		s := newSequence(seed, *cellsEach)
		difference := s.difference(t)
		cells, refused = cells+len(s.cells), refused+s.refused
		if difference == "" {
			continue
		}
		if *sequences > 0 && *shrinking {
			s.shrink(t)
			difference = s.difference(t)
		}
		t.Errorf("sequence %d:\n%s", seed, difference)
	}
	t.Logf("%d sequences, %d cells, %d of them refused", n, cells, refused)
}

// sequence is a session to be.
type sequence struct {
	cells   [][]entry
	refused int
}

func newSequence(seed uint64, n int) *sequence {
	m := &maker{Rand: rand.New(rand.NewPCG(seed, 0)), decls: map[string]entry{}}
	s, model := &sequence{cells: [][]entry{sequenceFirst}}, newModel()
	for at := 0; len(s.cells) <= n; at++ {
		next, err := model.run(s.cells[at])
		switch {
		case errors.Is(err, errCycle):
			s.cells = slices.Delete(s.cells, at, at+1)
			at--
		case err == nil:
			model = next
		}
		m.decls = maps.Clone(model.decls)
		if at+1 < len(s.cells) {
			continue
		}
		again := s.cells[m.IntN(len(s.cells))]
		switch i := m.IntN(40); {
		case at < 4:
			s.cells = append(s.cells, m.cell())
		case i < 5 && !slices.ContainsFunc(again, func(i entry) bool {
			return slices.Contains([]string{"shared", "init", "rm", "reset", "replay"}, i.kind)
		}): // init runs once
			s.cells = append(s.cells, again)
		case i == 5:
			s.cells = append(s.cells, []entry{{kind: "reset"}}, sequenceFirst)
		case i == 6 && !slices.ContainsFunc(model.history, endless):
			s.cells = append(s.cells, []entry{{kind: "replay"}})
		case i < 9:
			s.cells = append(s.cells, m.remove())
		case i < 15:
			s.cells = append(s.cells, m.file())
		default:
			s.cells = append(s.cells, m.cell())
		}
	}
	return s
}

// endless reports whether a cell runs until it is interrupted.
func endless(cell []entry) bool { return cell[len(cell)-1].kind == "interrupt" }

// difference tells the first cell that shows something else than the program. It is "" when there is none.
func (s *sequence) difference(t *testing.T) string {
	model := newModel()
	want := make([]string, len(s.cells))
	why := make([]error, len(s.cells)) // it was refused
	ends := make([]int, len(s.cells))  // of the parts of the program's output
	s.refused = 0
	for i, c := range s.cells {
		next, err := model.run(c)
		switch {
		case errors.Is(err, errCycle):
			return ""
		case err != nil:
			want[i], why[i] = "refused", err
			s.refused++
		default:
			model = next
		}
		ends[i] = len(model.calls)
	}
	shown := strings.Split(runPlain(t, model.text()), "\x00")[1:]
	e := newTestEngine(t, Options{Grace: time.Minute})
	defer e.Close()
	begin := 0
	for i, c := range s.cells {
		if want[i] == "" {
			want[i] = plainVersions.ReplaceAllString(strings.Join(shown[begin:ends[i]], ""), "$1")
		}
		begin = ends[i]
		out := runUntilReady(t, e, i, written(c, false))
		if got := outcome(out); got != want[i] {
			text := ""
			for j, c := range s.cells[:i+1] {
				text += fmt.Sprintf("-- cell %d --\n%s", j, written(c, true))
			}
			return fmt.Sprintf("%s-- shows --\n%s-- expected --\n%s %v\n-- program --\n%s", text, out, want[i], why[i], model.program)
		}
	}
	return ""
}

// shrink leaves out what the difference does not need.
func (s *sequence) shrink(t *testing.T) {
	try := func(cells [][]entry) bool {
		smaller := &sequence{cells: cells}
		if smaller.difference(t) == "" {
			return false
		}
		s.cells = cells
		return true
	}
	for i := len(s.cells) - 1; i > 0; i-- {
		try(slices.Delete(slices.Clone(s.cells), i, i+1))
	}
	for i := len(s.cells) - 1; i > 0; i-- {
		for j := len(s.cells[i]) - 1; j > 0; j-- { // the first is the statement that makes it no Go file
			cells := slices.Clone(s.cells)
			cells[i] = slices.Delete(slices.Clone(cells[i]), j, j+1)
			try(cells)
		}
	}
}

func written(cell []entry, short bool) string {
	text := ""
	for _, i := range cell {
		if i.kind == "shared" && short {
			continue
		}
		text += strings.TrimSpace(i.source()) + "\n"
	}
	return text
}

var plainVersions = regexp.MustCompile(`([A-Za-z]\w*?)_\d+\b`)

// runUntilReady runs a cell, which is interrupted when it says that it is ready.
func runUntilReady(t *testing.T, e *Engine, n int, code string) string {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	rec := &recorder{onText: func(s string) {
		if strings.Contains(s, "ready") {
			cancel()
		}
	}}
	return shownWith(t, n, rec, e.Run(ctx, n, code, rec))
}

// outcome is what a cell showed without notes, and without what only the kernel says of errors.
func outcome(shown string) string {
	shown = replayed.ReplaceAllString(notes.ReplaceAllString(shown, ""), "$1")
	shown = replayedWithout.ReplaceAllString(shown, "refused")
	if strings.Contains(shown, "[CompileError]") {
		return "refused"
	}
	if before, _, ok := strings.Cut(shown, "[Interrupted] "); ok {
		return before + "interrupted\n"
	}
	if before, after, ok := strings.Cut(shown, "[panic] "); ok {
		text, _, _ := strings.Cut(after, "\n")
		shown = before + text + "\n"
	}
	return shown
}

// How cells end that run once more.
var (
	replayed        = regexp.MustCompile(`(?m)^\[background (panic: .*)\]$`)
	replayedWithout = regexp.MustCompile(`(?m)^\[background CompileError: .*\]$`)
)

func runPlain(t *testing.T, text string) string {
	dir := t.TempDir()
	writeTestFile(t, filepath.Join(dir, "go.mod"), []byte("module program\n\ngo 1.26\n"))
	writeTestFile(t, filepath.Join(dir, "main.go"), []byte(text))
	binary := filepath.Join(dir, "program")
	if err := goBuild(dir, binary); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	defer os.Remove(binary)
	out, err := output(exec.Command(binary))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return string(out)
}
