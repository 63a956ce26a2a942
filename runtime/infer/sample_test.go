package infer

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// Options of all kinds, for the tests of choosing.
var kinds = []Options{
	{Temperature: 1},
	{Temperature: 0.5},
	{Temperature: 2, RepetitionPenalty: 1.3},
	{Temperature: 1, TopK: 3},
	{Temperature: 1, TopP: 0.7},
	{Temperature: 1, MinP: 0.2},
	{Temperature: 0.8, TopK: 5, TopP: 0.9, MinP: 0.05, RepetitionPenalty: 1.1},
	{Temperature: 1, TopP: 0.5, MinP: 0.5},
	{Temperature: 1, TopK: 100},
	{Temperature: 1, TopK: 1},
	{Temperature: 0},
	{Temperature: 0, TopP: 0.5, TopK: 2},
}

var scores = []float32{1.5, -0.3, 2.2, 0, 2.2, -4, 0.9, 1.1}

// TestChoose compares how often tokens are drawn with the distribution that Distribution shows.
func TestChoose(t *testing.T) {
	context := []int32{2, 5, 5, 0}
	var r room // whatever the choices before have left in it
	for _, o := range kinds {
		stages, err := Distribution(scores, context, o)
		if err != nil {
			t.Fatal(err)
		}
		want := stages[len(stages)-1].Candidates
		const draws = 20000
		count := map[int32]int{}
		rng := rand.New(rand.NewPCG(1, 2))
		for range draws {
			c := choose(&r, scores, context, o, rng.Float64)
			count[c.Token]++
			if i := slices.IndexFunc(want, func(w Candidate) bool { return w.Token == c.Token }); i < 0 || math.Abs(want[i].Prob-c.Prob) > 1e-9 {
				t.Fatalf("%+v: drew %v, which is not in %v", o, c, want)
			}
		}
		if p := fit(count, want, draws); p < 1e-4 {
			t.Errorf("%+v: drew %v of %v: p = %g", o, count, want, p)
		}
	}
}

// TestDraw: a token that cannot come never does, whatever rounding leaves over.
func TestDraw(t *testing.T) {
	nearlyOne := math.Nextafter(1, 0)
	tenths := make([]Candidate, 10)
	for i := range tenths {
		tenths[i] = Candidate{int32(i), 0.1}
	}
	for _, row := range []struct {
		cs   []Candidate
		u    float64
		want int32
	}{
		{[]Candidate{{0, 0.5}, {1, 0.5}}, 0.25, 0},
		{[]Candidate{{0, 0.5}, {1, 0.5}}, 0.5, 1},
		{[]Candidate{{0, 0}, {1, 1}}, 0, 1},
		{append(slices.Clone(tenths), Candidate{10, 0}), nearlyOne, 9},
		{[]Candidate{{0, 0.25}, {1, 0.75 - 1e-9}, {2, 0}, {3, 0}}, nearlyOne, 1},
	} {
		if got := draw(row.cs, row.u); got.Token != row.want {
			t.Errorf("%v with %v: drew %v, want token %d", row.cs, row.u, got, row.want)
		}
	}
	if got := draw([]Candidate{{0, math.NaN()}, {1, math.NaN()}}, 0.5); !math.IsNaN(got.Prob) {
		t.Errorf("of probabilities that are none: drew %v", got)
	}
}

// fit is the probability of a chi-squared statistic at least as large as that of the counts. Tokens that are hardly ever drawn are
// counted together.
func fit(count map[int32]int, want []Candidate, draws float64) float64 {
	chi, classes := 0.0, -1.0
	var seen, expected float64
	for i, w := range want {
		seen, expected = seen+float64(count[w.Token]), expected+draws*w.Prob
		rest := 0.0
		for _, r := range want[i+1:] {
			rest += draws * r.Prob
		}
		if expected >= 10 && (rest >= 10 || i == len(want)-1) || i == len(want)-1 {
			chi += (seen - expected) * (seen - expected) / expected
			seen, expected, classes = 0, 0, classes+1
		}
	}
	if classes == 0 {
		return 1
	}
	return distuv.ChiSquared{K: classes}.Survival(chi)
}

// TestDistribution has rows worked out by hand.
func TestDistribution(t *testing.T) {
	log := func(ps ...float64) (scores []float32) {
		for _, p := range ps {
			scores = append(scores, float32(math.Log(p)))
		}
		return scores
	}
	rows := []struct {
		name   string
		scores []float32
		o      Options
		filter string
		want   []Candidate
	}{
		{"the model's own", log(0.1, 0.6, 0.3), Options{Temperature: 1}, "model", []Candidate{{1, 0.6}, {2, 0.3}, {0, 0.1}}},
		{"half temperature squares", log(0.2, 0.4, 0.4), Options{Temperature: 0.5}, "temperature", []Candidate{{1, 4. / 9}, {2, 4. / 9}, {0, 1. / 9}}},
		{"zero temperature", log(0.2, 0.4, 0.4), Options{}, "temperature", []Candidate{{1, 1}}},
		{"top-k", log(0.1, 0.6, 0.3), Options{Temperature: 1, TopK: 2}, "top-k", []Candidate{{1, 2. / 3}, {2, 1. / 3}}},
		{"top-p takes the one that crosses", log(0.1, 0.6, 0.3), Options{Temperature: 1, TopP: 0.65}, "top-p", []Candidate{{1, 2. / 3}, {2, 1. / 3}}},
		{"min-p", log(0.1, 0.6, 0.3), Options{Temperature: 1, MinP: 0.49}, "min-p", []Candidate{{1, 2. / 3}, {2, 1. / 3}}},
		{"penalty on a positive and a negative score", []float32{2, -1, 0}, Options{Temperature: 1, RepetitionPenalty: 2}, "repetition penalty",
			[]Candidate{{0, math.E / (math.E + math.Exp(-2) + 1)}, {2, 1 / (math.E + math.Exp(-2) + 1)}, {1, math.Exp(-2) / (math.E + math.Exp(-2) + 1)}}},
	}
	for _, row := range rows {
		stages, err := Distribution(row.scores, []int32{0, 1}, row.o)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(stages, func(s Stage) bool { return s.Filter == row.filter })
		if i < 0 {
			t.Fatalf("%s: no stage %q", row.name, row.filter)
		}
		got := stages[i].Candidates
		same := slices.EqualFunc(got, row.want, func(a, b Candidate) bool { return a.Token == b.Token && math.Abs(a.Prob-b.Prob) < 1e-6 })
		if !same {
			t.Errorf("%s: got %v, want %v", row.name, got, row.want)
		}
	}
}

