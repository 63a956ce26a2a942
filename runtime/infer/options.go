package infer

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Options are how the next token is chosen and when to stop. The zero value takes the most probable token until the block is full.
//
// The filters work one after the other, in the order in which they stand here.
type Options struct {
	MaxTokens int // new tokens at most; 0 is as many as the block has place for, at least one

	RepetitionPenalty float64 // scores of tokens in the context are divided by it if positive, else multiplied (arXiv:1909.05858); 0 and 1 change nothing
	Temperature       float64 // scores are divided by it: below 1 sharper, above 1 flatter; 0 takes the most probable token
	TopK              int     // only the so many most probable; 0 is all
	TopP              float64 // only the most probable that together reach this probability (arXiv:1904.09751); 0 and 1 are all
	MinP              float64 // only those with at least this share of the highest probability (arXiv:2407.01082); 0 is all

	Seed       uint64   // the same seed, the same text
	Stop       []string // the text ends before the first of these, also where they span tokens
	StopTokens []int32  // it ends before any of these, too; a tokenizer's end of text is always among them
	LogProbs   int      // [Token.Top] lists so many alternatives
}

// check returns an error about values that make no sense.
func (o Options) check(vocab int) error {
	errs := []error{
		bad("MaxTokens", float64(o.MaxTokens), o.MaxTokens >= 0, "not negative"),
		bad("RepetitionPenalty", o.RepetitionPenalty, o.RepetitionPenalty >= 0, "not negative"),
		bad("Temperature", o.Temperature, o.Temperature >= 0, "not negative"),
		bad("TopK", float64(o.TopK), o.TopK >= 0, "not negative"),
		bad("TopP", o.TopP, o.TopP >= 0 && o.TopP <= 1, "between 0 and 1"),
		bad("MinP", o.MinP, o.MinP >= 0 && o.MinP <= 1, "between 0 and 1"),
		bad("LogProbs", float64(o.LogProbs), o.LogProbs >= 0, "not negative"),
	}
	if slices.Contains(o.Stop, "") {
		//lint:ignore ST1005 it begins with a field's name
		errs = append(errs, errors.New("Stop contains an empty text, which is everywhere"))
	}
	for _, id := range o.StopTokens {
		if id < 0 || int(id) >= vocab {
			errs = append(errs, fmt.Errorf("StopTokens contains %d, the vocabulary has %d", id, vocab))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("options: %w", err)
	}
	return nil
}

func bad(name string, v float64, ok bool, want string) error {
	if ok && !math.IsInf(v, 0) {
		return nil
	}
	return fmt.Errorf("%s is %g, must be %s", name, v, want)
}
