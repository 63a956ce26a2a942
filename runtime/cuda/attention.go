//go:build cgo && linux

package cuda

import "github.com/resident-go/resident/runtime/device"

// headsArg is an operand [batch, position, head, column] as the kernels of attention take it.
type headsArg struct {
	at                       uint64
	batch, row, head, column int64
}

type attentionArgs struct {
	q, k, v, out, dout, dq, dk, dv            headsArg
	lse, delta, parts                         uint64
	scale                                     float64
	batch, t, s, heads, kv, d, causal, splits int32
}

// few is up to how many queries of a head are worked on one by one, each with its keys shared out among many blocks.
const few = 4

func (l *list) attention(o device.Attention) error {
	t := o.Q.DType()
	back, err := l.fit(&o.LSE, statistic(t), contiguous, false)
	if err != nil {
		return err
	}
	a := l.sizes(o.Q, o.K, o.Scale, o.Causal)
	a.q, a.k, a.v, a.out, a.lse = l.heads(o.Q), l.heads(o.K), l.heads(o.V), l.heads(o.Out), l.addr(o.LSE)
	size := t.Size()
	switch {
	case a.t <= few && a.s > 0 && a.d <= 256 && int(a.d)*size%16 == 0 && a.k.inPacks(size) && a.v.inPacks(size):
		err = l.decode(t, a)
	case t == device.BF16 && a.scale > 0 && a.d <= 128 && a.d%8 == 0 && a.q.inPacks(2) && a.k.inPacks(2) && a.v.inPacks(2) && a.out.inPacks(2):
		wide, queries, shared := a.flash(6*64, 5*64)
		err = launch(l, "flash"+wide+"_bf16", a.blocks(a.t, a.heads, queries), 128, shared, a)
	default:
		wide, chunks := a.columns()
		err = launch(l, "attention"+wide+suffix(t), a.blocks(a.t, a.heads, 64).times(chunks), 256, plainShared(t), a)
	}
	if err != nil {
		return err
	}
	return back()
}

// flash is which kernels on tensor cores fit the heads' size, how many queries or keys a block has, and what so many rows take in shared memory.
func (a *attentionArgs) flash(rows64, rows128 int) (wide string, tile, shared int) {
	if a.d <= 64 {
		return "64", 128, rows64 * 64 * 2
	}
	return "128", 64, rows128 * 128 * 2
}

// columns is how many columns of the result a block without tensor cores has, and how many blocks share them.
func (a *attentionArgs) columns() (wide string, chunks int) {
	if a.d <= 64 {
		return "64", 1
	}
	return "128", (int(a.d) + 127) / 128
}

// plainShared is what a block without tensor cores keeps in shared memory: slices of two operands, and 64x64 weights, both in rows of 68.
func plainShared(t device.DType) int { return 2 * 64 * 68 * statistic(t).Size() }

// blocks is a grid with a block for each tile of rows of each head.
func (a *attentionArgs) blocks(rows, heads int32, tile int) grid {
	return grid{(int(rows) + tile - 1) / tile * int(a.batch) * int(heads), 1, 1}
}

func (g grid) times(chunks int) grid {
	g[1] = chunks
	return g
}

// decode shares the keys out among blocks.
func (l *list) decode(t device.DType, a attentionArgs) error {
	queries := int(a.batch * a.heads * a.t)
	most := l.d.splits(int(a.s), queries)
	a.splits = int32(most)
	if a.splits == 1 {
		return launch(l, "decode"+suffix(t), grid{queries, 1, 1}, 128, 0, a)
	}
	var err error
	if a.parts, err = l.scratch(queries * most * int(a.d+2) * statistic(t).Size()); err != nil {
		return err
	}
	if err := launch(l, "decode"+suffix(t), grid{queries * most, 1, 1}, 128, 0, a); err != nil {
		return err
	}
	return launch(l, "decode_combine"+suffix(t), grid{queries, 1, 1}, 128, 0, a)
}

func (l *list) attentionGrad(o device.AttentionGrad) error {
	t := o.Q.DType()
	if _, err := l.fit(&o.LSE, statistic(t), contiguous, true); err != nil {
		return err
	}
	a := l.sizes(o.Q, o.K, o.Scale, o.Causal)
	a.q, a.k, a.v, a.out, a.dout = l.heads(o.Q), l.heads(o.K), l.heads(o.V), l.heads(o.Out), l.heads(o.DOut)
	a.dq, a.dk, a.dv, a.lse = l.heads(o.DQ), l.heads(o.DK), l.heads(o.DV), l.addr(o.LSE)
	fast := t == device.BF16 && a.scale > 0 && a.d <= 128 && a.d%8 == 0
	for _, h := range []*headsArg{&a.q, &a.k, &a.v, &a.out, &a.dout, &a.dq, &a.dk, &a.dv} {
		fast = fast && h.inPacks(2)
	}
	if n := int(a.batch * a.heads * a.t); n > 0 {
		var err error
		if a.delta, err = l.scratch(n * statistic(t).Size()); err != nil {
			return err
		}
		if fast {
			err = launch(l, "flash_delta_bf16", grid{(n + 15) / 16, 1, 1}, 128, 0, a)
		} else {
			err = launch(l, "attention_delta"+suffix(t), grid{(n + 7) / 8, 1, 1}, 256, 0, a)
		}
		if err != nil {
			return err
		}
	}
	wide, chunks := a.columns()
	keys, queries, tile, threads, shared := "attention_keys"+wide, "attention_queries"+wide, 64, 256, plainShared(t)
	if fast {
		// Two tiles that stay, two times two of 64 or 32 rows that come and go, and the statistics of two times 32 queries.
		wide, tile, shared = a.flash(8*64, 4*64)
		keys, queries, threads, chunks, shared = "flash_keys"+wide, "flash_queries"+wide, 128, 1, shared+2*2*32*4
	}
	if !empty(o.DK) {
		if err := launch(l, keys+suffix(t), a.blocks(a.s, a.kv, tile).times(chunks), threads, shared, a); err != nil {
			return err
		}
	}
	if empty(o.DQ) {
		return nil
	}
	return launch(l, queries+suffix(t), a.blocks(a.t, a.heads, tile).times(chunks), threads, shared, a)
}

func (l *list) sizes(q, k device.View, scale float64, causal bool) attentionArgs {
	return attentionArgs{scale: scale, batch: l.count(q.Shape[0]), t: l.count(q.Shape[1]), s: l.count(k.Shape[1]), heads: l.count(q.Shape[2]), kv: l.count(k.Shape[2]), d: l.count(q.Shape[3]),
		causal: flagged(causal), splits: 1}
}

func (l *list) heads(v device.View) headsArg {
	s := v.Strides
	return headsArg{l.addr(v), int64(s[0]), int64(s[1]), int64(s[2]), int64(s[3])}
}

// inPacks reports whether the columns lie side by side, each head's at an address that is a multiple of 16.
func (h *headsArg) inPacks(size int) bool {
	return h.column == 1 && (h.at|uint64((h.batch|h.row|h.head)*int64(size)))%16 == 0
}
