package tensor

import (
	"math"

	"github.com/resident-go/resident/runtime/device"
)

// one and two give rows for operations of one and of two operands.
func one(name string, d domain, f func(x *Tensor) *Tensor, shapes ...[]int) (rows []gradRow) {
	for _, s := range shapes {
		rows = append(rows, gradRow{name, d, [][]int{s}, func(in []*Tensor) *Tensor { return f(in[0]) }})
	}
	return rows
}

func two(name string, d domain, f func(x, y *Tensor) *Tensor, pairs ...[2][]int) (rows []gradRow) {
	for _, p := range pairs {
		rows = append(rows, gradRow{name, d, [][]int{p[0], p[1]}, func(in []*Tensor) *Tensor { return f(in[0], in[1]) }})
	}
	return rows
}

func join(groups ...[]gradRow) (rows []gradRow) {
	for _, g := range groups {
		rows = append(rows, g...)
	}
	return rows
}

var (
	scalar, few, matrix, cube = []int{}, []int{3}, []int{2, 3}, []int{2, 1, 3}
	hollow                    = []int{2, 0}
	shapes                    = [][]int{scalar, few, matrix, cube, hollow}
	// pairs are broadcast to the right, to the left, and both ways.
	pairs = [][2][]int{{matrix, matrix}, {matrix, few}, {few, matrix}, {matrix, scalar}, {scalar, matrix}, {{2, 1}, {3}}, {cube, {4, 1}}, {{1}, {2, 2}}, {hollow, {1}}}
)

var elementwiseRows = join(
	one("neg", anywhere, (*Tensor).Neg, shapes...),
	one("abs", anywhere, (*Tensor).Abs, shapes...),
	one("sign", anywhere, (*Tensor).Sign, matrix),
	one("exp", anywhere, (*Tensor).Exp, shapes...),
	one("log", positive, (*Tensor).Log, shapes...),
	one("sqrt", positive, (*Tensor).Sqrt, shapes...),
	one("square", anywhere, (*Tensor).Square, shapes...),
	one("reciprocal", anywhere, (*Tensor).Reciprocal, shapes...),
	one("sin", anywhere, (*Tensor).Sin, shapes...),
	one("cos", anywhere, (*Tensor).Cos, shapes...),
	one("tanh", anywhere, (*Tensor).Tanh, shapes...),
	one("sigmoid", anywhere, (*Tensor).Sigmoid, shapes...),
	one("relu", anywhere, (*Tensor).ReLU, shapes...),
	one("gelu", anywhere, (*Tensor).GELU, shapes...),
	one("gelutanh", anywhere, (*Tensor).GELUTanh, shapes...),
	one("silu", anywhere, (*Tensor).SiLU, shapes...),
	one("floor", anywhere, (*Tensor).Floor, matrix),
	one("ceil", anywhere, (*Tensor).Ceil, matrix),
	one("round", anywhere, (*Tensor).Round, matrix),
	one("scale", anywhere, func(x *Tensor) *Tensor { return x.Scale(-1.5) }, shapes...),
	one("addscalar", anywhere, func(x *Tensor) *Tensor { return x.AddScalar(2.5) }, shapes...),
	one("powscalar 3", anywhere, func(x *Tensor) *Tensor { return x.PowScalar(3) }, shapes...),
	one("powscalar -0.5", positive, func(x *Tensor) *Tensor { return x.PowScalar(-0.5) }, matrix),
	one("powscalar 0", anywhere, func(x *Tensor) *Tensor { return x.PowScalar(0) }, matrix),
	one("clamp", anywhere, func(x *Tensor) *Tensor { return x.Clamp(-0.75, 0.8) }, shapes...),
	two("add", anywhere, (*Tensor).Add, pairs...),
	two("sub", anywhere, (*Tensor).Sub, pairs...),
	two("mul", anywhere, (*Tensor).Mul, pairs...),
	two("div", anywhere, (*Tensor).Div, pairs...),
	two("pow", positive, (*Tensor).Pow, pairs...),
	two("maximum", apart, (*Tensor).Maximum, pairs...),
	two("minimum", apart, (*Tensor).Minimum, pairs...),
	two("where", anywhere, func(x, y *Tensor) *Tensor { return Where(New([]int{1, 0, 3}, 3, 1, 1, 1), x, y) }, pairs...),
	one("times itself", anywhere, func(x *Tensor) *Tensor { return x.Mul(x) }, shapes...),
	one("used five times", anywhere, func(x *Tensor) *Tensor { y := x.Exp(); return y.Mul(x).Add(y).Div(x.Add(y.Mul(y)).AddScalar(9)) }, matrix),
	one("plus its transpose", anywhere, func(x *Tensor) *Tensor { return x.Mul(x.T()).Add(x) }, []int{3, 3}),
	one("log1p", positive, (*Tensor).Log1p, shapes...),
	one("softplus", anywhere, (*Tensor).Softplus, shapes...),
	one("logsigmoid", anywhere, (*Tensor).LogSigmoid, shapes...),
	one("leakyrelu", anywhere, func(x *Tensor) *Tensor { return x.LeakyReLU(0.1) }, shapes...),
	one("maskedfill", anywhere, func(x *Tensor) *Tensor { return x.MaskedFill(New([]int{1, 0, 2}), -7).Square() }, few, matrix, cube),
	one("with integers", anywhere, func(x *Tensor) *Tensor { return x.Mul(New([]int{1, -2, 3})).Sub(New([]int8{5})).Div(New([]int{2})) }, matrix, cube),
	one("through f32", anywhere, func(x *Tensor) *Tensor { return x.Mul(New([]float32{0.5, 2, -4})) }, matrix),
	one("detached", anywhere, func(x *Tensor) *Tensor { return x.Mul(Vector(1, 2, 3)) }, matrix),
)

