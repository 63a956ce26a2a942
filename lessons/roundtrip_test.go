package lessons_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/nbformat"
	"github.com/resident-go/resident/nbformat/schema"
)

// throughNotebook makes a notebook of a lesson, has it written and read, and makes a lesson of it again.
func throughNotebook(t *testing.T, src []byte, edit func(*nbformat.Notebook)) ([]byte, error) {
	t.Helper()
	l, err := lessons.Parse("a.md", src)
	if err != nil {
		t.Fatal(err)
	}
	var book bytes.Buffer
	if err := l.WriteNotebook(&book); err != nil {
		t.Fatal(err)
	}
	nb, err := nbformat.Read(&book)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(nb); err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(nb)
	}
	back, _, err := lessons.Markdown("a.md", nb)
	return back, err
}

// corpus is every lesson there is: those of the tests, and those that ship.
func corpus(t testing.TB) (sources [][]byte) {
	t.Helper()
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, name := range archives {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			sources = append(sources, f.Data, bytes.ReplaceAll(f.Data, []byte("\n"), []byte("\r\n")))
		}
	}
	examples, err := filepath.Glob("../examples/*/*.md")
	if err != nil || len(examples) == 0 {
		t.Fatal("no examples", err)
	}
	for _, name := range examples {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, src)
	}
	return sources
}

// unresolved tells whether a lesson cannot be a notebook without files beside it.
func unresolved(l *lessons.Lesson) bool {
	for _, c := range l.Cells {
		if c.Attrs.Include != "" {
			return true
		}
	}
	return false
}

func checkRoundTrip(t *testing.T, src []byte) {
	t.Helper()
	l, err := lessons.Parse("a.md", src)
	if err != nil || unresolved(l) {
		return
	}
	back, err := throughNotebook(t, src, nil)
	if err != nil || !bytes.Equal(back, src) {
		t.Errorf("%q comes back as %q (%v)", src, back, err)
	}
}

func TestRoundTrip(t *testing.T) {
	for _, src := range corpus(t) {
		checkRoundTrip(t, src)
	}
}

// parts are what lessons are made of, well written and badly.
var parts = []string{
	"# Title", "Some *prose*.\n", "\n", "\n\n", "\r\n", "- a\n- b", "  - c\n", "> [!NOTE]\n> Mind.", "$$\nx^2\n$$\n", "```sh\nls\n```\n", "    indented\n", "---\n", "===\n",
	"```go\nx := 1\n```\n", "```go name=\"NAME\"\nfmt.Println(1)\n// Output: 1\n```\n", "~~~go  tol=1.0 x-b={ \"a\": 1e-6 }\ny()\n// Output: 1\n~~~\n", "```go .noeval\nz\n```\n",
	"  ```go\n  a\n    b\n  ```\n", "````go tags=[\"a\",\"b\"]\n```\n````\n", "```go\n```\n", "```go\n\n\n```\n", "```go role=\"test\" points=1 name=\"NAME\"\nt()\n```\n",
	"```go\n// BEGIN SOLUTION\ns()\n// END SOLUTION\n```\n", "<!-- #region -->\n", "<!-- #endregion -->\n", "<!-- #region A title name=\"NAME\" -->\n\n\nx\n", "<!-- #raw -->\n", "<!-- #endraw -->\n",
	"<!-- open\n", "-->\n", "<div>\n", "</div>\n", "[a]: b\n", "| a |\n|---|\n| b |\n", "\t```go\n", "x\u2028y\n", "   \n", "text without an end", "<!-- c -->\n", "```\n", "***\n", "1. one\n\n   two\n",
}

var fronts = []string{"", "", "\ufeff", "---\nlesson:\n  title: T # why\n---\n", "---\nlesson: {title: T, points: 1}\njupyter: {kernelspec: {name: resident}}\nother: [1]\n...\n\n", "---\r\n---\r\n"}

// assemble makes a lesson of random parts; each name is given once.
func assemble(r *rand.Rand) []byte {
	var b strings.Builder
	b.WriteString(fronts[r.IntN(len(fronts))])
	for i := range r.IntN(12) {
		b.WriteString(strings.ReplaceAll(parts[r.IntN(len(parts))], "NAME", string(rune('a'+i))))
		b.WriteString([]string{"", "\n", "\n\n", "\n\n\n"}[r.IntN(4)])
	}
	return []byte(b.String())
}

func TestRoundTripOfParts(t *testing.T) {
	parsed, seeds := 0, uint64(5_000)
	if testing.Short() {
		seeds = 500
	}
	for seed := range seeds {
		src := assemble(rand.New(rand.NewPCG(seed, 1)))
		if _, err := lessons.Parse("a.md", src); err == nil {
			parsed++
			checkRoundTrip(t, src)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if parsed < int(seeds/10) {
		t.Errorf("only %d of the assembled lessons are ones", parsed)
	}
}

func FuzzRoundTrip(f *testing.F) {
	for _, src := range corpus(f) {
		f.Add(src)
	}
	f.Fuzz(checkRoundTrip)
}
