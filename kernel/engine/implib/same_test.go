//go:build linux && (amd64 || arm64)

package implib_test

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/resident-go/resident/kernel/engine/implib"
)

// The tests of this file give the Go linker the worker library itself and then its import library, and want the same object
// from it, symbol by symbol: the same bytes, GC masks among them, and the same relocations.

func TestSameObject(t *testing.T) {
	tc := newToolchain(t)
	for _, file := range cells(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			archive := filepath.Join(t.TempDir(), "cell.a")
			if err := tc.compile(archive, tc.packages, file); err != nil {
				t.Fatal(err)
			}
			checkSameObject(t, tc, []string{"packagefile main=" + archive})
		})
	}
}

// TestSameObjectOfMany takes what the worker lacks of the standard library, or much of it, for a cell.
func TestSameObjectOfMany(t *testing.T) {
	tc := newToolchain(t)
	all, err := tc.list("archive/zip", "encoding/gob", "encoding/xml", "go/types", "html/template", "image/png")
	if err != nil {
		t.Fatal(err)
	}
	packages := slices.DeleteFunc(all, func(line string) bool { return slices.Contains(tc.packages, line) })
	if len(packages) < 30 {
		t.Fatalf("only %d packages", len(packages))
	}
	checkSameObject(t, tc, packages)
}

func checkSameObject(t *testing.T, tc *toolchain, packages []string) {
	t.Helper()
	var refs []string
	for _, line := range packages {
		_, archive, _ := strings.Cut(line, "=")
		names, err := implib.Refs(archive)
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, names...)
	}
	imports, err := implib.WriteAll(t.TempDir(), refs, openLibrary(t, tc.worker))
	if err != nil {
		t.Fatal(err)
	}
	want := goObject(t, tc, packages, tc.worker)
	got := goObject(t, tc, packages, imports[0])
	if len(want) < 100 {
		t.Fatalf("only %d symbols", len(want))
	}
	// The whole library too has a symbol of this name, and the linker appends to what it finds.
	delete(want, "go:buildinfo.ref")
	delete(got, "go:buildinfo.ref")
	for name, symbol := range want {
		if got[name] != symbol {
			t.Errorf("%s:\nwith the import library %s\nwith the whole library  %s", name, got[name], symbol)
		}
	}
	for name := range got {
		if want[name] == "" {
			t.Errorf("%s is only there with the import library", name)
		}
	}
}

// goObject links packages and describes, by name, the symbols of the object that the Go linker hands to the system linker.
func goObject(t *testing.T, tc *toolchain, packages []string, library string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	config := append(slices.Clone(packages), withLibrary(tc.packages, library)...)
	if err := tc.linkCell(filepath.Join(dir, "libcell.so"), config, packages, "-tmpdir", dir); err != nil {
		t.Fatal(err)
	}
	f, err := elf.Open(filepath.Join(dir, "go.o"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	relocs := objectRelocs(t, f, symbols)
	described := make(map[string]string, len(symbols))
	for _, s := range symbols {
		text := fmt.Sprintf("info %d size %d", s.Info, s.Size)
		if s.Section != elf.SHN_UNDEF && int(s.Section) < len(f.Sections) {
			section := f.Sections[s.Section]
			text += " in " + section.Name + describe(t, section, s, relocs[section.Name])
		}
		described[s.Name] += text
	}
	return described
}

// describe gives the contents of a symbol and its relocations.
func describe(t *testing.T, section *elf.Section, s elf.Symbol, relocs []objectReloc) (text string) {
	t.Helper()
	if section.Type == elf.SHT_PROGBITS {
		b := make([]byte, s.Size)
		if n, err := section.ReadAt(b, int64(s.Value)); err != nil && n != len(b) {
			t.Fatal(err)
		}
		text = fmt.Sprintf(" %x", sha256.Sum256(b))
	}
	i := sort.Search(len(relocs), func(i int) bool { return relocs[i].offset >= s.Value })
	for ; i < len(relocs) && relocs[i].offset < s.Value+s.Size; i++ {
		text += fmt.Sprintf("\n%d: %s", relocs[i].offset-s.Value, relocs[i].text)
	}
	return text
}

type objectReloc struct {
	offset uint64
	text   string
}

// objectRelocs lists the relocations of each section, sorted. A target in a section is described by the symbol there.
func objectRelocs(t *testing.T, f *elf.File, symbols []elf.Symbol) map[string][]objectReloc {
	t.Helper()
	all := map[string][]objectReloc{}
	for _, s := range f.Sections {
		if s.Type != elf.SHT_RELA {
			continue
		}
		data, err := s.Data()
		if err != nil {
			t.Fatal(err)
		}
		target := f.Sections[s.Info].Name
		for ; len(data) >= 24; data = data[24:] {
			info := binary.LittleEndian.Uint64(data[8:])
			addend := int64(binary.LittleEndian.Uint64(data[16:]))
			text := fmt.Sprintf("type %d %s + %d", uint32(info), symbols[info>>32-1].Name, addend)
			all[target] = append(all[target], objectReloc{binary.LittleEndian.Uint64(data), text})
		}
		slices.SortFunc(all[target], func(a, b objectReloc) int { return int(int64(a.offset - b.offset)) })
	}
	return all
}
