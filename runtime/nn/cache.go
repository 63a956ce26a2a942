package nn

import (
	"fmt"

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
	width := 2 * d.config.KVHeads * d.config.HeadSize
	for i := range d.config.Layers {
		rows := d.config.BlockSize
		if w := d.config.window(i); w > 0 {
			rows = min(rows, w+d.spare())
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