var shapeRows = join(
	one("reshape", anywhere, func(x *Tensor) *Tensor { return x.Reshape(3, -1).Square() }, matrix, few, cube),
	one("flatten", anywhere, func(x *Tensor) *Tensor { return x.Flatten().Square() }, shapes...),
	one("transpose", anywhere, func(x *Tensor) *Tensor { return x.Transpose(0, -1).Exp() }, few, matrix, cube),
	one("permute", anywhere, func(x *Tensor) *Tensor { return x.Permute(2, 0, 1).Exp() }, cube),
	one("unsqueeze", anywhere, func(x *Tensor) *Tensor { return x.Unsqueeze(-1).Exp() }, shapes...),
	one("squeeze", anywhere, func(x *Tensor) *Tensor { return x.Squeeze(1).Exp() }, cube),
	one("expand", anywhere, func(x *Tensor) *Tensor { return x.Expand(4, 2, 3).Exp() }, few, matrix, scalar, []int{2, 1}),
	one("slice", anywhere, func(x *Tensor) *Tensor { return x.Slice(-1, 1, 3).Exp() }, few, matrix, cube),
	one("slice of nothing", anywhere, func(x *Tensor) *Tensor { return x.Slice(0, 2, 2).Exp() }, few, matrix),
	one("slicestep", anywhere, func(x *Tensor) *Tensor { return x.SliceStep(-1, 0, 3, 2).Exp() }, few, matrix, cube),
	one("index", anywhere, func(x *Tensor) *Tensor { return x.Index(-1, -2).Exp() }, few, matrix, cube),
	one("clone", anywhere, func(x *Tensor) *Tensor { return x.Clone().Exp() }, shapes...),
	one("contiguous", anywhere, func(x *Tensor) *Tensor { return x.Contiguous().Exp() }, shapes...),
	one("slices that overlap", anywhere, func(x *Tensor) *Tensor { return x.Slice(-1, 0, 2).Mul(x.Slice(-1, 1, 3)) }, few, matrix),
	one("a slice, then all", anywhere, func(x *Tensor) *Tensor { p := x.Slice(-1, 0, 2).Exp(); return x.Exp().Slice(-1, 1, 3).Mul(p) }, few, matrix),
	one("all, then slices", anywhere, func(x *Tensor) *Tensor {
		p := x.Add(x)
		return p.Slice(-1, 0, 2).Mul(x.Slice(-1, 1, 3)).Add(x.Slice(-1, 0, 2))
	}, few, matrix),
	two("concat", anywhere, func(x, y *Tensor) *Tensor { return Concat(-1, x, y, x).Exp() }, [2][]int{few, {2}}, [2][]int{matrix, {2, 1}}, [2][]int{matrix, hollow}),
	two("stack", anywhere, func(x, y *Tensor) *Tensor { return Stack(1, x, y).Exp() }, [2][]int{few, few}, [2][]int{matrix, matrix}),
	one("split", anywhere, func(x *Tensor) *Tensor { p := x.Split(-1, 1, 2); return p[0].Mul(p[1]) }, few, matrix),
	one("rows", anywhere, func(x *Tensor) *Tensor { return x.Rows(New([]int{1, 0, 1, 1}, 2, 2)).Exp() }, matrix),
	one("no rows", anywhere, func(x *Tensor) *Tensor { return x.Rows(New([]int{}, 0)).Exp() }, matrix),
	one("pick", anywhere, func(x *Tensor) *Tensor { return x.Pick(New([]int{2, -1})).Exp() }, matrix),
	one("rows of a view of indices", anywhere, func(x *Tensor) *Tensor { return x.Rows(New([]int{1, 7, 0, 7, 1, 7}, 3, 2).Index(1, 0)).Exp() }, matrix),
)

