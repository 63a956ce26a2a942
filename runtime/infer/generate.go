package infer

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Token is a token that was chosen.
type Token struct {
	ID      int32
	Bytes   string      // of the token; need not be valid UTF-8 by themselves
	Prob    float64     // in the distribution that it was drawn from
	LogProb float64     // natural logarithm of its probability for the model, before any option; only with [Options.LogProbs]
	Top     []Candidate // the most probable tokens for the model; only with [Options.LogProbs]
}

// turn is one answer in the making.
type turn struct {
	s       *Session
	o       Options
	rng     *rand.Rand
	numbers []float64 // that it has drawn so far, one for each token
	made    int
	begun   time.Time
	stopIDs []int32
}

// begin tells the session the prompt.
func (s *Session) begin(prompt string, o Options) (*turn, error) {
	if err := o.check(s.engine.config.VocabSize); err != nil {
		return nil, err
	}
	t := &turn{s: s, o: o, rng: rand.New(rand.NewPCG(o.Seed, 0x9e3779b97f4a7c15)), begun: time.Now(), stopIDs: slices.Clone(o.StopTokens)}
	for _, name := range endsOfText {
		if id, ok := s.engine.tok.Special(name); ok {
			t.stopIDs = append(t.stopIDs, id)
		}
	}
	if err := s.tell(prompt); err != nil {
		return nil, err
	}
	if o.MaxTokens == 0 {
		t.o.MaxTokens = max(1, s.engine.config.BlockSize-len(s.context))
	}
	return t, nil
}

// take adds a token that was chosen to the answer; it reports false when that ends before it.
func (t *turn) take(c pick) (Token, bool) {
	if slices.Contains(t.stopIDs, c.Token) {
		return Token{}, false
	}
	tok := Token{ID: c.Token, Bytes: t.s.engine.tok.Token(c.Token), Prob: c.Prob}
	if t.o.LogProbs > 0 {
		model := softmax(all(nil, widen(nil, c.logits)))
		tok.LogProb = math.Log(model[c.Token].Prob)
		tok.Top = largest(model, t.o.LogProbs)
		tok.Top = tok.Top[:min(len(tok.Top), t.o.LogProbs)]
	}
	if t.made++; t.made == 1 {
		t.s.usage.FirstToken = time.Since(t.begun)
	}
	t.s.usage.NewTokens++
	t.s.feed(c.Token)
	return tok, true
}

// Tokens answers a prompt token by token. After an error it ends. [Options.Stop] is for text and has no effect here.
func (s *Session) Tokens(ctx context.Context, prompt string, o Options) iter.Seq2[Token, error] {
	return func(yield func(Token, error) bool) {
		t, err := s.begin(prompt, o)
		p := &picker{turns: []*turn{t}}
		for err == nil && t.made < t.o.MaxTokens {
			var tok Token
			var more bool
			if tok, more, err = p.step(ctx); !more {
				break
			}
			if !yield(tok, nil) {
				return
			}
		}
		if err != nil {
			yield(Token{}, err)
		}
	}
}

// step is the next token of the first turn.
func (p *picker) step(ctx context.Context) (Token, bool, error) {
	if err := ctx.Err(); err != nil {
		return Token{}, false, context.Cause(ctx)
	}
	picks, err := p.next()
	if err != nil {
		return Token{}, false, err
	}
	tok, more := p.turns[0].take(picks[0])
	return tok, more, nil
}

// Stream answers a prompt piece by piece: whole characters, and nothing that turns out to be the beginning of a stop text. Ranging over it
// with one variable leaves errors aside: the answer then ends early.
func (s *Session) Stream(ctx context.Context, prompt string, o Options) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		text := &text{stops: o.Stop}
		for tok, err := range s.Tokens(ctx, prompt, o) {
			if err != nil {
				if rest := text.rest(); rest != "" && !yield(rest, nil) {
					return
				}
				yield("", err)
				return
			}
			piece := text.add(tok.Bytes)
			if piece != "" && !yield(piece, nil) || text.stopped {
				return
			}
		}
		if rest := text.rest(); rest != "" {
			yield(rest, nil)
		}
	}
}

// Generate is Stream in one piece. With an error it returns what there was before it.
func (s *Session) Generate(ctx context.Context, prompt string, o Options) (string, error) {
	var b strings.Builder
	for piece, err := range s.Stream(ctx, prompt, o) {
		if err != nil {
			return b.String(), err
		}
		b.WriteString(piece)
	}
	return b.String(), nil
}

// Together answers one prompt in each of several sessions that share weights, in one pass per token for all of them. Session i draws with
// Seed+i. With an error it returns what there was before it.
func Together(ctx context.Context, sessions []*Session, prompts []string, o Options) ([]string, error) {
	if len(sessions) != len(prompts) {
		return nil, fmt.Errorf("together: %d sessions for %d prompts", len(sessions), len(prompts))
	}
	answers := make([]*answer, len(sessions))
	for i, s := range sessions {
		if s.engine != sessions[0].engine || slices.Contains(sessions[:i], s) {
			return nil, errors.New("together: the sessions must be different ones that share weights, see Session.New")
		}
		mine := o
		mine.Seed += uint64(i)
		t, err := s.begin(prompts[i], mine)
		if err != nil {
			return nil, fmt.Errorf("together: session %d: %w", i, err)
		}
		answers[i] = &answer{turn: t, text: text{stops: o.Stop}}
	}
	err := run(ctx, answers)
	texts := make([]string, len(answers))
	for i, a := range answers {
		a.b.WriteString(a.text.rest())
		texts[i] = a.b.String()
	}
	return texts, err
}

// answer is a turn with its text.
type answer struct {
	*turn
	text text
	b    strings.Builder
}

func run(ctx context.Context, answers []*answer) error {
	p := &picker{}
	for open := slices.Clone(answers); len(open) > 0; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if len(open) != len(p.turns) {
			*p = picker{}
			for _, a := range open {
				p.turns = append(p.turns, a.turn)
			}
		}
		picks, err := p.next()
		if err != nil {
			return err
		}
		i := -1
		open = slices.DeleteFunc(open, func(a *answer) bool {
			i++
			return a.over(picks[i])
		})
	}
	return nil
}

// over takes a step and reports whether the answer has ended.
func (a *answer) over(c pick) bool {
	tok, more := a.take(c)
	if !more {
		return true
	}
	a.b.WriteString(a.text.add(tok.Bytes))
	return a.text.stopped || a.made >= a.o.MaxTokens
}
