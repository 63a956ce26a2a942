package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

// Digest identifies a tensor, or as a root all tensors of a model.
type Digest [sha256.Size]byte

// String is the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Short is enough of the digest for people to tell two apart.
func (d Digest) Short() string { return d.String()[:12] }

// MarshalText makes the digest a text in JSON.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is the reverse of MarshalText.
func (d *Digest) UnmarshalText(text []byte) error {
	b, err := hex.AppendDecode(nil, bytes.ToLower(text))
	if err != nil || len(b) != len(d) {
		return fmt.Errorf("digest %.80q: expected %d hexadecimal digits", text, 2*len(d))
	}
	*d = Digest(b)
	return nil
}

// preimage feeds a hash with the bytes that the package's documentation lays down.
type preimage struct{ hash.Hash }

func newPreimage(kind string) preimage {
	p := preimage{sha256.New()}
	p.text(kind)
	return p
}

func (p preimage) number(n int) { p.Write(binary.LittleEndian.AppendUint64(nil, uint64(n))) }

func (p preimage) text(s string) {
	p.number(len(s))
	p.Write([]byte(s))
}

func (p preimage) digest() Digest { return Digest(p.Sum(nil)) }

// DigestOf reads a tensor's data and digests it.
func DigestOf(t safetensors.Tensor) (Digest, error) {
	p := newPreimage("resident tensor 1")
	p.text(t.Name)
	p.text(t.DType.String())
	p.number(len(t.Shape))
	for _, n := range t.Shape {
		p.number(n)
	}
	if err := t.WriteData(p); err != nil {
		return Digest{}, fmt.Errorf("digest: %w", err)
	}
	return p.digest(), nil
}

// rootOf digests the digests of tensors, which it sorts.
func rootOf(tensors []TensorDigest) Digest {
	sorted := slices.SortedFunc(slices.Values(tensors), byName)
	p := newPreimage("resident root 1")
	p.number(len(sorted))
	for _, t := range sorted {
		p.Write(t.Digest[:])
	}
	return p.digest()
}

func byName(a, b TensorDigest) int { return strings.Compare(a.Name, b.Name) }
