package lessons_test

import (
	"bytes"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/resident-go/resident/lessons"
)

// TestFill runs lessons and fills their outputs in; once they are, nothing changes any more.
func TestFill(t *testing.T) {
	pairs(t, "testdata/fill.txtar", ".md", func(t *testing.T, f txtar.File) string {
		out := fill(t, f.Name, f.Data)
		if again := fill(t, f.Name, out); !bytes.Equal(again, out) && !bytes.HasPrefix(out, []byte("error ")) {
			t.Errorf("filled again: %q, want %q", again, out)
		}
		return string(out)
	})
}

func fill(t *testing.T, name string, src []byte) []byte {
	l, err := lessons.Parse(name, src)
	if err != nil {
		return []byte(errorLines(t, err))
	}
	report, err := lessons.Run(t.Context(), l, commands{}, lessons.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := report.Fill()
	if err != nil {
		return []byte(errorLines(t, err))
	}
	return out
}
