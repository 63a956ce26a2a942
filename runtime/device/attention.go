package device

import (
	"slices"
	"strconv"
)

// Attention is scaled dot-product attention (Vaswani et al., arXiv:1706.03762), with grouped heads (Ainslie et al., arXiv:2305.13245):
// head h of the queries uses head h/(h_q/h_kv) of keys and values.
//
//	Out[b,i,h,:] = Σj P[b,h,i,j] · V[b,j,h',:]
//	P[b,h,i,:]   = softmax of s = Scale · Q[b,i,h,:]·K[b,j,h',:] over those j that i may see
//
//	Q, Out [batch, t, heads, d]
//	K, V   [batch, s, kvheads, d]     kvheads divides heads
//	LSE    [batch, heads, t]          optional: the logarithm of each softmax's denominator, what the gradient needs
//
// With Causal, query i sees the keys up to i + s - t: the last query sees all of them; with a Window beside it (Beltagy et al., arXiv:2004.05150) only
// the last so many of these, its own among them. With a Cap the softmax is that of Cap · tanh(s/Cap) (Gemma 2, arXiv:2408.00118). All are floats of one type, but
// LSE may be F32 beside BF16.
type Attention struct {
	Out, LSE, Q, K, V View
	Scale, Cap        float64 // a Cap of 0 is none
	Causal            bool
	Window            int // 0 is none
}

// Check implements [Op].
func (o Attention) Check() error {
	if err := check("attention", o.Q, o.Out, o.K, o.V); err != nil {
		return err
	}
	if err := checkAttention("attention", o.reach(), [...]View{o.Q, o.Out, {}, {}}, [...]View{o.K, o.V, {}, {}}, o.LSE); err != nil {
		return err
	}
	return distinct("attention", o.Out, o.LSE)
}

// AttentionGrad is the gradient of [Attention], of which Q, K, V, Out and LSE are. DQ, DK and DV are overwritten.
type AttentionGrad struct {
	DQ, DK, DV, DOut, Q, K, V, Out, LSE View
	Scale, Cap                          float64
	Causal                              bool
	Window                              int
}

// Check implements [Op].
func (o AttentionGrad) Check() error {
	if err := check("attention-grad", o.Q, o.Out, o.DOut, o.DQ, o.K, o.V, o.DK, o.DV, o.LSE); err != nil {
		return err
	}
	if err := checkAttention("attention-grad", o.reach(), [...]View{o.Q, o.Out, o.DOut, o.DQ}, [...]View{o.K, o.V, o.DK, o.DV}, o.LSE); err != nil {
		return err
	}
	return distinct("attention-grad", o.DQ, o.DK, o.DV)
}

// reach is what attention sees of earlier keys, and how.
type reach struct {
	causal bool
	window int
	cap    float64
}

func (o Attention) reach() reach     { return reach{o.Causal, o.Window, o.Cap} }
func (o AttentionGrad) reach() reach { return reach{o.Causal, o.Window, o.Cap} }

func (r reach) check(op string, q View) error {
	switch {
	case r.window < 0 || r.window > 0 && !r.causal:
		return complain(op, "a window is positive and goes back from the query, with Causal", q)
	case !(r.cap >= 0):
		return complain(op, "the cap of the scores is negative", q)
	}
	return nil
}

// checkAttention checks operands of which those behind the second, and the LSE, may be left out.
func checkAttention(op string, r reach, queries, keys [4]View, lse View) error {
	if err := checkOptional(op, queries[0], lse); err != nil {
		return err
	}
	if err := r.check(op, queries[0]); err != nil {
		return err
	}
	q, k := queries[0].Shape, keys[0].Shape
	switch {
	case len(q) != 4 || len(k) != 4 || q[0] != k[0] || q[3] != k[3] || k[2] == 0 || q[2]%k[2] != 0:
		return complain(op, "want q [batch, t, heads, d] and k [batch, s, kvheads, d], where kvheads divides heads", queries[0], keys[0])
	case r.causal && k[1] < q[1]:
		return complain(op, "there are fewer keys than queries, so the first queries see nothing", queries[0], keys[0])
	case !shaped(q, queries[:]...):
		return complain(op, "shapes do not fit, want "+Shape(q).String(), given(queries[:]...)...)
	case !shaped(k, keys[:]...):
		return complain(op, "shapes do not fit, want "+Shape(k).String(), given(keys[:]...)...)
	case lse.Given() && (lse.Rank() != 3 || lse.Shape[0] != q[0] || lse.Shape[1] != q[2] || lse.Shape[2] != q[1]):
		return complain(op, "shapes do not fit, want "+Shape{q[0], q[2], q[1]}.String(), lse)
	}
	first := queries[0]
	if !sameType(queries[:]...) || !sameType(first, keys[0], keys[1], keys[2], keys[3]) || !beside(first, lse) || !first.DType().IsFloat() {
		return complain(op, "types differ, or are no floats", append(given(queries[:]...), given(keys[:]...)...)...)
	}
	return nil
}

// Rotary turns pairs of numbers by angles that grow with the position (Su et al., arXiv:2104.09864), in the half-split order of
// Llama's checkpoints: with θ = position · Base^(-2i/d), or θ = position · Frequencies[i] where they are given,
//
//	Dst[..., i]     = X[..., i]·cos θ - X[..., i+d/2]·sin θ
//	Dst[..., i+d/2] = X[..., i+d/2]·cos θ + X[..., i]·sin θ
//
// Dst and X are floats [batch, t, heads, d], and may be the same; d is even. Positions is I32 [batch, t]; left out, it is From, From+1, ...
// Frequencies is F64 [d/2], in row-major order; Base counts for nothing then. Inverse turns back, which is the gradient.
type Rotary struct {
	Dst, X, Positions, Frequencies View
	From                           int
	Base                           float64
	Inverse                        bool
}

// Check implements [Op].
func (o Rotary) Check() error {
	if err := elementwise("rotary", false, o.Dst, o.X); err != nil {
		return err
	}
	if err := checkOptional("rotary", o.Dst, o.Positions, o.Frequencies); err != nil {
		return err
	}
	switch {
	case o.X.Rank() != 4 || o.X.Shape[3]%2 != 0:
		return complain("rotary", "want [batch, t, heads, d] with an even d", o.X)
	case o.Positions.Given() && (!slices.Equal(o.Positions.Shape, o.X.Shape[:2]) || o.Positions.DType() != I32):
		return complain("rotary", "positions are i32 [batch, t]", o.Positions, o.X)
	case o.Frequencies.Given():
		return checkFrequencies("rotary", o.Frequencies, o.X.Shape[3])
	case o.Base <= 0:
		return complain("rotary", "the base is not positive", o.X)
	}
	return nil
}

// checkFrequencies checks those of heads of size d.
func checkFrequencies(op string, v View, d int) error {
	if v.DType() != F64 || v.Rank() != 1 || 2*v.Shape[0] != d || !v.IsContiguous() {
		return complain(op, "want frequencies f64 [d/2] in row-major order, for heads of "+strconv.Itoa(d), v)
	}
	return nil
}
