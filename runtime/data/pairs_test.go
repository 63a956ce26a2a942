package data

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/data/tokenizer"
)

// show writes a row of a batch with one character for each token; an ignored target is a dot, the end of a text a bar.
func show(b Batch, row int) string {
	line := func(ids []int32) string {
		var s strings.Builder
		for _, id := range ids[row*b.Cols : (row+1)*b.Cols] {
			switch id {
			case Ignored:
				s.WriteByte('.')
			case 256:
				s.WriteByte('|')
			case 0:
				s.WriteByte('_')
			default:
				s.WriteByte(byte(id))
			}
		}
		return s.String()
	}
	return line(b.X) + " " + line(b.Y)
}

func TestPairs(t *testing.T) {
	tok := tokenizer.Byte(tokenizer.EndOfText)
	pairs := []Pair{{"2+2=", "4"}, {"Q", "xyz"}, {"", "hi"}, {"long prompt", "answer"}}
	masked := &PairSet{tok, []Example{{[]int32{'a', 'b', 'c', 'd', 'e'}, 1, []bool{false, true, false, false, true}}}, false}
	for _, row := range []struct {
		set   *PairSet
		block int
		want  []string // X and Y, row by row
	}{
		{masked, 4, []string{"abcd b..e"}},
		{masked, 2, []string{"ab b."}},
		{masked.Packed(), 6, []string{"abcde_ b..e.."}},
		{Pairs(tok, pairs[:3]), 8, []string{"2+2=4|__ ...4|...", "Qxyz|___ xyz|....", "hi|_____ i|......"}},
		{Pairs(tok, pairs[:3]), 4, []string{"2+2= ...4", "Qxyz xyz|", "hi|_ i|.."}},
		{Pairs(tok, pairs[:3]).Packed(), 8, []string{"2+2=4|__ ...4|...", "Qxyz|hi| xyz|.i|."}},
		{Pairs(tok, pairs[:3]).Packed(), 7, []string{"2+2=4|_ ...4|..", "Qxyz|hi xyz|.i|"}},
		{Pairs(tok, pairs[:3]).Packed(), 20, []string{"2+2=4|Qxyz|hi|______ ...4|.xyz|.i|......."}},
		{Pairs(tok, pairs[3:]), 13, []string{"long promptan ..........ans"}},
		{Pairs(tokenizer.Byte(), pairs[:1]), 5, []string{"2+2=4 ...4."}},
	} {
		batches, err := row.set.Pass(Batching{Size: 10, Block: row.block})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range batches[0].Rows {
			got = append(got, show(batches[0], i))
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("rows of %d:\n got %q\nwant %q", row.block, got, row.want)
		}
		l, err := row.set.Loader(Batching{Size: len(row.want), Block: row.block})
		if err != nil {
			t.Fatal(err)
		}
		for epoch := range 3 {
			got = got[:0]
			b := l.Next()
			for i := range b.Rows {
				got = append(got, show(b, i))
			}
			slices.Sort(got)
			if want := slices.Sorted(slices.Values(row.want)); !slices.Equal(got, want) {
				t.Errorf("epoch %d:\n got %q\nwant %q", epoch, got, want)
			}
		}
	}
}

func TestPairsErrors(t *testing.T) {
	set := Pairs(tokenizer.Byte(), []Pair{{"a", "b"}, {"long prompt", "answer"}, {"", ""}})
	for _, row := range []struct {
		set *PairSet
		b   Batching
		err string
	}{
		{set, Batching{Size: 1, Block: 10}, "data: pairs: example 1 has nothing to predict: a prompt of 11 tokens, rows of 10"},
		{set, Batching{Size: 1, Block: 20}, "data: pairs: example 2 has nothing to predict: a prompt of 0 tokens, rows of 20"},
		{set, Batching{Size: 1}, "data: pairs: the block size is 0: say how many tokens a row has"},
		{&PairSet{}, Batching{Size: 1, Block: 1}, "data: no examples to train on: 0 rows of prompts and completions"},
		{&PairSet{Examples: []Example{{IDs: []int32{1, 2}, From: -1}}}, Batching{Size: 1, Block: 9}, "data: pairs: example 0 has nothing to predict: a prompt of -1 tokens, rows of 9"},
	} {
		if _, err := row.set.Loader(row.b); err == nil || err.Error() != row.err {
			t.Errorf("got  %v\nwant %s", err, row.err)
		}
	}
}

