package infer

import (
	"testing"

	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/nn"
)

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
