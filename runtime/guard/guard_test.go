package guard

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var ward = Guard{
	Refusal: "[no]",
	Rules: []Rule{
		{Name: "dose", Phrases: []string{"lethal dose"}, Do: Refuse},
		{Name: "names", Phrases: []string{"Ada", "Ada Byron"}, On: Answer, Do: Mask},
		{Name: "end", Phrases: []string{"END."}, On: Answer, Do: Stop},
		{Name: "theft", Phrases: []string{"steal"}, On: Question, Do: Refuse},
		{Name: "silence", Phrases: []string{"hush"}, On: Question, Do: Stop},
		{Name: "weather", Phrases: []string{"rain"}, On: Question, Do: Mask},
	},
}

// answered is what comes of pieces, with the error in it, and how many pieces were asked for.
func answered(w *Watch, question string, pieces ...string) (string, int) {
	asked := 0
	var b strings.Builder
	for piece, err := range w.Stream(question, func(yield func(string, error) bool) {
		for _, p := range pieces {
			asked++
			var err error
			if p == "!" {
				p, err = "", errors.New("cable cut")
			}
			if !yield(p, err) {
				return
			}
		}
	}) {
		b.WriteString(piece)
		if err != nil {
			b.WriteString("<" + err.Error() + ">")
		}
	}
	return b.String(), asked
}

func TestGuard(t *testing.T) {
	for _, row := range []struct {
		question string
		pieces   []string
		want     string
		asked    int
		events   string
	}{
		{"?", []string{"all", " is", " well"}, "all is well", 3, "[]"},
		{"?", []string{"a le", "th", "al d", "ose", " is"}, "a [no]", 5, `[refused in the answer: "lethal dose", by the rule "dose"]`},
		{"?", []string{"a LETHAL", " Dose"}, "a [no]", 2, `[refused in the answer: "LETHAL Dose", by the rule "dose"]`},
		{"?", []string{"a lethal", " doses"}, "a lethal doses", 2, "[]"},
		{"?", []string{"a le", "d"}, "a led", 2, "[]"},
		{"?", []string{"Ada", "mant Ad", "a, Canada"}, "Adamant ▇▇▇, Canada", 3, `[masked in the answer: "Ada", by the rule "names"]`},
		{"?", []string{"Ada By", "ron"}, "▇▇▇", 2, `[masked in the answer: "Ada Byron", by the rule "names"]`},
		{"?", []string{"Ada By", "te"}, "▇▇▇ Byte", 2, `[masked in the answer: "Ada", by the rule "names"]`},
		{"?", []string{"so EN", "D", ".", " more", " and more"}, "so ", 3, `[stopped in the answer: "END.", by the rule "end"]`},
		{"?", []string{"sEND."}, "sEND.", 1, "[]"},
		{"how to steal?", []string{"so"}, "[no]", 0, `[refused in the question: "steal", by the rule "theft"]`},
		{"Hush", []string{"so"}, "", 0, `[stopped in the question: "Hush", by the rule "silence"]`},
		{"rain or a lethal dose", []string{"so"}, "[no]", 0, `[masked in the question: "rain", by the rule "weather" refused in the question: "lethal dose", by the rule "dose"]`},
		{"rain, stealing, Ada", []string{"steal ", "rain"}, "steal rain", 2, `[masked in the question: "rain", by the rule "weather"]`},
		{"?", []string{"so it lit", "!", "hal"}, "so it lit<cable cut>", 2, "[]"},
		{"?", []string{"so it is a le", "!", "hal"}, "so it is a <cable cut>", 2, "[]"},
		{"?", []string{"A\xcc", "\x81da \xff Ada\xc3"}, "A\u0301da \xff ▇▇▇\xc3", 2, `[masked in the answer: "Ada", by the rule "names"]`},
	} {
		w := ward.Watch()
		got, asked := answered(w, row.question, row.pieces...)
		if events := fmt.Sprint(w.Events); got != row.want || asked != row.asked || events != row.events {
			t.Errorf("%q, %q:\n got %q, %d pieces asked for, %s\nwant %q, %d, %s", row.question, row.pieces, got, asked, events, row.want, row.asked, row.events)
		}
		if w.Push("more") != "" && w.Over() {
			t.Errorf("%q: something follows the end", row.pieces)
		}
	}
}

