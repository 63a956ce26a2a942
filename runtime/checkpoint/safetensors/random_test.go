package safetensors_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

// source makes documents out of bytes, so that a fuzzer can steer what a random generator only hits.
type source []byte

// below takes the next byte modulo n, 0 when there is none left.
func (s *source) below(n int) int {
	if len(*s) == 0 {
		return 0
	}
	b := int((*s)[0])
	*s = (*s)[1:]
	return b % n
}

// tensors makes some that Write accepts.
func (s *source) tensors() []safetensors.Tensor {
	var out []safetensors.Tensor
	for i := range s.below(8) {
		t := safetensors.Tensor{Name: fmt.Sprintf("%s%d", s.name(), i), DType: safetensors.DType(s.below(22))}
		for range s.below(4) {
			t.Shape = append(t.Shape, s.below(4))
		}
		if t.DType.Bits() < 8 {
			t.Shape = append(t.Shape, 4)
		}
		size, err := t.Size()
		if err != nil {
			panic(err) // the generator is wrong
		}
		data := make([]byte, size)
		for j := range data {
			data[j] = byte(s.below(256))
		}
		t.Data = safetensors.Bytes(data)
		out = append(out, t)
	}
	return out
}

// name is text in which anything may stand.
func (s *source) name() string {
	var text []rune
	for range s.below(6) {
		text = append(text, []rune("aZ.\"\\/\n\t\r\b\f\x00\x1f\x7fé世😀\u2028<")[s.below(19)])
	}
	return string(text)
}

func (s *source) metadata() map[string]string {
	if s.below(2) == 0 {
		return nil
	}
	m := map[string]string{}
	for range s.below(3) {
		m[s.name()] = s.name()
	}
	return m
}

func randomSource(r *rand.Rand, n int) source {
	b := make(source, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// spoil changes some bytes of a file's header, mostly into such as stand in headers.
func spoil(r *rand.Rand, data []byte) []byte {
	const likely = `{}[],:"\0123456789-.eu `
	for range 1 + r.IntN(3) {
		i := 8 + r.IntN(len(data)-8)
		data[i] = likely[r.IntN(len(likely))]
	}
	return data
}
