package nbformat_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/resident-go/resident/nbformat"
	"github.com/resident-go/resident/nbformat/schema"
)

// big is a notebook with outputs, as training runs leave them: about 10 MB.
func big() *nbformat.Notebook {
	nb := &nbformat.Notebook{}
	for i := range 500 {
		nb.Cells = append(nb.Cells, nbformat.Cell{
			Type:   nbformat.Code,
			Source: fmt.Sprintf("step(%d)\n", i),
			Outputs: []nbformat.Output{
				{Type: nbformat.Stream, Name: "stdout", Text: strings.Repeat("loss 0.123 accuracy 0.456\n", 400)},
				{Type: nbformat.DisplayData, Data: map[string]any{"image/png": strings.Repeat("iVBORw0KGgo", 1000)}},
			},
		})
	}
	return nb
}

func BenchmarkRead(b *testing.B) {
	var file bytes.Buffer
	if err := nbformat.Write(&file, big()); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		if _, err := nbformat.Read(bytes.NewReader(file.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	nb := big()
	for b.Loop() {
		if err := nbformat.Write(io.Discard, nb); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	nb := big()
	for b.Loop() {
		if err := schema.Validate(nb); err != nil {
			b.Fatal(err)
		}
	}
}

// One cell prints 100,000 lines.
func BenchmarkCollector(b *testing.B) {
	for b.Loop() {
		c := nbformat.NewCollector(nil)
		for i := range 100_000 {
			c.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: fmt.Sprintf("line %d\n", i)})
		}
		if out := c.Outputs(); len(out) != 1 {
			b.Fatalf("%d outputs", len(out))
		}
	}
}
