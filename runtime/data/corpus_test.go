package data

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The tests run in a Go installation, so the whole text is there; the excerpt is a part of it.
func TestOpticks(t *testing.T) {
	text := Opticks()
	if len(text) != 567198 || !strings.HasSuffix(OpticksSource(), "Isaac.Newton-Opticks.txt") {
		t.Errorf("%d bytes, from %s", len(text), OpticksSource())
	}
	if !strings.Contains(text, excerpt) || len(excerpt) < 60_000 {
		t.Errorf("the excerpt of %d bytes is not part of the text", len(excerpt))
	}
}

func TestOpticksFallsBack(t *testing.T) {
	other := t.TempDir()
	if err := os.MkdirAll(filepath.Join(other, "src", "testdata"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other, "src", "testdata", "Isaac.Newton-Opticks.txt"), []byte("something else"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{"", t.TempDir(), other} {
		if c := findOpticks(root); c.text != excerpt || !strings.HasPrefix(c.source, "an excerpt in package data") {
			t.Errorf("in %q: %d bytes from %s", root, len(c.text), c.source)
		}
	}
}

func TestText(t *testing.T) {
	for _, row := range []struct{ file, want, err string }{
		{"Light\r\n", "Light\r\n", ""},
		{"\xef\xbb\xbfLight \ufffd", "Light \ufffd", ""},
		{"a\nb\n\xe9t\xe9", "", "text.txt is not UTF-8: byte 0xe9 in line 3"},
	} {
		path := filepath.Join(t.TempDir(), "text.txt")
		if err := os.WriteFile(path, []byte(row.file), 0o666); err != nil {
			t.Fatal(err)
		}
		got, err := Text(path)
		if got != row.want || (err == nil) != (row.err == "") || err != nil && !strings.HasSuffix(err.Error(), row.err) {
			t.Errorf("%q: %q, %v", row.file, got, err)
		}
	}
	if _, err := Text(filepath.Join(t.TempDir(), "none")); err == nil || !strings.HasPrefix(err.Error(), "data: read a text: open ") {
		t.Errorf("no file: %v", err)
	}
}
