package tokenizer

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// trainPlainly is TrainBPE written for the reader: it counts all pairs anew before each merge.
func trainPlainly(text string, size int) (tokens []string, rules []rule) {
	tokens = byteTokens()
	words := map[string][]int32{}
	counts := map[string]int{}
	for piece := range scan(scanGPT2)(text) {
		counts[piece]++
		words[piece] = nil
		for i := range len(piece) {
			words[piece] = append(words[piece], int32(piece[i]))
		}
	}
	for len(tokens) < size {
		pairs := map[pair]int{}
		for piece, ids := range words {
			for i := range len(ids) - 1 {
				pairs[pair{ids[i], ids[i+1]}] += counts[piece]
			}
		}
		best, most := pair{}, 1
		for p, n := range pairs {
			if n > most || n == most && most > 1 && (p.left < best.left || p.left == best.left && p.right < best.right) {
				best, most = p, n
			}
		}
		if most < 2 {
			break
		}
		token := tokens[best.left] + tokens[best.right]
		id := slices.Index(tokens, token)
		if id < 0 {
			id = len(tokens)
			tokens = append(tokens, token)
		}
		rules = append(rules, rule{best, int32(id)})
		for piece, ids := range words {
			words[piece] = mergePlainly(ids, best, int32(id))
		}
	}
	return tokens, rules
}

func mergePlainly(ids []int32, p pair, id int32) []int32 {
	var merged []int32
	for i := 0; i < len(ids); i++ {
		if i+1 < len(ids) && ids[i] == p.left && ids[i+1] == p.right {
			merged = append(merged, id)
			i++
		} else {
			merged = append(merged, ids[i])
		}
	}
	return merged
}

func TestTrainBPE(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	texts := []string{"", "a", "aa", "aaa aaa", "abababab", strings.Repeat("aab", 20), "x\xffx\xff", opticks(t)[:3000]}
	for range 60 {
		var b strings.Builder
		for range rng.IntN(200) {
			b.WriteByte("aaabbc "[rng.IntN(7)])
		}
		texts = append(texts, b.String())
	}
	for _, text := range texts {
		for _, size := range []int{0, 256, 270, 400} {
			tok := TrainBPE(text, size)
			tokens, rules := trainPlainly(text, max(size, 256))
			if !slices.Equal(tok.tokens, tokens) || !slices.Equal(tok.rules, rules) {
				t.Errorf("%.40q, size %d: %d tokens, %v, want %d, %v", text, size, len(tok.tokens), tok.rules, len(tokens), rules)
			}
			if got := tok.Decode(tok.Encode(text)); got != text {
				t.Errorf("%.40q becomes %.40q", text, got)
			}
		}
	}
}

func TestTrainBPESizes(t *testing.T) {
	text := opticks(t)
	for _, row := range []struct {
		size    int
		special []string
		want    int
	}{
		{512, nil, 512}, {512, []string{EndOfText}, 512}, {0, []string{"<a>", "<b>", "<a>", ""}, 258}, {-1, nil, 256},
		{1 << 20, nil, 2140}, // until no pair stands twice
	} {
		tok := TrainBPE(text, row.size, row.special...)
		if tok.Size() != row.want {
			t.Errorf("TrainBPE(text, %d, %q) has %d tokens, want %d", row.size, row.special, tok.Size(), row.want)
		}
		for _, name := range row.special {
			id, ok := tok.Special(name)
			if name != "" && (!ok || tok.Token(id) != name || !slices.Equal(EncodeSpecial(tok, name), []int32{id})) {
				t.Errorf("special token %q has the id %d (%t) and encodes to %d", name, id, ok, EncodeSpecial(tok, name))
			}
		}
	}
}

func TestMerges(t *testing.T) {
	tok := TrainBPE("low lower lowest slow", 260)
	var got []string
	for left, right := range tok.Merges() {
		got = append(got, left+"+"+right)
	}
	if want := []string{"l+o", "lo+w", " +low", " low+e"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// applyPlainly merges for the reader: it looks for the lowest rank, the leftmost one, again and again.
func applyPlainly(pairs *pairTable, ids []int32) []int32 {
	ids = slices.Clone(ids)
	for {
		at, best := -1, merge{rank: noMerge}
		for i := range len(ids) - 1 {
			if m := pairs.find(ids[i], ids[i+1]); m.rank < best.rank {
				at, best = i, m
			}
		}
		if at < 0 {
			return ids
		}
		ids = slices.Replace(ids, at, at+2, best.id)
	}
}

// Rules in an order that no training would find, and pieces of all lengths: both ways of merging do what the plain one does.
func TestApply(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		pairs, ids := newPairTable(30), int32(4)
		for rank := range int32(30) {
			p := pair{rng.Int32N(ids), rng.Int32N(ids)}
			pairs.add(p, merge{rank / 2, ids})
			ids++
		}
		piece := make([]int32, 1+rng.IntN(2*shortPiece))
		for i := range piece {
			piece[i] = rng.Int32N(4)
		}
		want := applyPlainly(&pairs, piece)
		if got := pairs.apply(slices.Concat([]int32{0, 1}, piece), 2)[2:]; !slices.Equal(got, want) {
			t.Fatalf("apply: %d becomes %d, want %d", piece, got, want)
		}
		long := slices.Clone(piece)
		if got := long[:pairs.applyLong(long)]; !slices.Equal(got, want) {
			t.Fatalf("applyLong: %d becomes %d, want %d", piece, got, want)
		}
	}
}