// TestPairsShown: sets are shown also where their examples make no sense, so that one can see what is wrong with them.
func TestPairsShown(t *testing.T) {
	for _, row := range []struct {
		e    Example
		line string
		page string
	}{
		{Example{IDs: []int32{'a', 'b', 'c'}, From: 2}, "1 prompts with completions: 3 tokens (byte), 1 of them to predict", "<td>ab</td><td>c</td>"},
		{Example{IDs: []int32{'a', 'b', 'c'}, From: 9}, "1 prompts with completions: 3 tokens (byte), 0 of them to predict", "<td>abc</td><td></td>"},
		{Example{IDs: []int32{'a', 'b', 'c'}, From: -1}, "1 prompts with completions: 3 tokens (byte), 2 of them to predict", "<td></td><td>abc</td>"},
		{Example{IDs: []int32{'a', 'b', 'c'}, Mask: []bool{true, true}}, "1 prompts with completions: 3 tokens (byte), 1 of them to predict", "<td></td><td>abc</td>"},
	} {
		s := &PairSet{Tokenizer: tokenizer.Byte(), Examples: []Example{row.e}}
		if got := s.String(); got != row.line {
			t.Errorf("%+v: %s, want %s", row.e, got, row.line)
		}
		if got := s.HTML(); !strings.Contains(got, row.page) {
			t.Errorf("%+v: %s, want %s", row.e, got, row.page)
		}
	}
}

func TestPairsSplit(t *testing.T) {
	var pairs []Pair
	for i := range 20 {
		pairs = append(pairs, Pair{fmt.Sprint(i), "x"})
	}
	set := Pairs(tokenizer.Byte(), pairs)
	d := set.Split(0.75, 9)
	var prompts []string
	for _, e := range slices.Concat(d.Train.Examples, d.Valid.Examples) {
		prompts = append(prompts, set.Tokenizer.Decode(e.IDs[:e.From]))
	}
	slices.Sort(prompts)
	if d.Train.Len() != 15 || d.Valid.Len() != 5 || len(slices.Compact(prompts)) != 20 {
		t.Errorf("%v: %q", d, prompts)
	}
	if got, want := set.Packed().String(), "20 prompts with completions: 50 tokens (byte), 20 of them to predict, packed"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if page := Pairs(tokenizer.Byte(), []Pair{{"a<b", "&"}}).HTML(); !strings.Contains(page, "<td>a&lt;b</td><td>&amp;</td>") {
		t.Errorf("HTML: %s", page)
	}
}

func TestReadPairs(t *testing.T) {
	for _, row := range []struct{ file, want string }{
		{"{\"prompt\":\"a\\n\",\"completion\":\"b\"}\n\n{\"prompt\":\"\",\"completion\":\"c\"}", `[{"a\n" "b"} {"" "c"}]`},
		{"", "[]"},
		{`{"prompt":"a"}`, `line 1: expected "prompt" and "completion", got {"prompt":"a"}`},
		{"\n{\"prompt\":1,\"completion\":\"b\"}", "line 2: json: cannot unmarshal number"},
		{"{\"prompt\"", "line 1: unexpected end of JSON input"},
	} {
		path := filepath.Join(t.TempDir(), "pairs.jsonl")
		if err := os.WriteFile(path, []byte(row.file), 0o666); err != nil {
			t.Fatal(err)
		}
		pairs, err := ReadPairs(path)
		got := fmt.Sprintf("%q", pairs)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, row.want) {
			t.Errorf("%s\n got %s\nwant %s", row.file, got, row.want)
		}
	}
	if _, err := ReadPairs(filepath.Join(t.TempDir(), "none")); err == nil || !strings.HasPrefix(err.Error(), "data: read pairs: open ") {
		t.Errorf("no file: %v", err)
	}
}
