package data

import (
	"fmt"

	"github.com/resident-go/resident/runtime/data/tokenizer"
)

// Match is two texts that belong together: a question and the paragraph that answers it, a title and its article.
type Match struct {
	Anchor   string `json:"anchor"`
	Positive string `json:"positive"`
}

// MatchSet is texts that belong together, for teaching an encoder to put them close to each other. A batch has the anchors' tokens in X and
// the positives' in Y, [Size, Block] each, filled up with [Ignored]. To each anchor the other positives of its batch do not belong, so
// the larger the batch, the harder the task.
type MatchSet struct {
	Tokenizer tokenizer.Tokenizer
	Matches   []Match
}

// Matches is a set of matches.
func Matches(tok tokenizer.Tokenizer, matches []Match) *MatchSet {
	return &MatchSet{tok, matches}
}

// Len is the number of matches.
func (s *MatchSet) Len() int { return len(s.Matches) }

// Split takes some of the matches, chosen at random, for training: so many as the fraction says.
func (s *MatchSet) Split(fraction float64, seed uint64) Split[*MatchSet] {
	n, err := cut(len(s.Matches), fraction)
	train, valid := Matches(s.Tokenizer, nil), Matches(s.Tokenizer, nil)
	for i, from := range random("matches", seed, 0).Perm(len(s.Matches)) {
		if i < n {
			train.Matches = append(train.Matches, s.Matches[from])
		} else {
			valid.Matches = append(valid.Matches, s.Matches[from])
		}
	}
	return Split[*MatchSet]{Train: train, Valid: valid, err: err}
}

// Loader implements [Set]. The rows come in a random order that is another one in each epoch. A text that is longer than Block is cut off at its
// end; one without tokens is an error.
func (s *MatchSet) Loader(b Batching) (*Loader, error) {
	rows, err := s.rows(b.Block)
	if err != nil {
		return nil, err
	}
	return newLoader(rows, b, false)
}

// Pass implements [Set].
func (s *MatchSet) Pass(b Batching) ([]Batch, error) {
	rows, err := s.rows(b.Block)
	if err != nil {
		return nil, err
	}
	return pass(rows, b)
}

// matchRows are the tokens of matches, at most block for each text.
type matchRows struct {
	block int
	rows  [][2][]int32
}

func (s *MatchSet) rows(block int) (*matchRows, error) {
	if block < 1 {
		return nil, fmt.Errorf("data: matches: texts of %d tokens", block)
	}
	r := &matchRows{block: block}
	for i, m := range s.Matches {
		row := [2][]int32{s.Tokenizer.Encode(m.Anchor), s.Tokenizer.Encode(m.Positive)}
		for side, name := range []string{"anchor", "positive"} {
			if len(row[side]) == 0 {
				return nil, fmt.Errorf("data: matches: the %s of match %d has no tokens", name, i)
			}
			row[side] = row[side][:min(len(row[side]), block)]
		}
		r.rows = append(r.rows, row)
	}
	return r, nil
}

func (r *matchRows) count() int { return len(r.rows) }

func (r *matchRows) empty(rows int) Batch {
	b := Batch{Rows: rows, Cols: r.block, X: make([]int32, rows*r.block), Y: make([]int32, rows*r.block)}
	for i := range b.X {
		b.X[i], b.Y[i] = Ignored, Ignored
	}
	return b
}

func (r *matchRows) fill(b *Batch, row, example int) {
	copy(b.X[row*r.block:], r.rows[example][0])
	copy(b.Y[row*r.block:], r.rows[example][1])
}

// digest is of the tokens.
func (r *matchRows) digest() string {
	var ids []int32
	for _, row := range r.rows {
		for _, text := range row {
			ids = append(append(ids, int32(len(text))), text...)
		}
	}
	return digest(ids)
}

func (r *matchRows) String() string { return fmt.Sprintf("%d matches", len(r.rows)) }

// String describes the set in a line.
func (s *MatchSet) String() string {
	return fmt.Sprintf("%d matches of texts (%s)", len(s.Matches), s.Tokenizer.Name())
}
