package devicetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/device"
)

// maker makes operands that are all zero.
type maker struct {
	t   *testing.T
	dev device.Device
}

// view is an array written as "f32[2 3]".
func (m maker) view(text string) device.View {
	m.t.Helper()
	name, dims, ok := strings.Cut(strings.TrimSuffix(text, "]"), "[")
	if !ok {
		m.t.Fatalf("operand %q", text)
	}
	var shape []int
	for _, field := range strings.Fields(dims) {
		var d int
		if _, err := fmt.Sscan(field, &d); err != nil {
			m.t.Fatalf("operand %q: %v", text, err)
		}
		shape = append(shape, d)
	}
	for _, t := range device.DTypes {
		if t.String() == name {
			b, err := m.dev.Alloc(t, device.Contiguous(shape...).Size())
			if err != nil {
				m.t.Fatal(err)
			}
			return device.Of(b, shape...)
		}
	}
	m.t.Fatalf("operand %q has no type", text)
	return device.View{}
}

// refusals are operations that do not fit, and what is said about them.
var refusals = []struct {
	op   func(m maker) device.Op
	want string
}{
	{func(m maker) device.Op { return device.Unary{Op: device.Exp, Dst: m.view("f32[3]")} }, "exp: operand 2 is missing (f32[3], none)"},
	{func(m maker) device.Op {
		return device.Unary{Op: device.Exp, Dst: m.view("f32[3]"), X: m.view("f32[4]")}
	}, "exp: shapes differ (f32[3], f32[4])"},
	{func(m maker) device.Op {
		return device.Unary{Op: device.Exp, Dst: m.view("f32[3]"), X: m.view("f64[3]")}
	}, "exp: types differ (f32[3], f64[3])"},
	{func(m maker) device.Op {
		return device.Unary{Op: device.Exp, Dst: m.view("i32[3]"), X: m.view("i32[3]")}
	}, "exp: there is no such operation on i32 (i32[3], i32[3])"},
	{func(m maker) device.Op {
		return device.Unary{Op: 200, Dst: m.view("f32[3]"), X: m.view("f32[3]")}
	}, "unary: operation 200 is unknown"},
	{func(m maker) device.Op {
		x := m.view("f32[2 3]")
		return device.Unary{Op: device.Neg, Dst: x.At(device.Contiguous(3, 3)), X: x.At(device.Contiguous(3, 3))}
	}, "neg: operand 1, with strides [3 1] from 0 on, reaches out of its buffer of 6 (f32[3 3], f32[3 3])"},
	{func(m maker) device.Op {
		x := m.view("f32[2 3]")
		return device.Unary{Op: device.Neg, Dst: m.view("f32[3]"), X: x.At(device.Layout{Shape: []int{3}, Strides: []int{-2}, Offset: 3})}
	}, "neg: operand 2, with strides [-2] from 3 on, reaches out of its buffer of 6 (f32[3], f32[3])"},
	{func(m maker) device.Op {
		x := m.view("f32[2 3]").At(device.Layout{Shape: []int{1<<59 + 1}, Strides: []int{32}}) // the last one would be at 0
		return device.Reduce{Op: device.Sum, Dst: m.view("f32[1]"), X: x}
	}, "sum: operand 2, with strides [32] from 0 on, reaches out of its buffer of 6 (f32[1], f32[576460752303423489])"},
	{func(m maker) device.Op {
		x := m.view("f32[2 3]").At(device.Layout{Shape: []int{1 << 32, 1 << 32}, Strides: []int{0, 0}}) // 0 elements, if one counts carelessly
		return device.Reduce{Op: device.Sum, Dst: m.view("f32[1 1]"), X: x}
	}, "sum: operand 2, with strides [0 0] from 0 on, reaches out of its buffer of 6 (f32[1 1], f32[4294967296 4294967296])"},
	{func(m maker) device.Op {
		x := m.view("f32[2 3]")
		return device.Unary{Op: device.Neg, Dst: m.view("f32[2 3]"), X: x.At(device.Layout{Shape: []int{2, 3}, Strides: []int{1}})}
	}, "neg: operand 2, with strides [1] from 0 on, reaches out of its buffer of 6 (f32[2 3], f32[2 3])"},
	{func(m maker) device.Op {
		x := m.view("f32[2 3]")
		return device.Unary{Op: device.Neg, Dst: x.At(device.Layout{Shape: []int{2}, Strides: []int{0}}), X: x.At(device.Contiguous(2))}
	}, "neg: elements of a result lie at one place (f32[2])"},
	{func(m maker) device.Op {
		return device.Binary{Op: device.ReLUGrad, Dst: m.view("i32[3]"), X: m.view("i32[3]"), Y: m.view("i32[3]")}
	}, "relu-grad: there is no such operation on i32 (i32[3], i32[3], i32[3])"},
	{func(m maker) device.Op {
		return device.Where{Dst: m.view("f32[3]"), If: m.view("i8[3]"), X: m.view("f32[3]"), Y: m.view("bf16[3]")}
	}, "where: types differ (f32[3], i8[3], f32[3], bf16[3])"},
	{func(m maker) device.Op {
		return device.Copy{Dst: m.view("f32[3]"), X: m.view("f32[3 1]")}
	}, "copy: shapes differ (f32[3], f32[3 1])"},
	{func(m maker) device.Op {
		return device.Reduce{Op: device.Sum, Dst: m.view("f32[2 3]"), X: m.view("f32[4 3]")}
	}, "sum: dimension 0 of the result is neither 1 nor 4 (f32[2 3], f32[4 3])"},
	{func(m maker) device.Op {
		return device.Reduce{Op: device.ArgMax, Dst: m.view("f32[1]"), X: m.view("f32[4]")}
	}, "argmax: indices are i32 (f32[1], f32[4])"},
	{func(m maker) device.Op {
		return device.Reduce{Op: device.ArgMax, Dst: m.view("i32[1 1]"), X: m.view("f32[4 2]")}
	}, "argmax: indices go along one dimension (i32[1 1], f32[4 2])"},
	{func(m maker) device.Op {
		return device.Reduce{Op: device.Max, Dst: m.view("f32[1]"), X: m.view("f32[0]")}
	}, "max: there are no elements to choose from (f32[1], f32[0])"},
	{func(m maker) device.Op {
		return device.MatMul{Dst: m.view("f32[2 4]"), A: m.view("f32[2 3]"), B: m.view("f32[5 4]")}
	}, "matmul: the inner dimensions differ (f32[2 3], f32[5 4])"},
	{func(m maker) device.Op {
		return device.MatMul{Dst: m.view("f32[2 4]"), A: m.view("f32[2 3]"), B: m.view("f32[3 4]"), Bias: m.view("f32[3]")}
	}, "matmul: the bias has one number per column of the result (f32[3], f32[2 4])"},
	{func(m maker) device.Op {
		return device.MatMul{Dst: m.view("f32[2 4]"), A: m.view("f32[2 3]"), B: m.view("i8[3 4]")}
	}, "matmul: i8 weights need f32 scales and an f32 operand (f32[2 3], i8[3 4], none)"},
	{func(m maker) device.Op {
		return device.Quantize{Dst: m.view("i8[2 6]"), Scales: m.view("f32[2 4]"), X: m.view("f32[2 6]")}
	}, "quantize: want x [n, k], result [n, k] and scales [n, g], where g divides k (f32[2 6], i8[2 6], f32[2 4])"},
	{func(m maker) device.Op {
		return device.Gather{Dst: m.view("f32[2 3]"), Table: m.view("f32[4 3]"), IDs: m.view("f32[2]")}
	}, "gather: indices are i32 (f32[2])"},
	{func(m maker) device.Op {
		return device.ScatterAdd{Table: m.view("f32[4 3]"), IDs: m.view("i32[2]"), X: m.view("f32[3 3]")}
	}, "scatter-add: want [ids..., d] for ids [ids...] and a table [rows, d] (f32[3 3], i32[2], f32[4 3])"},
	{func(m maker) device.Op {
		return device.Pick{Dst: m.view("f32[2]"), X: m.view("f32[3 5]"), IDs: m.view("i32[2]")}
	}, "pick: want [ids...] for ids [ids...] and rows [ids..., n] (f32[2], i32[2], f32[3 5])"},
	{func(m maker) device.Op {
		return device.Embed{Dst: m.view("f32[2 3]"), Table: m.view("i8[4 3]"), IDs: m.view("i32[2]")}
	}, "embed: i8 tables need scales, others have none (i8[4 3], none)"},
	{func(m maker) device.Op {
		return device.CachedAttention{Out: m.view("f32[4 8]"), Q: m.view("f32[4 8]"), K: m.view("f32[3 8]"), V: m.view("f32[3 8]"), Keys: m.view("f32[9 3 8]"), Values: m.view("f32[9 3 8]"), Past: m.view("i32[1]")}
	}, "cached-attention: want q [heads, d], k and v [kvheads, d], keys and values [limit, kvheads, d], where kvheads divides heads (f32[4 8], f32[3 8], f32[3 8], f32[9 3 8], f32[9 3 8])"},
	{func(m maker) device.Op {
		return device.Sample{Tokens: m.view("i32[2]"), Picked: m.view("f64[2 2]"), Logits: m.view("f32[2 40]"), How: m.view("f64[2 5]")}
	}, "sample: how, uniform, drawn and seen are given together (f64[2 5], none, none, none)"},
	{func(m maker) device.Op {
		return device.Sample{Tokens: m.view("i32[2]"), Picked: m.view("f64[2]"), Logits: m.view("f32[2 40]")}
	}, "sample: want f64[2 2] in row-major order (f64[2])"},
	{func(m maker) device.Op { return device.Softmax{Dst: m.view("f32[]"), X: m.view("f32[]")} }, "softmax: it needs a dimension to go along (f32[], f32[])"},
	{func(m maker) device.Op {
		return device.Norm{Dst: m.view("f32[2 3]"), X: m.view("f32[2 3]"), Weight: m.view("f32[2]")}
	}, "norm: weight and bias have the size of the last dimension (f32[2 3], f32[2])"},
	{func(m maker) device.Op {
		return device.NormGrad{DX: m.view("f32[2 3]"), X: m.view("f32[2 3]"), DY: m.view("f32[2 3]"), Rstd: m.view("f32[2]")}
	}, "norm-grad: the statistics of the forward pass are missing (f32[2 3])"},
	{func(m maker) device.Op {
		return device.CrossEntropy{Losses: m.view("f32[2]"), Logits: m.view("f32[2 5]"), Targets: m.view("i32[3]")}
	}, "cross-entropy: want losses [n] and targets [n] for logits [n, classes] (f32[2], i32[3], f32[2 5])"},
	{func(m maker) device.Op {
		q, k := m.view("f32[1 4 3 8]"), m.view("f32[1 4 2 8]")
		return device.Attention{Out: q, Q: q, K: k, V: k}
	}, "attention: want q [batch, t, heads, d] and k [batch, s, kvheads, d], where kvheads divides heads (f32[1 4 3 8], f32[1 4 2 8])"},
	{func(m maker) device.Op {
		q, k := m.view("f32[1 4 2 8]"), m.view("f32[1 3 2 8]")
		return device.Attention{Out: q, Q: q, K: k, V: k, Causal: true}
	}, "attention: there are fewer keys than queries, so the first queries see nothing (f32[1 4 2 8], f32[1 3 2 8])"},
	{func(m maker) device.Op {
		x := m.view("f32[1 4 2 7]")
		return device.Rotary{Dst: x, X: x, Base: 10000}
	}, "rotary: want [batch, t, heads, d] with an even d (f32[1 4 2 7])"},
	{func(m maker) device.Op {
		x := m.view("f32[1 4 2 8]")
		return device.Rotary{Dst: x, X: x, Frequencies: m.view("f32[4]")}
	}, "rotary: want frequencies f64 [d/2] in row-major order, for heads of 8 (f32[4])"},
	{func(m maker) device.Op {
		return device.CachedAttention{Out: m.view("f32[4 8]"), Q: m.view("f32[4 8]"), K: m.view("f32[2 8]"), V: m.view("f32[2 8]"), Keys: m.view("f32[9 2 8]"), Values: m.view("f32[9 2 8]"), Past: m.view("i32[1]"),
			Frequencies: m.view("f64[3]")}
	}, "cached-attention: want frequencies f64 [d/2] in row-major order, for heads of 8 (f64[3])"},
	{func(m maker) device.Op { return device.Random{Dst: m.view("i32[3]")} }, "random: there is no such operation on i32 (i32[3])"},
	{func(m maker) device.Op {
		return device.Dropout{Dst: m.view("f32[3]"), X: m.view("f32[3]"), P: 1}
	}, "dropout: the probability is not in [0, 1) (f32[3])"},
	{func(m maker) device.Op {
		x := m.view("bf16[3]")
		return device.AdamW{Param: x, Grad: x, M: x, V: x, Step: 1}
	}, "adamw: types differ (bf16[3], bf16[3], bf16[3], bf16[3])"},
	{func(m maker) device.Op {
		x := m.view("f32[3]")
		return device.AdamW{Param: x, Grad: x, M: x, V: x}
	}, "adamw: steps count from 1 (f32[3])"},
}