var reduceRows = join(
	reductions("sum", anywhere, (*Tensor).Sum),
	reductions("sumkeep", anywhere, (*Tensor).SumKeep),
	reductions("mean", anywhere, (*Tensor).Mean),
	reductions("meankeep", anywhere, (*Tensor).MeanKeep),
	reductions("var", anywhere, (*Tensor).Var),
	reductions("popvarkeep", anywhere, (*Tensor).PopVarKeep),
	reductions("popstd", anywhere, (*Tensor).PopStd),
	reductions("norm", anywhere, (*Tensor).Norm),
	reductions("prod", anywhere, (*Tensor).Prod),
	reductions("max", apart, (*Tensor).Max),
	reductions("maxkeep", apart, (*Tensor).MaxKeep),
	reductions("min", apart, (*Tensor).Min),
	reductions("minkeep", apart, (*Tensor).MinKeep),
	one("sum of nothing", anywhere, func(x *Tensor) *Tensor { return x.Sum(1) }, hollow),
	one("logsumexp", anywhere, func(x *Tensor) *Tensor { return x.LogSumExp(-1) }, few, matrix, cube),
	one("logsumexp 0", anywhere, func(x *Tensor) *Tensor { return x.LogSumExp(0) }, few, matrix, cube),
)

// reductions are rows for all dimensions, for one, and for two.
func reductions(name string, d domain, f func(x *Tensor, dims ...int) *Tensor) []gradRow {
	all := [][]int{{3}, {4, 3}, {2, 2, 3}}
	return join(
		one(name, d, func(x *Tensor) *Tensor { return f(x) }, all...),
		one(name+" -1", d, func(x *Tensor) *Tensor { return f(x, -1) }, all...),
		one(name+" 0", d, func(x *Tensor) *Tensor { return f(x, 0) }, all[1:]...),
		one(name+" 2 0", d, func(x *Tensor) *Tensor { return f(x, 2, 0) }, all[2:]...),
	)
}

var productRows = join(
	two("matmul", anywhere, (*Tensor).MatMul,
		[2][]int{{2, 3}, {3, 4}}, [2][]int{{3}, {3}}, [2][]int{{3}, {3, 2}}, [2][]int{{2, 3}, {3}}, [2][]int{{2, 2, 3}, {3}}, [2][]int{{3}, {2, 3, 2}},
		[2][]int{{2, 2, 3}, {2, 3, 2}}, [2][]int{{2, 2, 3}, {3, 2}}, [2][]int{{2, 3}, {2, 3, 2}}, [2][]int{{2, 1, 2, 3}, {3, 3, 1}}, [2][]int{{1, 2, 3}, {2, 3, 1}},
		[2][]int{{2, 0}, {0, 3}}, [2][]int{{0, 2}, {2, 3}}, [2][]int{{2, 2, 0}, {0, 3}}, [2][]int{{2, 2, 3}, {3, 0}}, [2][]int{{0, 2, 3}, {3, 2}}),
	one("matmul with its transpose", anywhere, func(x *Tensor) *Tensor { return x.MatMul(x.T()) }, matrix, []int{2, 2, 3}),
	two("dot", anywhere, (*Tensor).Dot, [2][]int{few, few}),
	two("outer", anywhere, (*Tensor).Outer, [2][]int{few, {2}}),
	two("linear", anywhere, func(x, w *Tensor) *Tensor { return Linear(x, w, nil) }, [2][]int{few, {2, 3}}, [2][]int{matrix, {4, 3}}, [2][]int{cube, {2, 3}}, [2][]int{{0, 3}, {2, 3}}),
	[]gradRow{
		{"linear", anywhere, [][]int{few, {2, 3}, {2}}, func(in []*Tensor) *Tensor { return Linear(in[0], in[1], in[2]) }},
		{"linear", anywhere, [][]int{cube, {2, 3}, {2}}, func(in []*Tensor) *Tensor { return Linear(in[0], in[1], in[2]) }},
		{"linear", anywhere, [][]int{{0, 3}, {2, 3}, {2}}, func(in []*Tensor) *Tensor { return Linear(in[0], in[1], in[2]) }},
	},
)

