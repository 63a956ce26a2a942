package data

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"strings"

	"github.com/resident-go/resident/runtime/data/tokenizer"
)

// Pair is a prompt and what a model is to answer.
type Pair struct {
	Prompt     string `json:"prompt"`
	Completion string `json:"completion"`
}

// ReadPairs reads pairs from a file with a JSON object on each line: {"prompt": "...", "completion": "..."}.
func ReadPairs(path string) ([]Pair, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("data: read pairs: %w", err)
	}
	var pairs []Pair
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		var p struct{ Prompt, Completion *string }
		if err := json.Unmarshal(line, &p); err != nil {
			return nil, fmt.Errorf("data: read pairs: %s: line %d: %w", path, n, err)
		}
		if p.Prompt == nil || p.Completion == nil {
			return nil, fmt.Errorf("data: read pairs: %s: line %d: expected \"prompt\" and \"completion\", got %.80s", path, n, line)
		}
		pairs = append(pairs, Pair{*p.Prompt, *p.Completion})
	}
	return pairs, nil
}

// Example is a prompt and its completion as tokens. Those from From on are to be predicted.
type Example struct {
	IDs  []int32
	From int
	Mask []bool // of IDs: which of those from From on are to be predicted, if it is not all of them, as in a conversation of several turns
}

// Counts says whether the i-th token is to be predicted. The first one never is: nothing stands before it. Nor is one that Mask is too short for.
func (e Example) Counts(i int) bool {
	return i >= max(e.From, 1) && (e.Mask == nil || i < len(e.Mask) && e.Mask[i])
}

// Targets is the number of tokens to predict.
func (e Example) Targets() (n int) {
	for i := range e.IDs {
		if e.Counts(i) {
			n++
		}
	}
	return n
}

// PairSet is prompts with their completions, for teaching a model to answer. The loss is computed on completions only: in Y the
// tokens of prompts are [Ignored].
type PairSet struct {
	Tokenizer tokenizer.Tokenizer
	Examples  []Example

	packed bool
}

// Pairs encodes pairs. A completion ends with [tokenizer.End], if the tokenizer has one, so that the model learns to stop. Nothing is put
// between prompt and completion: what separates them, a blank or a line feed, is part of one of them. Special tokens in the
// texts are read as ordinary text; to use some, make the examples yourself with [tokenizer.EncodeSpecial].
//
// Each example is a row of its own, filled up at its end. [PairSet.Packed] puts several into a row.
func Pairs(tok tokenizer.Tokenizer, pairs []Pair) *PairSet {
	s := &PairSet{Tokenizer: tok}
	end, ends := tokenizer.End(tok)
	for _, p := range pairs {
		ids := tok.Encode(p.Prompt)
		e := Example{From: len(ids)}
		e.IDs = append(ids, tok.Encode(p.Completion)...)
		if ends {
			e.IDs = append(e.IDs, end)
		}
		s.Examples = append(s.Examples, e)
	}
	return s
}

// Packed returns the set with rows that hold as many whole examples as fit, in their order. Less is computed for nothing, but an example
// can look back at the ones before it in its row: only the token that ends a text tells the model that they have nothing to do with it.
func (s *PairSet) Packed() *PairSet {
	t := *s
	t.packed = true
	return &t
}

// Len is the number of examples.
func (s *PairSet) Len() int { return len(s.Examples) }

// Split takes some of the examples, chosen at random, for training: so many as the fraction says.
func (s *PairSet) Split(fraction float64, seed uint64) Split[*PairSet] {
	n, err := cut(len(s.Examples), fraction)
	train, valid := *s, *s
	train.Examples, valid.Examples = nil, nil
	for i, from := range random("pairs", seed, 0).Perm(len(s.Examples)) {
		if i < n {
			train.Examples = append(train.Examples, s.Examples[from])
		} else {
			valid.Examples = append(valid.Examples, s.Examples[from])
		}
	}
	return Split[*PairSet]{Train: &train, Valid: &valid, err: err}
}

// Loader implements [Set]. X and Y have the shape [Size, Block]; the rows come in a random order that is another one in each epoch. An
// example that is too long is cut off at its end; it is an error if nothing is left to predict.
func (s *PairSet) Loader(b Batching) (*Loader, error) {
	rows, err := s.rows(b.Block)
	if err != nil {
		return nil, err
	}
	return newLoader(rows, b, false)
}