// testRefusals runs operations that do not fit, between two that do: the first is run, the last is not.
func testRefusals(t *testing.T, dev device.Device) {
	m := maker{t, dev}
	for _, row := range refusals {
		before, behind := m.view("f32[1]"), m.view("f32[1]")
		err := dev.Run(device.Fill{Dst: before, Value: 1}, row.op(m), device.Fill{Dst: behind, Value: 1})
		if err == nil || err.Error() != row.want {
			t.Errorf("error %v\nwant  %s", err, row.want)
		}
		if a, b := m.first(before), m.first(behind); a != 1 || b != 0 {
			t.Errorf("%s: the operation before left %v, want 1; the one behind %v, want 0", row.want, a, b)
		}
	}
	if err := dev.Run(unknown{}); !errors.Is(err, device.ErrUnsupported) {
		t.Errorf("an operation that no device knows: error %v, want one that is ErrUnsupported", err)
	}
}

// unknown is an operation of nobody's.
type unknown struct{}

func (unknown) Check() error { return nil }

// first is the first element.
func (m maker) first(v device.View) float64 {
	mem := make([]byte, v.DType().Size())
	if err := m.dev.Read(mem, v.Data, 0); err != nil {
		m.t.Fatal(err)
	}
	return decode(v.DType(), mem, 0)
}

