package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// flatten makes a program of the cells that Go accepts, and one more for each cell that it has to refuse.
func (nb *notebook) flatten(t *testing.T) {
	p := newProgram(nb.dir, nb.importer())
	p.withC = slices.ContainsFunc(nb.rows, func(r row) bool { return strings.Contains(r.code, `import "C"`) })
	for _, r := range nb.rows {
		if r.refused() {
			nb.refused[r.n] = filepath.Join(nb.root, fmt.Sprintf("%s_%d", nb.name, r.n))
			nb.writeProgram(t, nb.refused[r.n], p.with(r))
		} else if err := p.add(r); err != nil {
			nb.got[r.n] = fmt.Sprintf("(not in the program: %v)\n", err)
		}
	}
	nb.writeProgram(t, nb.dir, p.files)
}

// writeProgram writes a program: the harness, which has to be the first file, cells, and the files that these embed.
func (nb *notebook) writeProgram(t *testing.T, dir string, cells []*flatFile) {
	harness, err := os.ReadFile("testdata/confirm/main.go")
	if err != nil {
		t.Fatal(err)
	}
	writeTestFile(t, filepath.Join(dir, "a.go"), bytes.Replace(harness, []byte("flat/show"), []byte(nb.module+"/show"), 1))
	for _, f := range cells {
		writeTestFile(t, filepath.Join(dir, f.name), []byte(f.text))
	}
	if dir == nb.dir || nb.root == nb.dir { // they are there, or are packages of the module
		return
	}
	for name, data := range nb.files {
		writeTestFile(t, filepath.Join(dir, name), data)
	}
}

var flatFlags = []string{"-trimpath", "-ldflags=-s -w"}

// buildNotebooks builds the programs of one module, and notes what the go command says of those that it has to refuse.
func buildNotebooks(t *testing.T, root string, notebooks []*notebook) {
	errs, err := compileAll(root)
	for _, nb := range notebooks {
		if err != nil {
			nb.broken = err.Error()
			continue
		}
		nb.build(t, errs[nb.dir])
		for n, dir := range nb.refused {
			nb.got[n] = errs[dir]
			if nb.got[n] != "" {
				continue
			}
			nb.got[n] = "(compiles)"
			if err := goBuild(dir, os.DevNull); err != nil { // the linker has something against it
				nb.got[n] = err.Error()
			}
		}
	}
}

// compileAll compiles all packages of a module and returns what is wrong with them, by folder.
func compileAll(root string) (map[string]string, error) {
	cmd := exec.Command("go", slices.Concat([]string{"list", "-e", "-export", "-json=Dir,Error,DepsErrors"}, flatFlags, []string{"./..."})...)
	cmd.Dir = root
	out, err := output(cmd)
	if err != nil {
		return nil, err
	}
	type complaint struct{ Pos, Err string }
	errs := map[string]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			Dir        string
			Error      *complaint
			DepsErrors []*complaint
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return errs, nil
		} else if err != nil {
			return nil, err
		}
		for _, e := range append(p.DepsErrors, p.Error) {
			if e != nil {
				errs[p.Dir] += e.Pos + ": " + e.Err + "\n"
			}
		}
	}
}

// build builds the program, without the cells about which the go command has complained or does it now.
func (nb *notebook) build(t *testing.T, complaint string) {
	nb.binary = filepath.Join(t.TempDir(), "program")
	for {
		if complaint != "" {
			nb.drop(t, complaint)
		}
		err := goBuild(nb.dir, nb.binary)
		if err == nil {
			return
		}
		complaint = err.Error()
	}
}

func goBuild(dir, out string) error {
	cmd := exec.Command("go", slices.Concat([]string{"build", "-o", out}, flatFlags)...)
	cmd.Dir = dir
	_, err := output(cmd)
	return err
}

// drop takes the cell out of the program of which the go command complains.
func (nb *notebook) drop(t *testing.T, complaint string) {
	n := nb.culprit(complaint)
	if n == 0 || nb.got[n] != "" {
		t.Fatalf("%s does not compile, and why is not clear: %s", nb.name, complaint)
	}
	nb.got[n] = "(not in the program: " + complaint + ")\n"
	if err := os.Remove(filepath.Join(nb.dir, fmt.Sprintf("cell_%03d.go", n))); err != nil {
		t.Fatal(err)
	}
}

// culprit finds the cell of which the go command complains.
func (nb *notebook) culprit(complaint string) (n int) {
	if m := brokenCell.FindStringSubmatch(complaint); m != nil {
		n, _ = strconv.Atoi(m[1] + m[2])
		return n
	}
	if m := brokenC.FindStringSubmatch(complaint); m != nil {
		for _, r := range nb.rows {
			if !r.refused() && nb.got[r.n] == "" && strings.Contains(r.code, m[1]) {
				n = r.n // the last that has it
			}
		}
	}
	return n
}

var (
	brokenCell = regexp.MustCompile(`cell_0*(\d+)\.(?:go|cgo2\.c):|Cell In\[(\d+)\]:`)
	brokenC    = regexp.MustCompile(`inconsistent definitions for (C\.\w+)`)
)

// run runs the program and keeps what its cells show. A cell that ends the program is skipped in another run.
func (nb *notebook) run(t *testing.T) {
	if nb.broken != "" {
		for _, r := range nb.rows {
			nb.got[r.n] = nb.broken
		}
		return
	}
	var skip []string
	for range nb.rows {
		cmd := exec.Command(nb.binary, skip...)
		cmd.Dir = nb.dir
		out, err := cmd.CombinedOutput()
		parts := cellMark.Split(string(out), -1)
		marks := cellMark.FindAllStringSubmatch(string(out), -1)
		for i, m := range marks {
			if n, err := strconv.Atoi(m[1]); err == nil && !slices.Contains(skip, m[1]) {
				nb.got[n] = parts[i+1]
			}
		}
		last := marks[len(marks)-1][1]
		if last == "end" {
			return
		}
		if slices.Contains(skip, last) {
			t.Fatalf("cell %s ends the program even when its statements are skipped: %v\n%s", last, err, out)
		}
		n, _ := strconv.Atoi(last)
		nb.got[n] = lastWords(nb.got[n], err)
		skip = append(skip, last)
	}
}

var cellMark = regexp.MustCompile("\x00\x01 cell (\\w+) \x01\x00\n")

// lastWords writes what a program showed when it ended as a cell would.
func lastWords(out string, err error) string {
	before, panicked, found := strings.Cut(out, "panic: ")
	if !found {
		return fmt.Sprintf("%s[Exit] %v\n", out, err)
	}
	text, stack, _ := strings.Cut(panicked, "\n")
	stack, _, _ = strings.Cut(stack, "created by")
	b := fmt.Sprintf("%s[panic] panic: %s\n", before, strings.TrimSuffix(text, " [recovered, repanicked]"))
	for _, m := range regexp.MustCompile(`Cell In\[(\d+)\]:(\d+)`).FindAllStringSubmatch(stack, -1) {
		line, _ := strconv.Atoi(m[2])
		b += fmt.Sprintf("Cell In[%s], line %d\n", m[1], line-lineShift)
	}
	return b
}
