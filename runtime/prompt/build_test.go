package prompt_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/prompt"
)

// TestBuild counts bytes as tokens, so that rows can be counted by hand.
func TestBuild(t *testing.T) {
	rules := prompt.Part{Name: "rules", Text: "Be brief.\n"} // 10
	notes := func(cut prompt.Cut) prompt.Part {              // 4 + 3 * 6
		return prompt.Part{Name: "notes", Label: "See\n", Items: []string{"note1", "note2", "note3"}, Cut: cut}
	}
	long := func(cut prompt.Cut, rank int) prompt.Part {
		return prompt.Part{Name: "long", Text: "0123456789", Cut: cut, Rank: rank}
	}
	rows := []struct {
		name   string
		budget int
		parts  []prompt.Part
		want   string // the text, or an error after "!"
		cut    string // of the parts, where there was any
	}{
		{"fits exactly", 32, []prompt.Part{rules, notes(prompt.DropLast)}, "Be brief.\nSee\nnote1\nnote2\nnote3\n", ""},
		{"one too many", 31, []prompt.Part{rules, notes(prompt.DropLast)}, "Be brief.\nSee\nnote1\nnote2\n", "notes drop last 2 of 3: note3"},
		{"the first go", 25, []prompt.Part{rules, notes(prompt.DropFirst)}, "Be brief.\nSee\nnote3\n", "notes drop first 1 of 3: note1\nnote2"},
		{"no item, no label", 15, []prompt.Part{rules, notes(prompt.DropLast)}, "Be brief.\n", "notes drop last 0 of 3: note1\nnote2\nnote3"},
		{"all at once", 31, []prompt.Part{rules, notes(prompt.DropAll)}, "Be brief.\n", "notes drop all 0 of 3: note1\nnote2\nnote3"},
		{"end", 14, []prompt.Part{rules, long(prompt.TrimEnd, 0)}, "Be brief.\n0123", "long trim end 0 of 0: 456789"},
		{"beginning", 14, []prompt.Part{rules, long(prompt.TrimStart, 0)}, "Be brief.\n6789", "long trim start 0 of 0: 012345"},
		{"later of two gives way", 31, []prompt.Part{long(prompt.TrimEnd, 0), notes(prompt.DropLast)}, "0123456789See\nnote1\nnote2\n", "notes drop last 2 of 3: note3"},
		{"lower rank gives way", 31, []prompt.Part{long(prompt.TrimEnd, -1), notes(prompt.DropLast)}, "012345678See\nnote1\nnote2\nnote3\n", "long trim end 0 of 0: 9"},
		{"then the next", 9, []prompt.Part{long(prompt.TrimEnd, 0), notes(prompt.DropLast)}, "012345678", "long trim end 0 of 0: 9; notes drop last 0 of 3: note1\nnote2\nnote3"},
		{"nothing can go", 9, []prompt.Part{rules}, "!prompt: 10 tokens that must not be cut (rules 10), and a budget of 9", ""},
		{"not enough can go", 9, []prompt.Part{rules, long(prompt.TrimEnd, 0)}, "!prompt: 10 tokens that must not be cut (rules 10), and a budget of 9", ""},
		{"characters stay whole", 3, []prompt.Part{{Name: "a", Text: "aüü", Cut: prompt.TrimEnd}}, "aü", "a trim end 0 of 0: ü"},
		{"also before the cut", 4, []prompt.Part{{Name: "a", Text: "üüa", Cut: prompt.TrimStart}}, "üa", "a trim start 0 of 0: ü"},
		{"half a character goes whole", 2, []prompt.Part{{Name: "a", Text: "aü", Cut: prompt.TrimEnd}}, "a", "a trim end 0 of 0: ü"},
		{"no parts", 0, nil, "", ""},
		{"empty parts", 0, []prompt.Part{{Name: "a"}, {Name: "b", Cut: prompt.DropLast}}, "", ""},
		{"no name", 9, []prompt.Part{{Text: "hello"}}, `!prompt: a part has no name (its text is "hello")`, ""},
		{"same name", 9, []prompt.Part{{Name: "a"}, {Name: "a"}}, `!prompt: two parts are called "a"`, ""},
		{"trimmed items", 9, []prompt.Part{{Name: "a", Items: []string{"x"}, Cut: prompt.TrimEnd}}, `!prompt: part "a": items cannot be trimmed, want DropFirst or DropLast`, ""},
		{"dropped text", 9, []prompt.Part{{Name: "a", Text: "x", Cut: prompt.DropLast}}, `!prompt: part "a": a text has no items to drop, want TrimStart, TrimEnd or DropAll`, ""},
		{"unknown cut", 9, []prompt.Part{{Name: "a", Cut: 17}}, `!prompt: part "a": there is no Cut(17)`, ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			p, err := prompt.Build(tokenizer.Byte(), r.budget, r.parts...)
			got := p.Text
			if err != nil {
				got = "!" + err.Error()
			}
			if got != r.want {
				t.Errorf("got  %q\nwant %q", got, r.want)
			}
			if got := cuts(p); got != r.cut {
				t.Errorf("cut  %q\nwant %q", got, r.cut)
			}
		})
	}
}

