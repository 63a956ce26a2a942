package engine

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"unicode"
)

// plainTypeNames rewrites the names that reflection shows in a built cell, in place: a type that was declared anew is
// nameʹ2 to the linker, and name to people (%T, %+v, JSON field names of embedded types).
//
// The compiler stores a name as a flag byte, its length as a varint, the bytes, and, by the flags, a struct tag and
// four bytes of package path (internal/abi.Name). Identity does not rest on it: the linker and the runtime compare
// symbols and hashes, which keep the mark.
func plainTypeNames(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	changed := false
	for _, part := range dataParts(data) {
		changed = plainTypeNamesIn(part) || changed
	}
	if !changed {
		return nil
	}
	return os.WriteFile(path, data, 0o777)
}

// dataParts are the parts of a library that hold a program's data, and no symbols: their names are what the loader looks for.
func dataParts(library []byte) [][]byte {
	f, err := elf.NewFile(bytes.NewReader(library))
	if err != nil {
		return [][]byte{library}
	}
	var parts [][]byte
	for _, s := range f.Sections {
		if s.Type == elf.SHT_PROGBITS && s.Flags&elf.SHF_ALLOC != 0 && s.Flags&elf.SHF_EXECINSTR == 0 && s.Offset+s.FileSize <= uint64(len(library)) {
			parts = append(parts, library[s.Offset:s.Offset+s.FileSize])
		}
	}
	return parts
}

func plainTypeNamesIn(data []byte) (changed bool) {
	mark := []byte("ʹ")
	for at := 0; at < len(data); at += len(mark) {
		i := bytes.Index(data[at:], mark)
		if i < 0 {
			break
		}
		at += i
		if start, ok := nameStart(data, at); ok {
			changed = unmark(data[start:]) || changed
		}
	}
	return changed
}

const (
	nameHasTag     = 1 << 1
	nameHasPkgPath = 1 << 2
	nameFlags      = 1<<4 - 1
)

// nameStart finds the encoded name that the byte at position at belongs to. Names are printable, and of what stands before
// one at least a byte is not: the flags, unless that is a length below ' ', or the second byte of a long one.
func nameStart(data []byte, at int) (int, bool) {
	c := at - 1
	for c >= 0 && isPrint(data[c]) {
		c--
	}
	for start := max(c-2, 0); start <= c; start++ {
		if data[start] > nameFlags {
			continue
		}
		n, w := binary.Uvarint(data[start+1:])
		body := start + 1 + w
		if w <= 0 || w > 2 || n > 1<<14 || body <= c || body > at {
			continue
		}
		if end := body + int(n); end > at && end <= len(data) && !bytes.ContainsFunc(data[at:end], unicode.IsControl) {
			return start, true
		}
	}
	return 0, false
}

func isPrint(c byte) bool { return c >= ' ' && c != 0x7f }

// unmark takes the marks out of the encoded name at the beginning of b; what follows the name moves up.
func unmark(b []byte) bool {
	n, w := binary.Uvarint(b[1:])
	body := b[1+w : 1+w+int(n)]
	end := 1 + w + int(n)
	if b[0]&nameHasTag != 0 {
		tag, tw := binary.Uvarint(b[end:])
		end += tw + int(tag)
	}
	if b[0]&nameHasPkgPath != 0 {
		end += 4
	}
	if end > len(b) {
		return false
	}
	plain := unmarked(body)
	if len(plain) == len(body) {
		return false
	}
	out := append([]byte{b[0]}, binary.AppendUvarint(nil, uint64(len(plain)))...)
	out = append(append(out, plain...), b[1+w+int(n):end]...)
	clear(b[copy(b, out):end])
	return true
}

// unmarked removes each ʹ with the digits after it.
func unmarked(b []byte) []byte {
	var out []byte
	for {
		before, after, found := bytes.Cut(b, []byte("ʹ"))
		out = append(out, before...)
		if !found {
			return out
		}
		b = bytes.TrimLeft(after, "0123456789")
	}
}
