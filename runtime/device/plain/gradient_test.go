package plain_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/resident-go/resident/runtime/device"
)

// slope is an operation, its gradient, and what they are run on: y = op(x...), and gradient gives the derivative of Σ y·w for each x.
type slope struct {
	name     string
	x        []device.View
	y        device.View
	op       func() []device.Op
	gradient func(w device.View, dx []device.View) []device.Op
}

// Each gradient operation is what central differences of its forward operation say.
func TestGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	random := func(shape ...int) device.View {
		x := make([]float64, device.Contiguous(shape...).Size())
		for i := range x {
			x[i] = r.NormFloat64()
		}
		return of(t, device.F64, shape, x...)
	}
	for _, s := range slopes(t, random) {
		t.Run(s.name, func(t *testing.T) {
			w := random(s.y.Shape...)
			loss := func() float64 {
				run(t, s.op()...)
				sum := 0.0
				for i, y := range f64(s.y) {
					sum += y * f64(w)[i]
				}
				return sum
			}
			loss() // the gradient takes what the forward pass leaves
			var dx []device.View
			for _, x := range s.x {
				dx = append(dx, of(t, device.F64, x.Shape, make([]float64, x.Size())...))
			}
			run(t, s.gradient(w, dx)...)
			for k, x := range s.x {
				checkSlope(t, k, f64(x), f64(dx[k]), loss)
			}
		})
	}
}

// checkSlope compares a gradient with differences of the loss, one number after the other.
func checkSlope(t *testing.T, k int, x, dx []float64, loss func() float64) {
	t.Helper()
	const h = 1e-5
	for i := range x {
		old := x[i]
		x[i] = old + h
		up := loss()
		x[i] = old - h
		down := loss()
		x[i] = old
		if want := (up - down) / (2 * h); math.Abs(dx[i]-want) > 1e-7*(1+math.Abs(want)) {
			t.Errorf("operand %d, element %d: gradient %v, differences say %v", k, i, dx[i], want)
		}
	}
}

func slopes(t *testing.T, random func(shape ...int) device.View) []slope {
	all := elementwiseSlopes(random)
	all = append(all, attentionSlopes(random)...)
	for _, log := range []bool{false, true} {
		x, y := random(3, 5), random(3, 5)
		all = append(all, slope{"softmax", []device.View{x}, y,
			func() []device.Op { return []device.Op{device.Softmax{Dst: y, X: x, Log: log}} },
			func(w device.View, dx []device.View) []device.Op {
				return []device.Op{device.SoftmaxGrad{DX: dx[0], DY: w, Y: y, Log: log}}
			}})
	}
	for _, rms := range []bool{false, true} {
		x, weight, bias, y, mean, rstd := random(3, 5), random(5), random(5), random(3, 5), random(3), random(3)
		operands := []device.View{x, weight, bias}
		if rms {
			operands, bias = operands[:2], device.View{}
		}
		all = append(all, slope{"norm", operands, y,
			func() []device.Op {
				return []device.Op{device.Norm{Dst: y, X: x, Weight: weight, Bias: bias, Mean: mean, Rstd: rstd, Eps: 1e-3, RMS: rms}}
			},
			func(w device.View, dx []device.View) []device.Op {
				o := device.NormGrad{DX: dx[0], DWeight: dx[1], DY: w, X: x, Weight: weight, Mean: mean, Rstd: rstd, RMS: rms}
				if !rms {
					o.DBias = dx[2]
				}
				return []device.Op{o}
			}})
	}
	return append(all, indexSlopes(t, random)...)
}

