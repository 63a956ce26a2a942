package nn

import (
	"fmt"
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// Cache is what a sequence has left behind: keys and values of its tokens in each layer. A layer with a window keeps no more of them than it looks at.
type Cache struct {
	layers []device.View // [rows, 2·kvheads·d]: the keys of a token, then its values. Token i is in row i, or with a window in row i modulo rows
	window int           // of the layers that have one, 0 if none has; and their rows
	rows   int
	used   int
	reach  int    // tokens that were written, those among them that were forgotten since
	chain  *chain // of the last generation that began with this sequence
}

// NewCache makes a cache for one sequence of at most BlockSize tokens.
func (d *Decoder) NewCache() (*Cache, error) {
	c := &Cache{}
	for i := range d.config.Layers {
		rows, width := d.rows(i)
		if w := d.config.window(i); w > 0 {
			c.window, c.rows = w, rows
		}
		b, err := d.dev.Alloc(device.F32, rows*width)
		if err != nil {
			return nil, fmt.Errorf("decoder: make a cache: %w", err)
		}
		c.layers = append(c.layers, device.Of(b, rows, width))
	}
	return c, nil
}

// rows are how many tokens a cache keeps of a layer, and how many numbers of each.
func (d *Decoder) rows(layer int) (rows, width int) {
	rows = d.config.BlockSize
	if w := d.config.window(layer); w > 0 {
		rows = min(rows, w+d.spare())
	}
	return rows, 2 * d.config.KVHeads * d.config.HeadSize
}

// checkCache refuses a cache that is not for such a model, and one that two sequences would write to.
func (d *Decoder) checkCache(i int, inputs []Input) error {
	c := inputs[i].Cache
	switch {
	case c == nil:
		return fmt.Errorf("decoder: sequence %d has no cache: NewCache makes one", i)
	case slices.ContainsFunc(inputs[:i], func(in Input) bool { return in.Cache == c }):
		return fmt.Errorf("decoder: sequence %d has the cache of another one", i)
	case len(c.layers) != d.config.Layers:
		return fmt.Errorf("decoder: the cache of sequence %d is of another model: it has %d layers, want %d", i, len(c.layers), d.config.Layers)
	}
	for l, v := range c.layers {
		if rows, width := d.rows(l); v.Shape[0] != rows || v.Shape[1] != width {
			return fmt.Errorf("decoder: the cache of sequence %d is of another model: its layer %d is %s, want f32[%d %d]", i, l, v, rows, width)
		}
	}
	return nil
}

// spare is how many more tokens than a window shows are kept: as many as can be handed over before it turns out that they are not wanted.
func (d *Decoder) spare() int {
	if _, alone := d.dev.(device.Fetcher); alone {
		return ahead
	}
	return 0
}

// Len is how many tokens the cache holds.
func (c *Cache) Len() int { return c.used }

// Truncate forgets all tokens from the n-th on. Where what stays is less than a window shows, as the tokens before have been written over, it forgets all of them: see Len.
func (c *Cache) Truncate(n int) {
	if n = max(n, 0); n >= c.used {
		return
	}
	if c.rows > 0 && max(0, n+1-c.window) < c.reach-c.rows {
		n = 0
	}
	c.used = n
	if n == 0 {
		c.reach = 0
	}
}

// advance notes that the cache holds n tokens, and that so many more were written.
func (c *Cache) advance(n, more int) {
	c.used = n
	c.reach = max(c.reach, n+more)
}

// Bytes is the memory that the cache takes.
func (c *Cache) Bytes() (n int) {
	for _, l := range c.layers {
		n += 4 * l.Size()
	}
	return n
}
