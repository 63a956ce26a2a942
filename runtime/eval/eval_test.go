package eval

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/pretrained"
	"github.com/resident-go/resident/runtime/tensor"
)

// reference is testdata/eval.json, which PyTorch's numbers are in; see testdata/makeeval.py.
type reference struct {
	Versions     string
	Config       nn.GPTConfig
	Questions    []Question
	LogProbs     [][]float64
	Acc, AccNorm [2]float64 // mean and standard error
	ECE, Brier   float64
	Text         string
	Rolling      map[int]float64 // logarithm of the text's probability, by stride
	Answers      []struct {
		Answer, Accepted string
		Match            bool
	}
}

func open(t *testing.T) (r reference, m *nn.GPT) {
	t.Helper()
	text, err := os.ReadFile("testdata/eval.json")
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	if m, err = nn.NewGPT(r.Config); err != nil {
		t.Fatal(err)
	}
	state := uint32(1) // the weights of ../nn/testdata/maketorch.py: uniform between -1/8 and 1/8, norms' around 1
	for _, p := range m.Params() {
		w := make([]float32, p.Size())
		for i := range w {
			state = state*1664525 + 1013904223
			w[i] = float32(int(state>>8)-1<<23) / (1 << 26)
			if strings.Contains(p.Name, "norm") && strings.HasSuffix(p.Name, ".weight") {
				w[i]++
			}
		}
		p.Assign(tensor.New(w, p.Shape()...))
	}
	return r, m
}

func near(a, b, within float64) bool { return math.Abs(a-b) <= within }

func TestChoicesAreTorchs(t *testing.T) {
	r, m := open(t)
	c, err := Choose(m, tokenizer.Byte(), r.Questions)
	if err != nil {
		t.Fatal(err)
	}
	for i, logs := range c.LogProbs {
		for j, l := range logs {
			if !near(l, r.LogProbs[i][j], 2e-4) {
				t.Errorf("question %d, option %d: %.5f, %s has %.5f", i, j, l, r.Versions, r.LogProbs[i][j])
			}
		}
	}
	cal, err := c.Calibration(10)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name      string
		got, want float64
	}{
		{"acc", c.Accuracy().Mean, r.Acc[0]}, {"its error", c.Accuracy().StdErr, r.Acc[1]},
		{"acc_norm", c.AccuracyNorm().Mean, r.AccNorm[0]}, {"its error", c.AccuracyNorm().StdErr, r.AccNorm[1]},
		{"ECE", cal.ECE, r.ECE}, {"Brier", cal.Brier, r.Brier}, {"chance", c.Chance(), (1./2 + 1./3 + 1./4) / 3},
	} {
		if !near(row.got, row.want, 1e-4) {
			t.Errorf("%s: %.6f, want %.6f", row.name, row.got, row.want)
		}
	}
	if m.Training() != true {
		t.Error("the model does not train any more")
	}
}

func TestPerplexityIsTorchs(t *testing.T) {
	r, m := open(t)
	for stride, want := range r.Rolling {
		p, err := Text(m, tokenizer.Byte(), r.Text, stride)
		if err != nil {
			t.Fatal(err)
		}
		if !near(p.LogProb, want, 1e-3) || p.Tokens != len(r.Text)-1 || p.Words != 40 || !near(p.PerWord(), math.Exp(-want/40), 1e-3*p.PerWord()) {
			t.Errorf("stride %d: %.4f over %d tokens, %d words; want %.4f", stride, p.LogProb, p.Tokens, p.Words, want)
		}
		if bits := -want / math.Ln2 / float64(len(r.Text)); !near(p.BitsPerByte(), bits, 1e-4) || !near(math.Log(p.PerToken())*float64(p.Tokens), -want, 1e-3) {
			t.Errorf("stride %d: %v", stride, p)
		}
		if e := p.Loss().StdErr; !(e > 0 && e < 0.5) {
			t.Errorf("stride %d: a standard error of %v", stride, e)
		}
	}
}

