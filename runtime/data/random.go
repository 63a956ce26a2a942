package data

import (
	"encoding/binary"
	"math/rand/v2"
)

// random is a source of random numbers for one purpose. ChaCha8's key of 32 bytes is the seed, the number (both little-endian) and
// the first 16 bytes of the purpose. Numbers for different purposes, seeds or steps have nothing to do with each other, and
// math/rand/v2 keeps the sequence for a key the same on all machines and in all versions.
func random(purpose string, seed, n uint64) *rand.Rand {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	binary.LittleEndian.PutUint64(key[8:], n)
	copy(key[16:], purpose)
	return rand.New(rand.NewChaCha8(key))
}
