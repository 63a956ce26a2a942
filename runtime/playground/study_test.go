package playground_test

import (
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/playground"
)

// A text that repeats itself is learned sooner than a book: the model learns from it, whether it was chosen before or during training.
func TestStudy(t *testing.T) {
	parrot := strings.Repeat("the sun, ", 200)
	for name, begin := range map[string]func(p *playground.Playground) error{
		"before": func(p *playground.Playground) error {
			if err := p.Study(parrot); err != nil {
				return err
			}
			return p.Train(true)
		},
		"during": func(p *playground.Playground) error {
			if err := p.Train(true); err != nil {
				return err
			}
			return p.Study(parrot)
		},
	} {
		own, book := 0.0, 0.0
		for _, row := range []struct {
			loss  *float64
			begin func(p *playground.Playground) error
		}{{&own, begin}, {&book, func(p *playground.Playground) error { return p.Train(true) }}} {
			p, _ := open(t)
			if err := row.begin(p); err != nil {
				t.Fatal(err)
			}
			for range 40 {
				var err error
				if *row.loss, err = p.Step(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if own >= book {
			t.Errorf("%s: after 40 steps the loss on a text that repeats itself is %.3f, on the book %.3f", name, own, book)
		}
	}
}

func TestStudyRefuses(t *testing.T) {
	p, _ := open(t)
	for text, want := range map[string]string{
		"short":                     "playground: study: the text has 5 tokens, want at least 128",
		strings.Repeat("\xff", 500): "playground: study: the text is not UTF-8",
	} {
		if err := p.Study(text); err == nil || err.Error() != want {
			t.Errorf("%.8q: error %v, want %s", text, err, want)
		}
	}
}
