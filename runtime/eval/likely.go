package eval

import (
	"fmt"
	"math"
	"slices"

	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/tensor"
)

// Likelihood is how probable a model finds the end of an example.
type Likelihood struct {
	LogProb float64 // natural logarithm of the probability of all tokens that were to be predicted, together
	Tokens  int     // that were
	Greedy  bool    // each of them is the one that the model finds most probable: at temperature 0 it would have said this
}

// rows are examples that go through the model together.
const rows = 16

// Likelihoods asks a model how probable the examples' ends are (those tokens that count, see [data.Example.Counts]). Of an example that is longer than
// the model's block the beginning falls away; it is an error if that would take something to predict.
func Likelihoods(m *nn.GPT, examples []data.Example) ([]Likelihood, error) {
	cut := make([]data.Example, len(examples))
	order := make([]int, len(examples)) // examples of one length go together: less is computed for nothing
	for i, e := range examples {
		if e.Mask != nil && len(e.Mask) != len(e.IDs) {
			return nil, fmt.Errorf("likelihoods: example %d has a mask of %d for %d tokens", i, len(e.Mask), len(e.IDs))
		}
		over := max(0, len(e.IDs)-1-m.Config.BlockSize)
		e.IDs, e.From = e.IDs[over:], e.From-over
		if e.Mask != nil {
			e.Mask = e.Mask[over:]
		}
		if e.From < 1 || e.From >= len(e.IDs) {
			return nil, fmt.Errorf("likelihoods: example %d has %d tokens, the first to predict is number %d: want at least one before it and not more than %d to predict",
				i, len(examples[i].IDs), examples[i].From, m.Config.BlockSize)
		}
		if at := slices.IndexFunc(e.IDs, func(id int32) bool { return id < 0 || int(id) >= m.Config.VocabSize }); at >= 0 {
			return nil, fmt.Errorf("likelihoods: example %d has token %d, the model knows 0 to %d", i, e.IDs[at], m.Config.VocabSize-1)
		}
		cut[i], order[i] = e, i
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(cut[a].IDs) - len(cut[b].IDs) })

	training := m.Training()
	m.Train(false)
	defer m.Train(training)
	found := make([]Likelihood, len(examples))
	err := tensor.Try(func() {
		for some := range slices.Chunk(order, rows) {
			batch(m, cut, some, found)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("likelihoods: %w", err)
	}
	return found, nil
}

// batch computes those of some examples, the last of which is the longest.
func batch(m *nn.GPT, examples []data.Example, some []int, found []Likelihood) {
	cols := len(examples[some[len(some)-1]].IDs) - 1
	ids := make([]int32, len(some)*cols)
	for row, i := range some {
		copy(ids[row*cols:(row+1)*cols], examples[i].IDs)
	}
	vocab := m.Config.VocabSize
	logits := m.Logits(tensor.New(ids, len(some), cols)).Detach().Floats()
	for row, i := range some {
		e := examples[i]
		l := Likelihood{Greedy: true, Tokens: e.Targets()}
		for at := e.From; at < len(e.IDs); at++ {
			if !e.Counts(at) {
				continue
			}
			scores := logits[(row*cols+at-1)*vocab:][:vocab]
			p, best := logProb(scores, e.IDs[at])
			l.LogProb += p
			l.Greedy = l.Greedy && best
		}
		found[i] = l
	}
}

// logProb is the logarithm of a token's probability, and whether no other is more probable.
func logProb(scores []float32, id int32) (p float64, best bool) {
	top, sum := slices.Max(scores), 0.0
	for _, s := range scores {
		sum += math.Exp(float64(s - top))
	}
	return float64(scores[id]-top) - math.Log(sum), scores[id] == top
}

// example is a prompt with what follows it, behind the token that begins a text.
func example(tok tokenizer.Tokenizer, prompt, end string) data.Example {
	ids := append(tokenizer.Begin(tok), tok.Encode(prompt)...)
	return data.Example{IDs: append(slices.Clone(ids), tok.Encode(end)...), From: len(ids)}
}

// fits returns an error for a tokenizer that is not the model's.
func fits(m *nn.GPT, tok tokenizer.Tokenizer) error {
	if !m.Config.Speaks(tok.Size()) {
		return fmt.Errorf("the tokenizer has %d tokens, the model %d: it was trained with another one", tok.Size(), m.Config.VocabSize)
	}
	return nil
}
