//go:build linux && (amd64 || arm64)

package implib_test

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/resident-go/resident/kernel/engine/implib"
)

// TestTwoCells loads two cells that declare the same package: they are one at run time.
func TestTwoCells(t *testing.T) {
	tc := newToolchain(t)
	first, err := tc.buildCell(t.TempDir(), "shared/first.go")
	if err != nil {
		t.Fatal(err)
	}
	second, err := tc.buildCell(t.TempDir(), "shared/second.go")
	if err != nil {
		t.Fatal(err)
	}
	got, err := tc.run(tc.host, first, second)
	if err != nil {
		t.Fatal(err)
	}
	const want = `first 1
value 2 main.square
pointer 9 &{side:3}
main.circle 12
second 2 3 5
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestCarrier links a cell against the worker library and a carrier, in either order.
func TestCarrier(t *testing.T) {
	tc := newToolchain(t)
	carrier, carried := linkCarrier(t, tc)
	want, err := tc.run("go", "run", "./carried")
	if err != nil {
		t.Fatal(err)
	}
	config := append(tc.packages[:len(tc.packages):len(tc.packages)], carried...)
	archive := filepath.Join(t.TempDir(), "cell.a")
	if err := tc.compile(archive, config, "carried/main.go"); err != nil {
		t.Fatal(err)
	}
	refs, err := implib.Refs(archive)
	if err != nil {
		t.Fatal(err)
	}
	for name, order := range map[string][]string{"worker first": {tc.worker, carrier}, "carrier first": {carrier, tc.worker}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			imports, err := implib.WriteAll(dir, refs, openLibrary(t, order[0]), openLibrary(t, order[1]))
			if err != nil {
				t.Fatal(err)
			}
			var shared []string
			for _, path := range imports {
				packages := tc.packages
				if filepath.Base(path) == filepath.Base(carrier) {
					packages = carried
				}
				shared = append(shared, withLibrary(packages, path)...)
			}
			cell := filepath.Join(dir, "libcell.so")
			if err := tc.link(cell, archive, shared); err != nil {
				t.Fatal(err)
			}
			got, err := tc.run(tc.host, carrier, cell)
			if err != nil {
				t.Fatal(err)
			}
			if got != want || want == "" {
				t.Errorf("as a cell it prints\n%s\nas a program\n%s", got, want)
			}
		})
	}
}

// TestWrapperElsewhere is about a limit of the Go linker. A method table holds offsets from the start of the library's own
// code, so a type that the compiler puts into the cell needs its methods there; but the compiler leaves out the wrappers
// of methods with value receivers when an imported package has instantiated the type already. The way out is to link that
// package into the cell once more: its variables are the carrier's all the same, because the loader takes the first.
func TestWrapperElsewhere(t *testing.T) {
	tc := newToolchain(t)
	carrier, carried := linkCarrier(t, tc)
	want, err := tc.run("go", "run", "./optional")
	if err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(t.TempDir(), "cell.a")
	if err := tc.compile(archive, slices.Concat(tc.packages, carried), "optional/main.go"); err != nil {
		t.Fatal(err)
	}
	link := func(own, shared []string) (string, error) {
		refs, err := implib.Refs(archive)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range own {
			_, file, _ := strings.Cut(line, "=")
			more, err := implib.Refs(file)
			if err != nil {
				t.Fatal(err)
			}
			refs = append(refs, more...)
		}
		imports, err := implib.WriteAll(t.TempDir(), refs, openLibrary(t, tc.worker), openLibrary(t, carrier))
		if err != nil {
			t.Fatal(err)
		}
		config := slices.Concat(own, withLibrary(tc.packages, imports[0]), withLibrary(shared, imports[1]))
		cell := filepath.Join(t.TempDir(), "libcell.so")
		return cell, tc.link(cell, archive, config)
	}
	const refusal = "cannot target DYNIMPORT sym in section-relative reloc: cells/carrier%2ev2.(*Option[string]).Get"
	if _, err := link(nil, carried); err == nil || !strings.Contains(err.Error(), refusal) {
		t.Errorf("error %v, want %q: is the way out still needed?", err, refusal)
	}
	last := len(carried) - 1
	cell, err := link(carried[last:], carried[:last])
	if err != nil {
		t.Fatal(err)
	}
	got, err := tc.run(tc.host, carrier, cell)
	if err != nil {
		t.Fatal(err)
	}
	if got != want || want == "" {
		t.Errorf("as a cell it prints\n%s\nas a program\n%s", got, want)
	}
}

// linkCarrier links a shared library of the packages that the worker lacks and returns its path and their packagefile lines.
func linkCarrier(t *testing.T, tc *toolchain) (path string, packages []string) {
	t.Helper()
	all, err := tc.list("./carrier.v2")
	if err != nil {
		t.Fatal(err)
	}
	packages = slices.DeleteFunc(all, func(line string) bool { return slices.Contains(tc.packages, line) })
	path = filepath.Join(tc.dir, "libcarrier.so")
	if err := tc.linkLibrary(path, append(packages, tc.shared...), packages, "-linkshared"); err != nil {
		t.Fatal(err)
	}
	return path, packages
}

func openLibrary(t testing.TB, path string) *implib.Library {
	t.Helper()
	l, err := implib.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// TestRefs compares with what `go tool nm` prints, for cells and for packages of several objects.
func TestRefs(t *testing.T) {
	tc := newToolchain(t)
	var archives []string
	for _, file := range cells(t) {
		archive := filepath.Join(t.TempDir(), "cell.a")
		if err := tc.compile(archive, tc.packages, file); err != nil {
			t.Fatal(err)
		}
		archives = append(archives, archive)
	}
	for _, line := range tc.packages {
		path, file, _ := strings.Cut(strings.TrimPrefix(line, "packagefile "), "=")
		if slices.Contains([]string{"fmt", "math/big", "reflect", "sync/atomic", "time"}, path) {
			archives = append(archives, file)
		}
	}
	for _, archive := range archives {
		got, err := implib.Refs(archive)
		if err != nil {
			t.Fatal(err)
		}
		want := nm(t, archive)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %d names, want %d\nonly got %q\nonly want %q", archive, len(got), len(want), minus(got, want), minus(want, got))
		}
		if len(want) < 10 {
			t.Errorf("%s: only %d names", archive, len(want))
		}
		defs, err := implib.Defs(archive)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range got {
			if _, both := slices.BinarySearch(defs, name); both {
				t.Errorf("%s: %s is both defined and referred to elsewhere", archive, name)
			}
		}
		if left := minus(defs, definedNames(t, archive)); len(left) > 0 || len(defs) < 5 {
			t.Errorf("%s: %d definitions, of which nm has not %q", archive, len(defs), left)
		}
	}
}

// nm lists what an archive refers to and does not define.
func nm(t *testing.T, archive string) []string {
	t.Helper()
	defined, referred := nmNames(t, archive)
	var names []string
	for name := range referred {
		if !defined[name] && name != "" { // nm prints the place that is kept for none
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func definedNames(t *testing.T, archive string) []string {
	t.Helper()
	defined, _ := nmNames(t, archive)
	return slices.Collect(maps.Keys(defined))
}

func nmNames(t *testing.T, archive string) (defined, referred map[string]bool) {
	t.Helper()
	out, err := exec.Command("go", "tool", "nm", archive).Output()
	if err != nil {
		t.Fatal(err)
	}
	defined, referred = map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(string(out)) {
		// "ARCHIVE(OBJECT):", when there are several objects; then address, or spaces; one letter; the name.
		if _, rest, ok := strings.Cut(line, "):\t"); ok && strings.HasPrefix(line, archive) {
			line = rest
		}
		line = strings.TrimLeft(strings.TrimSuffix(line, "\n"), " ")
		if name, ok := strings.CutPrefix(line, "U "); ok {
			referred[name] = true
		} else if _, rest, ok := strings.Cut(line, " "); ok {
			defined[strings.TrimSuffix(rest[2:], "<1>")] = true
		}
	}
	return defined, referred
}

func minus(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

func TestWriteErrors(t *testing.T) {
	tc := newToolchain(t)
	l, err := implib.Open(tc.worker)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, row := range []struct{ path, want string }{
		{filepath.Join(dir, "libother.so"), "linked under another name: it has no symbol go:link.abihash.libother.so"},
		{filepath.Join(dir, "missing", "libworker.so"), "no such file or directory"},
	} {
		if err := l.Write(row.path, nil); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("Write(%s): %v, want %q", row.path, err, row.want)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	err = l.Write(filepath.Join(dir, "libworker.so"), nil)
	if err == nil || !strings.Contains(err.Error(), "libworker.so is closed") {
		t.Errorf("Write after Close: %v", err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("failed writes left %v, %v", files, err)
	}
}

// TestConcurrentWrites also shows that the same cell gets the same bytes.
func TestConcurrentWrites(t *testing.T) {
	tc := newToolchain(t)
	archive := filepath.Join(t.TempDir(), "cell.a")
	if err := tc.compile(archive, tc.packages, "cells/gcroots.go"); err != nil {
		t.Fatal(err)
	}
	refs, err := implib.Refs(archive)
	if err != nil {
		t.Fatal(err)
	}
	l := openLibrary(t, tc.worker)
	files := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range files {
		path := filepath.Join(t.TempDir(), "libworker.so")
		wg.Go(func() {
			if err := l.Write(path, refs); err != nil {
				t.Error(err)
				return
			}
			files[i] = read(t, path)
		})
	}
	wg.Wait()
	for _, file := range files[1:] {
		if len(file) == 0 || !bytes.Equal(file, files[0]) {
			t.Errorf("files of %d and %d bytes differ", len(files[0]), len(file))
		}
	}
}
