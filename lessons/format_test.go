package lessons_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/resident-go/resident/lessons"
)

func TestFormat(t *testing.T) {
	pairs(t, "testdata/format.txtar", ".md", func(t *testing.T, f txtar.File) string {
		out, err := lessons.Format(f.Name, f.Data)
		if err != nil {
			return errorLines(t, err)
		}
		return string(out)
	})
}

// checkFormat: what is formatted is a lesson of the same cells, with the same prose, and formatting it again changes nothing.
func checkFormat(t *testing.T, src []byte) {
	t.Helper()
	once, err := lessons.Format("f.md", src)
	if err != nil {
		return
	}
	twice, err := lessons.Format("f.md", once)
	if err != nil || !bytes.Equal(once, twice) {
		t.Errorf("%q becomes %q, and then %q (%v)", src, once, twice, err)
		return
	}
	before, err := lessons.Parse("f.md", src)
	if err != nil {
		t.Error(err)
		return
	}
	after, err := lessons.Parse("f.md", once)
	if err != nil || len(before.Cells) != len(after.Cells) {
		t.Errorf("%q becomes %q (%v)", src, once, err)
		return
	}
	for i, c := range before.Cells {
		if d := after.Cells[i]; c.Kind != d.Kind || c.Kind != lessons.Code && c.Source != d.Source {
			t.Errorf("%q becomes %q", c.Source, d.Source)
		}
	}
}

func TestFormatCorpus(t *testing.T) {
	for _, src := range corpus(t) {
		checkFormat(t, src)
	}
	for seed := range uint64(1_000) {
		checkFormat(t, assemble(rand.New(rand.NewPCG(seed, 2))))
	}
}

// TestFormatLong hangs if a cell of many lines that are no Go takes quadratic time.
func TestFormatLong(t *testing.T) {
	src := "```go\n" + strings.Repeat("%x\n", 200_000) + "x:=1\n```\n"
	want := strings.Replace(src, "x:=1", "x := 1", 1)
	if got, err := lessons.Format("long.md", []byte(src)); err != nil || string(got) != want {
		t.Errorf("%d bytes became %d, %v; expected %d", len(src), len(got), err, len(want))
	}
}

func FuzzFormat(f *testing.F) {
	for _, src := range corpus(f) {
		f.Add(src)
	}
	f.Fuzz(checkFormat)
}