// TestTextTakesEveryTokenOnce, whatever the sizes.
func TestTextTakesEveryTokenOnce(t *testing.T) {
	for length := range 40 {
		ids := make([]int32, length)
		for i := range ids {
			ids[i] = int32(i)
		}
		for block := 1; block < 9; block++ {
			for stride := 1; stride <= block; stride++ {
				next := int32(1)
				for _, w := range windows(ids, block, stride) {
					if len(w.IDs) > block+1 || w.From < 1 || w.IDs[w.From] != next {
						t.Fatalf("%d tokens, block %d, stride %d: window %v predicts from %d, want from %d", length, block, stride, w.IDs, w.From, next)
					}
					next += int32(len(w.IDs) - w.From)
				}
				if length > 1 && int(next) != length {
					t.Fatalf("%d tokens, block %d, stride %d: predicted up to %d", length, block, stride, next)
				}
			}
		}
	}
}

func TestGreedyIsWhatTheModelWouldSay(t *testing.T) {
	_, m := open(t)
	ids := []int32{72, 105}
	for range 4 {
		logits := m.Logits(tensor.New(ids, 1, len(ids))).Detach().Floats()
		last := logits[len(logits)-256:]
		ids = append(ids, int32(slices.Index(last, slices.Max(last))))
	}
	other := slices.Clone(ids)
	other[4] ^= 1
	l, err := Likelihoods(m, []data.Example{{IDs: ids, From: 2}, {IDs: other, From: 2}})
	if err != nil || !l[0].Greedy || l[1].Greedy || l[0].Tokens != 4 {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestExactMatch(t *testing.T) {
	r, _ := open(t)
	for _, a := range r.Answers {
		if got := ExactMatch(a.Answer, "?", a.Accepted); got != a.Match {
			t.Errorf("%q for %q: %v, want %v", a.Answer, a.Accepted, got, a.Match)
		}
	}
	if ExactMatch("red") {
		t.Error("an answer matched although none is accepted")
	}
}

func TestScores(t *testing.T) {
	for _, row := range []struct {
		got  Score
		want string
	}{
		{Share([]bool{true, true, false, false}), "50.0 % ± 28.9 (n = 4)"}, // √(1/3)/√4
		{Share([]bool{true}), "100.0 % (n = 1)"},
		{Share(nil), "NaN % (n = 0)"},
		{Paired([]bool{false, true, false, true}, []bool{true, true, true, true}), "50.0 % ± 28.9 (n = 4)"},
		{Paired([]bool{true, false}, []bool{true, false}), "0.0 % ± 0.0 (n = 2)"},
		{Paired([]bool{true}, []bool{true, false}), "NaN % (n = 0)"},
	} {
		if row.got.String() != row.want {
			t.Errorf("%s, want %s", row.got, row.want)
		}
	}
}

// The rows are computed by hand.
func TestCalibrate(t *testing.T) {
	c, err := Calibrate([]float64{0, 0.25, 0.5, 0.9, 1}, []bool{false, true, false, true, true}, 4)
	if err != nil {
		t.Fatal(err)
	}
	want := []Bin{{0, 0.25, 2, 0.125, 0.5}, {0.25, 0.5, 1, 0.5, 0}, {0.5, 0.75, 0, 0, 0}, {0.75, 1, 2, 0.95, 1}}
	if !slices.Equal(c.Bins, want) {
		t.Errorf("bins %v, want %v", c.Bins, want)
	}
	if !near(c.ECE, (2*0.375+0.5+2*0.05)/5, 1e-12) || !near(c.MCE, 0.5, 1e-12) || !near(c.Brier, (0+0.5625+0.25+0.01+0)/5, 1e-12) {
		t.Errorf("%v", c)
	}
	if h := c.HTML(); strings.Count(h, "<title>") != 3 || !strings.Contains(h, "bin 4: 2 answers, sure 95 %, right 100 %") {
		t.Errorf("diagram: %s", h)
	}
}

func TestErrors(t *testing.T) {
	_, m := open(t)
	tok := tokenizer.Byte()
	choose := func(q ...Question) error { _, err := Choose(m, tok, q); return err }
	likely := func(e data.Example) error { _, err := Likelihoods(m, []data.Example{e}); return err }
	text := func(tok tokenizer.Tokenizer, s string, stride int) error {
		_, err := Text(m, tok, s, stride)
		return err
	}
	calibrate := func(p []float64, bins int) error { _, err := Calibrate(p, []bool{true}, bins); return err }
	for _, row := range []struct {
		err  error
		want string
	}{
		{choose(Question{"q", []string{"a"}, 0}), `choose: question 0: "q" has 1 options, want at least two`},
		{choose(Question{"q", []string{"a", "b"}, 2}), `choose: question 0: "q": the right option is number 2 of 0 to 1`},
		{choose(Question{"q", []string{"a", ""}, 1}), `choose: question 0: "q" has an empty option`},
		{choose(Question{"", []string{"a", "b"}, 1}), "choose: likelihoods: example 0 has 1 tokens, the first to predict is number 0: want at least one before it and not more than 32 to predict"},
		{choose(Question{"q", []string{"a", strings.Repeat("b", 33)}, 1}), "choose: likelihoods: example 1 has 34 tokens, the first to predict is number 1: want at least one before it and not more than 32 to predict"},
		{likely(data.Example{IDs: []int32{1, 2, 256}, From: 1}), "likelihoods: example 0 has token 256, the model knows 0 to 255"},
		{likely(data.Example{IDs: []int32{-1, 2}, From: 1}), "likelihoods: example 0 has token -1, the model knows 0 to 255"},
		{likely(data.Example{IDs: []int32{1, 2, 3}, From: 1, Mask: []bool{false}}), "likelihoods: example 0 has a mask of 1 for 3 tokens"},
		{text(tok, "abc", 33), "perplexity: a stride of 33, want 1 to 32"},
		{text(tok, "a", 0), "perplexity: the text has no token to predict"},
		{text(tok, "", 0), "perplexity: the text has no token to predict"},
		{text(tokenizer.GPT2(), "abc", 0), "perplexity: the tokenizer has 50257 tokens, the model 256: it was trained with another one"},
		{calibrate([]float64{1.5}, 3), "calibrate: answer 0 has a confidence of 1.5, want 0 to 1"},
		{calibrate([]float64{math.NaN()}, 3), "calibrate: answer 0 has a confidence of NaN, want 0 to 1"},
		{calibrate([]float64{1}, 0), "calibrate: 0 bins, want at least one"},
		{calibrate(nil, 3), "calibrate: 0 confidences for 1 answers, want as many, and at least one"},
	} {
		if fmt.Sprint(row.err) != row.want {
			t.Errorf("error %v\nwant  %s", row.err, row.want)
		}
	}
}

// TestOpticks: the benchmark is well formed, no answer can be had without reading the question, and the model that ships is far from having read the book well.
func TestOpticks(t *testing.T) {
	questions := Opticks()
	places, seen := [4]int{}, map[string]bool{}
	for _, q := range questions {
		if seen[q.Prompt] || len(q.Options) != 4 || strings.HasSuffix(q.Prompt, " ") {
			t.Errorf("%q: asked twice, or not with four options, or with a blank at the end", q.Prompt)
		}
		seen[q.Prompt] = true
		for _, o := range q.Options {
			if !strings.HasPrefix(o, " ") {
				t.Errorf("%q: the option %q does not begin with a blank", q.Prompt, o)
			}
		}
		places[q.Answer]++
	}
	if len(questions) != 40 || slices.Max(places[:]) > 12 {
		t.Errorf("%d questions, the right option stands in the places %v", len(questions), places)
	}
	m, tok, err := pretrained.Opticks()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Choose(m, tok, questions)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(c)
	if a := c.Accuracy(); a.Mean < 0.25-2*a.StdErr || a.Mean > 0.7 {
		t.Errorf("accuracy %s: want about that of guessing, or somewhat more", a)
	}
}
