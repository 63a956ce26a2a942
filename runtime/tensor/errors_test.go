package tensor

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

// TestRefusals: an error names the operation, the operands and what was expected.
func TestRefusals(t *testing.T) {
	var none *Tensor
	x, y, v := Zeros(2, 3), Zeros(4, 3), Zeros(3)
	cube, empty, s := Zeros(2, 3, 4), Zeros(2, 0), Scalar(1)
	i32, i8, f64 := Range(3), New([]int8{1, 2}), New([]float64{1, 2})
	ids := New([]int{0, 3})
	frozen := Zeros(2)
	frozen.Freeze()
	elsewhere := x.On(plain.New())
	tracked := Zeros(2).Track()
	rows := []struct {
		want string
		f    func()
	}{
		// making
		{"new: shape [2 2] needs 4 numbers, there are 3", func() { New([]int{1, 2, 3}, 2, 2) }},
		{"new: shape [-1 3] has a negative dimension", func() { New([]int{}, -1, 3) }},
		{"new: 4294967296 does not fit into an i32", func() { New([]int{1 << 32}) }},
		{"new: -2147483649 does not fit into an i32", func() { New([]int64{-1<<31 - 1}) }},
		{"zeros: shape [2 -1] has a negative dimension", func() { Zeros(2, -1) }},
		{"zeros: shape [4611686018427387904 2] has too many elements", func() { Zeros(1<<62, 2) }},
		{"range: -1 elements", func() { Range(-1) }},
		{"linspace: needs at least the two ends, got n = 1", func() { Linspace(0, 1, 1) }},
		{"arange: from 0 to 1 by 0", func() { Arange(0, 1, 0) }},
		{"arange: from 0 to +Inf by 1", func() { Arange(0, math.Inf(1), 1) }},
		{"range: 4294967296 elements", func() { Range(1 << 32) }},
		{"eye: shape [-2 -2] has a negative dimension", func() { Eye(-2) }},
		{"tril: shape [2 -1] has a negative dimension", func() { Tril(2, -1, 0) }},
		{"ints: there are no i32 from 3 up to before 3", func() { Seed(1).Ints(3, 3, 2) }},
		{"perm: shape [-1] has a negative dimension", func() { Seed(1).Perm(-1) }},
		{"multinomial: all weights of a row are 0", func() { Seed(1).Multinomial(v, 1) }},
		{"multinomial: a weight is -1", func() { Seed(1).Multinomial(New([]float32{1, -1}), 1) }},
		{"multinomial: there is nothing to draw 1 indices from in f32[2 0]", func() { Seed(1).Multinomial(empty, 1) }},
		{"dropout: the probability is not in [0, 1) (f32[2 3])", func() { Seed(1).Dropout(x, 1) }},
		// reading
		{"item: f32[2 3] is not a single number", func() { x.Item() }},
		{"dim: dimension 2 does not exist, there are 2", func() { x.Dim(2) }},
		{"at: 1 indices for f32[2 3]", func() { x.At(1) }},
		{"at: index 3 is out of range in dimension 1 of f32[2 3]", func() { x.At(0, 3) }},
		{"set-at: index -3 is out of range in dimension 0 of f32[2 3]", func() { x.SetAt(1, -3, 0) }},
		{"to: DType(77) is no type of numbers", func() { x.To(77) }},
		// element by element
		{"add: shapes [2 3] and [4 3] do not fit: 2 against 4 in dimension 2 from the right", func() { x.Add(y) }},
		{"mul: operands are on cpu and plain (f32[2 3], f32[2 3], f32[2 3])", func() { x.Mul(elsewhere) }},
		{"le: shapes [2 3] and [4 3] do not fit: 2 against 4 in dimension 2 from the right", func() { x.Le(y) }},
		{"where: shapes [2 3] and [4 3] do not fit: 2 against 4 in dimension 2 from the right", func() { Where(v, x, y) }},
		{"sub: operand 2 is nil; Grad is that before Backward, and of tensors that are not tracked", func() { x.Sub(x.Grad()) }},
		{"scale: operand 1 is nil; Grad is that before Backward, and of tensors that are not tracked", func() { none.Scale(2) }},
		{"scale: i32[3] has no fractions, as 0.5 has; convert it with To(device.F32) first", func() { i32.Scale(0.5) }},
		{"clamp: i32[3] has no fractions, as 1.5 has; convert it with To(device.F32) first", func() { i32.Clamp(0, 1.5) }},
		{"masked-fill: i32[3] has no fractions, as 0.5 has; convert it with To(device.F32) first", func() { i32.MaskedFill(i32, 0.5) }},
		{"masked-fill: [4 3] cannot be broadcast to [2 3]: dimension 0 is 4, neither 1 nor 2", func() { x.MaskedFill(y, 0) }},
		// shapes
		{"reshape: f32[2 3] has 6 elements, which do not fill [4 -1]", func() { x.Reshape(4, -1) }},
		{"reshape: [-1 -1] is no shape", func() { x.Reshape(-1, -1) }},
		{"reshape: f32[2 0] has 0 elements, which do not fill [0 -1]", func() { empty.Reshape(0, -1) }},
		{"reshape: shape [4294967296 4294967296 0] has too many elements", func() { empty.Reshape(1<<32, 1<<32, 0) }},
		{"reshape: shape [3 6148914691236517206 3] has too many elements", func() { x.Reshape(3, 0x5555555555555556, -1) }}, // 3 times that is 2, if one counts carelessly
		{"diagonal: f32[2 3] has no diagonal -9223372036854775808", func() { x.Diagonal(math.MinInt) }},
		{"transpose: dimension 2 does not exist, there are 2", func() { x.Transpose(0, 2) }},
		{"transpose: dimension -2 does not exist, there are 1", func() { v.T() }},
		{"permute: [0 0] does not name each of 2 dimensions once", func() { x.Permute(0, 0) }},
		{"permute: [0] does not name each of 2 dimensions once", func() { x.Permute(0) }},
		{"move-dim: dimension -3 does not exist, there are 2", func() { x.MoveDim(0, -3) }},
		{"unsqueeze: dimension 3 does not exist, there are 3", func() { x.Unsqueeze(3) }},
		{"squeeze: dimension 0 of f32[2 3] is not 1", func() { x.Squeeze(0) }},
		{"expand: [2 3] cannot be broadcast to [4 3]: dimension 0 is 2, neither 1 nor 4", func() { x.Expand(4, 3) }},
		{"expand: [2 3] cannot be broadcast to [3], which has fewer dimensions", func() { x.Expand(3) }},
		{"slice: from 1 to 4 by 1 along dimension 1 of f32[2 3]", func() { x.Slice(1, 1, 4) }},
		{"slice: from 2 to 1 by 1 along dimension 1 of f32[2 3]", func() { x.Slice(1, 2, 1) }},
		{"slice: from 0 to 3 by -1 along dimension 1 of f32[2 3]", func() { x.SliceStep(1, 0, 3, -1) }},
		{"index: index 3 is out of range in dimension 1 of f32[2 3]", func() { x.Index(-1, 3) }},
		{"concat: f32[2 3] and f32[4 3] differ in more than dimension 1", func() { Concat(1, x, y) }},
		{"concat: f32[2 3] and f32[3] differ in their number of dimensions", func() { Concat(0, x, v) }},
		{"concat: nothing to join", func() { Concat(0) }},
		{"stack: f32[2 3] and f32[4 3] differ in shape", func() { Stack(0, x, y) }},
		{"split: sizes [1 1] add up to 2, dimension -1 of f32[2 3] is 3", func() { x.Split(-1, 1, 1) }},
		{"split: sizes [4 -1] have a negative one", func() { x.Split(-1, 4, -1) }},
		{"chunk: 2 pieces do not divide dimension 1 of f32[2 3]", func() { x.Chunk(1, 2) }},
		{"repeat: [2] times for f32[2 3]", func() { x.Repeat(2) }},
		{"unfold: windows of 4 elements, 1 apart, along dimension 1 of f32[2 3]", func() { x.Unfold(-1, 4, 1) }},
		{"unfold: windows of 2 elements, 0 apart, along dimension 0 of f32[2 3]", func() { x.Unfold(0, 2, 0) }},
		{"unfold: dimension 2 does not exist, there are 2", func() { x.Unfold(2, 1, 1) }},
		{"pad: -1 before and 0 behind dimension 1 of f32[2 3]", func() { x.Pad(1, -1, 0, 0) }},
		{"pad: i32[3] has no fractions, as 0.5 has; convert it with To(device.F32) first", func() { i32.Pad(0, 1, 1, 0.5) }},
		{"diagonal: f32[3] has no diagonal 0", func() { v.Diagonal(0) }},
		{"diagonal: f32[2 3] has no diagonal 4", func() { x.Diagonal(4) }},
		{"diag: f32[2 3] is no vector", func() { x.Diag(0) }},
		{"triu: f32[3] is no matrix", func() { v.Triu(0) }},
		// indices
		{"rows: f32[3] is no matrix", func() { v.Rows(i32) }},
		{"rows: want i32 indices, got f32[3]", func() { x.Rows(v) }},
		{"rows: index 3 is out of range, there are 2", func() { x.Rows(ids) }},
		{"pick: want i32 indices [...] for rows [..., n], got i32[3] for f32[2 3]", func() { x.Pick(i32) }},
		{"pick: index 3 is out of range, there are 3", func() { x.Pick(ids) }},
		{"gather: index 3 is out of range in dimension 1 of f32[2 3]", func() { x.Gather(1, ids.Unsqueeze(1)) }},
		{"gather: index -1 is out of range in dimension 1 of f32[2 3]", func() { x.Gather(1, ids.Unsqueeze(1).Neg().AddScalar(-1)) }},
		{"gather: want i32 indices with the dimensions of f32[2 3], which only dimension 1 may exceed, got i32[2]", func() { x.Gather(1, ids) }},
		{"scatter-add: indices and elements differ in shape: i32[2 1] and f32[2 3]", func() { x.ScatterAdd(1, ids.Unsqueeze(1), x) }},
		{"index-select: want a vector of i32 indices, got f32[3]", func() { x.IndexSelect(1, v) }},
		{"index-select: index 3 is out of range, there are 3", func() { x.IndexSelect(1, ids) }},
		{"index-add: want [2 2] for f32[2 3] and 2 indices, got f32[2 3]", func() { x.IndexAdd(1, ids, x) }},
		{"index-add: index 3 is out of range, there are 3", func() { x.IndexAdd(1, ids, Zeros(2, 2)) }},
		{"topk: 4 of the 3 elements in dimension 1 of f32[2 3]", func() { x.TopK(4, 1) }},
		{"one-hot: want i32 indices, got f32[3]", func() { OneHot(v, 3) }},
		// reductions
		{"sum: dimension 2 does not exist, there are 2", func() { x.Sum(2) }},
		{"max: there are no elements to choose from (f32[2 1], f32[2 0])", func() { empty.Max(1) }},
		{"argmax: there are no elements to choose from (i32[2 1], f32[2 0])", func() { empty.ArgMax(1) }},
		{"argmin: dimension 5 does not exist, there are 2", func() { x.ArgMin(5) }},
		{"var: each result is of 1 numbers of f32[], it takes at least 2", func() { s.Var() }},
		{"softmax: dimension -1 does not exist, there are 0", func() { s.Softmax(-1) }},
		{"sum: [0 -2] names dimension 0 of f32[2 3] twice", func() { x.Sum(0, -2) }},
		{"std: each result is of 1 numbers of f32[3 1], it takes at least 2", func() { v.Unsqueeze(1).Std(-1) }},
		{"popstd: each result is of 0 numbers of f32[2 0], it takes at least 1", func() { empty.PopStd(1) }},
		{"clamp: low is 1 and high is 0", func() { x.Clamp(1, 0) }},
		{"dropout: operand 1 is nil; Grad is that before Backward, and of tensors that are not tracked", func() { Seed(1).Dropout(none, 0.5) }},
		{"dropout: the probability is not in [0, 1) (f32[3])", func() { Seed(1).Dropout(v, math.NaN()) }},
		// products
		{"matmul: the inner dimensions differ: f32[2 3] and f32[4 3]", func() { x.MatMul(y) }},
		{"matmul: the inner dimensions differ: f32[3] and f32[2 3]", func() { v.MatMul(x) }},
		{"matmul: the inner dimensions differ: f32[2 3 4] and f32[3]", func() { cube.MatMul(v) }},
		{"matmul: shapes [2] and [3] do not fit: 2 against 3 in dimension 1 from the right", func() { cube.MatMul(Zeros(3, 4, 1)) }},
		{"matmul: f32[] and f32[2 3]: a single number is no matrix", func() { s.MatMul(x) }},
		{"matmul: i32[3] and i32[3]: products are of floats; convert one with To(device.F32)", func() { i32.MatMul(i32) }},
		{"dot: f32[2 3] and f32[3] are no vectors", func() { x.Dot(v) }},
		{"outer: f32[2 3] and f32[3] are no vectors", func() { x.Outer(v) }},
		{"linear: want x [..., in], w [out, in] and bias [out], got f32[2 3], f32[4 3] and f32[3]", func() { Linear(x, y, v) }},
		{"linear: want x [..., in], w [out, in] and bias [out], got f32[3], f32[3] and none", func() { Linear(v, v, nil) }},
		{"quantize: groups of 2 do not divide the columns of f32[2 3]", func() { x.Quantize(2) }},
		{"linear: want x [..., 3] and bias [4] for q [4, 3], got f32[2 3 4] and none", func() { y.Quantize(3).Linear(cube, nil) }},
		{`einsum: "ij,jk" names 2 operands, there are 1`, func() { Einsum("ij,jk", x) }},
		{`einsum: "i" in "i->i" has 1 letters for f32[2 3]`, func() { Einsum("i->i", x) }},
		{`einsum: 'j' in "ij,jk" is 3 and 4, in f32[2 3] and f32[4 3]`, func() { Einsum("ij,jk", x, y) }},
		{`einsum: 'k' in the result of "ij->k" must come once there, and in an operand`, func() { Einsum("ij->k", x) }},
		{`einsum: '.' in "...j" is no letter`, func() { Einsum("...j", Zeros(1, 1, 1, 3)) }},
		// models
		{"layer-norm: a single number has no dimension to go along", func() { s.LayerNorm(nil, nil, 0) }},
		{"rms-norm: weight and bias have the size of the last dimension (f32[2 3], f32[2 3])", func() { x.RMSNorm(x, 0) }},
		{"cross-entropy: want targets [...], or probabilities [..., classes], for logits [..., classes], got i32[3] and f32[2 3]", func() { x.CrossEntropy(i32) }},
		{"cross-entropy: want i32 targets, got f32[2]", func() { x.CrossEntropy(Zeros(2)) }},
		{"cross-entropy: target 3 of row 1 is no class, there are 3", func() { x.CrossEntropy(ids) }},
		{"mse: the targets f32[3] do not fit the predictions f32[3 1]; Squeeze or Reshape one of them", func() { v.Unsqueeze(1).MSE(v) }},
		{"mse: the targets f32[2 3] do not fit the predictions f32[3]; Squeeze or Reshape one of them", func() { v.MSE(x) }},
		{"bce: the targets f32[4 3] do not fit the predictions f32[2 3]; Squeeze or Reshape one of them", func() { x.BCEWithLogits(y) }},
		{"attention: want queries [batch, t, heads, d], got f32[2 3 4]", func() { Attention(cube, cube, cube, false) }},
		{"attention: there are fewer keys than queries, so the first queries see nothing (f32[1 3 1 2], f32[1 2 1 2])",
			func() { Attention(Zeros(1, 3, 1, 2), Zeros(1, 2, 1, 2), Zeros(1, 2, 1, 2), true) }},
		{"rotary: want [batch, t, heads, d] with an even d (f32[1 1 1 3])", func() { Zeros(1, 1, 1, 3).Rotary(0, 1e4) }},
		// writing
		{"assign: [4 3] cannot be broadcast to [2 3]: dimension 0 is 4, neither 1 nor 2", func() { x.Assign(y) }},
		{"assign: elements of a result lie at one place (f32[2 3])", func() { v.Expand(2, 3).Assign(x) }},
		{"assign-fill: elements of a result lie at one place (f32[2 2])", func() { v.Unfold(0, 2, 1).AssignFill(1) }},
		{"assign-add: i32[3] would lose the fractions of f32[3]; convert it with To(device.F32) first", func() { i32.AssignAdd(v) }},
		{"assign-bytes: f32[3] has 12 bytes, got 3", func() { v.AssignBytes(make([]byte, 3)) }},
		{"assign-fill: f32[2] is frozen", func() { frozen.AssignFill(1) }},
		// the tape
		{"track: i8[2] has no gradient, only floats do", func() { i8.Track() }},
		{"backward: f32[2 3] is not a single number; give the gradient of the result to BackwardFrom", func() { x.Backward() }},
		{"backward: nothing that f32[] was made from is tracked; Track its parameters first", func() { s.Backward() }},
		{"backward: the gradient is f32[3] on cpu, the tensor f32[2] on cpu", func() { tracked.BackwardFrom(v) }},
		{"backward: the gradient is f64[2] on cpu, the tensor f32[2] on cpu", func() { tracked.BackwardFrom(f64) }},
		{"set-grad: the gradient is f32[2 3] on plain, the tensor f32[2 3] on cpu", func() { x.SetGrad(elsewhere) }},
	}
	for _, row := range rows {
		row.want = strings.ReplaceAll(row.want, " on cpu", " on "+Default().Info().Name)
		err := Try(row.f)
		var e *Error
		if late := Default().Sync(); err == nil && late != nil { // a device that works by itself notices bad indices when it is waited for, and knows its own operations only
			if _, what, _ := strings.Cut(row.want, ": "); !strings.Contains(late.Error(), what) {
				t.Errorf("error\n  %v\nwant\n  %s", late, row.want)
			}
			continue
		}
		switch {
		case !errors.As(err, &e):
			t.Errorf("no error, want %q", row.want)
		case err.Error() != "tensor: "+row.want:
			t.Errorf("error\n  %v\nwant\n  tensor: %s", err, row.want)
		case !strings.HasPrefix(row.want, e.Op+": "):
			t.Errorf("%v: the operation is called %q", err, e.Op)
		}
	}
}

