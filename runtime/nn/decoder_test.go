package nn

import (
	"math"
	"testing"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/tensor"
)

func newDecoder(t testing.TB, m *GPT, weights device.DType) *Decoder {
	t.Helper()
	d, err := m.Decoder(weights)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func newCache(t testing.TB, d *Decoder) *Cache {
	t.Helper()
	c, err := d.NewCache()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestDecoder compares logits, token by token and in larger steps and for several sequences at once, with those of the whole sequence.
func TestDecoder(t *testing.T) {
	for _, form := range forms {
		t.Run(form.name, func(t *testing.T) {
			m := newGPT(t, form.cfg)
			m.Train(false)
			tokens := [][]int32{{1, 4, 2, 0, 3, 4}, {0, 0, 3, 1, 2, 2}}
			want := func(seq, n int) []float32 { // after n tokens
				ids := tensor.New(tokens[seq][:n], 1, n)
				return m.Logits(ids).Index(1, -1).Floats()
			}
			d := newDecoder(t, m, device.F32)
			a, b := newCache(t, d), newCache(t, d)
			steps := [][2][2]int{{{0, 3}, {0, 1}}, {{3, 4}, {1, 2}}, {{4, 5}, {2, 3}}, {{5, 6}, {3, 4}}} // from and to, of both sequences
			for _, step := range steps {
				logits, err := d.Forward(Input{Cache: a, Tokens: tokens[0][step[0][0]:step[0][1]]}, Input{Cache: b, Tokens: tokens[1][step[1][0]:step[1][1]]})
				if err != nil {
					t.Fatal(err)
				}
				for seq := range logits {
					near(t, logits[seq], want(seq, step[seq][1]), 1e-5)
				}
			}
			a.Truncate(2)
			room := make([]float32, form.cfg.VocabSize)
			logits, err := d.Forward(Input{Cache: a, Tokens: tokens[0][a.Len():3], Logits: room})
			if err != nil {
				t.Fatal(err)
			}
			near(t, room, want(0, 3), 1e-5)
			if &logits[0][0] != &room[0] {
				t.Error("the logits are not in the memory that was given for them")
			}
		})
	}
}

// TestWindowCache reads a long text in steps of all kinds through a window, cuts it, and goes on; the cache keeps no more than the window.
func TestWindowCache(t *testing.T) {
	for _, row := range []struct {
		window, layers int
		pattern        string
		rows           []int
	}{{4, 2, "", []int{4, 4}}, {5, 3, "wf", []int{5, 40, 5}}, {1, 1, "", []int{1}}, {39, 1, "", []int{39}}, {40, 1, "", []int{40}}} {
		m := newGPT(t, GPTConfig{VocabSize: 11, BlockSize: 40, Layers: row.layers, Heads: 2, KVHeads: 1, Embed: 8, Window: row.window, Pattern: row.pattern}.Llama())
		m.Train(false)
		text := make([]int32, 40)
		for i := range text {
			text[i] = int32(i * i % 11)
		}
		d := newDecoder(t, m, device.F32)
		c := newCache(t, d)
		for i, v := range c.layers {
			if v.Shape[0] != row.rows[i] {
				t.Errorf("window %d: layer %d keeps %d tokens, want %d", row.window, i, v.Shape[0], row.rows[i])
			}
		}
		read := func(to int) {
			t.Helper()
			logits, err := d.Forward(Input{Cache: c, Tokens: text[c.Len():to]})
			if err != nil {
				t.Fatal(err)
			}
			near(t, logits[0], m.Logits(tensor.New(text[:to], 1, to)).Index(1, -1).Floats(), 1e-5)
		}
		for _, to := range []int{3, 4, 5, 6, 8, 11, 20, 21, 22} {
			read(to)
		}
		c.Truncate(21) // the last token can be read again: what its window shows is still there
		if c.Len() != 21 {
			t.Errorf("window %d: %d tokens are left, want 21", row.window, c.Len())
		}
		read(22)
		c.Truncate(20)
		if whole := row.window >= 39; whole != (c.Len() == 20) || !whole && c.Len() != 0 {
			t.Errorf("window %d: %d tokens are left", row.window, c.Len())
		}
		for _, to := range []int{23, 24, 40} {
			read(to)
		}
	}
}

// views are all that a decoder keeps of a model.
func (d *Decoder) views() (all []device.View) {
	all = append(all, d.position)
	matrices := []matrix{d.embed, d.head, d.norm}
	for _, l := range d.layers {
		matrices = append(matrices, l.norm1, l.norm2, l.qkv, l.out, l.gate, l.up, l.down)
	}
	for _, w := range matrices {
		all = append(all, w.weight, w.scales, w.bias)
	}
	return all
}

func near(t *testing.T, got, want []float32, bound float64) {
	t.Helper()
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > bound {
			t.Fatalf("logits %v, want %v", got, want)
		}
	}
}

// TestDecoderPrecision checks that smaller weights give nearly the same logits, and take less memory.
func TestDecoderPrecision(t *testing.T) {
	cfg := GPTConfig{VocabSize: 65, BlockSize: 16, Layers: 3, Heads: 4, Embed: 64}
	for _, cfg := range []GPTConfig{cfg, cfg.Llama()} {
		m := newGPT(t, cfg)
		exact := newDecoder(t, m, device.F32)
		tokens := []int32{1, 2, 3, 4, 5, 60, 64, 0}
		want, err := exact.Forward(Input{Cache: newCache(t, exact), Tokens: tokens})
		if err != nil {
			t.Fatal(err)
		}
		spread := 0.0
		for _, v := range want[0] {
			spread = math.Max(spread, math.Abs(float64(v)))
		}
		for _, row := range []struct {
			weights       device.DType
			within, bytes float64
		}{{device.BF16, 0.02, 0.51}, {device.I8, 0.04, 0.29}} {
			d := newDecoder(t, m, row.weights)
			got, err := d.Forward(Input{Cache: newCache(t, d), Tokens: tokens})
			if err != nil {
				t.Fatal(err)
			}
			near(t, got[0], want[0], row.within*spread)
			if share := float64(d.Bytes()) / float64(exact.Bytes()); share > row.bytes {
				t.Errorf("%s weights take %.2f of f32", row.weights, share)
			}
			for _, p := range m.Params() {
				for _, v := range d.views() {
					if v.Data == p.View().Data {
						t.Fatalf("a decoder with %s weights keeps the memory of the model", row.weights)
					}
				}
			}
		}
	}
}

func TestDecoderErrors(t *testing.T) {
	m := newGPT(t, forms[0].cfg)
	d := newDecoder(t, m, device.F32)
	full := newCache(t, d)
	if _, err := d.Forward(Input{Cache: full, Tokens: make([]int32, 7)}); err != nil {
		t.Fatal(err)
	}
	of := func(cfg GPTConfig) *Cache { return newCache(t, newDecoder(t, newGPT(t, cfg), device.F32)) }
	deeper, longer, wider := forms[0].cfg, forms[0].cfg, forms[0].cfg
	deeper.Layers++
	longer.BlockSize++
	wider.Embed *= 2
	const other = "decoder: the cache of sequence 0 is of another model: "
	twice := newCache(t, d)
	rows := []struct {
		in   []Input
		want string
	}{
		{[]Input{{Tokens: []int32{1}}}, "decoder: sequence 0 has no cache: NewCache makes one"},
		{[]Input{{Cache: twice, Tokens: []int32{1}}, {Cache: twice, Tokens: []int32{2}}}, "decoder: sequence 1 has the cache of another one"},
		{[]Input{{Cache: of(deeper), Tokens: []int32{1}}}, other + "it has 3 layers, want 2"},
		{[]Input{{Cache: of(longer), Tokens: []int32{1}}}, other + "its layer 0 is f32[8 16], want f32[7 16]"},
		{[]Input{{Cache: of(wider), Tokens: []int32{1}}}, other + "its layer 0 is f32[7 32], want f32[7 16]"},
		{nil, "decoder: no sequences"},
		{[]Input{{Cache: newCache(t, d), Tokens: nil}}, "decoder: no new tokens in sequence 0"},
		{[]Input{{Cache: newCache(t, d), Tokens: []int32{1}}, {Cache: newCache(t, d), Tokens: []int32{11}}}, "decoder: token 11 in sequence 1, the vocabulary has 11"},
		{[]Input{{Cache: full, Tokens: []int32{1}}}, "decoder: sequence 0 would have 8 tokens, the model's block is 7"},
	}
	for _, row := range rows {
		if _, err := d.Forward(row.in...); err == nil || err.Error() != row.want {
			t.Errorf("got %v, want %s", err, row.want)
		}
	}
	if _, err := m.Decoder(device.I8); err == nil || err.Error() != "decoder: i8 weights need Embed (8), Hidden (32) and Heads·HeadSize (8) to be multiples of 32" {
		t.Error(err)
	}
}
