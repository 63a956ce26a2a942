package nn

import (
	"fmt"
	"slices"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/tensor"
)

// Decoder runs a GPT forwards, for inference: it remembers the keys and values of earlier tokens in a [Cache], so that each new token costs
// one pass. It computes in f32 with weights in f32, bf16 or i8, and works on several sequences at once. It may be used by one
// goroutine at a time.
type Decoder struct {
	config      GPTConfig
	dev         device.Device
	embed, head matrix
	position    device.View // [block, embed], if there are learned positions
	frequencies device.View // of rotary positions that are stretched
	norm        matrix      // its weight is a vector
	layers      []decoderLayer
	live        []*tensor.Tensor // the model's own parameters, where these are what it reads
	room        decoderRoom
	steps       steps
}

type decoderLayer struct {
	norm1, qkv, qnorm, knorm, out, post1, norm2, gate, up, down, post2 matrix
}

// matrix is the weights of a linear layer as they are stored for inference.
type matrix struct {
	weight, scales, bias device.View
}

// decoderRoom is the memory of a pass over some tokens.
type decoderRoom struct {
	tokens                                   int
	ids, positions                           device.View
	rows, scales                             device.View // of the embedding, if its weights are not f32
	x, y, norm, qkv, att, gate, up, h, heads device.View
	logits                                   device.View
	recent                                   device.View // keys and values of a window and of the tokens behind it
}

// The numbers of weights that can share a scale in i8, the best first: with 128, scales are 3 % of what is read for a token, with 32 they are 12 %.
var quantGroups = []int{128, 64, 32}

// quantGroup is how many weights share a scale in i8: the most that divide the rows of all matrices; 0 if none do.
func (c GPTConfig) quantGroup() int {
	for _, g := range quantGroups {
		if c.Embed%g == 0 && c.Hidden%g == 0 && c.heads()%g == 0 {
			return g
		}
	}
	return 0
}

// Decoder prepares the model's weights in a type: [device.F32] uses them as they are, and as they become if the model learns on (but for adapted matrices, which
// are added up once); [device.BF16] and [device.I8] make a smaller copy of all matrices, and do not need the model any more.
func (m *GPT) Decoder(weights device.DType) (*Decoder, error) {
	if c := m.Config; weights == device.I8 && c.quantGroup() == 0 {
		return nil, fmt.Errorf("decoder: i8 weights need Embed (%d), Hidden (%d) and Heads·HeadSize (%d) to be multiples of %d", c.Embed, c.Hidden, c.heads(), slices.Min(quantGroups))
	}
	if weights != device.F32 && weights != device.BF16 && weights != device.I8 {
		return nil, fmt.Errorf("decoder: weights can be f32, bf16 or i8, not %s", weights)
	}
	d, err := m.decoder(weights)
	if err != nil {
		return nil, fmt.Errorf("decoder: %w", err)
	}
	return d, nil
}

func (m *GPT) decoder(weights device.DType) (d *Decoder, err error) {
	s, err := m.newStore(weights)
	if err != nil {
		return nil, err
	}
	d = &Decoder{config: m.Config, dev: m.Device(), position: s.keep(affine{bias: m.position}).bias, frequencies: viewOf(m.frequencies)}
	d.embed = s.keep(affine{weight: m.embed})
	d.head = d.embed
	if m.Config.Untied {
		d.head = s.keep(affine{weight: m.head})
	}
	for _, l := range m.layers {
		d.layers = append(d.layers, decoderLayer{norm1: s.keep(l.norm1), norm2: s.keep(l.norm2), qkv: s.keep(l.qkv), qnorm: s.keep(l.qnorm), knorm: s.keep(l.knorm),
			out: s.keep(l.out), post1: s.keep(l.post1), gate: s.keep(l.gate), up: s.keep(l.up), down: s.keep(l.down), post2: s.keep(l.post2)})
	}
	d.norm = s.keep(m.norm)
	if weights == device.F32 {
		for _, p := range m.params {
			d.live = append(d.live, p.Tensor)
		}
	}
	return d, s.err
}

// Version tells apart the weights that passes have read: it grows when the model learns on whose weights these are. Caches hold what earlier ones made of their tokens.
func (d *Decoder) Version() (n uint64) {
	for _, p := range d.live {
		n += p.Writes()
	}
	return n
}

// Config is the model's.
func (d *Decoder) Config() GPTConfig { return d.config }

// Device is where it computes.
func (d *Decoder) Device() device.Device { return d.dev }

// Bytes is the memory of the weights that a pass reads.
func (d *Decoder) Bytes() int {
	n := d.head.bytes()
	for _, l := range d.layers {
		for _, w := range []matrix{l.qkv, l.out, l.gate, l.up, l.down} {
			n += w.bytes()
		}
	}
	return n
}

func (w matrix) bytes() (n int) {
	for _, v := range []device.View{w.weight, w.scales, w.bias} {
		if v.Given() {
			n += v.Size() * v.DType().Size()
		}
	}
	return n
}

// Input is new tokens of a sequence.
type Input struct {
	Cache  *Cache
	Tokens []int32
	Logits []float32 // memory for the result, if it is large enough; a large vocabulary leaves much behind otherwise
}

// Forward appends the new tokens to their sequences and returns, for each, the logits [vocab] of what follows its last token.
func (d *Decoder) Forward(inputs ...Input) ([][]float32, error) {
	total, err := d.check(inputs)
	if err != nil {
		return nil, err
	}
	if err := d.hand(inputs, total); err != nil {
		return nil, fmt.Errorf("decoder: %w", err)
	}
	logits, vocab := make([][]float32, len(inputs)), d.config.VocabSize
	for i, in := range inputs {
		logits[i] = slices.Grow(in.Logits[:0], vocab)[:vocab]
		if err := d.dev.Read(bytesOf(logits[i]), d.room.logits.Data, i*vocab); err != nil {
			return nil, fmt.Errorf("decoder: %w", err)
		}
	}
	for _, in := range inputs {
		in.Cache.advance(in.Cache.used+len(in.Tokens), 0)
	}
	return logits, nil
}

// hand hands over a pass over tokens that were checked, so many in all.
func (d *Decoder) hand(inputs []Input, total int) error {
	if err := tensor.Try(func() { d.reserve(total, len(inputs)); d.reserveRecent(inputs) }); err != nil {
		return err
	}
	if err := d.write(inputs); err != nil {
		return err
	}
	return d.dev.Run(d.operations(inputs, total)...)
}

func (d *Decoder) check(inputs []Input) (total int, err error) {
	if len(inputs) == 0 {
		return 0, fmt.Errorf("decoder: no sequences")
	}
	for i, in := range inputs {
		if err := d.checkCache(i, inputs); err != nil {
			return 0, err
		}
		if len(in.Tokens) == 0 {
			return 0, fmt.Errorf("decoder: no new tokens in sequence %d", i)
		}
		if n := in.Cache.used + len(in.Tokens); n > d.config.BlockSize {
			return 0, fmt.Errorf("decoder: sequence %d would have %d tokens, the model's block is %d", i, n, d.config.BlockSize)
		}
		for _, id := range in.Tokens {
			if id < 0 || int(id) >= d.config.VocabSize {
				return 0, fmt.Errorf("decoder: token %d in sequence %d, the vocabulary has %d", id, i, d.config.VocabSize)
			}
		}
		total += len(in.Tokens)
	}
	return total, nil
}
