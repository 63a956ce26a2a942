package infer

import (
	"slices"
	"testing"

	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
	"github.com/resident-go/resident/runtime/tensor"
)

// TestLearningOn: a session of a model that learns between its questions answers by what the model has become, also about what it was told before.
func TestLearningOn(t *testing.T) {
	tok := tokenizer.Byte()
	m, err := nn.NewGPT(nn.GPTConfig{VocabSize: tok.Size(), BlockSize: 32, Layers: 2, Heads: 2, Embed: 32}, nn.Seed(1))
	if err != nil {
		t.Fatal(err)
	}
	opt, err := optim.SGD{LR: 1}.New(m.Params())
	if err != nil {
		t.Fatal(err)
	}
	s := newSession(t, m, tok)
	logits := func(s *Session, prompt string) []float32 {
		t.Helper()
		all, err := s.Logits(prompt)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	before := logits(s, "what it was told")
	ids := tensor.New(tok.Encode("something else"), 1, 14)
	m.Loss(ids, ids).Backward()
	opt.Step()
	got := logits(s, " before")
	fresh := newSession(t, m, tok)
	if err := fresh.Tell(s.Context()...); err != nil {
		t.Fatal(err)
	}
	want := logits(fresh, "")
	if slices.Equal(want, before) || !slices.Equal(got, want) {
		t.Errorf("the scores begin with %v, those of a session that has read all of it now with %v", got[:4], want[:4])
	}
	small := newSession(t, m, tok, Weights(device.I8)) // a copy: it does not change with the model
	before = logits(small, "a")
	opt.Step()
	if small.Reset(); !slices.Equal(logits(small, "a"), before) {
		t.Error("a copy of the weights has changed")
	}
}

// TestTell: tokens that a session is told are as good as a prompt of them, and may be special ones.
func TestTell(t *testing.T) {
	tok := tokenizer.Byte("<|end|>")
	m, err := nn.NewGPT(nn.GPTConfig{VocabSize: tok.Size(), BlockSize: 32, Layers: 1, Heads: 2, Embed: 32}, nn.Seed(1))
	if err != nil {
		t.Fatal(err)
	}
	o := Options{MaxTokens: 10, Temperature: 1, Seed: 3}
	want := generate(t, newSession(t, m, tok), "a fox", o)
	s := newSession(t, m, tok)
	if err := s.Tell(tok.Encode("a fox")...); err != nil {
		t.Fatal(err)
	}
	if got := generate(t, s, "", o); got != want {
		t.Errorf("told, it says %q, asked %q", got, want)
	}
	special, _ := tok.Special("<|end|>")
	if err := s.Tell(special); err != nil || s.Context()[len(s.Context())-1] != special {
		t.Errorf("context %v, %v", s.Context(), err)
	}
	for _, id := range []int32{-1, 257} {
		if err := s.Tell('a', id); err == nil || len(s.Context()) != len("a fox")+10+1 {
			t.Errorf("token %d: error %v, %d tokens in the context", id, err, len(s.Context()))
		}
	}
}
