package implib

import (
	"debug/elf"
	"errors"
	"fmt"
	"iter"
)

// relocTypes are the two relocation types of an architecture that occur in type data.
type relocTypes struct {
	relative uint32 // load address + addend: a pointer within the library
	absolute uint32 // symbol + addend: a pointer to a symbol
}

func relocTypesOf(machine elf.Machine) (relocTypes, error) {
	switch machine {
	case elf.EM_X86_64:
		return relocTypes{uint32(elf.R_X86_64_RELATIVE), uint32(elf.R_X86_64_64)}, nil
	case elf.EM_AARCH64:
		return relocTypes{uint32(elf.R_AARCH64_RELATIVE), uint32(elf.R_AARCH64_ABS64)}, nil
	}
	return relocTypes{}, fmt.Errorf("machine %v, want %v or %v", machine, elf.EM_X86_64, elf.EM_AARCH64)
}

type reloc struct {
	offset uint64
	typ    uint32
	symbol uint32
	addend uint64
}

// relocIndex finds the relocations of an address range. The system linker sorts some of them by address and others by
// symbol, so they are dealt into buckets of address ranges, in time linear in their number.
type relocIndex struct {
	types  relocTypes
	rela   []byte
	base   uint64
	bucket []uint32 // bucket i holds order[bucket[i]:bucket[i+1]]
	order  []uint32 // positions in rela
}

const (
	bucketBits = 9       // about the size of a type, and a few relocations
	maxSpan    = 1 << 32 // code and data refer to each other with 32 bits, so no library is larger
)

func newRelocIndex(rela []byte, machine elf.Machine) (relocIndex, error) {
	x := relocIndex{rela: rela[:len(rela)/relaSize*relaSize]}
	var err error
	if x.types, err = relocTypesOf(machine); err != nil {
		return x, err
	}
	low, high, n := ^uint64(0), uint64(0), uint32(0)
	for b := x.rela; len(b) > 0; b = b[relaSize:] {
		if x.wanted(b) {
			offset := le.Uint64(b)
			low, high = min(low, offset), max(high, offset)
			n++
		}
	}
	if n == 0 {
		low = high
	}
	if high-low >= maxSpan {
		return x, errors.New("corrupt: relocations more than 4 GB apart")
	}
	x.base = low
	x.bucket = make([]uint32, (high-low)>>bucketBits+2)
	x.order = make([]uint32, n)
	x.fill()
	return x, nil
}

func (x *relocIndex) wanted(rela []byte) bool {
	typ := le.Uint32(rela[8:])
	return typ == x.types.absolute || typ == x.types.relative
}

// fill is a counting sort: bucket[i+1] counts, then marks the end of what is filled so far, then the end.
func (x *relocIndex) fill() {
	counts := x.bucket[1:]
	for b := x.rela; len(b) > 0; b = b[relaSize:] {
		if x.wanted(b) {
			counts[(le.Uint64(b)-x.base)>>bucketBits]++
		}
	}
	start := uint32(0)
	for i, n := range counts {
		counts[i] = start
		start += n
	}
	for i := 0; i < len(x.rela); i += relaSize {
		if b := x.rela[i:]; x.wanted(b) {
			next := &counts[(le.Uint64(b)-x.base)>>bucketBits]
			x.order[*next] = uint32(i / relaSize)
			*next++
		}
	}
}

// within yields the relocations at addresses from addr to addr+n, in no particular order.
func (x *relocIndex) within(addr, n uint64) iter.Seq[reloc] {
	return func(yield func(reloc) bool) {
		end := addr + n
		if end < addr || end <= x.base || n == 0 {
			return
		}
		first := (max(addr, x.base) - x.base) >> bucketBits
		last := min((end-1-x.base)>>bucketBits, uint64(len(x.bucket)-2))
		for i := first; i <= last; i++ {
			for _, at := range x.order[x.bucket[i]:x.bucket[i+1]] {
				r := x.reloc(at)
				if r.offset >= addr && r.offset < end && !yield(r) {
					return
				}
			}
		}
	}
}

func (x *relocIndex) reloc(i uint32) reloc {
	b := x.rela[uint64(i)*relaSize:][:relaSize]
	return reloc{
		offset: le.Uint64(b),
		typ:    le.Uint32(b[8:]),
		symbol: le.Uint32(b[12:]),
		addend: le.Uint64(b[16:]),
	}
}
