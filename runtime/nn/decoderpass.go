package nn

import (
	"unsafe"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/tensor"
)

// reserve makes room for a pass over some tokens of some sequences.
func (d *Decoder) reserve(tokens, sequences int) {
	r, c := &d.room, d.config
	if tokens > r.tokens {
		f32 := func(width int) device.View { return d.alloc(device.F32, tokens, width) }
		*r = decoderRoom{tokens: tokens, ids: d.alloc(device.I32, tokens), positions: d.alloc(device.I32, 1, tokens),
			x: f32(c.Embed), y: f32(c.Embed), norm: f32(c.Embed), qkv: f32(c.qkvSize()), att: f32(c.heads()), up: f32(c.Hidden), h: f32(c.Hidden),
			heads: r.heads, logits: r.logits, recent: r.recent}
		d.steps.caches = nil
		if c.gated() {
			r.gate = f32(c.Hidden)
		}
		if t := d.embed.weight.DType(); t != device.F32 {
			r.rows = d.alloc(t, tokens, c.Embed)
		}
		if d.embed.scales.Given() {
			r.scales = f32(d.embed.scales.Shape[1])
		}
	}
	if !r.logits.Given() || r.logits.Shape[0] < sequences {
		r.heads, r.logits = d.alloc(device.F32, sequences, c.Embed), d.alloc(device.F32, sequences, c.VocabSize)
		d.steps.caches = nil
	}
}

func (d *Decoder) alloc(t device.DType, shape ...int) device.View {
	l := device.Contiguous(shape...)
	b, err := d.dev.Alloc(t, l.Size())
	if err != nil {
		panic(&tensor.Error{Op: "room for a pass", Err: err})
	}
	return device.View{Data: b, Layout: l}
}

// write hands over tokens and their positions.
func (d *Decoder) write(inputs []Input) error {
	var ids, positions []int32
	for _, in := range inputs {
		ids = append(ids, in.Tokens...)
		for i := range in.Tokens {
			positions = append(positions, int32(in.Cache.used+i))
		}
	}
	if err := d.dev.Write(d.room.ids.Data, 0, bytesOf(ids)); err != nil {
		return err
	}
	return d.dev.Write(d.room.positions.Data, 0, bytesOf(positions))
}

// bytesOf is the memory of numbers. It is little-endian, as devices want it, on all machines that this program is for.
func bytesOf[T int32 | float32 | float64](s []T) []byte {
	var one T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), int(unsafe.Sizeof(one))*len(s))
}

func (d *Decoder) do(ops ...device.Op) { d.steps.ops = append(d.steps.ops, ops...) }

// first is the first rows of a matrix.
func first(v device.View, rows int) device.View { return v.At(v.Slice(0, 0, rows, 1)) }

// pass lists the operations of a pass over n tokens.
func (d *Decoder) pass(inputs []Input, n int) {
	r := d.room
	x, y, norm := first(r.x, n), first(r.y, n), first(r.norm, n)
	d.embedTokens(inputs, x, n)
	act, _ := d.config.gate()
	for i, l := range d.layers {
		d.normalise(l.norm1, norm, x)
		d.linear(l.qkv, device.MatMul{Dst: first(r.qkv, n), A: norm})
		d.do(d.headNorms(l, first(r.qkv, n))...)
		d.attend(inputs, i, n)
		d.do(d.residual(l.out, l.post1, y, first(r.att, n), x, norm)...)
		d.normalise(l.norm2, norm, y)
		up, h := first(r.up, n), first(r.h, n)
		if d.config.gated() {
			gate := first(r.gate, n)
			d.linear(l.gate, device.MatMul{Dst: gate, A: norm, Act: act})
			d.linear(l.up, device.MatMul{Dst: up, A: norm})
			d.do(device.Binary{Op: device.Mul, Dst: h, X: gate, Y: up})
		} else {
			d.linear(l.up, device.MatMul{Dst: h, A: norm, Act: d.config.gelu()})
		}
		d.do(d.residual(l.down, l.post2, x, h, y, norm)...)
	}
	d.finish(inputs, x)
}