// TestTooLarge: what no machine has memory for is an error, and not the end of the program.
func TestTooLarge(t *testing.T) {
	row, column := Zeros(1, 1).Expand(1, 1<<24), Zeros(1, 1).Expand(1<<24, 1)
	for op, f := range map[string]func(){
		"zeros":    func() { Zeros(1<<24, 1<<24) },
		"full":     func() { Ones(1<<24, 1<<24) },
		"arange":   func() { Arange(0, 1<<48, 1) },
		"linspace": func() { Linspace(0, 1, 1<<48) },
		"eye":      func() { Eye(1 << 24) },
		"tril":     func() { Tril(1<<24, 1<<24, 0) },
		"matmul":   func() { column.MatMul(row) },
		"add":      func() { column.Add(row) },
		"clone":    func() { column.Expand(1<<24, 1<<24).Clone() },
		"random":   func() { Seed(1).Normal(1 << 48) },
	} {
		err := Try(f)
		if want := "tensor: " + op + ": allocate 281474976710656 elements of f32: "; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %s...", err, want)
		}
	}
}

// TestTry: other panics are not errors.
func TestTry(t *testing.T) {
	defer func() {
		if r := recover(); r != "boom" {
			t.Errorf("recovered %v", r)
		}
	}()
	if err := Try(func() {}); err != nil {
		t.Error(err)
	}
	_ = Try(func() { panic("boom") })
}

// TestErrorsIs: what a device says can be asked for.
func TestErrorsIs(t *testing.T) {
	err := Try(func() { run("odd", Default(), odd{}) })
	if !errors.Is(err, device.ErrUnsupported) {
		t.Errorf("%v is not ErrUnsupported", err)
	}
}

type odd struct{}

func (odd) Check() error { return nil }
