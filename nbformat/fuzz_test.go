package nbformat_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/resident-go/resident/nbformat"
	"github.com/resident-go/resident/nbformat/schema"
)

// Read never panics; what it reads, it reads the same when it was written; and a valid notebook stays valid.
func FuzzRead(f *testing.F) {
	for _, pattern := range []string{"current/*.ipynb", "older/*.ipynb"} {
		for _, data := range files(f, pattern) {
			f.Add([]byte(data))
		}
	}
	f.Add([]byte(`{"nbformat":4,"cells":[{"cell_type":"raw"}]}`))
	f.Add([]byte(`{"nbformat":3,"worksheets":[{"cells":[{"cell_type":"heading"}]}]}`))
	f.Add([]byte(`{"nbformat":4,"nbformat_minor":9,"cells":[{"cell_type":"x"},{"cell_type":"code","outputs":[{"output_type":"y"}]}]}`))
	f.Fuzz(checkRead)
}

// The same for documents with the fields of nbformat in likely and unlikely places, which bytes rarely hit.
func FuzzDocument(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 6))
	for n := range 100 {
		f.Add(randomBytes(r, 4*n))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := source(data)
		doc, err := json.Marshal(s.document())
		if err != nil {
			t.Fatal(err)
		}
		checkRead(t, doc)
	})
}

func checkRead(t *testing.T, data []byte) {
	nb, err := nbformat.Read(bytes.NewReader(data))
	if err != nil {
		if strings.ContainsAny(err.Error(), "\r\n") {
			t.Errorf("the error has several lines: %q", err)
		}
		return
	}
	once := write(t, nb)
	again := read(t, once)
	sameText(t, write(t, again), once)
	first, second := schema.Validate(nb), schema.Validate(again)
	if (first == nil) != (second == nil) {
		t.Errorf("valid before writing: %v, after: %v", first, second)
	}
	if joined, ok := first.(interface{ Unwrap() []error }); ok {
		for _, fault := range joined.Unwrap() {
			if strings.ContainsAny(fault.Error(), "\r\n") {
				t.Errorf("the fault has several lines: %q", fault)
			}
		}
	}
}

// What Write writes of a valid notebook is valid and a fixed point.
func FuzzWrite(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 40 {
		f.Add(randomBytes(r, 8*n))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := source(data)
		once := write(t, s.notebook())
		nb := read(t, once)
		sameText(t, write(t, nb), once)
		if err := schema.Validate(nb); err != nil {
			t.Error(err)
		}
	})
}

// A stream is the same however it is cut into messages, and storing it again changes nothing.
func FuzzStream(f *testing.F) {
	for _, seed := range []string{"10%\r20%\r\n", "abc\b\bx\n\b", "é世\b\r\n\r", "\x1b[1mx\r"} {
		f.Add(seed, uint8(2))
	}
	f.Fuzz(func(t *testing.T, text string, size uint8) {
		text = strings.ToValidUTF8(text, "?")
		whole := stored(text)
		if parts := stored(chunks(text, int(size)+1)...); parts != whole {
			t.Errorf("%q in parts of %d is %q, whole %q", text, int(size)+1, parts, whole)
		}
		if again := stored(whole); again != whole {
			t.Errorf("%q became %q", whole, again)
		}
	})
}

func stored(texts ...string) string {
	c := nbformat.NewCollector(nil)
	for _, text := range texts {
		c.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: text})
	}
	if out := c.Outputs(); len(out) > 0 {
		return out[0].Text
	}
	return ""
}

// chunks cuts text after every n characters.
func chunks(text string, n int) []string {
	var out []string
	for runes := []rune(text); len(runes) > 0; {
		k := min(n, len(runes))
		out, runes = append(out, string(runes[:k])), runes[k:]
	}
	return out
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}
