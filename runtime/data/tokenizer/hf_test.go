package tokenizer

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/hf/saved-*.json; run make.py there afterwards")

// opticks is the beginning of Newton's Opticks.
func opticks(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("../opticks.txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

type hfRow struct {
	Text, Decoded string
	IDs           []int32
}

func readJSON(t *testing.T, path string, v any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
}

// Hugging Face's tokenizers wrote the rows (testdata/hf/make.py). It always finds special tokens in a text.
func TestHuggingFaceRows(t *testing.T) {
	files, err := filepath.Glob("testdata/hf/*.rows.json")
	if err != nil || len(files) != 13 {
		t.Fatalf("found %v (%v)", files, err)
	}
	for _, file := range files {
		file = strings.TrimSuffix(file, ".rows.json")
		t.Run(filepath.Base(file), func(t *testing.T) {
			tok, err := Load(file + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var rows []hfRow
			readJSON(t, file+".rows.json", &rows)
			for _, row := range rows {
				if got := EncodeSpecial(tok, row.Text); !slices.Equal(got, row.IDs) {
					t.Errorf("%q\n got %d\nwant %d", row.Text, got, row.IDs)
				}
				if got := tok.Decode(row.IDs); got != row.Decoded {
					t.Errorf("%d\n got %q\nwant %q", row.IDs, got, row.Decoded)
				}
				if !strings.ContainsAny(row.Text, "<") {
					if got := tok.Encode(row.Text); !slices.Equal(got, row.IDs) {
						t.Errorf("without special tokens: %q\n got %d\nwant %d", row.Text, got, row.IDs)
					}
				}
			}
		})
	}
}

// The files that Save writes are those that the rows of saved-* were made with.
func TestSaved(t *testing.T) {
	for name, tok := range map[string]Tokenizer{
		"byte": Byte(EndOfText), "char": Char(opticks(t), EndOfText), "bpe": TrainBPE(opticks(t), 600, EndOfText),
	} {
		golden := "testdata/hf/saved-" + name + ".json"
		if *update {
			if err := Save(tok, golden); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(t.TempDir(), name+".json")
		if err := Save(tok, path); err != nil {
			t.Fatal(err)
		}
		got, err1 := os.ReadFile(path)
		want, err2 := os.ReadFile(golden)
		if err1 != nil || err2 != nil || string(got) != string(want) {
			t.Errorf("%s: Save writes %d bytes (%v), %s has %d (%v)", name, len(got), err1, golden, len(want), err2)
		}
		back, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if back.Digest() != tok.Digest() || back.Name() != name || back.Size() != tok.Size() {
			t.Errorf("saved %v, loaded %v", tok, back)
		}
	}
}

// What Hugging Face made is written as it was read: the parts that decide on tokens are the same, and so are the tokens.
func TestSaveLoaded(t *testing.T) {
	for _, name := range []string{"llama2", "llama3", "metaspace", "digits", "qwen2", "smollm2", "nemo", "gemma", "mistral", "merged"} {
		tok, err := Load("testdata/hf/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name+".json")
		if err := Save(tok, path); err != nil {
			t.Fatal(err)
		}
		var got, want map[string]any
		readJSON(t, path, &got)
		readJSON(t, "testdata/hf/"+name+".json", &want)
		for _, f := range []map[string]any{got, want} {
			m := f["model"].(map[string]any)
			for i, merge := range m["merges"].([]any) {
				if both, ok := merge.([]any); ok {
					m["merges"].([]any)[i] = both[0].(string) + " " + both[1].(string)
				}
			}
		}
		for part := range want {
			a, _ := json.Marshal(got[part])
			b, _ := json.Marshal(want[part])
			if string(a) != string(b) && part != "model" {
				t.Errorf("%s: %s is %s, was %s", name, part, a, b)
			}
		}
		back, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := tok.Encode(opticks(t)), back.Encode(opticks(t)); !slices.Equal(a, b) || back.Digest() != tok.Digest() {
			t.Errorf("%s: %d tokens, after saving and loading %d", name, len(a), len(b))
		}
	}
}

func TestPrefix(t *testing.T) {
	for name, want := range map[string][]int32{"llama2": {1}, "llama3": {602}, "digits": nil} {
		tok, err := Load("testdata/hf/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if got := tok.(*BPE).Prefix(); !slices.Equal(got, want) {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

// What stands around a text differs from file to file.
func TestBeginAndEnd(t *testing.T) {
	for _, row := range []struct {
		name, begin, end string
	}{{"llama2", "<s>", "</s>"}, {"llama3", "<|begin_of_text|>", ""}, {"gemma", "<bos>", "<eos>"}, {"qwen2", EndOfText, EndOfText}, {"digits", "", ""}} {
		tok, err := Load("testdata/hf/" + row.name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		begin, end := tok.Decode(Begin(tok)), ""
		if id, ok := End(tok); ok {
			end = tok.Token(id)
		}
		if begin != row.begin || end != row.end {
			t.Errorf("%s: a text begins with %q and ends with %q, want %q and %q", row.name, begin, end, row.begin, row.end)
		}
	}
}

// The same merges as Hugging Face's trainer finds. It breaks ties by ids, as we do, but gives the bytes GPT-2's ids: so each byte
// is replaced by the one that has its place there before training.
func TestTrainAsHuggingFace(t *testing.T) {
	var place [256]byte
	for i, b := range gpt2Bytes {
		place[b] = byte(i)
	}
	counts := map[string]int{}
	for piece := range scan(scanGPT2)(opticks(t)) {
		word := []byte(piece)
		for i, b := range word {
			word[i] = place[b]
		}
		counts[string(word)]++
	}
	tr := newTrainer(counts)
	tr.learn(1000)
	var got strings.Builder
	name := func(id int32) string {
		token := []byte(tr.tokens[id])
		for i, b := range token {
			token[i] = gpt2Bytes[b]
		}
		return spell(string(token))
	}
	for _, r := range tr.rules {
		got.WriteString(name(r.left) + " " + name(r.right) + "\n")
	}
	want, err := os.ReadFile("testdata/hf/trained.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}
