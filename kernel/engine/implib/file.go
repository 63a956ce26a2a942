package implib

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// file is an ELF shared object in the making: its header, the sections' bytes, and their headers at the end.
type file struct {
	machine elf.Machine
	out     bytes.Buffer
	headers []elf.Section64
	names   []byte
}

func newFile(machine elf.Machine) *file {
	f := &file{machine: machine, headers: make([]elf.Section64, 1), names: []byte{0}}
	f.out.Write(make([]byte, ehdrSize))
	return f
}

// here is the address of the section that is added next.
func (f *file) here() uint64 { return fileAddr + uint64(f.out.Len()) }

// add appends a section; h lacks what depends on the place.
func (f *file) add(name string, h elf.Section64, body []byte) {
	if h.Flags&uint64(elf.SHF_ALLOC) != 0 {
		h.Addr = f.here()
	}
	h.Off, h.Size, h.Addralign = uint64(f.out.Len()), uint64(len(body)), 8
	if h.Type == uint32(elf.SHT_NOTE) {
		h.Addralign = 4
	}
	f.out.Write(body)
	f.out.Write(make([]byte, -len(body)&7))
	f.header(name, h)
}

// reserve adds a section that has a size but no bytes.
func (f *file) reserve(name string, addr, size uint64, flags elf.SectionFlag) {
	f.header(name, elf.Section64{Type: uint32(elf.SHT_NOBITS), Flags: uint64(flags), Addr: addr, Size: size, Addralign: 16})
}

func (f *file) header(name string, h elf.Section64) {
	h.Name = uint32(len(f.names))
	f.names = append(append(f.names, name...), 0)
	f.headers = append(f.headers, h)
}

// finish adds the section names and both kinds of headers.
func (f *file) finish() []byte {
	const self = ".shstrtab"
	names := append(append([]byte(nil), f.names...), self+"\x00"...)
	f.add(self, elf.Section64{Type: uint32(elf.SHT_STRTAB)}, names)
	h := elf.Header64{
		Ident:     [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:      uint16(elf.ET_DYN),
		Machine:   uint16(f.machine),
		Version:   uint32(elf.EV_CURRENT),
		Shoff:     uint64(f.out.Len()),
		Ehsize:    ehdrSize,
		Shentsize: shdrSize,
		Shnum:     uint16(len(f.headers)),
		Shstrndx:  uint16(len(f.headers) - 1),
	}
	out := f.out.Bytes()
	for i := range f.headers {
		out, _ = binary.Append(out, le, &f.headers[i])
	}
	binary.Encode(out, le, &h)
	return out
}
