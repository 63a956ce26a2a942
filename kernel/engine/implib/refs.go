package implib

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
)

// Refs lists, sorted, the names of the symbols that the Go objects in a compiled package archive refer to and none of
// them defines. It reads the object files themselves, as `go tool nm` does, without its process.
//
// The archive must have been compiled with -linkshared: only then does the compiler refer to every symbol by name
// (without it the runtime's own helpers are numbers that differ from one Go version to the next).
func Refs(archive string) ([]string, error) {
	defined, referred, err := readArchive(archive)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(referred, func(name string, _ bool) bool { return defined[name] })
	return slices.Sorted(maps.Keys(referred)), nil
}

// Defs lists, sorted, the names of the symbols that the Go objects in an archive define for others.
func Defs(archive string) ([]string, error) {
	defined, _, err := readArchive(archive)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(defined)), nil
}

func readArchive(archive string) (defined, referred map[string]bool, err error) {
	data, err := os.ReadFile(archive)
	if err != nil {
		return nil, nil, fmt.Errorf("implib: read archive: %w", err)
	}
	if defined, referred, err = symbols(data); err != nil {
		return nil, nil, fmt.Errorf("implib: read archive %s: %w", archive, err)
	}
	return defined, referred, nil
}

// The archive format, and in it the object format of cmd/internal/goobj: fixed-size records in numbered blocks.
const (
	archiveMagic = "!<arch>\n"
	memberHeader = 60
	objectPrefix = "go object "
	objectMagic  = "\x00go120ld"

	stringRef  = 8         // length, offset: two uint32
	symRecord  = 8 + 13    // name; ABI, type, flags, size, alignment
	nameRecord = 8 + 8     // symbol reference; name
	blocksAt   = 8 + 8 + 4 // magic, fingerprint, flags
	nBlocks    = 18 + 1    // the last one is only an end
	blkSymDefs = 3         // the first of four blocks of defined symbols
	blkRefs    = blkSymDefs + 4
	blkNames   = 17
)

// symbols returns the names that the Go objects of an archive define and refer to.
func symbols(archive []byte) (defined, referred map[string]bool, err error) {
	if !bytes.HasPrefix(archive, []byte(archiveMagic)) {
		return nil, nil, errors.New("not an archive: it does not start with !<arch>")
	}
	defined, referred = map[string]bool{}, map[string]bool{}
	objects := 0
	for rest := archive[len(archiveMagic):]; len(rest) > 0; {
		name, body, next, err := member(rest)
		if err != nil {
			return nil, nil, err
		}
		rest = next
		if name == "__.PKGDEF" || !bytes.HasPrefix(body, []byte(objectPrefix)) {
			continue // export data, or an object of the C compiler
		}
		if err := readObject(body, defined, referred); err != nil {
			return nil, nil, fmt.Errorf("object %s: %w", name, err)
		}
		objects++
	}
	if objects == 0 {
		return nil, nil, errors.New("no Go object in it")
	}
	return defined, referred, nil
}

// member splits the first member off an archive's bytes. Members start at even offsets.
func member(data []byte) (name string, body, next []byte, err error) {
	if len(data) < memberHeader {
		return "", nil, nil, errors.New("truncated in a member's header")
	}
	header := data[:memberHeader]
	if string(header[58:]) != "`\n" {
		return "", nil, nil, errors.New("corrupt: a member's header does not end in `\\n")
	}
	name = string(bytes.TrimRight(header[:16], " "))
	size, err := strconv.ParseUint(string(bytes.TrimRight(header[48:58], " ")), 10, 63)
	if err != nil {
		return "", nil, nil, fmt.Errorf("corrupt: size of member %s: %w", name, err)
	}
	data = data[memberHeader:]
	if size > uint64(len(data)) {
		return "", nil, nil, fmt.Errorf("truncated: member %s has %d of %d bytes", name, len(data), size)
	}
	end := min(size+size&1, uint64(len(data)))
	return name, data[:size], data[end:], nil
}

// readObject adds the symbols that one Go object defines and refers to. Names that both blocks lack are file-local.
func readObject(data []byte, defined, referred map[string]bool) error {
	_, data, ok := bytes.Cut(data, []byte("\n!\n")) // the end of the text header
	if !ok || len(data) < blocksAt+4*nBlocks {
		return errors.New("truncated in the header")
	}
	if magic := data[:8]; string(magic) != objectMagic {
		return fmt.Errorf("object format %q, want %q", magic, objectMagic)
	}
	o := object{data: data}
	for i := range o.blocks {
		o.blocks[i] = binary.LittleEndian.Uint32(data[blocksAt+4*i:])
	}
	for block := blkSymDefs; block < blkRefs; block++ {
		if err := o.names(block, symRecord, 0, defined); err != nil {
			return err
		}
	}
	if err := o.names(blkRefs, symRecord, 0, referred); err != nil {
		return err
	}
	return o.names(blkNames, nameRecord, stringRef, referred)
}

type object struct {
	data   []byte
	blocks [nBlocks]uint32 // where each block starts
}

// names adds to set the names at offset at of all records of a block.
func (o *object) names(block, record, at int, set map[string]bool) error {
	start, end := o.blocks[block], o.blocks[block+1]
	if start > end || uint64(end) > uint64(len(o.data)) {
		return fmt.Errorf("corrupt: block %d is %d to %d in %d bytes", block, start, end, len(o.data))
	}
	for b := o.data[start:end]; len(b) >= record; b = b[record:] {
		length := uint64(binary.LittleEndian.Uint32(b[at:]))
		offset := uint64(binary.LittleEndian.Uint32(b[at+4:]))
		if offset+length > uint64(len(o.data)) {
			return fmt.Errorf("corrupt: name at %d with %d bytes in %d bytes", offset, length, len(o.data))
		}
		if length > 0 {
			set[string(o.data[offset:offset+length])] = true
		}
	}
	return nil
}