// TestCandidateString: how a distribution looks in a notebook and on a terminal.
func TestCandidateString(t *testing.T) {
	stages, err := Distribution([]float32{0, 0, -20}, nil, Options{Temperature: 1, TopK: 2})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(stages), "[{model [0 (50.0 %) 1 (50.0 %) 2 (0.0 %)]} {top-k [0 (50.0 %) 1 (50.0 %)]}]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestOptionErrors(t *testing.T) {
	rows := []struct {
		o    Options
		want string
	}{
		{Options{Temperature: -1}, "options: Temperature is -1, must be not negative"},
		{Options{TopP: 1.5}, "options: TopP is 1.5, must be between 0 and 1"},
		{Options{MinP: math.NaN()}, "options: MinP is NaN, must be between 0 and 1"},
		{Options{Temperature: math.Inf(1)}, "options: Temperature is +Inf, must be not negative"},
		{Options{TopK: -2, MaxTokens: -1}, "options: MaxTokens is -1, must be not negative\nTopK is -2, must be not negative"},
		{Options{Stop: []string{"a", ""}}, "options: Stop contains an empty text, which is everywhere"},
		{Options{StopTokens: []int32{99}}, "options: StopTokens contains 99, the vocabulary has 8"},
	}
	for _, row := range rows {
		if _, err := Distribution(scores, nil, row.o); err == nil || err.Error() != row.want {
			t.Errorf("%+v: got %v, want %s", row.o, err, row.want)
		}
	}
}

// TestDistributionErrors: what cannot be shown is an error, and no distribution of numbers that are none.
func TestDistributionErrors(t *testing.T) {
	rows := []struct {
		scores  []float32
		context []int32
		o       Options
		want    string
	}{
		{nil, nil, Options{}, "there are no scores to choose from"},
		{scores, []int32{1, -1}, Options{RepetitionPenalty: 2}, "the context has token -1, the vocabulary has 8"},
		{scores, []int32{8}, Options{}, "the context has token 8, the vocabulary has 8"},
		{scores, nil, Options{Temperature: 1e-310}, errNoNumber.Error()},
		{scores, []int32{0}, Options{Temperature: 1, RepetitionPenalty: 1e-300, TopK: 2}, errNoNumber.Error()},
	}
	for _, row := range rows {
		if stages, err := Distribution(row.scores, row.context, row.o); err == nil || err.Error() != row.want {
			t.Errorf("%v, %+v: got %v, error %v, want %s", row.context, row.o, stages, err, row.want)
		}
	}
}

// TestText has texts that arrive in pieces, stop texts, and what comes out piece by piece.
func TestText(t *testing.T) {
	rows := []struct {
		name, in, stops, out string // pieces are separated by ·
		stopped              bool
	}{
		{"no stop", "a·b·c", "", "a·b·c·", false},
		{"stop within a token", "ab\n\ncd·e", "\n\n", "ab", true},
		{"stop across tokens", "ab\n·\ncd", "\n\n", "ab·", true},
		{"half a stop, then something else", "ab\n·c", "\n\n", "ab·\nc·", false},
		{"half a stop at the end", "ab\n", "\n\n", "ab·\n", false},
		{"stop across three tokens", "x<|·en·d|>y", "<|end|>", "x··", true},
		{"two stops, the first one counts", "a.b!", "!·.", "a", true},
		{"a stop that begins again", "aa·aac", "aaac", "·a", true},
		{"a character in pieces", "h\xc3·\xa4·\xe2\x82·\xac", "", "h·ä··€·", false},
		{"half a character at the end", "h\xe2\x82", "", "h·\ufffd", false},
		{"bytes that are no text", "\xff·a", "", "\ufffd·a·", false},
	}
	for _, row := range rows {
		x := &text{}
		if row.stops != "" {
			x.stops = strings.Split(row.stops, "·")
		}
		var out []string
		for _, piece := range strings.Split(row.in, "·") {
			if out = append(out, x.add(piece)); x.stopped {
				break
			}
		}
		if !x.stopped {
			out = append(out, x.rest())
		}
		if got := strings.Join(out, "·"); got != row.out || x.stopped != row.stopped {
			t.Errorf("%s: got %q (stopped %v), want %q (stopped %v)", row.name, got, x.stopped, row.out, row.stopped)
		}
	}
}
