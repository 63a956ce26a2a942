package playground_test

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/infer"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/playground"
)

var text = data.Opticks()[:20_000]

func open(t *testing.T) (*playground.Playground, *nn.GPT) {
	t.Helper()
	tok := tokenizer.Char(text)
	model, err := nn.NewGPT(nn.GPTConfig{VocabSize: tok.Size(), BlockSize: 32, Layers: 2, Heads: 2, Embed: 16}, nn.Seed(1))
	if err != nil {
		t.Fatal(err)
	}
	p, err := playground.New(model, tok, text)
	if err != nil {
		t.Fatal(err)
	}
	return p, model
}

func ask(t *testing.T, p *playground.Playground, prompt string, o infer.Options) string {
	t.Helper()
	var b strings.Builder
	for piece, err := range p.Ask(t.Context(), prompt, o) {
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(piece)
	}
	return b.String()
}

var greedy = infer.Options{MaxTokens: 20}

// The answer is that of an ordinary session, and the bill that of an ordinary session.
func TestAnswerIsASessions(t *testing.T) {
	p, model := open(t)
	got := ask(t, p, "Light", greedy)
	s, err := infer.New(model, tokenizer.Char(text))
	if err != nil {
		t.Fatal(err)
	}
	want, err := s.Generate(t.Context(), "Light", greedy)
	if err != nil || got != want {
		t.Errorf("answered %q, a session %q, %v", got, want, err)
	}
	q, u := p.Dashboard().Last, s.Usage()
	if q.Answer != want || q.NewTokens != 20 || q.PromptTokens != u.PromptTokens || q.FLOPs != u.FLOPs || q.ChangedWeights != 0 {
		t.Errorf("the bill is %+v, the session's %+v", q, u)
	}
	if q.Price <= 0 || q.FirstToken <= 0 || q.FirstToken > q.Seconds {
		t.Errorf("price and times: %+v", q)
	}
	if p.Cost().Inference.Measured.TokensOut != 20 {
		t.Errorf("the ledger has %+v", p.Cost().Inference.Measured)
	}
}

func TestSessionsDoNotRemember(t *testing.T) {
	p, _ := open(t)
	alone := ask(t, p, "What", greedy)
	ask(t, p, "My name is Ada.", greedy)
	if got := ask(t, p, "What", greedy); got != alone {
		t.Errorf("%q before it was told something, %q afterwards", alone, got)
	}
}

func TestBothLives(t *testing.T) {
	p, model := open(t)
	frozen := p.State()
	if frozen.Mode != playground.Frozen || frozen.Params != nn.Count(model) {
		t.Errorf("begins as %+v", frozen)
	}
	if _, err := p.Step(); err == nil || !strings.Contains(err.Error(), "frozen") {
		t.Errorf("a frozen model's step: %v", err)
	}
	answer := ask(t, p, "Light", greedy)

	train(t, p, 30)
	learning := p.State()
	if learning.Mode != playground.Training || learning.Steps != 30 || learning.Digest == frozen.Digest {
		t.Errorf("after 30 steps %+v", learning)
	}
	if most := 30 * frozen.Params; learning.Updates < most/2 || learning.Updates > most {
		t.Errorf("%d weight updates in 30 steps of %d weights", learning.Updates, frozen.Params)
	}
	during := ask(t, p, "Light", greedy)
	if during == answer {
		t.Error("the student answers as if it had learned nothing")
	}

	if err := p.Train(false); err != nil {
		t.Fatal(err)
	}
	if s := p.State(); s.Mode != playground.Frozen || s.Digest != learning.Digest {
		t.Errorf("frozen with other weights: %+v", s)
	}
	if got := ask(t, p, "Light", greedy); got != during {
		t.Errorf("frozen it answers %q, before %q", got, during)
	}

	if err := p.Restore(); err != nil {
		t.Fatal(err)
	}
	if s := p.State(); s.Digest != frozen.Digest || s.Updates != 0 {
		t.Errorf("restored: %+v", s)
	}
	if got := ask(t, p, "Light", greedy); got != answer {
		t.Errorf("restored it answers %q, at first %q", got, answer)
	}
}

func train(t *testing.T, p *playground.Playground, steps int) {
	t.Helper()
	if err := p.Train(true); err != nil {
		t.Fatal(err)
	}
	first, last := 0.0, 0.0
	for i := range steps {
		loss, err := p.Step()
		if err != nil {
			t.Fatal(err)
		}
		if last = loss; i == 0 {
			first = loss
		}
	}
	if last >= first {
		t.Errorf("the loss was %f and is %f", first, last)
	}
}

// Whoever gave the model keeps it as it was.
func TestModelIsCopied(t *testing.T) {
	p, model := open(t)
	before := model.Params()[0].Floats()
	train(t, p, 3)
	for i, v := range model.Params()[0].Floats() {
		if v != before[i] {
			t.Fatalf("weight %d was %g and is %g", i, before[i], v)
		}
	}
	frozen, err := checkpoint.Freeze(model)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Restore(); err != nil || p.State().Digest != frozen.Record.Root {
		t.Errorf("%v: the digest is %s, of the model %s", err, p.State().Digest, frozen.Record.Root)
	}
}

