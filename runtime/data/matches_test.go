package data_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/data/tokenizer"
)

func TestMatches(t *testing.T) {
	set := data.Matches(tokenizer.Byte(), []data.Match{{"ab", "c"}, {"d", "efgh"}})
	rows := []struct {
		name string
		set  *data.MatchSet
		b    data.Batching
		want string
	}{
		{"filled up", set, data.Batching{Size: 2, Block: 5}, "[97 98 -1 -1 -1 100 -1 -1 -1 -1] [99 -1 -1 -1 -1 101 102 103 104 -1]"},
		{"cut off", set, data.Batching{Size: 2, Block: 1}, "[97 100] [99 101]"},
		{"last batch", set, data.Batching{Size: 1, Block: 2}, "[97 98] [99 -1]; [100 -1] [101 102]"},
		{"no anchor", data.Matches(tokenizer.Byte(), []data.Match{{"a", "b"}, {"", "c"}}), data.Batching{Size: 1, Block: 2}, "data: matches: the anchor of match 1 has no tokens"},
		{"no positive", data.Matches(tokenizer.Byte(), []data.Match{{"a", ""}}), data.Batching{Size: 1, Block: 2}, "data: matches: the positive of match 0 has no tokens"},
		{"no room", set, data.Batching{Size: 1}, "data: matches: texts of 0 tokens"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if got := passed(r.set, r.b); got != r.want {
				t.Errorf("got  %s\nwant %s", got, r.want)
			}
		})
	}
}

// passed is what a set's batches hold, X and then Y of each, or why there are none.
func passed(set data.Set, b data.Batching) string {
	batches, err := set.Pass(b)
	if err != nil {
		return err.Error()
	}
	var all []string
	for _, b := range batches {
		all = append(all, fmt.Sprint(b.X, " ", b.Y))
	}
	return strings.Join(all, "; ")
}

func TestMatchesSplit(t *testing.T) {
	var matches []data.Match
	for i := range 10 {
		matches = append(matches, data.Match{Anchor: fmt.Sprint("a", i), Positive: fmt.Sprint("p", i)})
	}
	s := data.Matches(tokenizer.Byte(), matches).Split(0.8, 3)
	if s.Train.Len() != 8 || s.Valid.Len() != 2 {
		t.Fatalf("split in %d and %d, want 8 and 2", s.Train.Len(), s.Valid.Len())
	}
	seen := map[data.Match]bool{}
	for _, m := range append(s.Train.Matches, s.Valid.Matches...) {
		seen[m] = true
	}
	if len(seen) != 10 {
		t.Errorf("%d different matches after the split, want 10", len(seen))
	}
	l, err := s.Training(data.Batching{Size: 8, Block: 4, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if first, second := l.Next(), l.Next(); fmt.Sprint(first.X) == fmt.Sprint(second.X) {
		t.Errorf("two epochs have the same order: %v", first.X)
	}
}
