//go:build linux && amd64

package implib_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"path/filepath"
	"slices"
	"testing"
)

// TestArm64 makes a library of this machine look like one for arm64, where the relocation types have other numbers and the
// system linker leaves zeros in the places that are relocated. The import library must say the same.
func TestArm64(t *testing.T) {
	tc := newToolchain(t)
	amd64 := read(t, tc.worker)
	arm64 := filepath.Join(t.TempDir(), "libworker.so")
	write(t, arm64, toArm64(t, amd64))
	var files [2]*elf.File
	for i, library := range []string{tc.worker, arm64} {
		path := filepath.Join(t.TempDir(), "libworker.so")
		if err := openLibrary(t, library).Write(path, []string{"type:net/url.URL", "type:*bytes.Buffer", "type:[]string"}); err != nil {
			t.Fatal(err)
		}
		files[i] = parseELF(t, read(t, path))
	}
	if files[0].Machine != elf.EM_X86_64 || files[1].Machine != elf.EM_AARCH64 {
		t.Errorf("machines %v and %v", files[0].Machine, files[1].Machine)
	}
	for i, s := range files[0].Sections {
		want, err := s.Data()
		if s.Type == elf.SHT_NOBITS {
			continue
		}
		if err != nil && s.Type != elf.SHT_NULL {
			t.Fatal(err)
		}
		if s.Type == elf.SHT_RELA {
			want = retypeRelocs(t, want)
		}
		if got, _ := files[1].Sections[i].Data(); !bytes.Equal(got, want) {
			t.Errorf("section %s differs", s.Name)
		}
	}
}

func toArm64(t *testing.T, library []byte) []byte {
	t.Helper()
	library = patch(library, 18, byte(elf.EM_AARCH64))
	f := parseELF(t, library)
	rela := f.SectionByType(elf.SHT_RELA)
	table := library[rela.Offset : rela.Offset+rela.Size]
	for b := table; len(b) > 0; b = b[24:] {
		if elf.R_X86_64(binary.LittleEndian.Uint32(b[8:])) == elf.R_X86_64_RELATIVE {
			at := binary.LittleEndian.Uint64(b)
			for _, s := range f.Sections {
				if s.Type == elf.SHT_PROGBITS && s.Addr <= at && at < s.Addr+s.Size {
					clear(library[s.Offset+at-s.Addr:][:8])
				}
			}
		}
	}
	copy(table, retypeRelocs(t, table))
	return library
}

// retypeRelocs gives relocations the types that mean the same on arm64. It fails if it finds none.
func retypeRelocs(t *testing.T, rela []byte) []byte {
	t.Helper()
	rela = slices.Clone(rela)
	n := 0
	for b := rela; len(b) > 0; b = b[24:] {
		switch elf.R_X86_64(binary.LittleEndian.Uint32(b[8:])) {
		case elf.R_X86_64_64:
			binary.LittleEndian.PutUint32(b[8:], uint32(elf.R_AARCH64_ABS64))
			n++
		case elf.R_X86_64_RELATIVE:
			binary.LittleEndian.PutUint32(b[8:], uint32(elf.R_AARCH64_RELATIVE))
			n++
		}
	}
	if n == 0 {
		t.Error("no relocations to change")
	}
	return rela
}