func TestNext(t *testing.T) {
	p, model := open(t)
	for _, row := range []struct {
		name  string
		o     infer.Options
		left  func(int) bool
		drawn func(c, first playground.Choice) bool
	}{
		{"as the model says", infer.Options{Temperature: 1}, func(n int) bool { return n == model.Config.VocabSize },
			func(c, _ playground.Choice) bool { return math.Abs(c.Drawn-c.Model) < 1e-12 }},
		{"the first alone", infer.Options{}, func(n int) bool { return n == 1 },
			func(c, first playground.Choice) bool { return (c.Drawn == 1) == (c == first) }},
		{"some", infer.Options{Temperature: 1, TopP: 0.5}, func(n int) bool { return n > 1 && n < model.Config.VocabSize },
			func(c, first playground.Choice) bool { return c.Drawn == 0 || c.Drawn > c.Model }},
	} {
		n, err := p.Next("The Ray", row.o, 200)
		if err != nil {
			t.Fatal(err)
		}
		if !row.left(n.Left) || n.Of != model.Config.VocabSize || len(n.Choices) != n.Of {
			t.Errorf("%s: %d of %d left, %d listed", row.name, n.Left, n.Of, len(n.Choices))
		}
		for i, c := range n.Choices {
			if !row.drawn(c, n.Choices[0]) || i > 0 && c.Model > n.Choices[i-1].Model {
				t.Errorf("%s: choice %d is %+v", row.name, i, c)
			}
		}
	}
	if _, err := p.Next("", greedy, 3); err == nil {
		t.Error("no prompt, no error")
	}
	if n, err := p.Next("The Ray", greedy, -1); err != nil || len(n.Choices) != 0 {
		t.Errorf("%d choices, fewer than none are wanted; error %v", len(n.Choices), err)
	}
}

// TestLossThatIsNone: a step whose loss is no number changes no weight.
func TestLossThatIsNone(t *testing.T) {
	tok := tokenizer.Char(text)
	model, err := nn.NewGPT(nn.GPTConfig{VocabSize: tok.Size(), BlockSize: 32, Layers: 1, Heads: 2, Embed: 16}, nn.Seed(1))
	if err != nil {
		t.Fatal(err)
	}
	model.Params()[len(model.Params())-1].SetAt(math.Inf(1), 0)
	p, err := playground.New(model, tok, text)
	if err == nil {
		err = p.Train(true)
	}
	if err != nil {
		t.Fatal(err)
	}
	before := p.State().Digest
	if _, err := p.Step(); err == nil || err.Error() != "playground: step: the loss is NaN, want a number" {
		t.Errorf("error %v", err)
	}
	if s := p.State(); s.Digest != before || s.Steps != 0 || s.Updates != 0 {
		t.Errorf("after that %+v, the digest was %s", s, before)
	}
}

func TestLayers(t *testing.T) {
	p, model := open(t)
	var names []string
	sum := 0
	for _, l := range p.State().Layers {
		names = append(names, string(l.Part)+" "+l.Name)
		sum += l.Params
	}
	want := "input embed, input position, weights layers.0, weights layers.1, weights norm, output head"
	if got := strings.Join(names, ", "); got != want {
		t.Errorf("the layers are %s, want %s", got, want)
	}
	if sum != nn.Count(model) {
		t.Errorf("the layers have %d parameters, the model %d", sum, nn.Count(model))
	}
}

func TestAnswerThatIsStopped(t *testing.T) {
	p, _ := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var err error
	pieces := 0
	for _, err = range p.Ask(ctx, "Light", greedy) {
		if pieces++; pieces == 3 {
			cancel()
		}
		p.Dashboard() // does not wait for the answer
	}
	if err != context.Canceled || p.Dashboard().Last.NewTokens != 3 {
		t.Errorf("%v after %d tokens", err, p.Dashboard().Last.NewTokens)
	}
	if got := ask(t, p, "Light", greedy); len(got) < 20 {
		t.Errorf("the next answer is %q", got)
	}
}

func TestViews(t *testing.T) {
	p, _ := open(t)
	ask(t, p, "<Light>", greedy)
	n, err := p.Next("a", infer.Options{Temperature: 1}, 5)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, html string
		want       []string
	}{
		{"state", p.State().HTML(), []string{"FROZEN", "embed.weight", "layers.1", p.State().Digest.Short()}},
		{"dashboard", p.Dashboard().HTML(), []string{"0 (locked)", "20, ", "EUR", "FLOP"}},
		{"next", n.HTML(), []string{"temperature 1", "bits of choice", n.Choices[0].Text}},
	} {
		for _, want := range row.want {
			if !strings.Contains(row.html, want) {
				t.Errorf("%s lacks %q:\n%s", row.name, want, row.html)
			}
		}
	}
	raw, err := json.Marshal(struct {
		S playground.State
		D playground.Dashboard
		N playground.Next
	}{p.State(), p.Dashboard(), n})
	if err != nil || !strings.Contains(string(raw), `"mode":"FROZEN"`) {
		t.Errorf("%v: %s", err, raw)
	}
}