// short is a tokenizer that changes texts: each character is a token, and comes back as one byte.
type short struct{}

func (short) Encode(text string) []int32 { return make([]int32, utf8.RuneCountInString(text)) }
func (short) Token(int32) string         { return "x" }

// TestBuildShortTokens: a text is cut until it fits, also if its tokens are shorter than it.
func TestBuildShortTokens(t *testing.T) {
	for _, cut := range []prompt.Cut{prompt.TrimStart, prompt.TrimEnd} {
		for budget := range 5 {
			p, err := prompt.Build(short{}, budget, prompt.Part{Name: "a", Text: "€€€€", Cut: cut})
			if err != nil || p.Tokens > budget || p.Tokens != utf8.RuneCountInString(p.Text) {
				t.Errorf("%v, a budget of %d: %q, error %v", cut, budget, p.Text, err)
			}
		}
	}
}

func cuts(p prompt.Prompt) string {
	var all []string
	for _, f := range p.Parts {
		if f.Cut != prompt.Never {
			all = append(all, fmt.Sprintf("%s %v %d of %d: %s", f.Name, f.Cut, f.Kept, f.Items, f.Lost))
		}
	}
	return strings.Join(all, "; ")
}

// FuzzBuild: whatever the parts, the budget holds, what was given is there or among what was lost, and characters stay whole.
func FuzzBuild(f *testing.F) {
	bpe := tokenizer.TrainBPE(strings.Repeat("the light of the sun, the light of the moon\nüber alles Licht\n", 20), 300)
	f.Add(20, "the rules of the light", "the sun", "the moon\n", uint8(4), 0)
	f.Add(5, "ü", "ü€", "\xff\xfe", uint8(3), 1)
	f.Fuzz(func(t *testing.T, budget int, text, one, two string, cut uint8, rank int) {
		budget %= 100
		trimmed := prompt.Part{Name: "text", Label: "L", Text: text, Cut: []prompt.Cut{prompt.TrimStart, prompt.TrimEnd, prompt.DropAll}[cut%3], Rank: rank}
		items := prompt.Part{Name: "items", Items: []string{one, two, one + two}, Cut: []prompt.Cut{prompt.DropFirst, prompt.DropLast, prompt.DropAll}[cut/3%3]}
		p, err := prompt.Build(bpe, budget, trimmed, items)
		if err != nil {
			if budget >= 0 {
				t.Fatalf("everything can go, but: %v", err)
			}
			return
		}
		if n := len(bpe.Encode(p.Text)); n != p.Tokens || n > budget {
			t.Fatalf("%d tokens, said %d, budget %d", n, p.Tokens, budget)
		}
		if utf8.ValidString(text) && utf8.ValidString(one) && utf8.ValidString(two) && !utf8.ValidString(p.Text) {
			t.Fatalf("broken characters in %q", p.Text)
		}
		if lost := p.Parts[0].Lost; len(lost) > len(text) || (lost != "" && !strings.HasPrefix(text, lost) && !strings.HasSuffix(text, lost)) {
			t.Fatalf("lost %q of %q", lost, text)
		}
	})
}

func ExampleBuild() {
	p, err := prompt.Build(tokenizer.Byte(), 60,
		prompt.Part{Name: "notes", Label: "Notes:\n", Items: []string{"The patient is Ada.", "The weather is fine."}, Cut: prompt.DropLast},
		prompt.Part{Name: "question", Text: "Who is the patient?\nAnswer:"},
	)
	fmt.Print(p.Text, err, "\n", p)
	// Output:
	// Notes:
	// The patient is Ada.
	// Who is the patient?
	// Answer:<nil>
	// part      tokens  of  cut
	// notes     27      48  1 of 2 items, the last ones: The weather is fine.
	// question  27      27  -
	// prompt    54      75  budget: 60
}
