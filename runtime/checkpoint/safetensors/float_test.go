package safetensors_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

// small describes a 16-bit type; each is tested over all its numbers.
type small struct {
	name     string
	value    func(uint16) float32
	round    func(float32) uint16
	infinity uint16
	fraction int     // bits
	bias     int     // of the exponent
	beyond   float64 // what would follow the largest number
}

var smalls = []small{
	{"half", safetensors.Float16frombits, safetensors.Float16bits, 0x7c00, 10, 15, 0x1p16},
	{"bfloat16", safetensors.BFloat16frombits, safetensors.BFloat16bits, 0x7f80, 7, 127, 0x1p128},
}

// exact is the value by the definition of IEEE 754, in float64.
func (s small) exact(h uint16) float64 {
	exponent, fraction := int(h&0x7fff)>>s.fraction, float64(h&(1<<s.fraction-1))
	if exponent == 0 {
		return math.Ldexp(fraction, 1-s.bias-s.fraction)
	}
	return math.Ldexp(fraction+float64(int(1)<<s.fraction), exponent-s.bias-s.fraction)
}

// Every number has the value of the definition, and becomes itself again.
func TestSmallFloatsExact(t *testing.T) {
	for _, s := range smalls {
		for h := range s.infinity {
			if got := s.value(h); float64(got) != s.exact(h) || s.round(got) != h {
				t.Fatalf("%s %04x is %v and becomes %04x, expected %v", s.name, h, got, s.round(got), s.exact(h))
			}
			if got := s.value(h | 0x8000); float64(got) != -s.exact(h) || !math.Signbit(float64(got)) || s.round(got) != h|0x8000 {
				t.Fatalf("%s %04x is %v, expected %v", s.name, h|0x8000, got, -s.exact(h))
			}
		}
	}
}

// Between each two neighbours: the middle goes to the even one, what is beside it to the nearer one.
func TestSmallFloatsRound(t *testing.T) {
	for _, s := range smalls {
		for h := range s.infinity {
			above := s.beyond
			if h+1 < s.infinity {
				above = s.exact(h + 1)
			}
			middle := float32((s.exact(h) + above) / 2) // exact: one bit more than the type has
			for _, row := range []struct {
				f    float32
				want uint16
			}{
				{math.Nextafter32(middle, 0), h},
				{middle, h + h&1},
				{math.Nextafter32(middle, float32(math.Inf(1))), h + 1},
			} {
				if got := s.round(row.f); got != row.want {
					t.Fatalf("%v as %s is %04x, expected %04x", row.f, s.name, got, row.want)
				}
				if got := s.round(-row.f); got != row.want|0x8000 {
					t.Fatalf("%v as %s is %04x, expected %04x", -row.f, s.name, got, row.want|0x8000)
				}
			}
		}
	}
}

func TestSmallFloatsSpecial(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, s := range smalls {
		for _, row := range []struct {
			f    float32
			want uint16
		}{{inf, s.infinity}, {-inf, s.infinity | 0x8000}, {math.MaxFloat32, s.infinity}} {
			if got := s.round(row.f); got != row.want {
				t.Errorf("%v as %s is %04x, expected %04x", row.f, s.name, got, row.want)
			}
		}
		if s.value(s.infinity) != inf || s.value(s.infinity|0x8000) != -inf {
			t.Errorf("%s: infinity is %v", s.name, s.value(s.infinity))
		}
		for h := s.infinity + 1; h < 0x8000; h++ {
			f := s.value(h)
			quiet := h | 1<<(s.fraction-1)
			if f == f || s.round(f) != quiet || s.round(s.value(h|0x8000)) != quiet|0x8000 {
				t.Fatalf("%s %04x, not a number, becomes %v and %04x, expected %04x", s.name, h, f, s.round(f), quiet)
			}
		}
		if low := math.Float32frombits(0x7f800001); s.round(low)&^0x8000 <= s.infinity {
			t.Errorf("not a number, with the lowest payload, became %04x in %s", s.round(low), s.name)
		}
	}
}

func TestEncodeDecode(t *testing.T) {
	values := []float32{0, 1, -2.5, 0x1p-20, 65504}
	for _, d := range []safetensors.DType{safetensors.F64, safetensors.F32, safetensors.F16, safetensors.BF16} {
		b := make([]byte, len(values)*d.Bits()/8)
		if err := safetensors.Encode(b, d, values); err != nil {
			t.Fatal(err)
		}
		got := make([]float32, len(values))
		if err := safetensors.Decode(got, d, b); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			if d == safetensors.BF16 {
				v = safetensors.BFloat16frombits(safetensors.BFloat16bits(v))
			}
			if got[i] != v {
				t.Errorf("%v through %v is %v", v, d, got[i])
			}
		}
	}
	b := make([]byte, 8)
	if err := safetensors.Encode(b, safetensors.F64, []float32{0.1}); err != nil || binary.LittleEndian.Uint64(b) != math.Float64bits(float64(float32(0.1))) {
		t.Errorf("0.1 as F64: %x, %v", b, err)
	}
}

func TestEncodeDecodeErrors(t *testing.T) {
	for _, row := range []struct {
		d    safetensors.DType
		n, b int
		want string
	}{
		{safetensors.I32, 1, 4, "only F64, F32, F16 and BF16 are converted"},
		{safetensors.F8E4M3, 1, 1, "only F64, F32, F16 and BF16 are converted"},
		{safetensors.F16, 2, 3, "2 numbers are 4 bytes, got 3"},
		{safetensors.F32, 2, 12, "2 numbers are 8 bytes, got 12"},
	} {
		v, b := make([]float32, row.n), make([]byte, row.b)
		expectError(t, "decode "+row.d.String()+": "+row.want, safetensors.Decode(v, row.d, b))
		expectError(t, "encode "+row.d.String()+": "+row.want, safetensors.Encode(b, row.d, v))
	}
}

// Decode is the functions, for all numbers.
func TestDecodeAll(t *testing.T) {
	all := make([]byte, 0, 1<<17)
	for h := range 1 << 16 {
		all = binary.LittleEndian.AppendUint16(all, uint16(h))
	}
	got := make([]float32, 1<<16)
	for d, value := range map[safetensors.DType]func(uint16) float32{safetensors.F16: safetensors.Float16frombits, safetensors.BF16: safetensors.BFloat16frombits} {
		if err := safetensors.Decode(got, d, all); err != nil {
			t.Fatal(err)
		}
		for h, f := range got {
			if want := value(uint16(h)); math.Float32bits(f) != math.Float32bits(want) {
				t.Fatalf("%v %04x is decoded as %v, expected %v", d, h, f, want)
			}
		}
	}
}
