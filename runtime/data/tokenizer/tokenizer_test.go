package tokenizer

import (
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestByte(t *testing.T) {
	tok := Byte(EndOfText)
	if got := tok.Encode("Aé\x00\xff"); !slices.Equal(got, []int32{65, 0xc3, 0xa9, 0, 255}) {
		t.Errorf("the ids are not the bytes: %d", got)
	}
	if got := tok.Encode(EndOfText); len(got) != len(EndOfText) {
		t.Errorf("Encode finds special tokens: %d", got)
	}
	if got := EncodeSpecial(tok, "a"+EndOfText+"b"); !slices.Equal(got, []int32{97, 256, 98}) {
		t.Errorf("EncodeSpecial: %d", got)
	}
}

func TestChar(t *testing.T) {
	tok := Char("hello wörld\n🙂", "<end>")
	if got, want := strings.Join(tok.tokens, "|"), "\n| |d|e|h|l|o|r|w|ö|🙂|�|<end>"; got != want {
		t.Errorf("the tokens are %q, want %q", got, want)
	}
	for _, row := range []struct{ text, back, err string }{
		{"hello wörld", "hello wörld", ""},
		{"", "", ""},
		{"help!", "hel��", `tokenizer char: check: "p" (U+0070) at byte 3 cannot be written with the 13 tokens of this vocabulary`},
		{"löß", "lö�", `tokenizer char: check: "ß" (U+00DF) at byte 3 cannot be written with the 13 tokens of this vocabulary`},
		{"d\xff", "d�", `tokenizer char: check: "\xff" (U+FFFD) at byte 1 cannot be written with the 13 tokens of this vocabulary`},
		{"<end>", "�e�d�", `tokenizer char: check: "<" (U+003C) at byte 0 cannot be written with the 13 tokens of this vocabulary`},
	} {
		if got := tok.Decode(tok.Encode(row.text)); got != row.back {
			t.Errorf("%q becomes %q, want %q", row.text, got, row.back)
		}
		if err := Check(tok, row.text); (err == nil) != (row.err == "") || err != nil && err.Error() != row.err {
			t.Errorf("Check(%q): %v, want %s", row.text, err, row.err)
		}
	}
	if got := EncodeSpecial(tok, "he<end>"); !slices.Equal(got, []int32{4, 3, 12}) {
		t.Errorf("EncodeSpecial: %d", got)
	}
}

// What is no token is shown, never an error: models are often made a little larger than their vocabulary.
func TestNoToken(t *testing.T) {
	for _, tok := range []Tokenizer{Byte(), Char("abc"), GPT2()} {
		for _, id := range []int32{-1, int32(tok.Size()), 1 << 30} {
			if got := tok.Token(id); got != "�" {
				t.Errorf("%s: token %d is %q", tok.Name(), id, got)
			}
			if got := tok.Decode([]int32{id}); got != "�" {
				t.Errorf("%s: token %d is decoded to %q", tok.Name(), id, got)
			}
		}
	}
}

func TestDigest(t *testing.T) {
	seen := map[string]string{}
	for name, tok := range map[string]Tokenizer{
		"byte": Byte(), "byte and end": Byte(EndOfText), "char": Char("abc"), "char in another order": Char("cba"), "chars": Char("abcd"),
		"gpt2": GPT2(), "bpe": TrainBPE("low lower lowest slow", 260), "256 characters": Char(strings.Join(byteTokens(), "")),
	} {
		if other, ok := seen[tok.Digest()]; ok != (name == "char" && other == "char in another order" || other == "char" && name == "char in another order") {
			t.Errorf("%s and %s have the same digest, or should", name, other)
		}
		seen[tok.Digest()] = name
	}
	if len(seen) != 7 {
		t.Errorf("%d digests, want 7", len(seen))
	}
	// sha256(b"".join(bytes([1, b, 0]) for b in range(256)))
	if got, want := Byte().Digest(), "69bbb108de12fe3a9590169d23c555c6"; !strings.HasPrefix(got, want) {
		t.Errorf("the digest of the bytes is %s, want %s…: models that know it do not fit any more", got, want)
	}
}

// One tokenizer serves many goroutines (run with -race).
func TestConcurrent(t *testing.T) {
	text := opticks(t)[:5000]
	tok := GPT2()
	want := tok.Encode(text)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got := tok.Encode(text); !slices.Equal(got, want) || tok.Decode(got) != text {
				t.Error("other tokens than alone")
			}
		})
	}
	group.Wait()
}

func TestDecoder(t *testing.T) {
	llama, err := Load("testdata/hf/llama2.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, tok := range []Tokenizer{Byte(), GPT2(), Char(strings.Join(texts, "")), TrainBPE(opticks(t), 300), llama} {
		for _, text := range slices.Concat(texts, broken) {
			ids := tok.Encode(text)
			d := NewDecoder(tok)
			var pushed strings.Builder
			for _, id := range ids {
				s := d.Push(id)
				if strings.ToValidUTF8(text, "") == text && strings.ToValidUTF8(s, "") != s {
					t.Errorf("%s: %q: Push returns half a character, %q", tok.Name(), text, s)
				}
				pushed.WriteString(s)
			}
			pushed.WriteString(d.Flush())
			if got, want := pushed.String(), tok.Decode(ids); got != want {
				t.Errorf("%s: token by token %q, together %q", tok.Name(), got, want)
			}
		}
	}
}

func TestDecoderContinues(t *testing.T) {
	llama, err := Load("testdata/hf/llama2.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		tok            Tokenizer
		prompt, follow []int32
		want           string
	}{
		{llama, llama.Encode("Light"), llama.Encode("is"), " is"},
		{llama, nil, llama.Encode("is"), "is"},
		{Byte(), []int32{'a', 0xc3}, []int32{0xa9, 'b'}, "éb"},
		{Byte(), nil, []int32{0xf0, 0x9f, 0x99}, "\xf0\x9f\x99"},
	} {
		d := NewDecoder(row.tok, row.prompt...)
		got := ""
		for _, id := range row.follow {
			got += d.Push(id)
		}
		if got += d.Flush(); got != row.want {
			t.Errorf("%s: after %d, %d is %q, want %q", row.tok.Name(), row.prompt, row.follow, got, row.want)
		}
	}
}

func TestShow(t *testing.T) {
	v := Show(GPT2(), "Light <b> 日\n\x00")
	if got, want := v.String(), "gpt2: 9 tokens, 15 bytes, 1.67 bytes a token\nLight│ <│b│>│ <e6>│<97>│<a5>│⏎│<00>"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	page := v.HTML()
	for _, part := range []string{`title="15047: &#34;Light&#34;">Light</span>`, `> &lt;</span>`, "⏎\n</span>", "&lt;e6&gt;"} {
		if !strings.Contains(page, part) {
			t.Errorf("%s is not in %s", part, page)
		}
	}
	if strings.Contains(page, "<b>") {
		t.Errorf("the text is not quoted: %s", page)
	}
	long := Show(Byte(), strings.Repeat("x", mostShown+5))
	if s := long.String(); !strings.HasSuffix(s, "x … and 5 more") {
		t.Errorf("a long text ends in %q", s[len(s)-30:])
	}
}
