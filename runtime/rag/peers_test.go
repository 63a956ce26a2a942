package rag

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/tensor"
)

// peers is what others compute; see testdata/makepeers.py.
type peers struct {
	Versions  string
	Documents []string
	Questions []string
	Scores    [][]float64
	Contrast  struct {
		Rows, Width int
		Temperature float64
		X, Y        [][]int32
		Loss        float64
		Grad        []float64
	}
}

func readPeers(t *testing.T) (p peers) {
	t.Helper()
	text, err := os.ReadFile("testdata/peers.json")
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestBM25 compares scores with bm25s, also after chunks came and went.
func TestBM25(t *testing.T) {
	p := readPeers(t)
	l := newLexicon()
	l.add(0, "the light that nobody sees")
	for i, d := range p.Documents {
		l.add(int32(i+1), d)
	}
	l.add(100, "the water of the moon")
	l.remove(0, "the light that nobody sees")
	l.remove(100, "the water of the moon")
	for q, question := range p.Questions {
		got := make([]float64, len(p.Documents))
		last := math.Inf(1)
		for _, s := range l.search(question, 10, func(int32) bool { return true }) {
			got[s.chunk-1] = s.score
			if s.score > last {
				t.Errorf("%q: %g comes after %g", question, s.score, last)
			}
			last = s.score
		}
		for i, want := range p.Scores[q] {
			if math.Abs(got[i]-want) > 1e-5 {
				t.Errorf("%q: document %d has %.6f, want %.6f (%s)", question, i, got[i], want, p.Versions)
			}
		}
	}
}

// TestContrast compares loss and gradient with PyTorch.
func TestContrast(t *testing.T) {
	p := readPeers(t)
	c := p.Contrast
	e, err := NewEncoder(tokenizer.Byte(), c.Width)
	if err != nil {
		t.Fatal(err)
	}
	e.Temperature = c.Temperature
	weights := make([]float64, tokenizer.Byte().Size()*c.Width)
	for i := range c.Rows {
		for j := range c.Width {
			weights[i*c.Width+j] = math.Sin(float64(1 + 7*i + 3*j))
		}
	}
	e.table.Weight.Assign(tensor.New(weights, tokenizer.Byte().Size(), c.Width))
	loss := e.Loss(ids(c.X), ids(c.Y))
	loss.Backward()
	if got := loss.Item(); math.Abs(got-c.Loss) > 1e-5 {
		t.Errorf("loss %.6f, want %.6f (%s)", got, c.Loss, p.Versions)
	}
	got := e.table.Weight.Grad().Float64s()
	for i, want := range c.Grad {
		if math.Abs(got[i]-want) > 1e-5 {
			t.Errorf("gradient %d is %.6f, want %.6f", i, got[i], want)
		}
	}
	for i, g := range got[len(c.Grad):] {
		if g != 0 {
			t.Fatalf("gradient %d is %g, and its token is in no text", i+len(c.Grad), g)
		}
	}
}

func ids(rows [][]int32) *tensor.Tensor {
	var flat []int32
	for _, r := range rows {
		flat = append(flat, r...)
	}
	return tensor.New(flat, len(rows), len(rows[0]))
}

// TestNearest compares the search in two passes with one over all bits: rows without order, rows in heaps, so that many are close, equal rows, rows
// of zeros.
func TestNearest(t *testing.T) {
	const width, n = 64, blockRows*2 + 100
	g := tensor.Seed(3)
	random := g.Normal(n, width).Floats()
	centres := g.Normal(10, width).Floats()
	kinds := map[string]func(row, column int) float32{
		"random":   func(i, j int) float32 { return random[i*width+j] },
		"in heaps": func(i, j int) float32 { return centres[i%10*width+j] + 0.02*random[i*width+j] },
		"equal":    func(i, j int) float32 { return centres[i%10*width+j] },
		"zeros":    func(i, j int) float32 { return float32(i%2) * random[i*width+j] },
	}
	for name, at := range kinds {
		t.Run(name, func(t *testing.T) {
			v := newVectors(width)
			for i := range n {
				row := make([]float32, width)
				for j := range row {
					row[j] = at(i, j)
				}
				unit(row)
				v.add(row)
			}
			if len(v.blocks) != 2 {
				t.Fatalf("%d blocks, want 2", len(v.blocks))
			}
			pass := func(i int32) bool { return i%3 != 0 }
			for q := range 20 {
				question := append([]float32(nil), v.row(int32(q*(n-1)/19))...)
				for j := range question {
					question[j] += 0.05 * random[q*width+j]
				}
				unit(question)
				want := newBest(10)
				for i := range int32(n) {
					if s := (scored{i, dot(v.row(i), question)}); pass(i) && want.wants(s.score, i) {
						want.add(s)
					}
				}
				if got, want := v.search(question, 10, pass), want.sorted(); fmt.Sprint(got) != fmt.Sprint(want) {
					t.Fatalf("question %d:\ngot  %v\nwant %v", q, got, want)
				}
			}
		})
	}
}
