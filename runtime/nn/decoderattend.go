package nn

import "github.com/resident-go/resident/runtime/device"

// rowsOf are heads of some rows of what has so many numbers in each, [1, rows, heads, d]; the first number is from.
func (d *Decoder) rowsOf(v device.View, row, rows, from, heads int) device.View {
	size, stride := d.config.HeadSize, v.Strides[0]
	return v.At(device.Layout{Shape: []int{1, rows, heads, size}, Strides: []int{rows * stride, stride, size, 1}, Offset: v.Offset + row*stride + from})
}

// attend turns queries and keys by their positions, keeps keys and values, and lets each sequence attend to itself.
func (d *Decoder) attend(inputs []Input, layer, n int) {
	c := d.config
	if c.turns(layer) {
		qkv, op := d.room.qkv, c.rotary(layer, d.frequencies)
		op.Positions = d.room.positions.At(d.room.positions.Slice(1, 0, n, 1))
		for _, x := range [...]device.View{d.rowsOf(qkv, 0, n, 0, c.Heads), d.rowsOf(qkv, 0, n, c.Heads*c.HeadSize, c.KVHeads)} {
			op.Dst, op.X = x, x
			d.do(op)
		}
	}
	row := 0
	for _, in := range inputs {
		switch {
		case c.window(layer) == 0:
			d.attendAll(in, layer, row)
		case len(in.Tokens) == 1:
			d.attendNewest(in, layer, row)
		default:
			d.attendRecent(in, layer, row)
		}
		row += len(in.Tokens)
	}
}

// attendAll is attention to all that the cache holds.
func (d *Decoder) attendAll(in Input, layer, row int) {
	c, t, past, cache := d.config, len(in.Tokens), in.Cache.used, in.Cache.layers[layer]
	d.steps.moves(in.Cache, in.Cache)
	d.do(device.Copy{Dst: d.rowsOf(cache, past, t, 0, 2*c.KVHeads), X: d.newest(row, t)}) // values follow keys in both
	d.do(d.attention(layer, row, t, cache, 0, past+t, 0))
}

// newest are keys and values of tokens of this pass.
func (d *Decoder) newest(row, t int) device.View {
	return d.rowsOf(d.room.qkv, row, t, d.config.Heads*d.config.HeadSize, 2*d.config.KVHeads)
}

// attention is that of t tokens, from one row on, to keys and values in n rows from another one on, where they begin with number from. The tokens are the last of these.
func (d *Decoder) attention(layer, row, t int, kept device.View, first, n, from int) device.Op {
	c := d.config
	op := c.attention(layer)
	op.Out, op.Q = d.rowsOf(d.room.att, row, t, 0, c.Heads), d.rowsOf(d.room.qkv, row, t, 0, c.Heads)
	op.K, op.V = d.rowsOf(kept, first, n, from, c.KVHeads), d.rowsOf(kept, first, n, from+c.KVHeads*c.HeadSize, c.KVHeads)
	return op
}

// attendNewest is attention of one token through a window.
func (d *Decoder) attendNewest(in Input, layer, row int) {
	op := d.cached(layer, d.room.qkv, d.room.att, row, in.Cache.layers[layer])
	op.Past = d.room.positions.At(device.Layout{Shape: []int{1}, Strides: []int{1}, Offset: d.room.positions.Offset + row})
	d.do(op)
}

// cached is attention of a sequence's newest token, without its place: keys are not turned.
func (d *Decoder) cached(layer int, qkv, att device.View, row int, cache device.View) device.CachedAttention {
	c, size := d.config, d.config.HeadSize
	kv, k, how := c.KVHeads*size, c.Heads*size, c.attention(layer)
	heads := func(v device.View, from, heads int) device.View {
		return v.At(device.Layout{Shape: []int{heads, size}, Strides: []int{size, 1}, Offset: v.Offset + row*v.Strides[0] + from})
	}
	kept := func(from int) device.View {
		return cache.At(device.Layout{Shape: []int{cache.Shape[0], c.KVHeads, size}, Strides: []int{2 * kv, size, 1}, Offset: cache.Offset + from})
	}
	return device.CachedAttention{Out: heads(att, 0, c.Heads), Q: heads(qkv, 0, c.Heads), K: heads(qkv, k, c.KVHeads), V: heads(qkv, k+kv, c.KVHeads),
		Keys: kept(0), Values: kept(kv), Scale: how.Scale, Cap: how.Cap, Window: how.Window}
}

// attendRecent is attention of several tokens through a window: to those before, which are brought together with the new ones, before these take their places.
func (d *Decoder) attendRecent(in Input, layer, row int) {
	c, t, past, cache := d.config, len(in.Tokens), in.Cache.used, in.Cache.layers[layer]
	heads, limit := 2*c.KVHeads, cache.Shape[0]
	if before := c.recent(layer, past); before == 0 { // all there is to see is new
		d.do(d.attention(layer, row, t, d.room.qkv, row, t, c.Heads*c.HeadSize))
	} else {
		together := d.room.recent
		around(past-before, before, limit, func(i, at, n int) {
			d.do(device.Copy{Dst: d.rowsOf(together, i, n, 0, heads), X: d.rowsOf(cache, at, n, 0, heads)})
		})
		d.do(device.Copy{Dst: d.rowsOf(together, before, t, 0, heads), X: d.newest(row, t)}, d.attention(layer, row, t, together, 0, before+t, 0))
	}
	skip := max(0, t-limit) // what would be written over at once
	around(past+skip, t-skip, limit, func(i, at, n int) {
		d.do(device.Copy{Dst: d.rowsOf(cache, at, n, 0, heads), X: d.newest(row+skip+i, n)})
	})
}

// recent is how many tokens before a new one it sees through a layer's window.
func (c GPTConfig) recent(layer, past int) int { return min(past, c.window(layer)-1) }

// around calls f for each piece in which n positions from one on lie in a ring: which of them it begins with, where, and how many there are. There are no more than the ring has.
func around(from, n, ring int, f func(i, at, n int)) {
	for i := 0; i < n; {
		at := (from + i) % ring
		piece := min(n-i, ring-at)
		f(i, at, piece)
		i += piece
	}
}

// reserveRecent makes room for what attendRecent brings together.
func (d *Decoder) reserveRecent(inputs []Input) {
	c, rows := d.config, 0
	for layer := range c.Layers {
		for _, in := range inputs {
			if t := len(in.Tokens); t > 1 && c.window(layer) > 0 && c.recent(layer, in.Cache.used) > 0 {
				rows = max(rows, c.recent(layer, in.Cache.used)+t)
			}
		}
	}
	if r := d.room.recent; rows > 0 && (!r.Given() || r.Shape[0] < rows) {
		d.room.recent = d.alloc(device.F32, rows, 2*c.KVHeads*c.HeadSize)
		d.steps.caches = nil
	}
}
