package implib

import (
	"debug/elf"
	"strings"
)

// Where things lie in an import library. Nothing ever loads it, so it has no segments, and only these matter: addresses
// are above the file's size, because the linker looks for a mask's section by address alone and would take a section
// without one (at 0) for it; and variables, which have sizes but no bytes, lie apart from the rest.
const (
	fileAddr = 1 << 32
	tlsAddr  = 2 << 32
	varsAddr = 3 << 32
)

// The sections that symbols and other sections refer to by number.
const (
	secText = iota + 1
	secData
	secTLS
	secVars
	secDynsym
	secDynstr
)

// encoder lays out one import library.
type encoder struct {
	choice   *choice
	textAddr uint64 // of all functions
	dataAddr uint64
	value    []uint64 // of each pick
	vars     uint64   // size of all variables
	data     []byte
	rela     []byte
	dynsym   []byte
	dynstr   []byte
}

// encode makes the import library's bytes. The library that soname names answers for it at run time.
func (c *choice) encode(soname string) []byte {
	if c.image.soname != "" {
		soname = c.image.soname
	}
	const alloc = elf.SHF_ALLOC
	f := newFile(c.image.machine)
	textAddr := f.here()
	f.add(".text", elf.Section64{Type: uint32(elf.SHT_PROGBITS), Flags: uint64(alloc | elf.SHF_EXECINSTR)}, make([]byte, 8))
	e := encoder{choice: c, textAddr: textAddr, dataAddr: f.here(), value: make([]uint64, len(c.picks))}
	e.placeSymbols()
	e.placeMasks()
	e.relocate()
	e.writeSymbols()
	dynamic := e.dynamic(soname)

	f.add(".data", elf.Section64{Type: uint32(elf.SHT_PROGBITS), Flags: uint64(alloc | elf.SHF_WRITE)}, e.data)
	f.reserve(".tbss", tlsAddr, 8, alloc|elf.SHF_WRITE|elf.SHF_TLS)
	f.reserve(".bss", varsAddr, e.vars, alloc|elf.SHF_WRITE)
	f.add(".dynsym", elf.Section64{Type: uint32(elf.SHT_DYNSYM), Flags: uint64(alloc), Link: secDynstr, Info: 1, Entsize: symSize}, e.dynsym)
	f.add(".dynstr", elf.Section64{Type: uint32(elf.SHT_STRTAB), Flags: uint64(alloc)}, e.dynstr)
	f.add(".rela.dyn", elf.Section64{Type: uint32(elf.SHT_RELA), Flags: uint64(alloc), Link: secDynsym, Entsize: relaSize}, e.rela)
	f.add(".dynamic", elf.Section64{Type: uint32(elf.SHT_DYNAMIC), Flags: uint64(alloc | elf.SHF_WRITE), Link: secDynstr, Entsize: dynSize}, dynamic)
	for _, s := range c.image.section {
		if s.typ == elf.SHT_NOTE && strings.HasPrefix(s.name, ".note.go.") {
			f.add(s.name, elf.Section64{Type: uint32(elf.SHT_NOTE), Flags: uint64(s.flags)}, s.body)
		}
	}
	return f.finish()
}

// placeSymbols gives each pick its value and copies the types' contents.
func (e *encoder) placeSymbols() {
	for i, p := range e.choice.picks {
		switch p.section() {
		case secData:
			e.value[i] = e.appendData(p.data)
		case secText:
			e.value[i] = e.textAddr
		case secVars:
			e.value[i] = varsAddr + e.vars
			e.vars += (p.symbol.size + 15) &^ 15
		}
	}
}

func (p *pick) section() uint16 {
	switch {
	case !p.defined:
		return uint16(elf.SHN_UNDEF)
	case p.data != nil:
		return secData
	case p.symbol.kind == elf.STT_FUNC:
		return secText
	case p.symbol.kind == elf.STT_TLS:
		return secTLS
	default:
		return secVars
	}
}

// appendData appends b at the next multiple of 8 and returns its address.
func (e *encoder) appendData(b []byte) uint64 {
	e.data = append(e.data, make([]byte, -len(e.data)&7)...)
	addr := e.dataAddr + uint64(len(e.data))
	e.data = append(e.data, b...)
	return addr
}

// placeMasks copies the types' GC masks and makes each type's GCData the address of its own.
func (e *encoder) placeMasks() {
	for i, p := range e.choice.picks {
		if p.section() != secData || len(p.data) < commonSize {
			continue
		}
		mask := e.choice.image.gcMask(p.data, p.symbol.value)
		at := uint64(0)
		if mask != nil {
			at = e.appendData(mask)
		}
		le.PutUint64(e.data[e.value[i]-e.dataAddr+gcDataAt:], at)
	}
}

func (e *encoder) relocate() {
	absolute := uint64(e.choice.image.relocs.types.absolute)
	for i, p := range e.choice.picks {
		for _, link := range p.links {
			e.rela = le.AppendUint64(e.rela, e.value[i]+link.offset)
			e.rela = le.AppendUint64(e.rela, uint64(link.target+1)<<32|absolute)
			e.rela = le.AppendUint64(e.rela, 0)
		}
	}
}

func (e *encoder) writeSymbols() {
	e.dynsym = make([]byte, symSize, symSize*(1+len(e.choice.picks))) // the first symbol is none
	e.dynstr = []byte{0}
	for i, p := range e.choice.picks {
		// A symbol of another library has no type. The linker passes over those: it must not take this library for
		// the one to ask about the symbol.
		info := elf.ST_INFO(elf.STB_GLOBAL, elf.STT_NOTYPE)
		if p.defined {
			info = p.symbol.info
		}
		e.dynsym = le.AppendUint32(e.dynsym, e.appendString(p.name))
		e.dynsym = append(e.dynsym, info, byte(elf.STV_DEFAULT))
		e.dynsym = le.AppendUint16(e.dynsym, p.section())
		e.dynsym = le.AppendUint64(e.dynsym, e.value[i])
		e.dynsym = le.AppendUint64(e.dynsym, p.symbol.size)
	}
}

func (e *encoder) appendString(s string) uint32 {
	at := uint32(len(e.dynstr))
	e.dynstr = append(append(e.dynstr, s...), 0)
	return at
}

func (e *encoder) dynamic(soname string) []byte {
	var b []byte
	for _, entry := range [][2]uint64{
		{uint64(elf.DT_SONAME), uint64(e.appendString(soname))},
		{uint64(elf.DT_NULL), 0},
	} {
		b = le.AppendUint64(le.AppendUint64(b, entry[0]), entry[1])
	}
	return b
}
