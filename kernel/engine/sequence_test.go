package engine

import (
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
)

var (
	sequences = flag.Int("sequences", 0, "run that many random sequences of cells, each made smaller if it fails; 0: a few")
	firstSeed = flag.Uint64("seed", 1, "of the first random sequence of cells")
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
		if *sequences > 0 {
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
	for i := range n {
		if next, err := model.add(i, s.cells[i]); err == nil {
			model = next
		}
		m.decls = maps.Clone(model.decls)
		if i > 3 && m.IntN(8) == 0 {
			s.cells = append(s.cells, s.cells[1+m.IntN(i)]) // again
		} else {
			s.cells = append(s.cells, m.cell())
		}
	}
	return s
}

// difference tells the first cell that shows something else than the program. It is "" when there is none.
func (s *sequence) difference(t *testing.T) string {
	model := newModel()
	want := make([]string, len(s.cells))
	s.refused = 0
	for i, c := range s.cells {
		next, err := model.add(i, c)
		if err != nil {
			want[i] = "refused"
			s.refused++
			continue
		}
		model = next
	}
	shown := strings.Split(runPlain(t, model.text()), "\x00")[1:]
	e := newTestEngine(t, Options{})
	defer e.Close()
	for i, c := range s.cells {
		if want[i] == "" {
			want[i], shown = plainVersions.ReplaceAllString(shown[0], "$1"), shown[1:]
		}
		out := runCell(t, e, i, written(c, false))
		if got := outcome(out); got != want[i] {
			text := ""
			for j, c := range s.cells[:i+1] {
				text += fmt.Sprintf("-- cell %d --\n%s", j, written(c, true))
			}
			return fmt.Sprintf("%s-- shows --\n%s-- expected --\n%s\n-- program --\n%s", text, out, want[i], model.program)
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

// outcome is what a cell showed without notes, and without what only the kernel says of errors.
func outcome(shown string) string {
	shown = notes.ReplaceAllString(shown, "")
	if strings.Contains(shown, "[CompileError]") {
		return "refused"
	}
	if before, after, ok := strings.Cut(shown, "[panic] "); ok {
		text, _, _ := strings.Cut(after, "\n")
		shown = before + text + "\n"
	}
	return shown
}

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
