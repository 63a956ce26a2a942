package data

import (
	"fmt"

	"github.com/resident-go/resident/runtime/data/tokenizer"
)

// Preference is a prompt with two completions, of which people prefer the first.
type Preference struct {
	Prompt   string `json:"prompt"`
	Chosen   string `json:"chosen"`
	Rejected string `json:"rejected"`
}

// PreferenceSet is prompts with a completion that is preferred and one that is not. A batch of it has two rows for each preference, the chosen one first: X
// and Y have the shape [2·Size, Block], and only completions are to be predicted, as in a [PairSet].
type PreferenceSet struct {
	Chosen, Rejected *PairSet
}

// Preferences encodes preferences, as [Pairs] does.
func Preferences(tok tokenizer.Tokenizer, preferences []Preference) *PreferenceSet {
	chosen, rejected := make([]Pair, len(preferences)), make([]Pair, len(preferences))
	for i, p := range preferences {
		chosen[i], rejected[i] = Pair{p.Prompt, p.Chosen}, Pair{p.Prompt, p.Rejected}
	}
	return &PreferenceSet{Pairs(tok, chosen), Pairs(tok, rejected)}
}

// Len is the number of preferences.
func (s *PreferenceSet) Len() int { return s.Chosen.Len() }

// Split takes some of the preferences, chosen at random, for training: so many as the fraction says.
func (s *PreferenceSet) Split(fraction float64, seed uint64) Split[*PreferenceSet] {
	chosen, rejected := s.Chosen.Split(fraction, seed), s.Rejected.Split(fraction, seed)
	return Split[*PreferenceSet]{Train: &PreferenceSet{chosen.Train, rejected.Train}, Valid: &PreferenceSet{chosen.Valid, rejected.Valid}, err: chosen.err}
}

// Loader implements [Set]. The preferences come in a random order that is another one in each epoch.
func (s *PreferenceSet) Loader(b Batching) (*Loader, error) {
	rows, err := s.rows(b.Block)
	if err != nil {
		return nil, err
	}
	return newLoader(rows, b, false)
}

// Pass implements [Set].
func (s *PreferenceSet) Pass(b Batching) ([]Batch, error) {
	rows, err := s.rows(b.Block)
	if err != nil {
		return nil, err
	}
	return pass(rows, b)
}

// preferenceRows has a row for each completion, two by two.
type preferenceRows struct{ chosen, rejected *pairRows }

func (s *PreferenceSet) rows(block int) (*preferenceRows, error) {
	chosen, err := s.Chosen.rows(block)
	if err != nil {
		return nil, fmt.Errorf("%w (of what was chosen)", err)
	}
	rejected, err := s.Rejected.rows(block)
	if err != nil {
		return nil, fmt.Errorf("%w (of what was rejected)", err)
	}
	return &preferenceRows{chosen, rejected}, nil
}

func (r *preferenceRows) count() int { return r.chosen.count() }

func (r *preferenceRows) empty(rows int) Batch { return r.chosen.empty(2 * rows) }

func (r *preferenceRows) fill(b *Batch, row, example int) {
	r.chosen.fill(b, 2*row, example)
	r.rejected.fill(b, 2*row+1, example)
}

func (r *preferenceRows) digest() string { return r.chosen.digest() + r.rejected.digest() }

func (r *preferenceRows) String() string { return fmt.Sprintf("%d preferences", r.count()) }

// String describes the set in a line.
func (s *PreferenceSet) String() string {
	return fmt.Sprintf("%d prompts with a chosen and a rejected completion (%s)", s.Len(), s.Chosen.Tokenizer.Name())
}
