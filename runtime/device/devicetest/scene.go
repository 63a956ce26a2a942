package devicetest

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

// role is what an operation does with an operand.
type role uint8

const (
	in   role = iota
	out       // overwritten
	both      // read and written
	none      // left out
)

// arg is an operand.
type arg struct {
	role  role
	t     device.DType
	shape []int
	draw  draw // the numbers, where the operand is read
	lie   lie
	dense bool // the operation takes it in row-major order only
}

// scene is an operation and what it is run on.
type scene struct {
	name     string
	args     []arg
	op       func(v []device.View) device.Op
	bound    bound
	mayShare [][2]int // pairs of a result and an operand that may be one view
	shared   *[2]int  // the pair that is one
	narrow   bool     // the oracle takes the same types; else it takes F64 for all floats
}

func (s scene) String() string {
	words := []string{s.name}
	for _, a := range s.args {
		if a.role != none {
			words = append(words, fmt.Sprintf("%s%v %s", a.t, device.Shape(a.shape), a.lie))
		}
	}
	if s.shared != nil {
		words = append(words, fmt.Sprintf("operand %d in place of %d", s.shared[0], s.shared[1]))
	}
	return strings.Join(words, ", ")
}

// memory is an operand's buffer as it was before the operation, and where its elements are.
type memory struct {
	arg
	layout device.Layout
	at     []int
	bytes  []byte
}

// run runs the scene on a device and returns what is wrong.
func (s scene) run(dev device.Device) error {
	before := s.lay()
	want, err := s.oracle(before)
	if err != nil {
		return fmt.Errorf("the oracle refuses: %w", err)
	}
	after, err := s.on(dev, before)
	if err != nil {
		return err
	}
	again, err := s.on(dev, before)
	if err != nil {
		return fmt.Errorf("the second time: %w", err)
	}
	for i, m := range before {
		if s.alias(i) != i || m.role == none {
			continue
		}
		if !bytes.Equal(after[i], again[i]) {
			return fmt.Errorf("operand %d: not the same bits the second time", i)
		}
		if err := m.untouched(after[i]); err != nil {
			return fmt.Errorf("operand %d: %w", i, err)
		}
		if m.role != in {
			if err := s.bound.compare(m, after[i], want[i]); err != nil {
				return fmt.Errorf("operand %d: %w", i, err)
			}
		}
	}
	return nil
}

// alias is the operand whose view operand i has.
func (s scene) alias(i int) int {
	if s.shared != nil && s.shared[1] == i {
		return s.shared[0]
	}
	return i
}

// lay makes the operands' memory. All that is not read before it is written is 0xFF: not a number, no index.
func (s scene) lay() []memory {
	hash := fnv.New64()
	hash.Write([]byte(s.String()))
	r := rand.New(rand.NewPCG(hash.Sum64(), 1))
	all := make([]memory, len(s.args))
	for i, a := range s.args {
		if a.role == none {
			all[i].arg = a
			continue
		}
		at, n := a.lie.layout(a.shape)
		m := memory{a, at, places(at), bytes.Repeat([]byte{0xFF}, n*a.t.Size())}
		if a.draw != nil {
			m.fill(r)
		}
		all[i] = m
	}
	if s.shared != nil {
		result, operand := &all[s.shared[0]], all[s.shared[1]]
		result.bytes = operand.bytes
	}
	return all
}

func (m memory) fill(r *rand.Rand) {
	seen := make([]bool, len(m.bytes)/m.t.Size())
	for i, at := range m.at {
		if !seen[at] {
			seen[at] = true
			encode(m.t, m.bytes, at, m.draw(r, i))
		}
	}
}

// on runs the operation on a device and returns the operands' memory afterwards.
func (s scene) on(dev device.Device, before []memory) ([][]byte, error) {
	views := make([]device.View, len(before))
	for i, m := range before {
		if m.role == none || s.alias(i) != i {
			continue
		}
		b, err := dev.Alloc(m.t, len(m.bytes)/m.t.Size())
		if err != nil {
			return nil, err
		}
		if err := dev.Write(b, 0, m.bytes); err != nil {
			return nil, err
		}
		views[i] = device.View{Data: b, Layout: m.layout}
	}
	for i := range before {
		views[i] = views[s.alias(i)]
	}
	if err := errors.Join(dev.Run(s.op(views)), dev.Sync()); err != nil {
		return nil, err
	}
	after := make([][]byte, len(before))
	for i, m := range before {
		if m.role != none {
			after[i] = make([]byte, len(m.bytes))
			if err := dev.Read(after[i], views[i].Data, 0); err != nil {
				return nil, err
			}
		}
	}
	return after, nil
}

// oracle is what the results should be, in row-major order: package plain's on packed copies of the operands.
func (s scene) oracle(before []memory) ([][]float64, error) {
	dev := plain.New()
	views := make([]device.View, len(before))
	for i, m := range before {
		if m.role == none {
			continue
		}
		t := m.t
		if t.IsFloat() && !s.narrow {
			t = device.F64
		}
		b, err := plain.NewBuffer(dev, t, len(m.at))
		if err != nil {
			return nil, err
		}
		for j, at := range m.at {
			encode(t, b.Bytes(), j, decode(m.t, m.bytes, at))
		}
		views[i] = device.Of(b, m.shape...)
	}
	if err := dev.Run(s.op(views)); err != nil {
		return nil, err
	}
	want := make([][]float64, len(before))
	for i, v := range views {
		if v.Given() {
			want[i] = make([]float64, v.Size())
			for j := range want[i] {
				want[i][j] = decode(v.DType(), v.Data.(*plain.Buffer).Bytes(), j)
			}
		}
	}
	return want, nil
}

// untouched returns an error if memory has changed that the operation has no business with.
func (m memory) untouched(after []byte) error {
	size := m.t.Size()
	mine := make([]bool, len(after)/size)
	if m.role != in {
		for _, at := range m.at {
			mine[at] = true
		}
	}
	for i := range mine {
		if !mine[i] && !bytes.Equal(after[i*size:(i+1)*size], m.bytes[i*size:(i+1)*size]) {
			return fmt.Errorf("element %d of its buffer was changed, which the operation does not write to", i)
		}
	}
	return nil
}
