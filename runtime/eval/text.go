package eval

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/nn"
)

// Perplexity is how well a model foresees a text.
type Perplexity struct {
	LogProb              float64 // natural logarithm of the probability of the whole text
	Tokens, Words, Bytes int
	stdErr               float64
}

// PerToken is e to the mean loss of a token: as if the model chose between so many tokens that are equally likely. It compares models with
// the same tokenizer only.
func (p Perplexity) PerToken() float64 { return math.Exp(p.Loss().Mean) }

// PerWord is the same for words, which are what blanks separate.
func (p Perplexity) PerWord() float64 { return math.Exp(-p.LogProb / float64(p.Words)) }

// BitsPerByte is what a byte of the text costs if the model compresses it. It compares models whatever their tokenizers.
func (p Perplexity) BitsPerByte() float64 { return -p.LogProb / math.Ln2 / float64(p.Bytes) }

// Loss is the mean loss of a token, in nats, with its standard error over windows.
func (p Perplexity) Loss() Score {
	return Score{Mean: -p.LogProb / float64(p.Tokens), StdErr: p.stdErr, N: p.Tokens}
}

func (p Perplexity) String() string {
	return fmt.Sprintf("perplexity %.2f, %.3f bits per byte over %d tokens", p.PerToken(), p.BitsPerByte(), p.Tokens)
}

// Text measures how well a model foresees a text: each token once, with as much before it as fits. The model looks through a window, which moves by
// stride tokens; a small stride gives each token more to go by and takes longer, and one as long as the model's block, or 0, cuts the
// text into separate pieces. The first token is predicted only if the tokenizer has one for the beginning of a text.
func Text(m *nn.GPT, tok tokenizer.Tokenizer, text string, stride int) (Perplexity, error) {
	block := m.Config.BlockSize
	if stride == 0 {
		stride = block
	}
	if stride < 1 || stride > block {
		return Perplexity{}, fmt.Errorf("perplexity: a stride of %d, want 1 to %d", stride, block)
	}
	if err := fits(m, tok); err != nil {
		return Perplexity{}, fmt.Errorf("perplexity: %w", err)
	}
	likely, err := Likelihoods(m, windows(example(tok, text, "").IDs, block, stride))
	if err == nil && len(likely) == 0 {
		err = errors.New("the text has no token to predict")
	}
	if err != nil {
		return Perplexity{}, fmt.Errorf("perplexity: %w", err)
	}
	p := Perplexity{Words: len(strings.Fields(text)), Bytes: len(text)}
	for _, l := range likely {
		p.LogProb += l.LogProb
		p.Tokens += l.Tokens
	}
	p.stdErr = clustered(likely, p)
	return p, nil
}

// windows cuts a text so that each token but the first is predicted once.
func windows(ids []int32, block, stride int) (all []data.Example) {
	for from := 1; from < len(ids); {
		n := stride
		if from == 1 {
			n = block // the first window is full: nothing stands before it
		}
		to := min(len(ids), from+n)
		begin := max(0, to-1-block)
		all = append(all, data.Example{IDs: ids[begin:to], From: from - begin})
		from = to
	}
	return all
}

// clustered is the standard error of the mean loss, where the windows are independent of one another and the tokens of one are not.
func clustered(likely []Likelihood, p Perplexity) float64 {
	mean, square := p.LogProb/float64(p.Tokens), 0.0
	for _, l := range likely {
		d := l.LogProb - mean*float64(l.Tokens)
		square += d * d
	}
	n := float64(len(likely))
	return math.Sqrt(square*n/(n-1)) / float64(p.Tokens)
}
