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
	"testing"
)

// TestSameObject gives the Go linker the worker library itself and then its import library, and wants the same object
// from it, symbol by symbol: the same bytes, GC masks among them, and the same relocations.
func TestSameObject(t *testing.T) {
	tc := newToolchain(t)
	for _, file := range cells(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			dir := t.TempDir()
			if _, err := tc.buildCell(dir, file); err != nil {
				t.Fatal(err)
			}
			archive := filepath.Join(dir, "cell.a")
			want := goObject(t, tc, archive, tc.worker)
			got := goObject(t, tc, archive, filepath.Join(dir, filepath.Base(tc.worker)))
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
		})
	}
}

// goObject links a cell and describes, by name, the symbols of the object that the Go linker hands to the system linker.
func goObject(t *testing.T, tc *toolchain, archive, library string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	if err := tc.link(filepath.Join(dir, "libcell.so"), archive, withLibrary(tc.packages, library), "-tmpdir", dir); err != nil {
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
		if int(s.Section) < len(f.Sections) && s.Section != elf.SHN_UNDEF {
			section := f.Sections[s.Section]
			text += " in " + section.Name
			if section.Type == elf.SHT_PROGBITS {
				b := make([]byte, s.Size)
				section.ReadAt(b, int64(s.Value))
				text += fmt.Sprintf(" %x", sha256.Sum256(b))
			}
			all := relocs[section.Name]
			i := sort.Search(len(all), func(i int) bool { return all[i].offset >= s.Value })
			for ; i < len(all) && all[i].offset < s.Value+s.Size; i++ {
				text += fmt.Sprintf("\n%d: %s", all[i].offset-s.Value, all[i].text)
			}
		}
		described[s.Name] += text
	}
	return described
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
			text := fmt.Sprintf("type %d %s + %d", uint32(info), symbols[info>>32-1].Name, int64(binary.LittleEndian.Uint64(data[16:])))
			all[target] = append(all[target], objectReloc{binary.LittleEndian.Uint64(data), text})
		}
		slices.SortFunc(all[target], func(a, b objectReloc) int { return int(int64(a.offset - b.offset)) })
	}
	return all
}
