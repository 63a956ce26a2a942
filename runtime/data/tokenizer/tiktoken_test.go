package tokenizer

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dlclark/regexp2/v2"
	"github.com/tiktoken-go/tokenizer/codec"
)

// texts are what the oracles are asked about. U+007F is not among them: regexp2 v2.5.1, which tiktoken-go cuts text with, does not
// find it in [^\s], so that it gets lost. The rows of Hugging Face's tokenizers have it.
var texts = []string{
	"", " ", "\n", "a", "'", "' ", "'s", " 's", "''s", "'S 'T 'Re 'vE 'LL 'd 'x", "'ſ 'ſt", "it's we're I'll they'd've", "don’t",
	"Hello, world!", "  two", "   three ", "tab\tand \t both", "end \n", "\n\n\n", "\r\n\r\nx", " \r\n x", "a\rb", "x \n\n  y",
	"1", "12", "123", "1234567", "a1b22c333", "½ ² Ⅷ ٣٤٥", "3.14e-10", "x=y+z;", "!!!...???", "(([{<>}]))", "/* // */\n/path/to\n\n",
	"日本語", "中文 和 English混合", "Привет, как дела?", "עברית", "हिन्दी", "ไทย", "e\u0301", "ĄĘ ąę", "Straße ǅ ʰ",
	"🙂", "👩‍👩‍👧‍👦 🏳️‍🌈!", "a🙂b", " 🙂 🙂", "\u00a0nbsp\u00a0", "\u2003\u2003em", "\u3000ideographic", "\u200bzero", "\u2028line\u2029",
	"\u0085next", "\ufeffbom", "\x00\x01\x1f", "<|endoftext|>", "camelCaseAndPascalCase", "SCREAMING_SNAKE", "McDonald's O'Neill'S",
	"ok\u0000ok", strings.Repeat("a", 300), strings.Repeat("ab", 150), strings.Repeat(" ", 200) + "x", strings.Repeat("=", 90) + "\n",
	strings.Repeat("🙂", 40), strings.Repeat("1", 100), strings.Repeat("\n", 100), "Ünïcödé àccénts", "\U000e0041tag", "ﬁ ligature",
}

var broken = []string{"\xff", "a\xc3", "\xe6\x97", "\xf0\x9f\x99 x", "\xed\xa0\x80", "ok \x80\x81 ok", "\xc0\x80", " \xff's"}

// oracles are the same vocabularies as tiktoken-go has them.
var oracles = map[string]func() *codec.Codec{
	"r50k_base":   sync.OnceValue(codec.NewR50kBase),
	"cl100k_base": sync.OnceValue(codec.NewCl100kBase),
	"o200k_base":  sync.OnceValue(codec.NewO200kBase),
}

func ask(t *testing.T, c *codec.Codec, text string) []int32 {
	t.Helper()
	got, _, err := c.Encode(text)
	if err != nil {
		t.Fatalf("oracle, %q: %v", text, err)
	}
	ids := make([]int32, len(got))
	for i, id := range got {
		ids[i] = int32(id)
	}
	return ids
}

func compare(t *testing.T, tok Tokenizer, c *codec.Codec) {
	t.Helper()
	for _, text := range slices.Concat(texts, []string{opticks(t)}) {
		got, want := tok.Encode(text), ask(t, c, text)
		if !slices.Equal(got, want) {
			t.Errorf("%.80q\n got %.40d\nwant %.40d", text, got, want)
		}
		if back := tok.Decode(got); back != text {
			t.Errorf("%.80q becomes %.80q", text, back)
		}
	}
}

func TestGPT2(t *testing.T) { compare(t, GPT2(), oracles["r50k_base"]()) }

// rankFile writes the file that OpenAI offers, from tokens that id gives until it fails.
func rankFile(id func(uint) (string, bool)) []byte {
	var b bytes.Buffer
	for n := uint(0); ; n++ {
		token, ok := id(n)
		if !ok {
			return b.Bytes()
		}
		fmt.Fprintf(&b, "%s %d\n", base64.StdEncoding.EncodeToString([]byte(token)), n)
	}
}

// The digests are those that OpenAI's tiktoken expects of the files it downloads: our rank files are OpenAI's, byte for byte.
func TestReadTiktoken(t *testing.T) {
	for _, row := range []struct {
		encoding Encoding
		size     int
		sha256   string
	}{
		{R50K, 50257, "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930"},
		{CL100K, 100277, "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"},
		{O200K, 200019, "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"},
	} {
		t.Run(row.encoding.Name, func(t *testing.T) {
			c := oracles[row.encoding.Name]()
			data := rankFile(func(id uint) (string, bool) {
				token, err := c.Decode([]uint{id})
				return token, err == nil
			})
			if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != row.sha256 {
				t.Fatalf("the file is not OpenAI's: %x", sum)
			}
			tok, err := ReadTiktoken(bytes.NewReader(data), row.encoding)
			if err != nil {
				t.Fatal(err)
			}
			if tok.Size() != row.size {
				t.Errorf("%d tokens, want %d", tok.Size(), row.size)
			}
			compare(t, tok, c)
		})
	}
}

