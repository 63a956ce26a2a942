package nn

import (
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// chain is what the passes of a generation work on: a row for each sequence. It stays with the first cache, for the next generation of the same sequences.
type chain struct {
	d      *Decoder
	caches []*Cache
	room   decoderRoom // positions are [n] here

	how, uniform, drawn, seen, picked device.View         // of device.Sample
	passes                            [2]device.Recording // one that takes the most probable tokens, and one that draws; nil before they are wanted
}

// chain is that of these sequences.
func (d *Decoder) chain(caches []*Cache) *chain {
	if c := caches[0].chain; c != nil && c.d == d && slices.Equal(c.caches, caches) {
		return c
	}
	n, config := len(caches), d.config
	f32 := func(width int) device.View { return d.alloc(device.F32, n, width) }
	c := &chain{d: d, caches: slices.Clone(caches), how: d.alloc(device.F64, n, device.HowColumns), uniform: d.alloc(device.F64, n, config.BlockSize),
		drawn: d.alloc(device.I32, n), seen: d.alloc(device.I32, n, (config.VocabSize+31)/32), picked: d.alloc(device.F64, n, 2),
		room: decoderRoom{tokens: n, ids: d.alloc(device.I32, n), positions: d.alloc(device.I32, n), x: f32(config.Embed), y: f32(config.Embed), norm: f32(config.Embed),
			qkv: f32(config.qkvSize()), att: f32(config.heads()), up: f32(config.Hidden), h: f32(config.Hidden), logits: f32(config.VocabSize)}}
	if config.gated() {
		c.room.gate = f32(config.Hidden)
	}
	caches[0].chain = c
	return c
}

// write tells the device how to choose, and where the sequences stand: before their new token, or, if it is not the first pass that reads it, behind it.
func (c *chain) write(inputs []Input, how []Sampling, highest, first bool) error {
	var ids, positions []int32
	for _, in := range inputs {
		at := in.Cache.used
		if !first {
			at += len(in.Tokens)
		}
		ids, positions = append(ids, in.Tokens[0]), append(positions, int32(at))
	}
	if err := c.put(c.room.ids, 0, bytesOf(ids)); err != nil {
		return err
	}
	if err := c.put(c.room.positions, 0, bytesOf(positions)); err != nil || highest {
		return err
	}
	if err := c.put(c.drawn, 0, bytesOf(make([]int32, len(inputs)))); err != nil {
		return err
	}
	for i, s := range how {
		row := []float64{device.HowTemperature: s.Temperature, device.HowTopK: float64(s.TopK), device.HowTopP: s.TopP, device.HowMinP: s.MinP, device.HowPenalty: s.Penalty}
		words := make([]int32, c.seen.Shape[1])
		for _, id := range s.Seen {
			words[id/32] |= 1 << (id % 32)
		}
		uniform := s.Uniform[:min(len(s.Uniform), c.uniform.Shape[1])]
		for _, p := range []struct {
			to  device.View
			mem []byte
		}{{c.how, bytesOf(row)}, {c.seen, bytesOf(words)}, {c.uniform, bytesOf(uniform)}} {
			if err := c.put(p.to, i, p.mem); err != nil {
				return err
			}
		}
	}
	return nil
}

// put writes a row, or, of a vector, all.
func (c *chain) put(to device.View, row int, mem []byte) error {
	return c.d.dev.Write(to.Data, row*to.Strides[0], mem)
}

// choice is the operation that chooses from the logits. Where it follows a pass, the positions move on.
func (c *chain) choice(highest, behind bool) device.Sample {
	op := device.Sample{Logits: c.room.logits, Tokens: c.room.ids, Picked: c.picked}
	if !highest {
		op.How, op.Uniform, op.Drawn, op.Seen = c.how, c.uniform, c.drawn, c.seen
	}
	if behind {
		op.Past = c.room.positions
	}
	return op
}

// chooseAfter chooses from what the last pass of the decoder left behind.
func (c *chain) chooseAfter(highest bool) error {
	n := len(c.caches)
	return c.d.dev.Run(device.Copy{Dst: c.room.logits, X: first(c.d.room.logits, n)}, c.choice(highest, false))
}

// recorded is the pass for one more token of each sequence, and the choice of the next ones.
func (c *chain) recorded(highest bool) (device.Recording, error) {
	at := 0
	if highest {
		at = 1
	}
	if c.passes[at] == nil {
		r, err := device.Record(c.d.dev, append(c.operations(), c.choice(highest, true))...)
		if err != nil {
			return nil, err
		}
		c.passes[at] = r
	}
	return c.passes[at], nil
}

// operations lists a pass. All that it reads of tokens and positions is in the device's memory.
func (c *chain) operations() (ops []device.Op) {
	d, r := c.d, c.room
	do := func(more ...device.Op) { ops = append(ops, more...) }
	embed := device.Embed{Dst: r.x, Table: d.embed.weight, Scales: d.embed.scales, IDs: r.ids}
	if d.position.Given() {
		embed.Positions, embed.At = d.position, r.positions
	}
	do(embed)
	do(d.config.scaledEmbedding(r.x)...)
	act, _ := d.config.gate()
	for i, l := range d.layers {
		do(d.normOf(l.norm1, r.norm, r.x), linearOf(l.qkv, device.MatMul{Dst: r.qkv, A: r.norm}))
		do(d.headNorms(l, r.qkv)...)
		for row, cache := range c.caches {
			do(c.attention(i, row, cache.layers[i]))
		}
		do(d.residual(l.out, l.post1, r.y, r.att, r.x, r.norm)...)
		do(d.normOf(l.norm2, r.norm, r.y))
		if d.config.gated() {
			do(linearOf(l.gate, device.MatMul{Dst: r.gate, A: r.norm, Act: act}), linearOf(l.up, device.MatMul{Dst: r.up, A: r.norm}),
				device.Binary{Op: device.Mul, Dst: r.h, X: r.gate, Y: r.up})
		} else {
			do(linearOf(l.up, device.MatMul{Dst: r.h, A: r.norm, Act: d.config.gelu()}))
		}
		do(d.residual(l.down, l.post2, r.x, r.h, r.y, r.norm)...)
	}
	do(d.normOf(d.norm, r.norm, r.x), linearOf(d.head, device.MatMul{Dst: r.logits, A: r.norm}))
	do(d.config.capped(r.logits)...)
	return ops
}

// attention is that of one sequence in one layer.
func (c *chain) attention(layer, row int, cache device.View) device.Op {
	op := c.d.cached(layer, c.room.qkv, c.room.att, row, cache)
	op.Past = c.room.positions.At(c.room.positions.Slice(0, row, row+1, 1))
	if config := c.d.config; config.turns(layer) {
		how := config.rotary(layer, c.d.frequencies)
		op.Base, op.Frequencies = how.Base, how.Frequencies
	}
	return op
}
