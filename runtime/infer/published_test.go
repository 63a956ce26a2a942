package infer

import (
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/nn"
)

// TestPublished: tokenizers of others have their own tokens around a text, and models more scores than there are tokens.
func TestPublished(t *testing.T) {
	for _, row := range []struct {
		file  string
		vocab int
		want  string // the error, if there is one
		begin []int32
		stops []string
	}{
		{"llama3", 640, "", []int32{602}, nil},
		{"llama2", 768, "", []int32{1}, []string{"</s>"}},
		{"saved-bpe", 600, "", []int32{599}, []string{"<|endoftext|>"}},
		{"llama3", 603, "session: the tokenizer has 604 tokens, the model 603", nil, nil},
		{"llama3", 641, "session: the tokenizer has 604 tokens, the model 641", nil, nil},
		{"llama3", 1152, "session: the tokenizer has 604 tokens, the model 1152", nil, nil},
		{"gemma", 512, "session: the tokenizer has 451 tokens, the model 512", nil, nil}, // so small a vocabulary is another one
	} {
		tok, err := tokenizer.Load("../data/tokenizer/testdata/hf/" + row.file + ".json")
		if err != nil {
			t.Fatal(err)
		}
		m, err := nn.NewGPT(nn.GPTConfig{VocabSize: row.vocab, BlockSize: 8, Layers: 1, Heads: 1, Embed: 8})
		if err != nil {
			t.Fatal(err)
		}
		s, err := New(m, tok)
		if err != nil || row.want != "" {
			if err == nil || row.want == "" || !strings.HasPrefix(err.Error(), row.want) {
				t.Errorf("%s with a vocabulary of %d: error %v, want %q", row.file, row.vocab, err, row.want)
			}
			continue
		}
		turn, err := s.begin("Light", Options{MaxTokens: 1})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Context(); !slices.Equal(got, append(row.begin, tok.Encode("Light")...)) {
			t.Errorf("%s: the context is %v, want it to begin with %v", row.file, got, row.begin)
		}
		var stops []int32
		for _, name := range row.stops {
			id, _ := tok.Special(name)
			stops = append(stops, id)
		}
		if !slices.Equal(turn.stopIDs, stops) {
			t.Errorf("%s: stops before %v, want %v", row.file, turn.stopIDs, stops)
		}
	}
}
