package implib

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	ehdrSize = 64
	shdrSize = 64
	symSize  = 24
	relaSize = 24
	dynSize  = 16
)

var le = binary.LittleEndian

// image is what is read of a library: views into its bytes, and the index over its relocations.
type image struct {
	machine elf.Machine
	section []section
	dynsym  []byte
	dynstr  []byte
	soname  string // "" when it has none
	hash    gnuHash
	relocs  relocIndex
}

type section struct {
	name  string
	typ   elf.SectionType
	flags elf.SectionFlag
	addr  uint64
	size  uint64
	link  uint32
	body  []byte // nil for a section without bytes in the file
}

// symbol is an entry of .dynsym, without its name.
type symbol struct {
	kind    elf.SymType
	info    byte
	section elf.SectionIndex
	value   uint64
	size    uint64
}

// parse checks everything that later steps index without looking. It copies nothing but section names.
func parse(data []byte) (*image, error) {
	m := new(image)
	if err := m.readHeader(data); err != nil {
		return nil, err
	}
	dynsym := m.find(elf.SHT_DYNSYM)
	if dynsym == nil || int(dynsym.link) >= len(m.section) {
		return nil, errors.New("no dynamic symbols")
	}
	m.dynsym, m.dynstr = dynsym.body, m.section[dynsym.link].body
	if !m.isGo() {
		return nil, errors.New("not a Go shared library: no .note.go.abihash")
	}
	if err := m.readSoname(); err != nil {
		return nil, err
	}
	hash := m.find(elf.SHT_GNU_HASH)
	if hash == nil {
		return nil, errors.New("no .gnu.hash: link it with --hash-style=gnu or both")
	}
	var err error
	if m.hash, err = newGNUHash(hash.body, len(m.dynsym)/symSize); err != nil {
		return nil, err
	}
	rela := m.find(elf.SHT_RELA) // the linker too reads only the first one
	if rela == nil {
		return nil, errors.New("no relocations")
	}
	m.relocs, err = newRelocIndex(rela.body, m.machine)
	return m, err
}

func (m *image) readHeader(data []byte) error {
	if len(data) < ehdrSize || string(data[:4]) != elf.ELFMAG {
		return errors.New("not an ELF file")
	}
	if elf.Class(data[elf.EI_CLASS]) != elf.ELFCLASS64 || elf.Data(data[elf.EI_DATA]) != elf.ELFDATA2LSB {
		return errors.New("not a 64-bit little-endian ELF file")
	}
	if typ := elf.Type(le.Uint16(data[16:])); typ != elf.ET_DYN {
		return fmt.Errorf("ELF type %v, want a shared library", typ)
	}
	m.machine = elf.Machine(le.Uint16(data[18:]))
	if _, err := relocTypesOf(m.machine); err != nil {
		return err
	}
	shoff, shentsize, shnum := le.Uint64(data[40:]), le.Uint16(data[58:]), le.Uint16(data[60:])
	if shentsize != shdrSize {
		return fmt.Errorf("section headers of %d bytes, want %d", shentsize, shdrSize)
	}
	headers, ok := cut(data, shoff, uint64(shnum)*shdrSize)
	if !ok {
		return errors.New("truncated: section headers lie beyond its end")
	}
	return m.readSections(data, headers, int(le.Uint16(data[62:])))
}

func (m *image) readSections(data, headers []byte, shstrndx int) error {
	m.section = make([]section, len(headers)/shdrSize)
	names := make([]uint32, len(m.section))
	for i := range m.section {
		h := headers[i*shdrSize:]
		s := section{
			typ:   elf.SectionType(le.Uint32(h[4:])),
			flags: elf.SectionFlag(le.Uint64(h[8:])),
			addr:  le.Uint64(h[16:]),
			size:  le.Uint64(h[32:]),
			link:  le.Uint32(h[40:]),
		}
		names[i] = le.Uint32(h)
		if s.typ != elf.SHT_NULL && s.typ != elf.SHT_NOBITS {
			var ok bool
			if s.body, ok = cut(data, le.Uint64(h[24:]), s.size); !ok {
				return fmt.Errorf("truncated: section %d lies beyond its end", i)
			}
		}
		m.section[i] = s
	}
	if shstrndx >= len(m.section) {
		return errors.New("no section names")
	}
	for i := range m.section {
		m.section[i].name = cstring(m.section[shstrndx].body, uint64(names[i]))
	}
	return nil
}

func (m *image) isGo() bool {
	for _, s := range m.section {
		if s.name == ".note.go.abihash" && s.typ == elf.SHT_NOTE {
			return true
		}
	}
	return false
}

func (m *image) readSoname() error {
	dynamic := m.find(elf.SHT_DYNAMIC)
	if dynamic == nil {
		return errors.New("no dynamic section")
	}
	for d := dynamic.body; len(d) >= dynSize; d = d[dynSize:] {
		if elf.DynTag(le.Uint64(d)) == elf.DT_SONAME {
			m.soname = cstring(m.dynstr, le.Uint64(d[8:]))
		}
	}
	return nil
}

// find returns the first section of a type, or nil.
func (m *image) find(typ elf.SectionType) *section {
	for i := range m.section {
		if m.section[i].typ == typ {
			return &m.section[i]
		}
	}
	return nil
}

func (m *image) symbol(i uint32) symbol {
	b := m.dynsym[uint64(i)*symSize:][:symSize]
	return symbol{
		kind:    elf.ST_TYPE(b[4]),
		info:    b[4],
		section: elf.SectionIndex(le.Uint16(b[6:])),
		value:   le.Uint64(b[8:]),
		size:    le.Uint64(b[16:]),
	}
}

// symbolName returns a view of a symbol's name; a corrupt library's may be empty.
func (m *image) symbolName(i uint32) string {
	if uint64(i) >= uint64(len(m.dynsym)/symSize) {
		return ""
	}
	return cstring(m.dynstr, uint64(le.Uint32(m.dynsym[uint64(i)*symSize:])))
}

// lookup finds a symbol that the library defines.
func (m *image) lookup(name string) (symbol, bool) {
	for i := range m.hash.candidates(name) {
		at := uint64(le.Uint32(m.dynsym[uint64(i)*symSize:]))
		b, ok := cut(m.dynstr, at, uint64(len(name))+1)
		if ok && b[len(name)] == 0 && string(b[:len(name)]) == name {
			s := m.symbol(i)
			return s, s.section != elf.SHN_UNDEF
		}
	}
	return symbol{}, false
}

// contents returns n bytes of the loaded library at addr; ok is false where the file has none.
func (m *image) contents(addr, n uint64) (b []byte, ok bool) {
	for _, s := range m.section {
		if s.flags&elf.SHF_ALLOC != 0 && s.body != nil && addr >= s.addr && addr-s.addr < s.size {
			return cut(s.body, addr-s.addr, n)
		}
	}
	return nil, false
}

// cut is data[off:off+n] with its bounds checked.
func cut(data []byte, off, n uint64) ([]byte, bool) {
	if off > uint64(len(data)) || n > uint64(len(data))-off {
		return nil, false
	}
	return data[off : off+n : off+n], true
}

// cstring copies the string at off that a zero byte ends.
func cstring(data []byte, off uint64) string {
	if off >= uint64(len(data)) {
		return ""
	}
	data = data[off:]
	if end := bytes.IndexByte(data, 0); end >= 0 {
		data = data[:end]
	}
	return string(data)
}
