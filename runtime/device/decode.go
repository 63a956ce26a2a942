package device

import (
	"math"
	"slices"
	"strconv"
)

// The operations in this file are what a decoded token needs beside products and norms. Which token it is, where it stands and how it is drawn are read from the
// device's memory, so that the operations for one token are the same as for the next: they can be recorded once ([Record]) and handed over ahead of what they choose.

// Embed is the vectors of tokens, and of their positions:
//
//	Dst[i, :] = Table[IDs[i], :] + Positions[At[i], :]
//
//	Dst       [n, d]      F32
//	Table     [rows, d]   F32, BF16, or I8 with Scales [rows, groups], F32, where groups divides d
//	IDs       [n]         I32
//	Positions [block, d]  F32, optional
//	At        [n]         I32, given with Positions
//
// An index outside of its table is an error, and Dst is then undefined.
type Embed struct {
	Dst, Table, Scales, IDs, Positions, At View
}

// Check implements [Op].
func (o Embed) Check() error {
	if err := check("embed", o.Dst, o.Table, o.IDs); err != nil {
		return err
	}
	if err := checkOptional("embed", o.Dst, o.Scales, o.Positions, o.At); err != nil {
		return err
	}
	dst, table := o.Dst.Shape, o.Table.Shape
	switch {
	case len(dst) != 2 || len(table) != 2 || table[1] != dst[1] || !slices.Equal(o.IDs.Shape, dst[:1]):
		return complain("embed", "want [n, d] for ids [n] and a table [rows, d]", o.Dst, o.IDs, o.Table)
	case o.Positions.Given() != o.At.Given() || o.At.Given() && (o.Positions.Rank() != 2 || o.Positions.Shape[1] != dst[1] || !slices.Equal(o.At.Shape, dst[:1])):
		return complain("embed", "want a table of positions [block, d] and places [n] in it, or neither", o.Dst, o.Positions, o.At)
	case (o.Table.DType() == I8) != o.Scales.Given():
		return complain("embed", "i8 tables need scales, others have none", o.Table, o.Scales)
	case o.Scales.Given() && (o.Scales.Rank() != 2 || o.Scales.Shape[0] != table[0] || o.Scales.Shape[1] < 1 || table[1]%o.Scales.Shape[1] != 0):
		return complain("embed", "scales are [rows, groups], and groups divides d", o.Table, o.Scales)
	case o.Dst.DType() != F32 || o.Table.DType() == F64 || o.Table.DType() == I32 || !typed(F32, o.Scales, o.Positions) || !typed(I32, o.IDs, o.At):
		return complain("embed", "want f32 of f32, bf16 or i8, and i32 indices", o.Dst, o.Table, o.IDs)
	}
	return distinct("embed", o.Dst)
}

// typed reports whether all operands that are given have a type.
func typed(t DType, views ...View) bool {
	return !slices.ContainsFunc(views, func(v View) bool { return v.Given() && v.DType() != t })
}

// CachedAttention is the attention of a sequence's newest token to itself and to those before it, of which keys and values are kept. With p = Past[0], the number of
// earlier tokens, it does the following; see [Rotary] and [Attention]:
//
//	q, k           = Q, K turned by position p, if Base is not 0 or Frequencies are given
//	Keys[r, :, :]   = k               r = p, or with a Window p modulo limit
//	Values[r, :, :] = V
//	Out             = attention of q to what is kept of the tokens up to p
//
//	Out, Q       [heads, d]
//	K, V         [kvheads, d]         kvheads divides heads; d is even if they are turned
//	Keys, Values [limit, kvheads, d]
//	Past         [1]                  I32; from 0 to limit-1, or with a Window any from 0 on, else it is an error and nothing is written
//	Frequencies  [d/2]                F64, optional, in row-major order
//
// All others are F32, and numbers of one head lie side by side. Keys and Values are other memory than the rest. A Window is at most limit: the token sees so many of the last
// ones, itself among them, and what is kept of those before is written over.
type CachedAttention struct {
	Out, Q, K, V, Keys, Values, Past, Frequencies View
	Scale, Cap, Base                              float64
	Window                                        int
}

// Turns reports whether queries and keys are turned.
func (o CachedAttention) Turns() bool { return o.Base != 0 || o.Frequencies.Given() }