// embedTokens looks the tokens up, and adds the vectors of their positions.
func (d *Decoder) embedTokens(inputs []Input, x device.View, n int) {
	d.lookUp(x, n)
	d.do(d.config.scaledEmbedding(x)...)
	if !d.position.Given() {
		return
	}
	at, row := d.position, 0
	for _, in := range inputs {
		part := x.At(x.Slice(0, row, row+len(in.Tokens), 1))
		d.steps.moves(in.Cache)
		d.do(device.Binary{Op: device.Add, Dst: part, X: part, Y: at.At(at.Slice(0, in.Cache.used, in.Cache.used+len(in.Tokens), 1))})
		row += len(in.Tokens)
	}
}

// lookUp takes the vectors of the tokens from the embedding, as f32.
func (d *Decoder) lookUp(x device.View, n int) {
	r, ids := d.room, d.room.ids.At(d.room.ids.Slice(0, 0, n, 1))
	if !r.rows.Given() {
		d.do(device.Gather{Dst: x, Table: d.embed.weight, IDs: ids})
		return
	}
	rows := first(r.rows, n)
	d.do(device.Gather{Dst: rows, Table: d.embed.weight, IDs: ids}, device.Copy{Dst: x, X: rows})
	if r.scales.Given() {
		scales := first(r.scales, n)
		groups := scales.Shape[1]
		group := x.Shape[1] / groups
		byGroup := x.At(device.Layout{Shape: []int{n, groups, group}, Strides: []int{x.Strides[0], group, 1}, Offset: x.Offset})
		byScale := scales.At(device.Layout{Shape: []int{n, groups, group}, Strides: []int{scales.Strides[0], 1, 0}, Offset: scales.Offset})
		d.do(device.Gather{Dst: scales, Table: d.embed.scales, IDs: ids}, device.Binary{Op: device.Mul, Dst: byGroup, X: byGroup, Y: byScale})
	}
}

// finish computes the logits after each sequence's last token.
func (d *Decoder) finish(inputs []Input, x device.View) {
	heads, row := first(d.room.heads, len(inputs)), 0
	for i, in := range inputs {
		row += len(in.Tokens)
		d.do(device.Copy{Dst: heads.At(heads.Slice(0, i, i+1, 1)), X: x.At(x.Slice(0, row-1, row, 1))})
	}
	d.normalise(d.norm, heads, heads)
	logits := first(d.room.logits, len(inputs))
	d.linear(d.head, device.MatMul{Dst: logits, A: heads})
	d.do(d.config.capped(logits)...)
}

// residual is dst = x + post(w(y)), with room for what has still to be normalised.
func (d *Decoder) residual(w, post matrix, dst, y, x, room device.View) []device.Op {
	if !post.weight.Given() {
		return []device.Op{linearOf(w, device.MatMul{Dst: dst, A: y, Residual: x})}
	}
	return []device.Op{linearOf(w, device.MatMul{Dst: room, A: y}), d.normOf(post, room, room), device.Binary{Op: device.Add, Dst: dst, X: x, Y: room}}
}

// headNorms are the norms of queries and keys [rows, qkv], if there are any.
func (d *Decoder) headNorms(l decoderLayer, qkv device.View) []device.Op {
	c := d.config
	if !c.QKNorm {
		return nil
	}
	return []device.Op{d.rms(l.qnorm, c.part(qkv, 0, c.Heads)), d.rms(l.knorm, c.part(qkv, c.Heads, c.KVHeads))}
}

func (d *Decoder) rms(a matrix, x device.View) device.Op {
	return device.Norm{Dst: x, X: x, Weight: a.weight, Eps: d.config.Eps, RMS: true}
}

func (d *Decoder) normalise(a matrix, dst, x device.View) { d.do(d.normOf(a, dst, x)) }

func (d *Decoder) normOf(a matrix, dst, x device.View) device.Op {
	return device.Norm{Dst: dst, X: x, Weight: a.weight, Bias: a.bias, Eps: d.config.Eps, RMS: d.config.RMSNorm}
}

func (d *Decoder) linear(w matrix, op device.MatMul) { d.do(linearOf(w, op)) }

// linearOf completes a product with a layer's weights.
func linearOf(w matrix, op device.MatMul) device.Op {
	op.B, op.Scales, op.Bias = transposed(w.weight), w.scales, w.bias
	return op
}
