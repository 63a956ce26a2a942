//go:build linux && (amd64 || arm64)

package implib_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/kernel/engine/implib"
)

func TestOpenErrors(t *testing.T) {
	tc := newToolchain(t)
	good, _, _ := sample(t, tc)
	rows := []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "unexpected EOF"},
		{"text", []byte("INPUT(libworker.so)\n"), "not an ELF file"},
		{"header only", good[:64], "truncated: section headers"},
		{"half", good[:len(good)/2], "truncated: section headers"},
		{"32 bit", patch(good, elf.EI_CLASS, 1), "not a 64-bit little-endian ELF file"},
		{"object file", patch(good, 16, byte(elf.ET_REL)), "ELF type ET_REL, want a shared library"},
		{"other machine", patch(good, 18, byte(elf.EM_RISCV)), "machine EM_RISCV, want EM_X86_64 or EM_AARCH64"},
		{"old headers", patch(good, 58, 40), "section headers of 40 bytes, want 64"},
		{"no dynamic symbols", retype(t, good, elf.SHT_DYNSYM), "no dynamic symbols"},
		{"no dynamic section", retype(t, good, elf.SHT_DYNAMIC), "no dynamic section"},
		{"no hash table", retype(t, good, elf.SHT_GNU_HASH), "no .gnu.hash: link it with --hash-style=gnu or both"},
		{"corrupt hash table", patch(good, gnuHash(t, good).Offset, 0, 0, 0, 0), "corrupt .gnu.hash"},
		{"no relocations", retype(t, good, elf.SHT_RELA), "no relocations"},
		{"C library", cLibrary(t), "not a Go shared library: no .note.go.abihash"},
	}
	for _, row := range rows {
		path := filepath.Join(t.TempDir(), "lib.so")
		write(t, path, row.data)
		l, err := implib.Open(path)
		if err == nil {
			l.Close()
		}
		checkError(t, row.name, err, "implib: open library", path, row.want)
	}
	_, err := implib.Open("/no/such/library.so")
	checkError(t, "missing", err, "implib: open library", "/no/such/library.so", "no such file")
}

func TestRefsErrors(t *testing.T) {
	tc := newToolchain(t)
	_, good, _ := sample(t, tc)
	object := bytes.Index(good, []byte("\x00go120ld"))
	member := func(size string) string { return fmt.Sprintf("!<arch>\n%-48s%-10s`\n", "x.o", size) }
	rows := []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "not an archive"},
		{"text", []byte("package main\n"), "not an archive"},
		{"no members", []byte("!<arch>\n"), "no Go object in it"},
		{"C object", []byte(member("4") + "\x7fELF"), "no Go object in it"},
		{"export data only", good[:8+60+size(t, good)], "no Go object in it"},
		{"truncated header", []byte("!<arch>\nx.o"), "truncated in a member's header"},
		{"bad header", bytes.ReplaceAll(good, []byte("`\n"), []byte("??")), "corrupt: a member's header"},
		{"bad size", []byte(member("many")), "corrupt: size of member x.o"},
		{"negative size", []byte(member("-2")), "corrupt: size of member x.o"},
		{"truncated member", good[:len(good)-100], "truncated: member _go_.o"},
		{"truncated object", []byte(member("20") + "go object linux x\n!\n"), "object x.o: truncated in the header"},
		{"other version", patch(good, uint64(object), []byte("\x00go999ld")...), `format "\x00go999ld", want "\x00go120ld"`},
		{"block out of bounds", patch(good, uint64(object+20+4*8), 0xff, 0xff, 0xff, 0xff), "corrupt: block"},
	}
	for _, row := range rows {
		path := filepath.Join(t.TempDir(), "x.a")
		write(t, path, row.data)
		_, err := implib.Refs(path)
		checkError(t, row.name, err, "implib: read archive", path, row.want)
	}
	_, err := implib.Refs("/no/such/archive.a")
	checkError(t, "missing", err, "implib: read archive", "/no/such/archive.a", "no such file")
}

// TestDamage opens libraries and archives that have random bytes in random places, as do the fuzz tests: they may be
// read wrongly, but never out of bounds.
func TestDamage(t *testing.T) {
	tc := newToolchain(t)
	library, archive, names := sample(t, tc)
	r := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		readLibrary(t, damage(r, library, elfTables(t, library)), names)
		readArchive(t, damage(r, archive, []elf.SectionHeader{{Size: uint64(len(archive))}}))
	}
}

