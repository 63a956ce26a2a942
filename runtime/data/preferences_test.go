package data_test

import (
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/data/tokenizer"
)

func TestPreferences(t *testing.T) {
	set := data.Preferences(tokenizer.Byte(), []data.Preference{{"a", "b", "cd"}, {"ef", "g", "h"}})
	rows := []struct {
		name string
		set  *data.PreferenceSet
		b    data.Batching
		want string // X, then Y
	}{
		{"two rows each", set, data.Batching{Size: 2, Block: 3}, "[97 98 0 97 99 100 101 102 103 101 102 104] [98 -1 -1 99 100 -1 -1 103 -1 -1 104 -1]"},
		{"cut off", set, data.Batching{Size: 1, Block: 2}, "[97 98 97 99] [98 -1 99 100]; [101 102 101 102] [-1 103 -1 104]"},
		{"nothing chosen", data.Preferences(tokenizer.Byte(), []data.Preference{{"a", "", "c"}}), data.Batching{Size: 1, Block: 2},
			"data: pairs: example 0 has nothing to predict: a prompt of 1 tokens, rows of 2 (of what was chosen)"},
		{"nothing rejected", data.Preferences(tokenizer.Byte(), []data.Preference{{"a", "b", ""}}), data.Batching{Size: 1, Block: 2},
			"data: pairs: example 0 has nothing to predict: a prompt of 1 tokens, rows of 2 (of what was rejected)"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if got := passed(r.set, r.b); got != r.want {
				t.Errorf("got  %s\nwant %s", got, r.want)
			}
		})
	}
}

// TestPreferencesStayTogether: split and shuffled, what was chosen stays with what was rejected for the same prompt.
func TestPreferencesStayTogether(t *testing.T) {
	var all []data.Preference
	for i := range 20 {
		c := string(rune('a' + i))
		all = append(all, data.Preference{Prompt: c, Chosen: strings.ToUpper(c), Rejected: c})
	}
	s := data.Preferences(tokenizer.Byte(), all).Split(0.7, 5)
	if s.Train.Len() != 14 || s.Valid.Len() != 6 {
		t.Fatalf("split in %d and %d, want 14 and 6", s.Train.Len(), s.Valid.Len())
	}
	l, err := s.Training(data.Batching{Size: 7, Block: 2, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		b := l.Next()
		for row := 0; row < b.Rows; row += 2 {
			chosen, rejected := b.X[row*b.Cols:], b.X[(row+1)*b.Cols:]
			if chosen[0] != rejected[0] || chosen[1] != chosen[0]-'a'+'A' || rejected[1] != rejected[0] {
				t.Fatalf("rows %d and %d are %v and %v", row, row+1, chosen[:2], rejected[:2])
			}
		}
	}
}
