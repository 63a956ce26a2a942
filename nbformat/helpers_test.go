package nbformat_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resident-go/resident/nbformat"
)

func read(t *testing.T, data string) *nbformat.Notebook {
	t.Helper()
	nb, err := nbformat.Read(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return nb
}

func write(t *testing.T, nb *nbformat.Notebook) string {
	t.Helper()
	var b bytes.Buffer
	if err := nbformat.Write(&b, nb); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// files returns the contents of testdata files by name.
func files(t testing.TB, pattern string) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("no files match testdata/%s (%v)", pattern, err)
	}
	out := map[string]string{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.ToSlash(name)] = string(data)
	}
	return out
}

// sameText fails with the first line that differs.
func sameText(t *testing.T, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("line %d: got %q, want %q", i+1, g[i], w[i])
		}
	}
	t.Fatalf("got %d lines, want %d", len(g), len(w))
}

// compact removes the white space between the tokens of a JSON document and nothing else.
func compact(t *testing.T, doc string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(doc)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