func FuzzOpen(f *testing.F) {
	library, _, names := sample(f, newToolchain(f))
	f.Add(library)
	f.Add(library[:len(library)/2])
	f.Fuzz(func(t *testing.T, data []byte) { readLibrary(t, data, names) })
}

func FuzzRefs(f *testing.F) {
	_, archive, _ := sample(f, newToolchain(f))
	f.Add(archive)
	f.Add(archive[:len(archive)-100])
	f.Fuzz(func(t *testing.T, data []byte) { readArchive(t, data) })
}

// readLibrary goes all the way from a library's bytes to an import library with the symbols of names.
func readLibrary(t *testing.T, data []byte, names []string) {
	dir := t.TempDir()
	path := filepath.Join(dir, "libcell.so")
	write(t, path, data)
	l, err := implib.Open(path)
	if err != nil {
		return
	}
	defer l.Close()
	l.Write(path, names)
}

func readArchive(t *testing.T, data []byte) {
	path := filepath.Join(t.TempDir(), "cell.a")
	write(t, path, data)
	implib.Refs(path)
}

// sample gives the bytes of a small Go shared library and of an archive, and names of symbols in the library.
func sample(t testing.TB, tc *toolchain) (library, archive []byte, names []string) {
	t.Helper()
	dir := t.TempDir()
	path, err := tc.buildCell(dir, "shared/second.go")
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		names = append(names, s.Name)
	}
	return read(t, path), read(t, filepath.Join(dir, "cell.a")), names
}

// damage writes a few random bytes at random places of random sections, mostly small ones: counts and offsets are small.
func damage(r *rand.Rand, data []byte, sections []elf.SectionHeader) []byte {
	data = slices.Clone(data)
	for range 1 + r.IntN(20) {
		s := sections[r.IntN(len(sections))]
		at := s.Offset + r.Uint64N(s.Size)
		if at < uint64(len(data)) {
			data[at] = byte(r.Uint32() >> r.IntN(8) & r.Uint32())
		}
	}
	if r.IntN(10) == 0 {
		data = data[:r.IntN(len(data))]
	}
	return data
}

// elfTables are the parts of an ELF file that are read: tables first.
func elfTables(t *testing.T, data []byte) []elf.SectionHeader {
	t.Helper()
	f := parseELF(t, data)
	tables := []elf.SectionHeader{
		{Size: 64},
		{Offset: binary.LittleEndian.Uint64(data[40:]), Size: uint64(64 * len(f.Sections))},
		{Offset: gnuHash(t, data).Offset, Size: 16},
	}
	for _, name := range []string{".gnu.hash", ".dynsym", ".dynstr", ".rela.dyn", ".dynamic", ".data.rel.ro", ".shstrtab"} {
		tables = append(tables, f.Section(name).SectionHeader)
	}
	return tables
}

func parseELF(t *testing.T, data []byte) *elf.File {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func gnuHash(t *testing.T, data []byte) elf.SectionHeader {
	t.Helper()
	return parseELF(t, data).SectionByType(elf.SHT_GNU_HASH).SectionHeader
}

// retype makes sections of a type look like program data.
func retype(t *testing.T, data []byte, typ elf.SectionType) []byte {
	t.Helper()
	headers := binary.LittleEndian.Uint64(data[40:])
	for i, s := range parseELF(t, data).Sections {
		if s.Type == typ {
			data = patch(data, headers+uint64(64*i)+4, byte(elf.SHT_PROGBITS), 0, 0, 0)
		}
	}
	return data
}

func patch(data []byte, at uint64, b ...byte) []byte {
	data = slices.Clone(data)
	copy(data[at:], b)
	return data
}

func cLibrary(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "libc.so")
	if out, err := exec.Command("gcc", "-shared", "-x", "c", "-o", path, os.DevNull).CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	return read(t, path)
}

// size is that of an archive's first member, with its padding.
func size(t *testing.T, archive []byte) (n int) {
	t.Helper()
	if _, err := fmt.Sscan(string(archive[8+48:8+58]), &n); err != nil {
		t.Fatal(err)
	}
	return n + n&1
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func checkError(t *testing.T, name string, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: error %v, want %q in it", name, err, part)
		}
	}
}
