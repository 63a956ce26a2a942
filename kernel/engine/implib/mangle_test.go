//go:build linux && (amd64 || arm64)

package implib_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/resident-go/resident/kernel/engine/implib"
)

// TestMangle links a cell and looks for what its archive defines among the symbols of its library.
func TestMangle(t *testing.T) {
	tc := newToolchain(t)
	dir := t.TempDir()
	library, err := tc.buildCell(dir, "cells/generics.go")
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := parseELF(t, read(t, library)).DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	exported := map[string]bool{}
	for _, s := range symbols {
		exported[s.Name] = true
	}
	nm, err := exec.Command("go", "tool", "nm", filepath.Join(dir, "cell.a")).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		what, pattern, suffix string
		atLeast               int
	}{
		{"functions with an @", `(?m)^ *[0-9a-f]+ T (main\..*@.*)$`, ".abiinternal", 5},
		{"functions", `(?m)^ *[0-9a-f]+ T (main\.[^@\n-]*)$`, ".abiinternal", 5},
		{"dictionaries", `(?m)^ *[0-9a-f]+ R (main\.\.dict\..*@.*)$`, "", 1},
		{"types", `(?m)^ *[0-9a-f]+ R (type:\*?main\.(?:tagged|celsius|list.main.tagged.))$`, "", 4},
		{"types with an @", `(?m)^ *[0-9a-f]+ R (type:\*?main\.list\[struct.*@.*)$`, "", 2},
		{"short types", `(?m)^ *[0-9a-f]+ R (type:.{1,9})$`, "", 1},
	} {
		found := regexp.MustCompile(row.pattern).FindAllSubmatch(nm, -1)
		if len(found) < row.atLeast {
			t.Errorf("%s: only %d", row.what, len(found))
		}
		for _, name := range found {
			if mangled := implib.Mangle(string(name[1])) + row.suffix; !exported[mangled] {
				t.Errorf("%s: %s is mangled to %s, which the library lacks", row.what, name[1], mangled)
			}
		}
	}
	for _, name := range []string{"type:runtime.moduledata", "go:string.a@b"} {
		if got := implib.Mangle(name); got != name {
			t.Errorf("%s is mangled to %s", name, got)
		}
	}
}
