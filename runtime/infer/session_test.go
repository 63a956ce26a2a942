package infer

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
	"github.com/resident-go/resident/runtime/tensor"
)

const rhyme = "the quick brown fox jumps over a lazy dog; "

// taught is a model that knows the rhyme by heart, with its tokenizer.
func taught(t *testing.T) (*nn.GPT, Tokenizer) {
	t.Helper()
	tok := tokenizer.Char(rhyme)
	m, err := nn.NewGPT(nn.GPTConfig{VocabSize: tok.Size(), BlockSize: 32, Layers: 2, Heads: 2, Embed: 32}, nn.Seed(1))
	if err != nil {
		t.Fatal(err)
	}
	opt, err := optim.AdamW{LR: 0.01}.New(m.Params())
	if err != nil {
		t.Fatal(err)
	}
	ids := tok.Encode(strings.Repeat(rhyme, 3))
	for step := range 300 {
		var x, y []int32
		for b := range 4 {
			at := (step*4 + b) * 7 % (len(ids) - 33)
			x, y = append(x, ids[at:at+32]...), append(y, ids[at+1:at+33]...)
		}
		opt.ZeroGrad()
		m.Loss(tensor.New(x, 4, 32), tensor.New(y, 4, 32)).Backward()
		opt.Step()
	}
	return m, tok
}

