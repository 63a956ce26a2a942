package rag_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/rag"
)

// TestMeasure: recall and mean reciprocal rank, of an archive whose order is plain: the question's word stands once, twice, three times in texts of
// the same length.
func TestMeasure(t *testing.T) {
	ix, err := rag.New(nil, lines)
	if err == nil {
		err = ix.Add(rag.Document{ID: "once", Text: "plum a b c"}, rag.Document{ID: "twice", Text: "plum plum a b"}, rag.Document{ID: "thrice", Text: "plum plum plum a"},
			rag.Document{ID: "never", Text: "a b c d"})
	}
	if err != nil {
		t.Fatal(err)
	}
	plum := func(relevant ...string) rag.Question { return rag.Question{Text: "plum", Relevant: relevant} }
	for name, row := range map[string]struct {
		questions   []rag.Question
		k           int
		recall, mrr float64
		err         string
	}{
		"the first":                     {[]rag.Question{plum("thrice")}, 1, 1, 1, ""},
		"the second, of one":            {[]rag.Question{plum("twice")}, 1, 0, 0, ""},
		"the second, of two":            {[]rag.Question{plum("twice")}, 2, 1, 0.5, ""},
		"one of two that are relevant":  {[]rag.Question{plum("once", "twice")}, 2, 0.5, 0.5, ""},
		"both":                          {[]rag.Question{plum("once", "twice")}, 3, 1, 0.5, ""},
		"the mean of questions":         {[]rag.Question{plum("thrice"), plum("once"), plum("never")}, 3, 2. / 3, (1 + 1./3) / 3, ""},
		"a chunk by its key":            {[]rag.Question{plum("thrice@0")}, 1, 1, 1, ""},
		"five, if none is said":         {[]rag.Question{plum("once")}, 0, 1, 1. / 3, ""},
		"no questions":                  {nil, 1, 0, 0, "rag: measure: no questions"},
		"a question without an answer":  {[]rag.Question{plum()}, 1, 0, 0, `rag: measure: question 0 ("plum") has nothing relevant`},
		"fewer than none":               {[]rag.Question{plum("once")}, -1, 0, 0, "rag: search: -1 chunks"},
		"a document that is not there":  {[]rag.Question{plum("gone")}, 3, 0, 0, ""},
		"a question that finds nothing": {[]rag.Question{{Text: "pear", Relevant: []string{"once"}}}, 3, 0, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := rag.Measure(ix, row.questions, rag.Query{K: row.k})
			if row.err != "" {
				if err == nil || !strings.Contains(err.Error(), row.err) {
					t.Errorf("got %v, want %s", err, row.err)
				}
				return
			}
			if err != nil || math.Abs(m.Recall-row.recall) > 1e-9 || math.Abs(m.MRR-row.mrr) > 1e-9 || m.Questions != len(row.questions) {
				t.Errorf("got %v, %v, want recall %.3f and MRR %.3f", m, err, row.recall, row.mrr)
			}
		})
	}
}

// TestCloze: each chunk gives a sentence and what is left without it, under its heading; one that would have nothing left gives none.
func TestCloze(t *testing.T) {
	chunks := []rag.Chunk{
		{Text: "One. Two! Three?"},
		{Text: "Alone."},
		{Text: "Alone.", Heading: "Book I"},
		{Text: ""},
	}
	for seed := range uint64(20) {
		matches := rag.Cloze(chunks, seed)
		if len(matches) != 2 {
			t.Fatalf("seed %d: %q, want matches of the first chunk and of the third", seed, matches)
		}
		left := map[string]string{"One.": "Two! Three?", "Two!": "One. Three?", "Three?": "One. Two!"}
		if m := matches[0]; left[m.Anchor] == "" || m.Positive != left[m.Anchor] {
			t.Errorf("seed %d: %q", seed, m)
		}
		if m := matches[1]; m.Anchor != "Alone." || m.Positive != "Book I" {
			t.Errorf("seed %d: %q", seed, m)
		}
		if again := rag.Cloze(chunks, seed); !slices.Equal(again, matches) {
			t.Errorf("seed %d: %q the second time, %q the first", seed, again, matches)
		}
	}
}