var modelRows = join(
	one("softmax", anywhere, func(x *Tensor) *Tensor { return x.Softmax(-1) }, few, matrix, cube, hollow),
	one("softmax 0", anywhere, func(x *Tensor) *Tensor { return x.Softmax(0) }, few, matrix, cube),
	one("logsoftmax", anywhere, func(x *Tensor) *Tensor { return x.LogSoftmax(-1) }, few, matrix, cube),
	one("logsoftmax 0", anywhere, func(x *Tensor) *Tensor { return x.LogSoftmax(0) }, few, matrix, cube),
	one("layernorm", anywhere, func(x *Tensor) *Tensor { return x.LayerNorm(nil, nil, 1e-3) }, few, matrix, cube),
	two("layernorm with weight", anywhere, func(x, w *Tensor) *Tensor { return x.LayerNorm(w, nil, 1e-3) }, [2][]int{matrix, few}),
	two("layernorm with bias", anywhere, func(x, b *Tensor) *Tensor { return x.LayerNorm(nil, b, 1e-3) }, [2][]int{cube, few}),
	one("rmsnorm", anywhere, func(x *Tensor) *Tensor { return x.RMSNorm(nil, 1e-3) }, few, matrix, cube),
	two("rmsnorm with weight", anywhere, func(x, w *Tensor) *Tensor { return x.RMSNorm(w, 1e-3) }, [2][]int{matrix, few}, [2][]int{cube, few}),
	[]gradRow{{"layernorm", anywhere, [][]int{matrix, few, few}, func(in []*Tensor) *Tensor { return in[0].LayerNorm(in[1], in[2], 1e-3) }}},
	one("crossentropy", anywhere, func(x *Tensor) *Tensor { return x.CrossEntropy(New([]int{2, 0})) }, matrix),
	one("crossentropy with a row left out", anywhere, func(x *Tensor) *Tensor { return x.CrossEntropy(New([]int{-1, 1})) }, matrix),
	one("crossentropy of rank 3", anywhere, func(x *Tensor) *Tensor { return x.CrossEntropy(New([]int{0, 2}, 2, 1)) }, cube),
	two("crossentropy of probabilities", positive, (*Tensor).CrossEntropy, [2][]int{matrix, matrix}, [2][]int{cube, cube}, [2][]int{few, few}),
	two("bcewithlogits", positive, func(x, y *Tensor) *Tensor { return x.BCEWithLogits(y) }, [2][]int{matrix, matrix}, [2][]int{matrix, few}),
	two("mse", anywhere, (*Tensor).MSE, [2][]int{matrix, matrix}, [2][]int{few, few}),
	[]gradRow{
		attentionRow("attention", 2, 3, 2, 2, false),
		attentionRow("causal attention", 3, 3, 2, 2, true),
		attentionRow("causal attention, more keys", 2, 4, 2, 2, true),
		attentionRow("attention with grouped heads", 2, 3, 4, 2, false),
		attentionByRow("attention through a window, with a cap", 4, 5, 2, 1, device.Attention{Causal: true, Window: 2, Cap: 0.7, Scale: 1.3}),
	},
	one("rotary", anywhere, func(x *Tensor) *Tensor { return x.Rotary(0, 100) }, []int{2, 3, 2, 4}),
	one("rotary from 5", anywhere, func(x *Tensor) *Tensor { return x.Rotary(5, 100) }, []int{1, 3, 1, 2}),
	one("dropout", anywhere, func(x *Tensor) *Tensor { return Seed(7).Dropout(x, 0.5) }, few, matrix, cube),
	one("a network", anywhere, func(x *Tensor) *Tensor {
		w := Seed(3).Normal(5, 3).To(device.F64)
		return Linear(x, w, nil).GELU().LayerNorm(nil, nil, 1e-5).Softmax(-1).Log().Mean().Neg()
	}, matrix, cube),
	one("far from overflow", anywhere, func(x *Tensor) *Tensor { return x.AddScalar(900).LogSumExp(-1).AddScalar(-900 + math.Ln2) }, few),
)

func attentionByRow(name string, t, s, heads, kvheads int, how device.Attention) gradRow {
	return gradRow{name, anywhere, [][]int{{2, t, heads, 2}, {2, s, kvheads, 2}, {2, s, kvheads, 2}}, func(in []*Tensor) *Tensor {
		return AttentionBy(in[0], in[1], in[2], how)
	}}
}

func attentionRow(name string, t, s, heads, kvheads int, causal bool) gradRow {
	return gradRow{name, anywhere, [][]int{{2, t, heads, 2}, {2, s, kvheads, 2}, {2, s, kvheads, 2}}, func(in []*Tensor) *Tensor {
		return Attention(in[0], in[1], in[2], causal)
	}}
}
