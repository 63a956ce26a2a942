package pretrained

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/infer"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/train"
)

// TestRecord checks that the model is what its record says: the size, and the loss on the text that was set aside. Weights were rounded to bf16.
func TestRecord(t *testing.T) {
	text, err := os.ReadFile("opticks/training.json")
	if err != nil {
		t.Fatal(err)
	}
	var record struct {
		Parameters int
		BatchSize  int
		ValidLoss  float64
		Corpus     struct{ Bytes int }
	}
	if err := json.Unmarshal(text, &record); err != nil {
		t.Fatal(err)
	}
	m, tok, err := Opticks()
	if err != nil {
		t.Fatal(err)
	}
	if nn.Count(m) != record.Parameters || nn.Count(m) > 2e6 {
		t.Errorf("%d parameters, the record says %d", nn.Count(m), record.Parameters)
	}
	book := data.Opticks()
	if len(book) != record.Corpus.Bytes {
		t.Skipf("this machine's Go has another copy of the book (%s): %d bytes, not %d", data.OpticksSource(), len(book), record.Corpus.Bytes)
	}
	e, err := train.Evaluate(m, data.Tokens(tok, book).Split(0.9), train.Config{BatchSize: record.BatchSize})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(e.Loss-record.ValidLoss) > 0.01 {
		t.Errorf("the validation loss is %.4f, the record says %.4f", e.Loss, record.ValidLoss)
	}
}

// TestFile checks that the weights are those that were written, and small.
func TestFile(t *testing.T) {
	path := filepath.Join("opticks", safetensors.FileName)
	info, err := os.Stat(path)
	if err != nil || info.Size() > 4<<20 {
		t.Fatal(info, err)
	}
	file, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := checkpoint.VerifyFile(file); err != nil {
		t.Error(err)
	}
}

func ExampleOpticks() {
	m, tok, err := Opticks()
	if err != nil {
		panic(err)
	}
	s, err := infer.New(m, tok)
	if err != nil {
		panic(err)
	}
	text, err := s.Generate(context.Background(), "The Rays of ", infer.Options{MaxTokens: 20, Temperature: 0.7, Seed: 1})
	fmt.Println(nn.Count(m), "parameters,", tok.Size(), "tokens; it wrote something:", text != "", err)
	// Output: 1073536 parameters, 512 tokens; it wrote something: true <nil>
}