func TestReaderMayLeave(t *testing.T) {
	for piece := range ward.Watch().Stream("?", iter.Seq2[string, error](func(yield func(string, error) bool) {
		for yield("so ", nil) {
		}
	})) {
		if piece != "so " {
			t.Errorf("%q", piece)
		}
		break
	}
}

func TestCheck(t *testing.T) {
	for _, row := range []struct {
		g    Guard
		want string
	}{
		{ward, "<nil>"},
		{Guard{}, "<nil>"},
		{Guard{Rules: []Rule{{Name: "x"}}}, "guard: rule 0 (x) has no phrases"},
		{Guard{Refusal: "no", Rules: []Rule{{Name: "x", Phrases: []string{"a", " "}}}}, "guard: rule 0 (x) has an empty phrase"},
		{Guard{Rules: []Rule{{Name: "x", Phrases: []string{"a"}}}}, "guard: rule 0 (x) refuses, and there is no refusal to say"},
		{Guard{Rules: []Rule{{Name: "x", Phrases: []string{"a"}, Do: 9}}}, "guard: rule 0 (x): unknown settings 0, 9"},
	} {
		if got := fmt.Sprint(row.g.Check()); got != row.want {
			t.Errorf("%s, want %s", got, row.want)
		}
	}
	if got, _ := answered(Guard{Rules: []Rule{{Name: "x"}}}.Watch(), "?", "so"); got != "<guard: rule 0 (x) has no phrases>" {
		t.Errorf("%q", got)
	}
	if got := (Guard{Rules: []Rule{{Name: "x", Phrases: []string{""}, Do: Stop}}}).Watch().Push("so"); got != "so" {
		t.Errorf("an empty phrase, which is a mistake, gives %q", got)
	}
}

// FuzzCuts: however a text is cut, what is given out is what a regular expression makes of the whole.
func FuzzCuts(f *testing.F) {
	f.Add("Ada met Ada Byron, a Canadian", "ada|ada byron|met a", uint64(0x5a))
	f.Add("aab aa b", "aa b|aa|a", ^uint64(0))
	f.Add("1.2 .. 1.", "1.|.", uint64(7))
	f.Fuzz(func(t *testing.T, text, phrases string, cuts uint64) {
		if strings.ContainsFunc(text+phrases, func(r rune) bool { return r >= 128 }) {
			t.Skip("the words of regular expressions are ASCII")
		}
		rule := Rule{Name: "x", Do: Mask}
		for p := range strings.SplitSeq(phrases, "|") {
			if strings.TrimSpace(p) != "" {
				rule.Phrases = append(rule.Phrases, p)
			}
		}
		if len(rule.Phrases) == 0 {
			return
		}
		w := Guard{Rules: []Rule{rule}}.Watch()
		var got strings.Builder
		rest := text
		for i := 0; rest != ""; i++ {
			n := min(len(rest), 1+int(cuts>>(i*3%64)&7))
			got.WriteString(w.Push(rest[:n]))
			rest = rest[n:]
		}
		got.WriteString(w.Flush())
		if want := replaced(text, rule.Phrases); got.String() != want {
			t.Errorf("%q without %q in pieces: %q, want %q", text, rule.Phrases, got.String(), want)
		}
	})
}

// replaced is what the standard library says.
func replaced(text string, phrases []string) string {
	phrases = slices.Clone(phrases)
	slices.SortStableFunc(phrases, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var options []string
	border := func(letter byte) string {
		if inWord(rune(letter)) {
			return `\b`
		}
		return ""
	}
	for _, p := range phrases {
		options = append(options, border(p[0])+regexp.QuoteMeta(p)+border(p[len(p)-1]))
	}
	return regexp.MustCompile(`(?i:`+strings.Join(options, "|")+`)`).ReplaceAllString(text, Masked)
}