// Pass implements [Set].
func (s *PairSet) Pass(b Batching) ([]Batch, error) {
	rows, err := s.rows(b.Block)
	if err != nil {
		return nil, err
	}
	return pass(rows, b)
}

// pairRows are the rows of a batch, each made of some examples of at most block+1 tokens in all.
type pairRows struct {
	block int
	rows  [][]Example
}

func (s *PairSet) rows(block int) (*pairRows, error) {
	if block < 1 {
		return nil, fmt.Errorf("data: pairs: the block size is %d: say how many tokens a row has", block)
	}
	r := &pairRows{block: block}
	room := 0 // in the last row
	for i, e := range s.Examples {
		if e.Mask != nil && len(e.Mask) != len(e.IDs) {
			return nil, fmt.Errorf("data: pairs: example %d has a mask of %d for %d tokens", i, len(e.Mask), len(e.IDs))
		}
		if len(e.IDs) > block+1 {
			e.IDs = e.IDs[:block+1]
		}
		if e.From < 0 || e.Targets() == 0 {
			return nil, fmt.Errorf("data: pairs: example %d has nothing to predict: a prompt of %d tokens, rows of %d", i, e.From, block)
		}
		if s.packed && len(e.IDs) <= room {
			last := &r.rows[len(r.rows)-1]
			*last = append(*last, e)
			room -= len(e.IDs)
			continue
		}
		r.rows = append(r.rows, []Example{e})
		room = block + 1 - len(e.IDs)
	}
	return r, nil
}

func (r *pairRows) count() int { return len(r.rows) }

func (r *pairRows) empty(rows int) Batch {
	b := Batch{Rows: rows, Cols: r.block, X: make([]int32, rows*r.block), Y: make([]int32, rows*r.block)}
	for i := range b.Y {
		b.Y[i] = Ignored
	}
	return b
}

func (r *pairRows) fill(b *Batch, row, example int) {
	x, y := b.X[row*r.block:][:r.block], b.Y[row*r.block:][:r.block]
	at := 0
	for _, e := range r.rows[example] {
		copy(x[min(at, r.block):], e.IDs)
		for i := max(e.From, 1); i < len(e.IDs); i++ {
			if e.Counts(i) {
				y[at+i-1] = e.IDs[i]
			}
		}
		at += len(e.IDs)
	}
}

// digest is of the examples: for each one its length, where it is to be predicted from, its tokens, and places that a mask leaves out.
func (r *pairRows) digest() string {
	var ids []int32
	for _, row := range r.rows {
		for _, e := range row {
			ids = append(append(ids, int32(len(e.IDs)), int32(e.From)), e.IDs...)
			for i := max(e.From, 1); e.Mask != nil && i < len(e.IDs); i++ {
				if !e.Mask[i] {
					ids = append(ids, -2-int32(i))
				}
			}
		}
		ids = append(ids, -1)
	}
	return digest(ids)
}

func (r *pairRows) String() string {
	return fmt.Sprintf("%d rows of prompts and completions", len(r.rows))
}

// String describes the set in a line.
func (s *PairSet) String() string {
	all, asked := 0, 0
	for _, e := range s.Examples {
		all += len(e.IDs)
		asked += e.Targets()
	}
	text := fmt.Sprintf("%d prompts with completions: %d tokens (%s), %d of them to predict", len(s.Examples), all, s.Tokenizer.Name(), asked)
	if s.packed {
		text += ", packed"
	}
	return text
}

// HTML is the description and the first pairs.
func (s *PairSet) HTML() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<div>%s</div><table><tr><th>prompt</th><th>completion</th></tr>", html.EscapeString(s.String()))
	for _, e := range s.Examples[:min(len(s.Examples), 10)] {
		from := min(max(e.From, 0), len(e.IDs))
		prompt, completion := s.Tokenizer.Decode(e.IDs[:from]), s.Tokenizer.Decode(e.IDs[from:])
		fmt.Fprintf(&b, `<tr style="white-space:pre-wrap;text-align:left"><td>%s</td><td>%s</td></tr>`,
			html.EscapeString(prompt), html.EscapeString(completion))
	}
	b.WriteString("</table>")
	return b.String()
}
