package data

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/data/tokenizer"
)

// counting is a text whose token at position i has the id i.
func counting(n int) *TokenSet {
	s := &TokenSet{Tokenizer: tokenizer.Byte(), starts: []int{0}}
	for i := range n {
		s.IDs = append(s.IDs, int32(i))
	}
	return s
}

// Y is X one token later, wherever the window begins.
func TestRandomWindows(t *testing.T) {
	set := counting(100)
	l, err := set.Loader(Batching{Size: 4, Block: 8, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	first := map[int32]bool{}
	for range 200 {
		b := l.Next()
		if b.Rows != 4 || b.Cols != 8 || len(b.X) != 32 || len(b.Y) != 32 || b.Targets() != 32 {
			t.Fatalf("%v with %d and %d numbers", b, len(b.X), len(b.Y))
		}
		for i := range b.X {
			if b.Y[i] != b.X[i]+1 || i%8 > 0 && b.X[i] != b.X[i-1]+1 {
				t.Fatalf("X %d\nY %d", b.X, b.Y)
			}
		}
		for row := range 4 {
			first[b.X[row*8]] = true
		}
	}
	if len(first) != 92 || !first[0] || !first[91] {
		t.Errorf("%d different windows, want the 92 there are", len(first))
	}
}

// In an epoch each token but the first is predicted exactly once, whatever the sizes; batches keep their shape.
func TestEpochs(t *testing.T) {
	for _, n := range []int{2, 3, 9, 10, 11, 64, 65, 100} {
		for _, block := range []int{1, 2, 8, 200} {
			for _, size := range []int{1, 3, 16} {
				l, err := counting(n).Epochs().Loader(Batching{Size: size, Block: block, Seed: 1})
				if err != nil {
					t.Fatal(err)
				}
				windows := (n - 1 + block - 1) / block
				times := make([]int, n)
				for range windows { // as many batches as windows: each one comes size times
					b := l.Next()
					for i, y := range b.Y {
						if y == Ignored {
							continue
						}
						times[y]++
						if b.X[i] != y-1 {
							t.Fatalf("%d behind %d", y, b.X[i])
						}
					}
				}
				times[0] += size
				if slices.Min(times) != size || slices.Max(times) != size || l.Epoch() != float64(size) {
					t.Errorf("%d tokens, windows of %d, batches of %d, after %g epochs: %d", n, block, size, l.Epoch(), times)
				}
			}
		}
	}
}

func TestEpochsDiffer(t *testing.T) {
	l, err := counting(1001).Epochs().Loader(Batching{Size: 100, Block: 10, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	a, b := l.Next(), l.Next()
	if slices.Equal(a.X, b.X) || slices.IsSorted(a.X) {
		t.Error("the epochs have the same order, or none")
	}
	slices.Sort(a.X)
	slices.Sort(b.X)
	if !slices.Equal(a.X, b.X) {
		t.Error("the epochs have different tokens")
	}
}

func TestPass(t *testing.T) {
	set := counting(100)
	for _, row := range []struct{ size, block, limit, batches, rows, targets int }{
		{4, 10, 0, 3, 10, 99}, {4, 10, 1, 1, 4, 40}, {4, 10, 2, 2, 8, 80}, {4, 10, 9, 3, 10, 99}, {4, 10, math.MaxInt, 3, 10, 99}, {1, 99, 0, 1, 1, 99}, {8, 200, 0, 1, 1, 99},
	} {
		batches, err := set.Pass(Batching{Size: row.size, Block: row.block, Limit: row.limit})
		if err != nil {
			t.Fatal(err)
		}
		rows, targets := 0, 0
		seen := map[int32]bool{}
		for _, b := range batches {
			rows += b.Rows
			targets += b.Targets()
			for i, y := range b.Y {
				if y != Ignored && (seen[y] || b.X[i] != y-1) {
					t.Errorf("%+v: %d again, or behind %d", row, y, b.X[i])
				}
				seen[y] = true
			}
		}
		if len(batches) != row.batches || rows != row.rows || targets != row.targets {
			t.Errorf("%+v: %d batches, %d rows, %d targets", row, len(batches), rows, targets)
		}
	}
	few, _ := set.Pass(Batching{Size: 2, Block: 10, Limit: 1})
	if few[0].X[0] != 0 || few[0].X[10] != 50 {
		t.Errorf("a selection begins at %d and %d, want an even spread", few[0].X[0], few[0].X[10])
	}
}

// The same numbers on every machine and in every version: these were written down once.
func TestSeeded(t *testing.T) {
	for _, row := range []struct {
		set  *TokenSet
		want string
	}{
		{counting(1000), "[598 163 657 211 547 395 168 947 883 555]"},
		{counting(1000).Epochs(), "[970 320 140 600 70 360 160 260 800 550]"},
	} {
		l, err := row.set.Loader(Batching{Size: 5, Block: 10, Seed: 1337})
		if err != nil {
			t.Fatal(err)
		}
		var got []int32
		for range 2 {
			b := l.Next()
			for row := range b.Rows {
				got = append(got, b.X[row*b.Cols])
			}
		}
		if fmt.Sprint(got) != row.want {
			t.Errorf("%v: windows at %d, want %s", l, got, row.want)
		}
	}
}

// A loader goes on exactly where another stood, by way of JSON.
func TestRestore(t *testing.T) {
	for _, set := range []*TokenSet{counting(300), counting(300).Epochs()} {
		loader := func() *Loader {
			l, err := set.Loader(Batching{Size: 7, Block: 10, Seed: 5})
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		var states [][]byte
		var batches []Batch
		for l := loader(); len(batches) < 30; batches = append(batches, l.Next()) {
			text, err := json.Marshal(l.State())
			if err != nil {
				t.Fatal(err)
			}
			states = append(states, text)
		}
		for step := range len(batches) - 2 {
			var s State
			if err := json.Unmarshal(states[step], &s); err != nil {
				t.Fatal(err)
			}
			l := loader()
			l.Next()
			if err := l.Restore(s); err != nil {
				t.Fatal(err)
			}
			for _, want := range batches[step : step+3] {
				if got := l.Next(); !slices.Equal(got.X, want.X) || !slices.Equal(got.Y, want.Y) {
					t.Fatalf("%v: other batches after step %d", l, step)
				}
			}
		}
	}
}

func TestRestoreRefuses(t *testing.T) {
	b := Batching{Size: 2, Block: 4, Seed: 1}
	l, err := counting(50).Loader(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		set *TokenSet
		b   Batching
		err string
	}{
		{counting(51), b, "it is of other data"},
		{counting(50).Epochs(), b, "order epochs; here size 2, block 4, seed 1, order random"},
		{counting(50), Batching{Size: 3, Block: 4, Seed: 1}, "size 3, block 4, seed 1, order random; here size 2"},
		{counting(50), Batching{Size: 2, Block: 5, Seed: 1}, "block 5"},
		{counting(50), Batching{Size: 2, Block: 4, Seed: 2}, "seed 2"},
	} {
		other, err := row.set.Loader(row.b)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Restore(other.State()); err == nil || !strings.Contains(err.Error(), row.err) {
			t.Errorf("Restore: %v, want %s", err, row.err)
		}
	}
	for _, step := range []int{-1, math.MaxInt, math.MaxInt / 2} {
		s := l.State()
		s.Step = step
		if err := l.Restore(s); err == nil || l.Step() != 0 {
			t.Errorf("Restore of step %d: %v, step %d", step, err, l.Step())
		}
	}
}

func TestSplit(t *testing.T) {
	set := counting(100)
	set.starts = []int{0, 30, 85, 95}
	d := set.Split(0.9)
	if d.Train.Len() != 90 || d.Valid.Len() != 10 || d.Valid.IDs[0] != 90 {
		t.Errorf("%v", d)
	}
	if fmt.Sprint(d.Train.starts, d.Valid.starts) != "[0 30 85] [0 5]" {
		t.Errorf("documents begin at %d and %d", d.Train.starts, d.Valid.starts)
	}
	if all := set.Split(1); all.Valid.Len() != 0 {
		t.Errorf("%v", all)
	} else if batches, err := all.Validation(Batching{Size: 1, Block: 1}); err != nil || batches != nil {
		t.Errorf("nothing set aside: %v, %v", batches, err)
	}
	var _ = []interface {
		Training(Batching) (Batches, error)
		Validation(Batching) ([]Batch, error)
	}{d, Split[*PairSet]{}, Split[*Table]{}}
}

func TestSplitDocuments(t *testing.T) {
	tok := tokenizer.Byte(tokenizer.EndOfText)
	set := Tokens(tok, "a", "bb", "ccc", "dddd", "eeeee", "ffffff", "", "gg", "h", "i")
	if got := tok.Decode(set.IDs[:9]); got != "a<|endoftext|>bb<|endoftext|>ccc<|endoftext|>" || set.Documents() != 10 {
		t.Fatalf("%d documents, %q", set.Documents(), got)
	}
	d := set.SplitDocuments(0.8, 4)
	again := set.SplitDocuments(0.8, 4)
	if !slices.Equal(d.Train.IDs, again.Train.IDs) || slices.Equal(d.Train.IDs, set.SplitDocuments(0.8, 5).Train.IDs) {
		t.Error("not the seed alone decides")
	}
	if d.Train.Documents() != 8 || d.Valid.Documents() != 2 || d.Train.Len()+d.Valid.Len() != set.Len() {
		t.Errorf("%v", d)
	}
	all := strings.SplitAfter(tok.Decode(d.Train.IDs)+tok.Decode(d.Valid.IDs), tokenizer.EndOfText)
	want := strings.SplitAfter(tok.Decode(set.IDs), tokenizer.EndOfText)
	slices.Sort(all)
	slices.Sort(want)
	if !slices.Equal(all, want) {
		t.Errorf("the parts have %q", all)
	}
}

func TestTokensErrors(t *testing.T) {
	set := Tokens(tokenizer.Byte(), "0123456789")
	for _, row := range []struct {
		ask func() error
		err string
	}{
		{func() error { _, err := set.Loader(Batching{Size: 1, Block: 10}); return err }, "data: a text of 10 tokens has no window of 10 tokens and the one behind them"},
		{func() error { _, err := set.Loader(Batching{Size: 1}); return err }, "data: the block size is 0: say how many tokens an example has"},
		{func() error { _, err := set.Loader(Batching{Block: 2}); return err }, "data: a batch of 0 examples"},
		{func() error { _, err := set.Pass(Batching{Size: 1}); return err }, "data: the block size is 0: say how many tokens an example has"},
		{func() error { _, err := set.Pass(Batching{Block: 1}); return err }, "data: a batch of 0 examples"},
		{func() error { _, err := set.Split(90).Training(Batching{Size: 1, Block: 2}); return err }, "data: split: the fraction is 90, expected 0 to 1"},
		{func() error { _, err := set.Split(-1).Validation(Batching{Size: 1, Block: 2}); return err }, "data: split: the fraction is -1, expected 0 to 1"},
		{func() error { _, err := set.Split(0).Training(Batching{Size: 1, Block: 2}); return err }, "data: a text of 0 tokens has no window of 2 tokens and the one behind them"},
		{func() error { _, err := set.part(nil, nil).Epochs().Loader(Batching{Size: 1, Block: 2}); return err }, "data: no examples to train on: 0 tokens (byte), 0.00 bytes each"},
	} {
		if err := row.ask(); err == nil || err.Error() != row.err {
			t.Errorf("got  %v\nwant %s", err, row.err)
		}
	}
}

func TestTokensShown(t *testing.T) {
	for _, row := range []struct {
		set  *TokenSet
		want string
	}{
		{Tokens(tokenizer.Byte(), "light"), "5 tokens (byte), 1.00 bytes each"},
		{Tokens(tokenizer.GPT2(), "Light is", "a ray"), "6 tokens (gpt2), 6.50 bytes each, 2 documents"},
		{Tokens(tokenizer.Char("abc"), "abcd"), `4 tokens (char), 1.50 bytes each; not all of the text is in them: tokenizer char: check: "d" (U+0064) at byte 3 cannot be written with the 4 tokens of this vocabulary`},
	} {
		if got := row.set.String(); got != row.want {
			t.Errorf("got  %s\nwant %s", got, row.want)
		}
		if page := row.set.HTML(); !strings.Contains(page, "title=") || !strings.Contains(page, "bytes each") {
			t.Errorf("HTML: %s", page)
		}
	}
}