// Check implements [Op].
func (o CachedAttention) Check() error {
	const op = "cached-attention"
	if err := check(op, o.Out, o.Q, o.K, o.V, o.Keys, o.Values, o.Past); err != nil {
		return err
	}
	if err := checkOptional(op, o.Out, o.Frequencies); err != nil {
		return err
	}
	q, k, c := o.Q.Shape, o.K.Shape, o.Keys.Shape
	if len(q) != 2 || len(k) != 2 || len(c) != 3 || q[1] != k[1] || k[0] == 0 || q[0]%k[0] != 0 || !slices.Equal(c[1:], k) ||
		!slices.Equal(o.Out.Shape, q) || !slices.Equal(o.V.Shape, k) || !slices.Equal(o.Values.Shape, c) {
		return complain(op, "want q [heads, d], k and v [kvheads, d], keys and values [limit, kvheads, d], where kvheads divides heads", o.Q, o.K, o.V, o.Keys, o.Values)
	}
	if !typed(F32, o.Out, o.Q, o.K, o.V, o.Keys, o.Values) || o.Past.DType() != I32 || !slices.Equal(o.Past.Shape, []int{1}) {
		return complain(op, "all are f32, and past is i32 [1]", o.Out, o.Q, o.K, o.V, o.Keys, o.Values, o.Past)
	}
	for _, v := range []View{o.Out, o.Q, o.K, o.V, o.Keys, o.Values} {
		if v.Strides[v.Rank()-1] != 1 && q[1] > 1 {
			return complain(op, "the numbers of a head do not lie side by side", v)
		}
	}
	if err := (reach{true, o.Window, o.Cap}).check(op, o.Q); err != nil {
		return err
	}
	if o.Window > c[0] {
		return complain(op, "fewer keys are kept than the window of "+strconv.Itoa(o.Window)+" shows", o.Q, o.Keys)
	}
	if o.Base < 0 || o.Turns() && q[1]%2 != 0 {
		return complain(op, "turning needs a positive base and an even d", o.Q)
	}
	if o.Frequencies.Given() {
		if err := checkFrequencies(op, o.Frequencies, q[1]); err != nil {
			return err
		}
	}
	return distinct(op, o.Out, o.Keys, o.Values)
}

// Sample chooses a token in each of n rows of scores, and moves on what the operations for the next token read.
//
//	Logits  [n, vocab]   F32, not NaN
//	How     [n, 5]       F64: temperature, top-k, top-p, min-p, repetition penalty; left out, the most probable token is chosen
//	Uniform [n, m]       F64: numbers from 0 up to, but without, 1; of row i, number Drawn[i] is used. Given with How
//	Drawn   [n]          I32: grows by one. Given with How
//	Seen    [n, words]   I32: bit id%32 of word id/32 tells whether the penalty counts for a token; that of the chosen one is set. Given with How
//	Past    [n]          I32, optional: grows by one
//	Tokens  [n]          I32: the tokens
//	Picked  [n, 2]       F64: the token once more, and its probability in what it was drawn from
//
// The filters work as in package infer, one after the other. With s the scores:
//
//	penalty       s/penalty where s > 0, else s·penalty, rounded to F32, for tokens that were seen; 0 and 1 change nothing
//	temperature   the weights are e^(s/temperature); 0 takes the highest score, and of equals the smallest token
//	top-k         only the so many highest; 0 is all
//	top-p         only the highest that together have this share of the weight; 0 and 1 are all
//	min-p         only those with at least this share of the highest weight; 0 is all
//
// Of what is left, in the order of falling scores (of equals, the smaller token first; and of all tokens, where no filter was at work, in that of the tokens), the first is
// chosen with which the sum of the weights exceeds Uniform times the whole. A device may count weights in steps of 2^-44 of the highest.
type Sample struct {
	Logits, How, Uniform, Drawn, Seen, Past, Tokens, Picked View
}

// What the columns of [Sample]'s How are.
const (
	HowTemperature = iota
	HowTopK
	HowTopP
	HowMinP
	HowPenalty
	HowColumns
)

// Check implements [Op].
func (o Sample) Check() error {
	if err := check("sample", o.Tokens, o.Logits, o.Picked); err != nil {
		return err
	}
	drawing := []View{o.How, o.Uniform, o.Drawn, o.Seen}
	if err := checkOptional("sample", o.Tokens, append(drawing, o.Past)...); err != nil {
		return err
	}
	if n := len(given(drawing...)); n != 0 && n != len(drawing) {
		return complain("sample", "how, uniform, drawn and seen are given together", drawing...)
	}
	if o.Logits.Rank() != 2 || o.Logits.Shape[1] < 1 || o.Logits.Shape[1] > math.MaxInt32 {
		return complain("sample", "want logits [n, vocab]", o.Logits)
	}
	n, vocab := o.Logits.Shape[0], o.Logits.Shape[1]
	wants := []struct {
		View
		t     DType
		shape []int
	}{{o.Logits, F32, []int{n, vocab}}, {o.Tokens, I32, []int{n}}, {o.Picked, F64, []int{n, 2}}, {o.Past, I32, []int{n}},
		{o.How, F64, []int{n, HowColumns}}, {o.Drawn, I32, []int{n}}, {o.Seen, I32, []int{n, (vocab + 31) / 32}}}
	for _, w := range wants {
		if w.Given() && (w.DType() != w.t || !slices.Equal(w.Shape, w.shape) || !w.IsContiguous()) {
			return complain("sample", "want "+w.t.String()+Shape(w.shape).String()+" in row-major order", w.View)
		}
	}
	if u := o.Uniform; u.Given() && (u.DType() != F64 || u.Rank() != 2 || u.Shape[0] != n || u.Shape[1] < 1 || !u.IsContiguous()) {
		return complain("sample", "want uniform numbers f64 [n, m] in row-major order", u)
	}
	return distinct("sample", given(o.Tokens, o.Picked, o.Past, o.Drawn, o.Seen)...)
}
