package cpu

import (
	"math/bits"
	"sync"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

// shelf is the memory that an operation needs for a while, for copies of operands that do not lie as a kernel wants them.
type shelf struct {
	d     *Device
	taken [8]*plain.Buffer
	n     int
}

// temporaries are buffers for shelves, by the logarithm of their size in bytes. They belong to no device in particular.
var temporaries [64]sync.Pool

// take returns a contiguous array of any content.
func (s *shelf) take(t device.DType, shape []int) (device.View, error) {
	l := device.Contiguous(shape...)
	class := bits.Len(uint(max(l.Size()*t.Size(), 4096) - 1))
	b, _ := temporaries[class].Get().(*plain.Buffer)
	if b == nil || b.DType() != t || b.Device() != device.Device(s.d) {
		var err error
		if b, err = plain.NewBuffer(s.d, t, 1<<class/t.Size()); err != nil {
			return device.View{}, err
		}
	}
	s.taken[s.n] = b
	s.n++
	return device.View{Data: b, Layout: l}, nil
}

// replace puts a contiguous array of type t in the place of a view, with what it holds if that is read.
func (s *shelf) replace(v *device.View, t device.DType, read bool) error {
	w, err := s.take(t, v.Shape)
	if err != nil {
		return err
	}
	if read {
		if err := s.d.copy(device.Copy{Dst: w, X: *v}); err != nil {
			return err
		}
	}
	*v = w
	return nil
}

// empty gives the memory back.
func (s *shelf) empty() {
	for _, b := range s.taken[:s.n] {
		class := bits.Len(uint(b.Len()*b.DType().Size() - 1))
		temporaries[class].Put(b)
	}
	s.n = 0
}
