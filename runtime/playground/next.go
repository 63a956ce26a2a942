package playground

import (
	"fmt"

	"github.com/resident-go/resident/runtime/infer"
)

// Next is what could come next: the distribution as the model has it, and as the options make it.
type Next struct {
	Prompt  string   `json:"prompt"`
	Options string   `json:"options"`
	Choices []Choice `json:"choices"` // the most probable for the model first
	Left    int      `json:"left"`    // tokens that the options leave to choose from
	Of      int      `json:"of"`      // tokens that there are
	Entropy float64  `json:"entropy"` // of what is drawn from, in bits
}

// Choice is a token that could come next.
type Choice struct {
	Token int32   `json:"token"`
	Text  string  `json:"text"`
	Model float64 `json:"model"` // its probability for the model
	Drawn float64 `json:"drawn"` // with which it is drawn: 0 if the options leave it out
}

// Next looks at the tokens that could follow a prompt: the n most probable for the model. Nothing is chosen.
func (p *Playground) Next(prompt string, o infer.Options, n int) (Next, error) {
	p.work.Lock()
	defer p.work.Unlock()
	p.session.Reset()
	logits, err := p.session.Logits(prompt)
	if err != nil {
		return Next{}, fmt.Errorf("playground: next: %w", err)
	}
	stages, err := infer.Distribution(logits, p.session.Context(), o)
	if err != nil {
		return Next{}, fmt.Errorf("playground: next: %w", err)
	}
	model, last := stages[0].Candidates, stages[len(stages)-1].Candidates
	drawn := make(map[int32]float64, len(last))
	for _, c := range last {
		drawn[c.Token] = c.Prob
	}
	next := Next{Prompt: prompt, Options: words(o), Left: len(last), Of: len(model), Entropy: entropy(last)}
	for _, c := range model[:min(max(n, 0), len(model))] {
		next.Choices = append(next.Choices, Choice{c.Token, p.tok.Token(c.Token), c.Prob, drawn[c.Token]})
	}
	return next, nil
}

// words are the options that shape a distribution.
func words(o infer.Options) string {
	s := fmt.Sprintf("temperature %.2g", o.Temperature)
	if o.TopP > 0 && o.TopP < 1 {
		s += fmt.Sprintf(", top-p %.2g", o.TopP)
	}
	if o.TopK > 0 {
		s += fmt.Sprintf(", top-k %d", o.TopK)
	}
	return s
}