// GPT-2's vocabulary is the same whichever file it comes from, and the one in this package is OpenAI's.
func TestGPT2Files(t *testing.T) {
	merges, err := gunzip(gpt2Merges)
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(merges); hex.EncodeToString(sum[:]) != "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5" {
		t.Errorf("gpt2.bpe.gz is not OpenAI's vocab.bpe: %x", sum)
	}
	g := GPT2()
	ranks := rankFile(func(id uint) (string, bool) { return g.Token(int32(id)), id < 50256 })
	fromRanks, err := ReadTiktoken(bytes.NewReader(ranks), R50K)
	if err != nil {
		t.Fatal(err)
	}
	vocab, err := g.fileKeys().MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	fromTwo, err := ReadGPT2("gpt2", bytes.NewReader(vocab), bytes.NewReader(merges))
	if err != nil {
		t.Fatal(err)
	}
	data, err := g.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	fromOne, err := Read("gpt2", bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for name, tok := range map[string]Tokenizer{"ranks": fromRanks, "vocab.json, merges.txt": fromTwo, "tokenizer.json": fromOne} {
		if tok.Digest() != g.Digest() {
			t.Errorf("%s: %v, want %v", name, tok, g)
		}
		if id, ok := tok.Special(EndOfText); id != 50256 || !ok {
			t.Errorf("%s: <|endoftext|> is %d, %t", name, id, ok)
		}
		for _, text := range slices.Concat(texts, broken) {
			if got, want := tok.Encode(text), g.Encode(text); !slices.Equal(got, want) {
				t.Errorf("%s: %q: %d, want %d", name, text, got, want)
			}
		}
	}
}

// The scanners, and Go's expressions, cut where the expression itself does, as an engine with look-ahead reads it.
func TestPatterns(t *testing.T) {
	for _, pattern := range []string{
		gpt2Pattern, r50kPattern, llama3Pattern, cl100kPattern, qwen2Pattern, o200kPattern, `\s?\p{L}+|\d|\S|\s+(?!\S)|\s`, `[^\s\d]+|[\s]`,
	} {
		oracle := regexp2.MustCompile(atomic.Replace(pattern), regexp2.None)
		split, err := compilePattern(pattern, dropped)
		if err != nil {
			t.Fatal(err)
		}
		slow := compileSlowly(t, pattern)
		for _, text := range slices.Concat(texts, []string{opticks(t)[:20_000]}) {
			want := allMatches(t, oracle, text)
			if got := slices.Collect(split(text)); !slices.Equal(got, want) {
				t.Errorf("%.20s…: %.60q\n got %.60q\nwant %.60q", pattern, text, got, want)
			}
			if len(text) > 1000 {
				continue
			}
			if got := slices.Collect(slow(text)); !slices.Equal(got, want) {
				t.Errorf("%.20s…, by package regexp: %.60q\n got %.60q\nwant %.60q", pattern, text, got, want)
			}
		}
	}
}

// atomic writes the possessive quantifiers of OpenAI's expressions as atomic groups, which regexp2 has.
var atomic = strings.NewReplacer(`\p{L}++`, `(?>\p{L}+)`, `\p{N}++`, `(?>\p{N}+)`, `[^\s\p{L}\p{N}]++`, `(?>[^\s\p{L}\p{N}]+)`, `\s++`, `(?>\s+)`,
	`[^\r\n\p{L}\p{N}]?+`, `(?>[^\r\n\p{L}\p{N}]?)`, `\p{N}{1,3}+`, `(?>\p{N}{1,3})`, `[\r\n]*+`, `(?>[\r\n]*)`)

// compileSlowly is compilePattern without our scanners.
func compileSlowly(t testing.TB, pattern string) splitter {
	t.Helper()
	if plain, ok := plainPattern[pattern]; ok {
		pattern = plain
	}
	split, err := compileRegexp(pattern, dropped)
	if err != nil {
		t.Fatal(err)
	}
	return split
}

func allMatches(t *testing.T, re *regexp2.Regexp, text string) []string {
	t.Helper()
	var pieces []string
	m, err := re.FindStringMatch(text)
	for ; m != nil; m, err = re.FindNextMatch(m) {
		pieces = append(pieces, m.String())
	}
	if err != nil {
		t.Fatal(err)
	}
	return pieces
}