func indexSlopes(t *testing.T, random func(shape ...int) device.View) []slope {
	ids := of(t, device.I32, []int{4}, 2, 0, 2, 1)
	table, rows := random(3, 2), random(4, 2)
	x, picked, some := random(4, 3), random(4), of(t, device.I32, []int{4}, 2, -1, 0, 1)
	logits, losses, dlogits := random(4, 3), random(4), random(4, 3)
	return []slope{
		{"gather", []device.View{table}, rows,
			func() []device.Op { return []device.Op{device.Gather{Dst: rows, Table: table, IDs: ids}} },
			func(w device.View, dx []device.View) []device.Op {
				return []device.Op{device.ScatterAdd{Table: dx[0], IDs: ids, X: w}}
			}},
		{"pick", []device.View{x}, picked,
			func() []device.Op { return []device.Op{device.Pick{Dst: picked, X: x, IDs: some}} },
			func(w device.View, dx []device.View) []device.Op {
				return []device.Op{device.PickGrad{DX: dx[0], DY: w, IDs: some}}
			}},
		{"cross-entropy", []device.View{logits}, losses,
			func() []device.Op {
				return []device.Op{device.CrossEntropy{Losses: losses, Logits: logits, Targets: some, DLogits: dlogits, Scale: 2}}
			},
			// The operation's own gradient is that of the losses' sum, times Scale; here each loss has a weight.
			func(w device.View, dx []device.View) []device.Op {
				l, err := w.Insert(1).Broadcast(4, 3)
				if err != nil {
					t.Fatal(err)
				}
				return []device.Op{device.Binary{Op: device.Mul, Dst: dx[0], X: dlogits, Y: w.At(l)}, device.Unary{Op: device.Affine, Dst: dx[0], X: dx[0], P: 0.5}}
			}},
	}
}

func elementwiseSlopes(random func(shape ...int) device.View) (all []slope) {
	for _, pair := range []struct {
		op      device.UnaryOp
		grad    device.BinaryOp
		ofValue bool // the gradient takes the function's value
	}{
		{device.ReLU, device.ReLUGrad, false}, {device.GELU, device.GELUGrad, false}, {device.GELUTanh, device.GELUTanhGrad, false},
		{device.SiLU, device.SiLUGrad, false}, {device.Tanh, device.TanhGrad, true}, {device.Sigmoid, device.SigmoidGrad, true},
	} {
		x, y := random(12), random(12)
		of := x
		if pair.ofValue {
			of = y
		}
		all = append(all, slope{pair.op.String(), []device.View{x}, y,
			func() []device.Op { return []device.Op{device.Unary{Op: pair.op, Dst: y, X: x}} },
			func(w device.View, dx []device.View) []device.Op {
				return []device.Op{device.Binary{Op: pair.grad, Dst: dx[0], X: of, Y: w}}
			}})
	}
	x, y := random(2, 3, 2, 4), random(2, 3, 2, 4)
	return append(all, slope{"rotary", []device.View{x}, y,
		func() []device.Op { return []device.Op{device.Rotary{Dst: y, X: x, From: 3, Base: 100}} },
		func(w device.View, dx []device.View) []device.Op {
			return []device.Op{device.Rotary{Dst: dx[0], X: w, From: 3, Base: 100, Inverse: true}}
		}})
}

func attentionSlopes(random func(shape ...int) device.View) (all []slope) {
	for _, how := range []device.Attention{{}, {Causal: true}, {Causal: true, Window: 2}, {Cap: 0.8}, {Causal: true, Window: 3, Cap: 0.5}} {
		q, k, v := random(2, 3, 4, 2), random(2, 5, 2, 2), random(2, 5, 2, 2)
		out, lse := random(2, 3, 4, 2), random(2, 4, 3)
		all = append(all, slope{"attention", []device.View{q, k, v}, out,
			func() []device.Op {
				return []device.Op{device.Attention{Out: out, LSE: lse, Q: q, K: k, V: v, Scale: 0.7, Cap: how.Cap, Causal: how.Causal, Window: how.Window}}
			},
			func(w device.View, dx []device.View) []device.Op {
				return []device.Op{device.AttentionGrad{DQ: dx[0], DK: dx[1], DV: dx[2], DOut: w, Q: q, K: k, V: v, Out: out, LSE: lse, Scale: 0.7, Cap: how.Cap, Causal: how.Causal, Window: how.Window}}
			}})
	}
	return all
}
