package infer

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/resident-go/resident/runtime/cost"
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
)

// picker chooses the next tokens of some turns of sessions that share weights, again and again: on the device, if that works on its own, else from scores that come back.
type picker struct {
	turns []*turn
	gen   *nn.Generation // nil before there is one
}

// pick is a chosen token.
type pick struct {
	Candidate
	logits []float32 // that it was chosen from; of a device that works on its own only where they are wanted
}

// errNoNumber is about scores that become infinite on the way to a probability.
var errNoNumber = errors.New("the probability of the next token is no number: its score, divided by these options, is too large, or weights are not finite")

// next is the next token of each turn.
func (p *picker) next() ([]pick, error) {
	e := p.turns[0].s.engine
	if e.alone {
		picks, err := p.onDevice(e)
		if !errors.Is(err, device.ErrUnsupported) {
			return picks, err
		}
		p.gen = nil
	}
	sessions := make([]*Session, len(p.turns))
	for i, t := range p.turns {
		sessions[i] = t.s
	}
	logits, err := e.forward(sessions...)
	if err != nil {
		return nil, err
	}
	picks := make([]pick, len(p.turns))
	for i, t := range p.turns {
		if err := ordered(logits[i]); err != nil {
			return nil, fmt.Errorf("session: %w", err)
		}
		picks[i] = pick{choose(&t.s.room, logits[i], t.s.context, t.o, t.number), logits[i]}
		if math.IsNaN(picks[i].Prob) {
			return nil, fmt.Errorf("session: %w", errNoNumber)
		}
	}
	return picks, nil
}

// onDevice goes on with a generation, or begins one where the sessions do not stand where it has left them.
func (p *picker) onDevice(e *engine) ([]pick, error) {
	e.Lock()
	defer e.Unlock()
	watch := cost.Start()
	read := make([]int, len(p.turns))
	for i, t := range p.turns {
		t.s.refresh()
		read[i] = len(t.s.context) - t.s.cache.Len()
	}
	if p.gen == nil || p.gen.Left() == 0 || !p.gen.Current() || slices.Max(read) > 1 {
		if err := p.begin(e); err != nil {
			return nil, err
		}
	}
	choices, err := p.gen.Next(p.wanted())
	if err != nil {
		return nil, err
	}
	picks := make([]pick, len(p.turns))
	for i, t := range p.turns {
		if math.IsNaN(choices[i].Prob) {
			return nil, fmt.Errorf("session: %w", errNoNumber)
		}
		picks[i].Candidate = Candidate{choices[i].Token, choices[i].Prob}
		if t.o.LogProbs > 0 {
			t.s.logits = slices.Grow(t.s.logits[:0], e.config.VocabSize)[:e.config.VocabSize]
			if err := p.gen.Logits(i, t.s.logits); err != nil {
				return nil, err
			}
			picks[i].logits = t.s.logits
		}
	}
	wall, cpu := watch.Stop()
	p.account(e, read, wall, cpu)
	return picks, nil
}

// account notes what each session has read.
func (p *picker) account(e *engine, read []int, wall, cpu float64) {
	share := 1 / float64(len(p.turns)) // of a pass that they have in common
	for i, t := range p.turns {
		t.s.usage.pass(e, t.s.cache.Len(), read[i], seconds(wall*share), seconds(cpu*share), share)
	}
}

// begin has the device read what the sessions have not read yet, and tells it how to go on.
func (p *picker) begin(e *engine) (err error) {
	inputs, how := make([]nn.Input, len(p.turns)), make([]nn.Sampling, len(p.turns))
	for i, t := range p.turns {
		s, o := t.s, t.o
		inputs[i] = nn.Input{Cache: s.cache, Tokens: s.context[s.cache.Len():]}
		how[i] = nn.Sampling{Temperature: o.Temperature, TopK: o.TopK, TopP: o.TopP, MinP: o.MinP, Penalty: o.RepetitionPenalty}
		if penalised(o) {
			how[i].Seen = s.context
		}
		if o.Temperature != 0 {
			how[i].Uniform = t.numbersFor(min(o.MaxTokens-t.made, e.config.BlockSize))
		}
	}
	p.gen, err = e.decoder.Generate(inputs, how)
	return err
}

// wanted is how many more tokens all turns may need, at least 1. Where scores are wanted, the device must not be ahead.
func (p *picker) wanted() int {
	n := p.turns[0].o.MaxTokens
	for _, t := range p.turns {
		n = min(n, t.o.MaxTokens-t.made)
		if t.o.LogProbs > 0 {
			return 1
		}
	}
	return max(n, 1)
}

// number is a turn's random number for its next token.
func (t *turn) number() float64 { return t.numbersFor(1)[0] }

// numbersFor are those for the next n tokens. They are the same ones, however many are asked for at a time.
func (t *turn) numbersFor(n int) []float64 {
	for len(t.numbers) < t.made+n {
		t.numbers = append(t.numbers, t.rng.Float64())
	}
	return t.numbers[t.made:]
}
