// Package plain is a device in plain Go: for each operation the shortest loop that says what it means, in float64, over every layout
// and type. It is slow on purpose. It is the oracle for other devices, and what those on the host fall back to.
package plain

import (
	"fmt"
	"unsafe"

	"github.com/resident-go/resident/runtime/device"
)

// Device is the device. Its methods may be called by several goroutines.
type Device struct{}

// New returns the device.
func New() *Device { return &Device{} }

// Info implements [device.Device].
func (*Device) Info() device.Info {
	return device.Info{Name: "plain", Model: "plain Go loops", Threads: 1}
}

// Alloc implements [device.Device].
func (d *Device) Alloc(t device.DType, n int) (device.Buffer, error) { return NewBuffer(d, t, n) }

// Share makes a buffer of memory that a program has already.
func (d *Device) Share(numbers any) (device.Buffer, error) { return Share(d, numbers) }

// Write implements [device.Device].
func (*Device) Write(dst device.Buffer, at int, src []byte) error { return Write(dst, at, src) }

// Read implements [device.Device].
func (*Device) Read(dst []byte, src device.Buffer, at int) error { return Read(dst, src, at) }

// Sync implements [device.Device].
func (*Device) Sync() error { return nil }

// Run implements [device.Device].
func (*Device) Run(ops ...device.Op) error {
	for _, op := range ops {
		if err := op.Check(); err != nil {
			return err
		}
		if err := Do(op); err != nil {
			return err
		}
	}
	return nil
}

// Do carries out an operation that was checked, on [Buffer]s of any device.
func Do(op device.Op) error {
	switch o := op.(type) {
	case device.Unary:
		unary(o)
	case device.Binary:
		binary(o)
	case device.Where:
		where(o)
	case device.Copy:
		convert(o)
	case device.Fill:
		fill(o)
	case device.Reduce:
		reduce(o)
	case device.MatMul:
		matmul(o)
	case device.Quantize:
		quantize(o)
	case device.Gather:
		return gather(o)
	case device.ScatterAdd:
		return scatterAdd(o)
	case device.Pick:
		return pick(o)
	case device.PickGrad:
		return pickGrad(o)
	case device.Softmax:
		softmax(o)
	case device.SoftmaxGrad:
		softmaxGrad(o)
	case device.Norm:
		norm(o)
	case device.NormGrad:
		normGrad(o)
	case device.CrossEntropy:
		return crossEntropy(o)
	case device.Attention:
		attention(o)
	case device.AttentionGrad:
		attentionGrad(o)
	case device.Rotary:
		rotary(o)
	case device.Embed:
		return embed(o)
	case device.CachedAttention:
		return CachedAttention(o, Do)
	case device.Sample:
		return sample(o)
	case device.Random:
		random(o)
	case device.Dropout:
		dropout(o)
	case device.AdamW:
		adamW(o)
	case device.SGD:
		sgd(o)
	default:
		return fmt.Errorf("operation %T: %w", op, device.ErrUnsupported)
	}
	return nil
}

// Buffer is memory of the host.
type Buffer struct {
	owner device.Device
	dtype device.DType
	len   int
	mem   unsafe.Pointer // of the first element
}

// line is the size of a cache line, and of the widest vectors, in bytes.
const line = 64

// NewBuffer allocates n zeros for a device, aligned to 64 bytes.
func NewBuffer(owner device.Device, t device.DType, n int) (*Buffer, error) {
	const most = 1 << 46
	if n < 0 || n > most/t.Size() {
		return nil, fmt.Errorf("allocate %d elements of %s: no such size", n, t)
	}
	words := make([]uint64, (n*t.Size()+7)/8+line/8) // aligned for all types
	skip := 0
	if over := uintptr(unsafe.Pointer(&words[0])) % line; over != 0 {
		skip = int(line-over) / 8
	}
	return &Buffer{owner, t, n, unsafe.Pointer(&words[skip])}, nil
}

// Share is a buffer of memory that a program has already: it writes to the numbers themselves.
func Share(owner device.Device, numbers any) (*Buffer, error) {
	switch s := numbers.(type) {
	case []float32:
		return &Buffer{owner, device.F32, len(s), unsafe.Pointer(unsafe.SliceData(s))}, nil
	case []float64:
		return &Buffer{owner, device.F64, len(s), unsafe.Pointer(unsafe.SliceData(s))}, nil
	case []int32:
		return &Buffer{owner, device.I32, len(s), unsafe.Pointer(unsafe.SliceData(s))}, nil
	case []int8:
		return &Buffer{owner, device.I8, len(s), unsafe.Pointer(unsafe.SliceData(s))}, nil
	}
	return nil, fmt.Errorf("share memory: %T is no slice of float32, float64, int32 or int8", numbers)
}

// Device implements [device.Buffer].
func (b *Buffer) Device() device.Device { return b.owner }

// DType implements [device.Buffer].
func (b *Buffer) DType() device.DType { return b.dtype }

// Len implements [device.Buffer].
func (b *Buffer) Len() int { return b.len }

// Bytes is the memory itself.
func (b *Buffer) Bytes() []byte {
	return unsafe.Slice((*byte)(b.mem), b.len*b.dtype.Size())
}

// Slice is the memory of a buffer as numbers of the type that it holds; BF16 are uint16.
func Slice[T float32 | float64 | uint16 | int32 | int8](b *Buffer) []T {
	var zero T
	if int(unsafe.Sizeof(zero)) != b.dtype.Size() {
		panic(fmt.Sprintf("plain: a buffer of %s read as %T", b.dtype, zero))
	}
	return unsafe.Slice((*T)(b.mem), b.len)
}

// Write implements the method of [device.Device] for [Buffer]s.
func Write(dst device.Buffer, at int, src []byte) error {
	mem, err := part(dst, at, len(src))
	if err != nil {
		return fmt.Errorf("write %d bytes at element %d: %w", len(src), at, err)
	}
	copy(mem, src)
	return nil
}

// Read implements the method of [device.Device] for [Buffer]s.
func Read(dst []byte, src device.Buffer, at int) error {
	mem, err := part(src, at, len(dst))
	if err != nil {
		return fmt.Errorf("read %d bytes at element %d: %w", len(dst), at, err)
	}
	copy(dst, mem)
	return nil
}

func part(b device.Buffer, at, n int) ([]byte, error) {
	host, ok := b.(*Buffer)
	if !ok {
		return nil, fmt.Errorf("the buffer is on %s", b.Device().Info().Name)
	}
	mem := host.Bytes()
	from := at * b.DType().Size()
	if at < 0 || from > len(mem) || n > len(mem)-from {
		return nil, fmt.Errorf("the buffer has %d elements of %s", b.Len(), b.DType())
	}
	return mem[from : from+n], nil
}