// testBadIndices checks that indices from outside are errors, and that the device works on afterwards.
func testBadIndices(t *testing.T, dev device.Device) {
	m := maker{t, dev}
	ids := func(v ...int) device.View {
		view := m.view(fmt.Sprintf("i32[%d]", len(v)))
		mem := make([]byte, 4*len(v))
		for i, id := range v {
			encode(device.I32, mem, i, float64(id))
		}
		if err := dev.Write(view.Data, 0, mem); err != nil {
			t.Fatal(err)
		}
		return view
	}
	for _, row := range []struct {
		op   device.Op
		want string
	}{
		{device.Gather{Dst: m.view("f32[2 3]"), Table: m.view("f32[4 3]"), IDs: ids(3, 4)}, "gather: index 4 is out of range, there are 4"},
		{device.Gather{Dst: m.view("bf16[2 3]"), Table: m.view("bf16[4 3]"), IDs: ids(-1, 0)}, "gather: index -1 is out of range, there are 4"},
		{device.ScatterAdd{Table: m.view("f32[4 3]"), IDs: ids(0, 1<<30), X: m.view("f32[2 3]")}, "scatter-add: index 1073741824 is out of range, there are 4"},
		{device.Pick{Dst: m.view("f32[2]"), X: m.view("f32[2 5]"), IDs: ids(-1, 5)}, "pick: index 5 is out of range, there are 5"},
		{device.PickGrad{DX: m.view("f64[2 5]"), DY: m.view("f64[2]"), IDs: ids(7, 1)}, "pick-grad: index 7 is out of range, there are 5"},
		{device.CrossEntropy{Losses: m.view("f32[3]"), Logits: m.view("f32[3 5]"), Targets: ids(0, -1, 5)}, "cross-entropy: target 5 of row 2 is no class, there are 5"},
		{device.Embed{Dst: m.view("f32[2 3]"), Table: m.view("f32[4 3]"), IDs: ids(3, 4)}, "embed: index 4 is out of range, there are 4"},
		{device.Embed{Dst: m.view("f32[1 3]"), Table: m.view("bf16[4 3]"), IDs: ids(0), Positions: m.view("f32[9 3]"), At: ids(-1)}, "embed: index -1 is out of range, there are 9"},
		{device.CachedAttention{Out: m.view("f32[2 4]"), Q: m.view("f32[2 4]"), K: m.view("f32[1 4]"), V: m.view("f32[1 4]"), Keys: m.view("f32[9 1 4]"), Values: m.view("f32[9 1 4]"), Past: ids(9)},
			"cached-attention: index 9 is out of range, there are 9"},
		{device.Sample{Tokens: ids(0), Picked: m.view("f64[1 2]"), Logits: m.view("f32[1 40]"), How: m.view("f64[1 5]"), Uniform: m.view("f64[1 3]"), Drawn: ids(3), Seen: m.view("i32[1 2]")},
			"sample: index 3 is out of range, there are 3"},
	} {
		err := errors.Join(dev.Run(row.op), dev.Sync())
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("error %v\nwant  %s", err, row.want)
		}
		after := m.view("f32[1]")
		if err := dev.Run(device.Fill{Dst: after, Value: 2}); err != nil || m.first(after) != 2 {
			t.Errorf("after %q the device fills in %v, error %v", row.want, m.first(after), err)
		}
	}
}
