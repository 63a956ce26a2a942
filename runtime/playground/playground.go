// Package playground is a small model with everything that a person may want to see of it while asking: what it answers, between which tokens it chose,
// what the answer cost, and whether a weight has changed.
//
//	p, err := playground.New(model, tok, text)
//	for piece := range p.Ask(ctx, "Light is", infer.Options{MaxTokens: 40, Temperature: 0.8}) {
//		fmt.Print(piece)
//	}
//	p.Dashboard() // weight updates 0, response time, tokens, cost of the query
//	p.Train(true) // the same model, TRAINING: each Step changes its weights
//
// A playground knows nothing of notebooks and pages. Its types have an HTML form, for those who have a page, and marshal to JSON, for those who draw
// for themselves. Nothing in it is told: weight updates are counted by comparing all weights, bit by bit, with what they were before; seconds are measured;
// operations follow package cost; the price is that of the measured seconds.
package playground

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/cost"
	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/infer"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/train"
)

// Templates are prompts to begin with, for a model that was trained on Newton's Opticks. They end without a blank: tokens have theirs in front.
var Templates = []string{"The Rays of Light", "If a Prism", "The Colours of", "Newton said that", "My name is Ada. My name is"}

// Playground is a model that answers, and that can be switched between its two lives. Its methods may be called from several goroutines: an answer, a step of
// training and a look at the next token wait for each other.
type Playground struct {
	work    sync.Mutex // held by whoever computes with the model
	tok     tokenizer.Tokenizer
	first   *nn.GPT // frozen: the weights as they were given
	frozen  *checkpoint.Frozen
	session *infer.Session
	student *student // the model that learns; nil before it does
	weights []byte   // of the model that answers, when they were last looked at
	text    train.Data
	rates   cost.Rates

	mu     sync.Mutex // of what can be read while an answer is on its way
	state  State
	query  Query
	ledger cost.Ledger
}

// New makes a playground with a copy of the model, frozen. The text is what it learns from when it is switched to training.
func New(model *nn.GPT, tok tokenizer.Tokenizer, text string) (*Playground, error) {
	if !model.Config.Speaks(tok.Size()) {
		return nil, fmt.Errorf("playground: the tokenizer has %d tokens, the model %d: it was trained with another one", tok.Size(), model.Config.VocabSize)
	}
	p := &Playground{
		tok: tok, rates: cost.RatesOf(model.Device().Info().Model, model.Device().Info().Threads),
		text: data.Tokens(tok, text).Split(0.9),
	}
	var err error
	if p.first, err = copyOf(model); err != nil {
		return nil, fmt.Errorf("playground: %w", err)
	}
	if err := p.freeze(p.first); err != nil {
		return nil, fmt.Errorf("playground: %w", err)
	}
	return p, nil
}

// copyOf is a model with the same weights, in memory of its own, and not frozen.
func copyOf(m *nn.GPT) (*nn.GPT, error) {
	c, err := nn.NewGPT(m.Config, nn.Blank(), nn.On(m.Device()))
	if err != nil {
		return nil, err
	}
	from := m.Params()
	for i, to := range c.Params() {
		to.Assign(from[i].Tensor)
	}
	return c, nil
}

// freeze makes a model the one that answers, read-only from now on.
func (p *Playground) freeze(m *nn.GPT) (err error) {
	if p.frozen, err = checkpoint.Freeze(m); err != nil {
		return err
	}
	return p.use(m, p.frozen, Frozen)
}

// use makes a model the one that answers.
func (p *Playground) use(m *nn.GPT, answering infer.Model, mode Mode) (err error) {
	if p.session, err = infer.New(answering, p.tok); err != nil {
		return err
	}
	p.weights = bytesOf(m)
	root, err := rootOf(m)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Mode, p.state.Digest, p.state.Layers, p.state.Params = mode, root, layersOf(m), nn.Count(m)
	return nil
}

// model is the one that answers.
func (p *Playground) model() *nn.GPT {
	if p.student != nil && p.student.learning {
		return p.student.model
	}
	return p.frozen.Model.(*nn.GPT)
}

// Query is a question that was answered.
type Query struct {
	Prompt         string  `json:"prompt"`
	Answer         string  `json:"answer"`
	PromptTokens   int     `json:"promptTokens"`
	NewTokens      int     `json:"newTokens"`
	FirstToken     float64 `json:"firstToken"` // seconds until it
	Seconds        float64 `json:"seconds"`    // until the last
	FLOPs          float64 `json:"flops"`
	Price          float64 `json:"price"` // of the seconds, in Currency
	Currency       string  `json:"currency"`
	ChangedWeights int     `json:"changedWeights"` // by answering; counted
}

// TokensPerSecond is the speed at which the answer came.
func (q Query) TokensPerSecond() float64 {
	if q.Seconds == 0 {
		return 0
	}
	return float64(q.NewTokens) / q.Seconds
}

// Ask answers a prompt piece by piece. Each question is a session of its own: nothing of the one before is left. What it took can be read from [Playground.Dashboard]
// meanwhile and afterwards.
func (p *Playground) Ask(ctx context.Context, prompt string, o infer.Options) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		p.work.Lock()
		defer p.work.Unlock()
		p.session.Reset()
		a := &answer{p: p, before: p.session.Usage(), begun: time.Now(), query: Query{Prompt: prompt, Currency: p.rates.Currency}}
		defer a.end()
		for piece, err := range p.session.Stream(ctx, prompt, o) {
			a.add(piece)
			if !yield(piece, err) || err != nil {
				return
			}
		}
	}
}

// answer is one on its way.
type answer struct {
	p      *Playground
	before infer.Usage
	begun  time.Time
	text   strings.Builder
	query  Query
	cpu    float64 // seconds
}

func (a *answer) add(piece string) {
	a.text.WriteString(piece)
	u := a.p.session.Usage()
	q := &a.query
	q.Answer, q.Seconds = a.text.String(), time.Since(a.begun).Seconds()
	q.PromptTokens, q.NewTokens = u.PromptTokens-a.before.PromptTokens, u.NewTokens-a.before.NewTokens
	q.FirstToken, q.FLOPs = u.FirstToken.Seconds(), u.FLOPs-a.before.FLOPs
	a.cpu = (u.CPU - a.before.CPU).Seconds()
	q.Price = a.p.rates.Price(q.Seconds, 1)
	a.p.mu.Lock()
	defer a.p.mu.Unlock()
	a.p.query = *q
}

// end looks whether the answer has changed a weight, and writes the bill.
func (a *answer) end() {
	a.add("")
	changed := a.p.look()
	q := a.query
	a.p.ledger.Add(cost.Inference, cost.Counts{
		Steps: int64(q.NewTokens), TokensIn: int64(q.PromptTokens), TokensOut: int64(q.NewTokens), WeightUpdates: int64(changed), FLOPs: q.FLOPs, Seconds: q.Seconds, CPU: a.cpu,
	})
	a.p.mu.Lock()
	defer a.p.mu.Unlock()
	a.p.query.ChangedWeights = changed
	a.p.state.Queries++
}
