package tensor

import (
	"github.com/resident-go/resident/runtime/device"
)

type torchOp = func(in []*Tensor, a torchArgs) []*Tensor

// torchOps are our names for PyTorch's operations.
var torchOps = map[string]torchOp{
	"neg": op1((*Tensor).Neg), "abs": op1((*Tensor).Abs), "sign": op1((*Tensor).Sign), "exp": op1((*Tensor).Exp), "log": op1((*Tensor).Log),
	"sqrt": op1((*Tensor).Sqrt), "square": op1((*Tensor).Square), "reciprocal": op1((*Tensor).Reciprocal), "sin": op1((*Tensor).Sin),
	"logsigmoid": op1((*Tensor).LogSigmoid),
	"cos":        op1((*Tensor).Cos), "tanh": op1((*Tensor).Tanh), "sigmoid": op1((*Tensor).Sigmoid), "relu": op1((*Tensor).ReLU),
	"gelu": op1((*Tensor).GELU), "gelutanh": op1((*Tensor).GELUTanh), "silu": op1((*Tensor).SiLU), "floor": op1((*Tensor).Floor),
	"ceil": op1((*Tensor).Ceil), "round": op1((*Tensor).Round), "log1p": op1((*Tensor).Log1p), "softplus": op1((*Tensor).Softplus),
	"isnan": op1((*Tensor).IsNaN), "isinf": op1((*Tensor).IsInf), "isfinite": op1((*Tensor).IsFinite), "nonzero": op1((*Tensor).NonZero),

	"add": op2((*Tensor).Add), "sub": op2((*Tensor).Sub), "mul": op2((*Tensor).Mul), "div": op2((*Tensor).Div), "pow": op2((*Tensor).Pow),
	"maximum": op2((*Tensor).Maximum), "minimum": op2((*Tensor).Minimum), "eq": op2((*Tensor).Eq), "ne": op2((*Tensor).Ne), "lt": op2((*Tensor).Lt),
	"le": op2((*Tensor).Le), "gt": op2((*Tensor).Gt), "ge": op2((*Tensor).Ge), "matmul": op2((*Tensor).MatMul), "dot": op2((*Tensor).Dot),
	"outer": op2((*Tensor).Outer), "mse": op2((*Tensor).MSE), "bce": op2((*Tensor).BCEWithLogits), "crossentropy": op2((*Tensor).CrossEntropy),
	"rows": op2((*Tensor).Rows), "pick": op2((*Tensor).Pick), "maskedselect": op2((*Tensor).MaskedSelect),

	"scale":      opV((*Tensor).Scale),
	"addscalar":  opV((*Tensor).AddScalar),
	"powscalar":  opV((*Tensor).PowScalar),
	"leakyrelu":  opV((*Tensor).LeakyReLU),
	"clamp":      one1(func(x *Tensor, a torchArgs) *Tensor { return x.Clamp(float64(a.Low), float64(a.High)) }),
	"where":      func(in []*Tensor, _ torchArgs) []*Tensor { return []*Tensor{Where(in[0], in[1], in[2])} },
	"maskedfill": func(in []*Tensor, a torchArgs) []*Tensor { return []*Tensor{in[0].MaskedFill(in[1], float64(a.V))} },

	"reshape":   opDims((*Tensor).Reshape),
	"permute":   opDims((*Tensor).Permute),
	"expand":    opDims((*Tensor).Expand),
	"flip":      opDims((*Tensor).Flip),
	"repeat":    opDims((*Tensor).Repeat),
	"transpose": one1(func(x *Tensor, a torchArgs) *Tensor { return x.Transpose(a.Dims[0], a.Dims[1]) }),
	"movedim":   one1(func(x *Tensor, a torchArgs) *Tensor { return x.MoveDim(a.Dims[0], a.Dims[1]) }),
	"roll":      one1(func(x *Tensor, a torchArgs) *Tensor { return x.Roll(a.Dims[0], a.Dims[1]) }),
	"index":     one1(func(x *Tensor, a torchArgs) *Tensor { return x.Index(a.Dims[0], a.Dims[1]) }),
	"slice":     one1(func(x *Tensor, a torchArgs) *Tensor { return x.SliceStep(a.Dims[0], a.Dims[1], a.Dims[2], a.Dims[3]) }),
	"unsqueeze": one1(func(x *Tensor, a torchArgs) *Tensor { return x.Unsqueeze(a.Dim) }),
	"squeeze":   one1(func(x *Tensor, a torchArgs) *Tensor { return x.Squeeze(a.Dim) }),
	"diagonal":  one1(func(x *Tensor, a torchArgs) *Tensor { return x.Diagonal(a.K) }),
	"diag":      one1(func(x *Tensor, a torchArgs) *Tensor { return x.Diag(a.K) }),
	"tril":      one1(func(x *Tensor, a torchArgs) *Tensor { return x.Tril(a.K) }),
	"triu":      one1(func(x *Tensor, a torchArgs) *Tensor { return x.Triu(a.K) }),
	"concat":    func(in []*Tensor, a torchArgs) []*Tensor { return []*Tensor{Concat(a.Dim, in...)} },
	"stack":     func(in []*Tensor, a torchArgs) []*Tensor { return []*Tensor{Stack(a.Dim, in...)} },
	"split":     func(in []*Tensor, a torchArgs) []*Tensor { return in[0].Split(a.Dims[0], a.Dims[1:]...) },
	"chunk":     func(in []*Tensor, a torchArgs) []*Tensor { return in[0].Chunk(a.Dims[0], a.Dims[1]) },

	"gather":      func(in []*Tensor, a torchArgs) []*Tensor { return []*Tensor{in[0].Gather(a.Dim, in[1])} },
	"scatteradd":  func(in []*Tensor, a torchArgs) []*Tensor { return []*Tensor{in[0].ScatterAdd(a.Dim, in[1], in[2])} },
	"indexselect": func(in []*Tensor, a torchArgs) []*Tensor { return []*Tensor{in[0].IndexSelect(a.Dim, in[1])} },
	"indexadd":    func(in []*Tensor, a torchArgs) []*Tensor { return []*Tensor{in[0].IndexAdd(a.Dim, in[1], in[2])} },
	"onehot":      one1(func(x *Tensor, a torchArgs) *Tensor { return OneHot(x, a.K) }),
	"argsort":     one1(func(x *Tensor, a torchArgs) *Tensor { return x.ArgSort(a.Dim, a.K == 1) }),
	"sort":        func(in []*Tensor, a torchArgs) []*Tensor { v, i := in[0].Sort(a.Dim, a.K == 1); return []*Tensor{v, i} },
	"topk":        func(in []*Tensor, a torchArgs) []*Tensor { v, i := in[0].TopK(a.K, a.Dim); return []*Tensor{v, i} },

	"unfold": one1(func(x *Tensor, a torchArgs) *Tensor { return x.Unfold(a.Dims[0], a.Dims[1], a.Dims[2]) }),
	"pad":    one1(func(x *Tensor, a torchArgs) *Tensor { return x.Pad(a.Dims[0], a.Dims[1], a.Dims[2], float64(a.V)) }),
	"conv": func(in []*Tensor, a torchArgs) []*Tensor {
		pad, stride, w := a.Dims[0], a.Dims[1], in[1]
		windows := in[0].Pad(2, pad, pad, 0).Pad(3, pad, pad, 0).Unfold(2, w.Dim(2), stride).Unfold(3, w.Dim(3), stride)
		return []*Tensor{Einsum("nchwij,ocij->nohw", windows, w)}
	},
	"maxpool": one1(func(x *Tensor, a torchArgs) *Tensor { return x.Unfold(2, a.K, a.K).Unfold(3, a.K, a.K).Max(-2, -1) }),

	"sum": opDims((*Tensor).Sum), "sumkeep": opDims((*Tensor).SumKeep), "mean": opDims((*Tensor).Mean), "norm": opDims((*Tensor).Norm),
	"max": opDims((*Tensor).Max), "min": opDims((*Tensor).Min), "prod": opDims((*Tensor).Prod),
	"var": func(in []*Tensor, a torchArgs) []*Tensor {
		of := [](func(*Tensor, ...int) *Tensor){(*Tensor).PopVar, (*Tensor).Var}[a.K] // PyTorch's correction
		return []*Tensor{of(in[0], a.Dims...)}
	},
	"std": func(in []*Tensor, a torchArgs) []*Tensor {
		of := [](func(*Tensor, ...int) *Tensor){(*Tensor).PopStd, (*Tensor).Std}[a.K]
		return []*Tensor{of(in[0], a.Dims...)}
	},
	"argmax":    one1(func(x *Tensor, a torchArgs) *Tensor { return x.ArgMax(a.Dim) }),
	"argmin":    one1(func(x *Tensor, a torchArgs) *Tensor { return x.ArgMin(a.Dim) }),
	"logsumexp": one1(func(x *Tensor, a torchArgs) *Tensor { return x.LogSumExp(a.Dim) }),
	"cumsum":    one1(func(x *Tensor, a torchArgs) *Tensor { return x.CumSum(a.Dim) }),
	"einsum":    func(in []*Tensor, a torchArgs) []*Tensor { return []*Tensor{Einsum(a.Spec, in...)} },

	"softmax":    one1(func(x *Tensor, a torchArgs) *Tensor { return x.Softmax(a.Dim) }),
	"logsoftmax": one1(func(x *Tensor, a torchArgs) *Tensor { return x.LogSoftmax(a.Dim) }),
	"linear":     func(in []*Tensor, _ torchArgs) []*Tensor { return []*Tensor{Linear(in[0], in[1], orNil(in, 2))} },
	"layernorm": func(in []*Tensor, a torchArgs) []*Tensor {
		return []*Tensor{in[0].LayerNorm(orNil(in, 1), orNil(in, 2), float64(a.V))}
	},
	"rmsnorm":   func(in []*Tensor, a torchArgs) []*Tensor { return []*Tensor{in[0].RMSNorm(orNil(in, 1), float64(a.V))} },
	"attention": func(in []*Tensor, a torchArgs) []*Tensor { return []*Tensor{Attention(in[0], in[1], in[2], a.K == 1)} },
	"rotary":    one1(func(x *Tensor, a torchArgs) *Tensor { return x.Rotary(a.K, float64(a.V)) }),
	"takealong": func(in []*Tensor, a torchArgs) []*Tensor {
		shape := in[0].Shape()
		shape[a.Dim] = in[1].Dim(a.Dim)
		return []*Tensor{in[0].Gather(a.Dim, in[1].To(device.I32).Expand(shape...))}
	},
}

func op1(f func(*Tensor) *Tensor) torchOp {
	return func(in []*Tensor, _ torchArgs) []*Tensor { return []*Tensor{f(in[0])} }
}

func op2(f func(x, y *Tensor) *Tensor) torchOp {
	return func(in []*Tensor, _ torchArgs) []*Tensor { return []*Tensor{f(in[0], in[1])} }
}

func one1(f func(*Tensor, torchArgs) *Tensor) torchOp {
	return func(in []*Tensor, a torchArgs) []*Tensor { return []*Tensor{f(in[0], a)} }
}

func opV(f func(*Tensor, float64) *Tensor) torchOp {
	return one1(func(x *Tensor, a torchArgs) *Tensor { return f(x, float64(a.V)) })
}

func opDims(f func(*Tensor, ...int) *Tensor) torchOp {
	return one1(func(x *Tensor, a torchArgs) *Tensor { return f(x, a.Dims...) })
}

func orNil(in []*Tensor, i int) *Tensor {
	if i < len(in) {
		return in[i]
	}
	return nil
}
