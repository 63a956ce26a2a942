package rag_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/rag"
)

var lines = rag.Sections{Tokenizer: tokenizer.Byte(), Max: 60}

func newEncoder(t testing.TB, width int, seed uint64) *rag.Encoder {
	t.Helper()
	e, err := rag.NewEncoder(tokenizer.Byte(), width, nn.Seed(seed))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestIndex runs scripts: "+ID text" adds, with "," between documents and "¶" for an empty line, "-ID" removes, "?question" asks for two by words.
// "~" saves, and opens what was saved.
func TestIndex(t *testing.T) {
	rows := []struct{ name, script, want string }{
		{"found", "+a red apple, +b green pear | ?green", "b"},
		{"not found", "+a red apple | ?plum", ""},
		{"empty index", "?plum", ""},
		{"no question", "+a red apple | ?", ""},
		{"best first", "+a red red plum, +b red, +c green | ?red", "b a"},
		{"letters' size", "+a Red's \"APPLE\" | ?red's apple", "a"},
		{"added later", "+a red | +b blue | ?blue", "b"},
		{"replaced", "+a red | +a blue | ?red | ?blue", "; a"},
		{"removed", "+a red, +b red blue | -a | ?red", "b"},
		{"all removed", "+a red | -a | ?red", ""},
		{"added again", "+a red | -a | +a red | ?red", "a"},
		{"several chunks", "+a this red line is so long that it takes a chunk by itself¶and so does the other, which is blue | ?blue | ?red", "a@58; a"},
		{"saved", "+a red, +b blue | ~ | ?blue", "b"},
		{"saved without the removed", "+a red, +b blue | -a | ~ | ?red | +c red | ?red", "; c"},
		{"empty and saved", "~ | ?red", ""},
		{"nothing to remove", "+a red | -b", `!rag: remove: there is no document "b" among the 1`},
		{"twice", "+a red, +a blue", `!rag: add: document "a" stands twice among those to add`},
		{"all or none", "+a red | +b blue, +c", `!rag: add document "c": it has no text`},
	}
	for _, embedder := range []rag.Embedder{nil, newEncoder(t, 32, 1)} {
		for _, r := range rows {
			t.Run(fmt.Sprintf("%s/%t", r.name, embedder != nil), func(t *testing.T) {
				if got := script(t, embedder, r.script); got != r.want {
					t.Errorf("got  %q\nwant %q", got, r.want)
				}
			})
		}
	}
}

func script(t *testing.T, embedder rag.Embedder, script string) string {
	ix, err := rag.New(embedder, lines)
	if err != nil {
		t.Fatal(err)
	}
	var answers []string
	for _, command := range strings.Split(script, " | ") {
		switch what := command[1:]; command[0] {
		case '+':
			before := ix.Len()
			if err := ix.Add(documents(command)...); err != nil {
				if ix.Len() != before {
					t.Errorf("%d chunks after a failure, %d before", ix.Len(), before)
				}
				return "!" + err.Error()
			}
		case '-':
			if err := ix.Remove(what); err != nil {
				return "!" + err.Error()
			}
		case '~':
			path := filepath.Join(t.TempDir(), "index.safetensors")
			if err := ix.Save(path); err != nil {
				t.Fatal(err)
			}
			again, err := rag.Open(path, embedder, lines)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := again.String(), ix.String(); got != want {
				t.Errorf("opened %s, saved %s", got, want)
			}
			ix = again
		case '?':
			hits, err := ix.Search(what, rag.Query{K: 2, By: rag.ByWords})
			if err != nil {
				t.Fatal(err)
			}
			var keys []string
			for _, h := range hits {
				keys = append(keys, strings.TrimSuffix(h.Key(), "@0"))
			}
			answers = append(answers, strings.Join(keys, " "))
		}
	}
	return strings.Join(answers, "; ")
}

func documents(command string) (all []rag.Document) {
	for _, d := range strings.Split(command, ", +") {
		id, text, _ := strings.Cut(strings.TrimPrefix(d, "+"), " ")
		all = append(all, rag.Document{ID: id, Text: strings.ReplaceAll(text, "¶", "\n\n")})
	}
	return all
}

// TestSearch finds in three ways, with filters.
func TestSearch(t *testing.T) {
	ix, err := rag.New(newEncoder(t, 32, 1), lines)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range []string{"abcabc", "abcabx", "zzzz abcabc", "zzzz yyyy"} {
		if err := ix.Add(rag.Document{ID: fmt.Sprint(i), Text: text, Meta: map[string]string{"even": fmt.Sprint(i%2 == 0)}}); err != nil {
			t.Fatal(err)
		}
	}
	even := func(c rag.Chunk) bool { return c.Meta["even"] == "true" }
	rows := []struct {
		name, question string
		q              rag.Query
		want           string // document, rank by words, rank by vectors
	}{
		{"words", "abcabc", rag.Query{By: rag.ByWords}, "0 1 0, 2 2 0"},
		{"vectors", "abcabc", rag.Query{By: rag.ByVectors, K: 3}, "0 0 1, 1 0 2, 2 0 3"},
		{"both", "abcabc", rag.Query{K: 3}, "0 1 1, 2 2 3, 1 0 2"},
		{"filter", "abcabc", rag.Query{K: 9, Filter: even}, "0 1 1, 2 2 2"},
		{"as many as there are", "zzzz", rag.Query{K: 9, By: rag.ByVectors}, "2 0 1, 3 0 2, 0 0 3, 1 0 4"},
		{"far more than there are", "zzzz", rag.Query{K: math.MaxInt, By: rag.ByWords}, "2 1 0, 3 2 0"},
		{"far more than there are, both ways", "abcabc", rag.Query{K: math.MaxInt, Filter: even}, "0 1 1, 2 2 2"},
		{"no words", "", rag.Query{}, ""},
		{"bad number", "a", rag.Query{K: -1}, "!rag: search: -1 chunks"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			hits, err := ix.Search(r.question, r.q)
			var got []string
			for _, h := range hits {
				got = append(got, fmt.Sprint(h.Doc, " ", h.Word, " ", h.Vector))
			}
			if err != nil {
				got = []string{"!" + err.Error()}
			}
			if got := strings.Join(got, ", "); got != r.want {
				t.Errorf("got  %s\nwant %s", got, r.want)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	ix, err := rag.New(newEncoder(t, 32, 1), lines)
	if err == nil {
		err = ix.Add(rag.Document{ID: "a", Text: "red"})
	}
	if err == nil {
		err = ix.Save(at("index"))
	}
	if err == nil {
		err = newEncoder(t, 32, 1).Save(dir)
	}
	if err == nil {
		err = os.WriteFile(at("cut"), []byte("\x10\x00\x00\x00\x00\x00\x00\x00{}"), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	other, wide := newEncoder(t, 32, 2), newEncoder(t, 64, 1)
	rows := []struct {
		name, file string
		embedder   rag.Embedder
		want       string
	}{
		{"another embedder", "index", other, "its vectors are of embedder \"" + newEncoder(t, 32, 1).ID() + "\", not of \"" + other.ID() + "\""},
		{"another width", "index", wide, "its vectors are of embedder"},
		{"no index", "model.safetensors", other, `it is no index: its kind is "", want "resident index 1"`},
		{"cut off", "cut", other, "rag: open: "},
		{"no file", "nothing", other, "rag: open: "},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if _, err := rag.Open(at(r.file), r.embedder, lines); err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got %v, want %s", err, r.want)
			}
		})
	}
	if words, err := rag.Open(at("index"), nil, lines); err != nil || words.Len() != 1 {
		t.Errorf("opened by words only: %v", err)
	}
}

// TestTogether searches while documents come and go. What is found is always one of them, whole.
func TestTogether(t *testing.T) {
	ix, err := rag.New(newEncoder(t, 32, 1), lines)
	if err != nil {
		t.Fatal(err)
	}
	text := func(i int) string { return fmt.Sprintf("the number %d and its half %g", i, float64(i)/2) }
	var all sync.WaitGroup
	for w := range 2 {
		all.Go(func() {
			for i := range 1500 {
				id := fmt.Sprint(w, " ", i)
				err := ix.Add(rag.Document{ID: id, Title: id, Text: text(i)})
				if err == nil && i%5 != 0 {
					err = ix.Remove(id)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			for i := range 300 {
				hits, err := ix.Search(text(i*5), rag.Query{K: 3})
				if err != nil {
					t.Error(err)
				}
				for _, h := range hits {
					if _, number, _ := strings.Cut(h.Title, " "); h.Title != h.Doc || !strings.Contains(h.Text, "number "+number+" ") {
						t.Errorf("found %q of document %q", h.Text, h.Doc)
					}
				}
			}
		})
	}
	all.Wait()
	if ix.Len() != 600 || len(ix.Documents()) != 600 {
		t.Errorf("%d chunks of %d documents, want 600", ix.Len(), len(ix.Documents()))
	}
	for i := 0; i < 1500; i += 100 {
		if hits, err := ix.Search(text(i), rag.Query{K: 2, By: rag.ByWords}); err != nil || len(hits) != 2 || hits[0].Text != text(i) || hits[1].Text != text(i) {
			t.Errorf("after all that, %q: found %v, %v", text(i), hits, err)
		}
	}
}
