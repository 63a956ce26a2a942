package implib

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"iter"
	"strings"
)

// gnuHash is the library's own hash table of the symbols it defines (section .gnu.hash): it costs nothing to open,
// where a map of a hundred thousand names would cost more than everything else.
type gnuHash struct {
	first   uint32 // the first symbol in the table
	shift   uint32
	bloom   []byte // uint64 each
	buckets []byte // uint32 each: the first symbol with this hash, 0 for none
	chain   []byte // uint32 each, one per symbol from first: its hash; the lowest bit ends the bucket
}

func newGNUHash(b []byte, symbols int) (gnuHash, error) {
	corrupt := errors.New("corrupt .gnu.hash")
	if len(b) < 16 {
		return gnuHash{}, corrupt
	}
	buckets, words := uint64(le.Uint32(b)), uint64(le.Uint32(b[8:]))
	h := gnuHash{first: le.Uint32(b[4:]), shift: le.Uint32(b[12:])}
	if buckets == 0 || words == 0 || uint64(h.first) > uint64(symbols) {
		return gnuHash{}, corrupt
	}
	var ok [3]bool
	h.bloom, ok[0] = cut(b, 16, words*8)
	h.buckets, ok[1] = cut(b, 16+words*8, buckets*4)
	h.chain, ok[2] = cut(b, 16+words*8+buckets*4, uint64(symbols-int(h.first))*4)
	if ok != [3]bool{true, true, true} {
		return gnuHash{}, corrupt
	}
	return h, nil
}

// candidates yields the symbols whose hash is that of name.
func (h *gnuHash) candidates(name string) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		sum := uint32(5381)
		for i := range len(name) {
			sum = sum*33 + uint32(name[i])
		}
		word := le.Uint64(h.bloom[uint64(sum/64)%uint64(len(h.bloom)/8)*8:])
		if word>>(sum%64)&(word>>(sum>>(h.shift%32)%64))&1 == 0 {
			return
		}
		i := le.Uint32(h.buckets[uint64(sum)%uint64(len(h.buckets)/4)*4:])
		for ; i >= h.first && uint64(i-h.first) < uint64(len(h.chain)/4); i++ {
			link := le.Uint32(h.chain[uint64(i-h.first)*4:])
			if link|1 == sum|1 && !yield(i) || link&1 != 0 {
				return
			}
		}
	}
}

// mangle gives the name under which the linker puts a symbol into a shared library: long type names, and type
// arguments that hold an "@", are replaced by a hash (typeSymbolMangle in cmd/link/internal/ld).
func mangle(name string) string {
	isType := strings.HasPrefix(name, "type:")
	switch hasAt := strings.Contains(name, "@"); {
	case !isType && !hasAt,
		strings.HasPrefix(name, "type:runtime."),
		strings.HasPrefix(name, "go:string."),
		len(name) <= 14 && !hasAt:
		return name
	}
	if isType {
		rest := name[len("type:"):]
		if strings.HasPrefix(rest, ".") {
			return "type:." + shortHash(rest)
		}
		return "type:" + shortHash(rest)
	}
	i, j := strings.IndexByte(name, '['), strings.LastIndexByte(name, ']')
	if j <= i {
		j = len(name)
	}
	return name[:i+1] + shortHash(name[i+1:j]) + name[j:]
}

// shortHash is the start of cmd/internal/hash.Sum32: SHA-256 with one byte inverted.
func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	sum[0] ^= 0xff
	return base64.StdEncoding.EncodeToString(sum[:6])
}
