package eval

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/nn"
)

// Question is a prompt with options for how it goes on, one of which is right.
type Question struct {
	Prompt  string   `json:"prompt"`
	Options []string `json:"options"`
	Answer  int      `json:"answer"` // the right option
}

// Choices are a model's answers to multiple choice.
type Choices struct {
	Questions []Question
	LogProbs  [][]float64 // of each option of each question: the logarithm of the probability of all its tokens
}

// Choose asks a model for its choice: it says nothing, but each option is put behind the prompt, and the model asked how probable
// it finds that.
func Choose(m *nn.GPT, tok tokenizer.Tokenizer, questions []Question) (Choices, error) {
	return ChooseExamples(m, questions, func(q Question) ([]data.Example, error) {
		if err := fits(m, tok); err != nil {
			return nil, err
		}
		examples := make([]data.Example, len(q.Options))
		for i, o := range q.Options {
			examples[i] = example(tok, q.Prompt, o)
		}
		return examples, nil
	})
}

// ChooseExamples is [Choose] for models that are asked in a form of their own, such as that of a conversation: encode puts each option behind the
// prompt.
func ChooseExamples(m *nn.GPT, questions []Question, encode func(Question) ([]data.Example, error)) (Choices, error) {
	var all []data.Example
	for i, q := range questions {
		if err := q.check(); err != nil {
			return Choices{}, fmt.Errorf("choose: question %d: %w", i, err)
		}
		examples, err := encode(q)
		if err == nil && len(examples) != len(q.Options) {
			err = fmt.Errorf("%d examples for %d options", len(examples), len(q.Options))
		}
		if err != nil {
			return Choices{}, fmt.Errorf("choose: question %d: %w", i, err)
		}
		all = append(all, examples...)
	}
	likely, err := Likelihoods(m, all)
	if err != nil {
		return Choices{}, fmt.Errorf("choose: %w", err)
	}
	c := Choices{Questions: questions, LogProbs: make([][]float64, len(questions))}
	for i, q := range questions {
		for _, l := range likely[:len(q.Options)] {
			c.LogProbs[i] = append(c.LogProbs[i], l.LogProb)
		}
		likely = likely[len(q.Options):]
	}
	return c, nil
}

func (q Question) check() error {
	switch {
	case len(q.Options) < 2:
		return fmt.Errorf("%.40q has %d options, want at least two", q.Prompt, len(q.Options))
	case q.Answer < 0 || q.Answer >= len(q.Options):
		return fmt.Errorf("%.40q: the right option is number %d of 0 to %d", q.Prompt, q.Answer, len(q.Options)-1)
	case slices.Contains(q.Options, ""):
		return fmt.Errorf("%.40q has an empty option", q.Prompt)
	}
	return nil
}

// Chosen is the most probable option of a question.
func (c Choices) Chosen(question int) int { return most(c.LogProbs[question]) }

// ChosenNorm is the option with the highest logarithm for each of its characters, a blank in front not counted: long options, which are less probable
// because they are long, get their chance.
func (c Choices) ChosenNorm(question int) int {
	norm := slices.Clone(c.LogProbs[question])
	for i, o := range c.Questions[question].Options {
		norm[i] /= float64(max(1, utf8.RuneCountInString(strings.TrimPrefix(o, " "))))
	}
	return most(norm)
}

func most(values []float64) int { return slices.Index(values, slices.Max(values)) }

// Right says for each question whether the most probable option is the right one.
func (c Choices) Right() []bool { return c.right(c.Chosen) }

func (c Choices) right(chosen func(int) int) []bool {
	r := make([]bool, len(c.Questions))
	for i, q := range c.Questions {
		r[i] = chosen(i) == q.Answer
	}
	return r
}

// Accuracy is the share of the questions for which the most probable option is the right one (acc).
func (c Choices) Accuracy() Score { return Share(c.Right()) }

// AccuracyNorm is the same of [Choices.ChosenNorm] (acc_norm).
func (c Choices) AccuracyNorm() Score { return Share(c.right(c.ChosenNorm)) }

// Chance is the accuracy of guessing.
func (c Choices) Chance() float64 {
	sum := 0.0
	for _, q := range c.Questions {
		sum += 1 / float64(len(q.Options))
	}
	return sum / float64(len(c.Questions))
}

// Confidence is the probability of each question's chosen option among all its options.
func (c Choices) Confidence() []float64 {
	sure := make([]float64, len(c.Questions))
	for i, logs := range c.LogProbs {
		sum, top := 0.0, slices.Max(logs)
		for _, l := range logs {
			sum += math.Exp(l - top)
		}
		sure[i] = 1 / sum
	}
	return sure
}

// Calibration compares how sure the model was of its choices with how often they were right.
func (c Choices) Calibration(bins int) (Calibration, error) {
	return Calibrate(c.Confidence(), c.Right(), bins)
}

func (c Choices) String() string {
	return fmt.Sprintf("accuracy %s, length-normalised %s, guessing %.1f %%", c.Accuracy(), c.AccuracyNorm(), 100*c.Chance())
}
