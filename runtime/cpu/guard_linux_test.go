package cpu

import (
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"unsafe"
)

// fenced returns n elements that end where memory ends (atEnd) or begin where it begins: touching what is beyond kills the test.
func fenced[T any](t *testing.T, n int, atEnd bool) []T {
	t.Helper()
	var zero T
	page, bytes := os.Getpagesize(), n*int(unsafe.Sizeof(zero))
	size := (bytes + page - 1) / page * page
	mem, err := syscall.Mmap(-1, 0, size+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(mem) })
	for _, fence := range [][]byte{mem[:page], mem[page+size:]} {
		if err := syscall.Mprotect(fence, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	from := page
	if atEnd {
		from += size - bytes
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&mem[from])), n)
}

func fencedMatrix[T float32 | float64](t *testing.T, r *rand.Rand, g *guarded[T]) {
	all := g.slice()
	moved := fenced[T](t, len(all), r.IntN(2) == 0)
	copy(moved, all)
	g.all, g.from = moved, 0
}

// No kernel touches memory outside of its operands.
func TestGemmStaysInside(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		for seed := range uint64(150) {
			r := rand.New(rand.NewPCG(seed, 6))
			p := randomProduct(r)
			a, b, c := operands[float32](r, &p)
			fencedMatrix(t, r, &a)
			fencedMatrix(t, r, &b)
			fencedMatrix(t, r, &c)
			gemmF32(p, 1, a.slice(), b.slice(), float32(seed%2), c.slice(), nil)
		}
		for seed := range uint64(100) {
			r := rand.New(rand.NewPCG(seed, 7))
			p := randomProduct(r)
			a, b, c := operands[float64](r, &p)
			fencedMatrix(t, r, &a)
			fencedMatrix(t, r, &b)
			fencedMatrix(t, r, &c)
			gemmF64(p, 1, a.slice(), b.slice(), float64(seed%2), c.slice())
		}
	})
}

func TestInt8StaysInside(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		for seed := range uint64(100) {
			r := rand.New(rand.NewPCG(seed, 13))
			m, n, group, end := randomSize(r), randomSize(r), 1+r.IntN(40), r.IntN(2) == 0
			k := group * r.IntN(6)
			w, _ := quantized(r, n, k, group)
			data, scales := fenced[int8](t, len(w.data), end), fenced[float32](t, len(w.scales), end)
			copy(data, w.data)
			copy(scales, w.scales)
			w.data, w.scales = data, scales
			a, c := newGuarded[float32](r, m, k, 1, true), newGuarded[float32](r, m, n, 1, true)
			fencedMatrix(t, r, &a)
			fencedMatrix(t, r, &c)
			gemmInt8(w, m, a.slice(), a.ld, 0, c.slice(), c.ld, nil)
		}
	})
}

func TestGemmBF16StaysInside(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		for seed := range uint64(200) {
			r := rand.New(rand.NewPCG(seed, 15))
			p := randomProduct(r)
			p.transB = p.transB || seed%2 == 0
			a, b, c := operands[float32](r, &p)
			fencedMatrix(t, r, &c)
			halfA, halfB := fenced[uint16](t, len(a.slice()), seed%3 == 0), fenced[uint16](t, len(b.slice()), seed%5 != 0)
			copy(halfA, halved(a))
			copy(halfB, halved(b))
			if r.IntN(2) == 0 {
				gemmBF16(p, 1, halfA, halfB, 0, c.slice(), nil)
			} else {
				fencedMatrix(t, r, &a)
				gemmBF16(p, 1, a.slice(), halfB, 0, c.slice(), nil)
			}
		}
	})
}