func newSession(t *testing.T, m Model, tok Tokenizer, wishes ...Weights) *Session {
	t.Helper()
	s, err := New(m, tok, wishes...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func generate(t *testing.T, s *Session, prompt string, o Options) string {
	t.Helper()
	text, err := s.Generate(t.Context(), prompt, o)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestSession(t *testing.T) {
	m, tok := taught(t)
	t.Run("answers", func(t *testing.T) {
		rows := []struct {
			name, prompt string
			o            Options
			want         string
		}{
			{"greedy", "the qui", Options{MaxTokens: 12}, "ck brown fox"},
			{"stop text", "the qui", Options{MaxTokens: 50, Stop: []string{"fox"}}, "ck brown "},
			{"stop token", "the qui", Options{MaxTokens: 50, StopTokens: tok.Encode("w")}, "ck bro"},
			{"cold", "fox j", Options{MaxTokens: 9, Temperature: 0.01, Seed: 9}, "umps over"},
			{"one candidate", "fox j", Options{MaxTokens: 9, Temperature: 3, TopK: 1}, "umps over"},
			{"to the end of the block", "the qui", Options{}, "ck brown fox jumps over a"},
		}
		for _, weights := range []device.DType{device.F32, device.BF16, device.I8} {
			for _, row := range rows {
				s := newSession(t, m, tok, Weights(weights))
				if got := generate(t, s, row.prompt, row.o); got != row.want {
					t.Errorf("%s in %s: got %q, want %q", row.name, weights, got, row.want)
				}
			}
		}
	})
	t.Run("seeds", func(t *testing.T) {
		o := Options{MaxTokens: 20, Temperature: 3, Seed: 4}
		a, b := generate(t, newSession(t, m, tok), "the ", o), generate(t, newSession(t, m, tok), "the ", o)
		o.Seed = 5
		c := generate(t, newSession(t, m, tok), "the ", o)
		if a != b || a == c {
			t.Errorf("seed 4 gave %q and %q, seed 5 %q", a, b, c)
		}
	})
	t.Run("context", func(t *testing.T) {
		s := newSession(t, m, tok)
		generate(t, s, "the q", Options{MaxTokens: 4})
		if got := generate(t, s, "", Options{MaxTokens: 6}); got != " brown" {
			t.Errorf("the session went on with %q", got)
		}
		s.Reset()
		if _, err := s.Generate(t.Context(), "", Options{}); err == nil || !strings.Contains(err.Error(), "there is no text to continue") {
			t.Error(err)
		}
	})
	t.Run("what falls out", func(t *testing.T) {
		s := newSession(t, m, tok)
		text := "the quick " + generate(t, s, "the quick ", Options{MaxTokens: 98})
		if whole := strings.Repeat(rhyme, 3); text != whole[:108] {
			t.Errorf("after the block was full: %q", text)
		}
		if rest := s.text(s.Context()); s.Dropped()+rest != text || len(rest) > 32 {
			t.Errorf("dropped %q, sees %q", s.Dropped(), rest)
		}
	})
	t.Run("a prompt longer than the block", func(t *testing.T) {
		s := newSession(t, m, tok)
		if got := generate(t, s, strings.Repeat(rhyme, 2)+"the quick ", Options{MaxTokens: 5}); got != "brown" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("probabilities", func(t *testing.T) { testProbabilities(t, m, tok) })
	t.Run("together", func(t *testing.T) { testTogether(t, m, tok) })
	t.Run("errors", func(t *testing.T) { testErrors(t, m, tok) })
}

// testProbabilities compares log-probabilities with the model's loss.
func testProbabilities(t *testing.T, m *nn.GPT, tok Tokenizer) {
	s := newSession(t, m, tok)
	prompt := tok.Encode("the q")
	all := slices.Clone(prompt)
	sum := 0.0
	for token, err := range s.Tokens(t.Context(), "the q", Options{MaxTokens: 6, Temperature: 2, TopK: 4, LogProbs: 3, Seed: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		if len(token.Top) != 3 || token.Top[0].Prob < token.Top[1].Prob || token.LogProb > math.Log(token.Top[0].Prob)+1e-9 {
			t.Errorf("%+v", token)
		}
		sum += token.LogProb
		all = append(all, token.ID)
	}
	x, y := all[:len(all)-1], slices.Clone(all[1:])
	for i := range len(prompt) - 1 {
		y[i] = -1
	}
	m.Train(false)
	defer m.Train(true)
	if loss := m.Loss(tensor.New(x, 1, len(x)), tensor.New(y, 1, len(y))).Item(); math.Abs(loss*6+sum) > 1e-3 {
		t.Errorf("log-probabilities add up to %g, the loss to %g", sum, -6*loss)
	}
}

// testTogether checks that sessions that answer at once answer as they would alone.
func testTogether(t *testing.T, m *nn.GPT, tok Tokenizer) {
	prompts := []string{"the quick ", "over a lazy dog; the q", "b", "fox"}
	o := Options{MaxTokens: 40, Temperature: 1.5, Stop: []string{"lazy"}, Seed: 20}
	first := newSession(t, m, tok)
	sessions := []*Session{first}
	for range 3 {
		s, err := first.New()
		if err != nil {
			t.Fatal(err)
		}
		sessions = append(sessions, s)
	}
	got, err := Together(t.Context(), sessions, prompts, o)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range prompts {
		mine := o
		mine.Seed += uint64(i)
		if want := generate(t, newSession(t, m, tok), p, mine); got[i] != want {
			t.Errorf("%q: together %q, alone %q", p, got[i], want)
		}
	}
	if _, err := Together(t.Context(), []*Session{first, newSession(t, m, tok)}, prompts[:2], o); err == nil {
		t.Error("sessions that share no weights answered together")
	}
}

func testErrors(t *testing.T, m *nn.GPT, tok Tokenizer) {
	if _, err := New(m, tokenizer.Byte()); err == nil || !strings.HasPrefix(err.Error(), "session: the tokenizer has 256 tokens, the model") {
		t.Error(err)
	}
	s := newSession(t, m, tok)
	if _, err := s.Generate(t.Context(), "the", Options{TopP: 2}); err == nil || err.Error() != "options: TopP is 2, must be between 0 and 1" {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	var last error
	for piece, err := range s.Stream(ctx, "the ", Options{MaxTokens: 50}) {
		if last = err; err == nil && piece == "" {
			t.Error("an empty piece")
		}
		if n++; n == 5 {
			cancel()
		}
	}
	if !errors.Is(last, context.Canceled) || n > 7 {
		t.Errorf("%d pieces, then %v", n, last)
	}
}

// TestScoresThatAreNone: what a model with broken weights says is an error, whatever the options.
func TestScoresThatAreNone(t *testing.T) {
	tok := tokenizer.Char(rhyme)
	m, err := nn.NewGPT(nn.GPTConfig{VocabSize: tok.Size(), BlockSize: 8, Layers: 1, Heads: 1, Embed: 8})
	if err != nil {
		t.Fatal(err)
	}
	m.Params()[0].SetAt(math.NaN(), 0, 0)
	for _, o := range []Options{{}, {Temperature: 1}, {Temperature: 1, TopK: 3}, {Temperature: 1, TopP: 0.9}, {Temperature: 1, MinP: 0.1}} {
		text, err := newSession(t, m, tok).Generate(t.Context(), "the", o)
		if text != "" || err == nil || err.Error() != "session: the model's score for token 0 is NaN: weights that are not finite do that" {
			t.Errorf("%+v: got %q, error %v", o, text, err)
		}
	}
	m.Params()[0].SetAt(1, 0, 0)
	for _, o := range []Options{{Temperature: 1e-310}, {Temperature: 1, RepetitionPenalty: 1e-300}, {Temperature: 1e-310, TopP: 0.9}} {
		if text, err := newSession(t, m, tok).Generate(t.Context(), "the", o); text != "" || !errors.Is(err, errNoNumber) {
			t.Errorf("%+v: got %q, error %v", o, text, err)
		}
	}
	if _, err := Distribution([]float32{1, float32(math.Inf(1))}, nil, Options{}); err == nil || err.Error() != "the model's score for token 1 is +Inf: weights that are not finite do that" {
		t.Error(err)
	}
	if s, err := Distribution([]float32{1, float32(math.Inf(-1))}, nil, Options{Temperature: 1}); err != nil || s[0].Candidates[1].Prob != 0 {
		t.Errorf("%v, error %v", s, err)
	}
}

// TestBytes: a token moves what package cost says: the weights, what is kept of the tokens before it, and its own.
func TestBytes(t *testing.T) {
	m, err := nn.NewGPT(nn.GPTConfig{VocabSize: 256, BlockSize: 24, Layers: 2, Heads: 2, Embed: 32}, nn.Seed(1))
	if err != nil {
		t.Fatal(err)
	}
	s := newSession(t, m, tokenizer.Byte())
	for range 3 {
		before := s.Usage().Bytes
		if _, err := s.Logits("a"); err != nil {
			t.Fatal(err)
		}
		weights, _ := s.Bytes()
		want := m.Config.Cost().DecodeBytes(len(s.Context())-1, 0, 4) + float64(weights)
		if got := s.Usage().Bytes - before; got != want {
			t.Errorf("token %d moved %v bytes, want %v", len(s.Context()), got, want)
		}
	}
}

// TestGoroutines: sessions that share weights answer at the same time as they do one after the other.
func TestGoroutines(t *testing.T) {
	tok := tokenizer.Byte()
	m, err := nn.NewGPT(nn.GPTConfig{VocabSize: tok.Size(), BlockSize: 24, Layers: 2, Heads: 2, Embed: 32}, nn.Seed(1))
	if err != nil {
		t.Fatal(err)
	}
	first := newSession(t, m, tok, Weights(device.I8))
	prompts := []string{"one", "another one", "a third, which is longer than what fits", ""}
	options := func(i int) Options { return Options{MaxTokens: 30, Temperature: 1, TopK: 20, Seed: uint64(i)} }
	answer := func(prompt string, o Options) (string, error) {
		s, err := first.New()
		if err != nil {
			return "", err
		}
		if err := s.Tell('x'); err != nil {
			return "", err
		}
		return s.Generate(t.Context(), prompt, o)
	}
	want := make([]string, len(prompts))
	for i, prompt := range prompts {
		if want[i], err = answer(prompt, options(i)); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	for i, prompt := range prompts {
		for range 3 {
			all.Go(func() {
				if got, err := answer(prompt, options(i)); err != nil || got != want[i] {
					t.Errorf("%q beside others: %q, want %q, error %v", prompt, got, want[i], err)
				}
			})
		}
	}
	all.Wait()
}
