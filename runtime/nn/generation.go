package nn

import (
	"fmt"
	"slices"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/tensor"
)

// Sampling is how a sequence's tokens are chosen: see [device.Sample], which says what the fields mean. The zero value takes the most probable token.
type Sampling struct {
	Temperature, TopP, MinP, Penalty float64
	TopK                             int
	Seen                             []int32   // the tokens that the penalty counts for at the beginning
	Uniform                          []float64 // random numbers from 0 up to, but without, 1: one for each token to be chosen, unless the temperature is 0
}

// highest reports whether the most probable token is taken, whatever the filters.
func (s Sampling) highest() bool { return s.Temperature == 0 && (s.Penalty == 0 || s.Penalty == 1) }

// Choice is a token that was chosen, and its probability in what it was drawn from.
type Choice struct {
	Token int32
	Prob  float64
}

// ahead is how many tokens are handed over before the first of them is known, to a device that works on its own.
const ahead = 8

// Generation continues sequences with tokens that are chosen on the device, where they stay: the next pass reads them from there. It lives until one of its caches is used by
// something else, and may be used by one goroutine at a time.
type Generation struct {
	d       *Decoder
	c       *chain
	pass    device.Recording // and the choice behind it
	caches  []*Cache
	from    []int // tokens in a cache after the pass before the first choice
	handed  int   // choices that were handed over
	taken   int   // and those of them that were returned
	most    int   // choices that random numbers and caches suffice for
	waiting []func(dst []byte) error
}

// Generate appends the new tokens to their sequences, as [Decoder.Forward] does, and begins to continue each as it is told how.
func (d *Decoder) Generate(inputs []Input, how []Sampling) (*Generation, error) {
	total, err := d.check(inputs)
	if err != nil {
		return nil, err
	}
	if len(how) != len(inputs) {
		return nil, fmt.Errorf("decoder: %d sequences, but %d ways to choose", len(inputs), len(how))
	}
	g := &Generation{d: d, most: d.config.BlockSize}
	for i, in := range inputs {
		g.caches = append(g.caches, in.Cache)
		g.from = append(g.from, in.Cache.used+len(in.Tokens))
		g.most = min(g.most, d.config.BlockSize-g.from[i]+1)
		if how[i].Temperature != 0 {
			g.most = min(g.most, len(how[i].Uniform))
		}
	}
	if err := g.begin(inputs, how, total); err != nil {
		return nil, fmt.Errorf("decoder: %w", err)
	}
	return g, nil
}

// begin reads the new tokens, unless there is one in each sequence: then the first pass of the generation does.
func (g *Generation) begin(inputs []Input, how []Sampling, total int) error {
	err := tensor.Try(func() { g.c = g.d.chain(g.caches) })
	if err != nil {
		return err
	}
	highest := !slices.ContainsFunc(how, func(s Sampling) bool { return !s.highest() })
	if g.pass, err = g.c.recorded(highest); err != nil {
		return err
	}
	first := total == len(inputs)
	if err := g.c.write(inputs, how, highest, first); err != nil || first {
		return err
	}
	if err := g.d.hand(inputs, total); err != nil {
		return err
	}
	return g.hand(func() error { return g.c.chooseAfter(highest) })
}

// hand hands a choice over and has it fetched.
func (g *Generation) hand(run func() error) error {
	if err := run(); err != nil {
		return err
	}
	wait, err := device.Fetch(g.c.picked.Data, 0, 16*len(g.caches))
	if err != nil {
		return err
	}
	g.waiting = append(g.waiting, wait)
	g.handed++
	return nil
}

// Current reports whether the caches still hold what Next has left there; else something else has used them, or forgotten tokens.
func (g *Generation) Current() bool {
	for i, c := range g.caches {
		if g.taken > 0 && c.used != g.from[i]+g.taken-1 || g.c != g.caches[0].chain {
			return false
		}
	}
	return true
}

// Left is how many more tokens can be chosen until a cache is full or random numbers are used up.
func (g *Generation) Left() int { return g.most - g.taken }

// Next returns the next token of each sequence. The caller wants at most so many more, this one included: a device that works on its own is told of some of them already.
// The caches hold what was read before the tokens that Next has returned last.
func (g *Generation) Next(more int) ([]Choice, error) {
	if g.Left() <= 0 {
		return nil, fmt.Errorf("decoder: %d tokens were chosen, there is no room or no random number for another", g.taken)
	}
	limit := 1
	if _, alone := g.d.dev.(device.Fetcher); alone {
		limit = min(max(more, 1), ahead, g.Left())
	}
	for g.handed < g.taken+limit {
		if err := g.hand(g.pass.Run); err != nil {
			return nil, fmt.Errorf("decoder: %w", err)
		}
	}
	picked := make([]float64, 2*len(g.caches))
	wait := g.waiting[0]
	g.waiting = g.waiting[1:]
	if err := wait(bytesOf(picked)); err != nil {
		return nil, fmt.Errorf("decoder: %w", err)
	}
	choices := make([]Choice, len(g.caches))
	for i, c := range g.caches {
		choices[i] = Choice{int32(picked[2*i]), picked[2*i+1]}
		c.advance(g.from[i]+g.taken, g.handed-g.taken-1)
	}
	g.taken++
	return choices, nil
}

// Logits copies the scores that the last choice of Next was made from, [vocab] of one sequence. It has to be called before the device was told of another one: with Next(1) before.
func (g *Generation) Logits(sequence int, dst []float32) error {
	if g.handed != g.taken {
		return fmt.Errorf("decoder: logits of choice %d: choice %d was handed over since", g.taken, g.handed)
	}
	vocab := g.d.config.VocabSize
	if err := g.d.dev.Read(bytesOf(dst[:vocab]), g.c.room.logits.Data, sequence*vocab); err != nil {
		return fmt.Errorf("decoder: %w", err)
	}
	return nil
}
