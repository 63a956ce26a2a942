package tokenizer

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// Every string comes back from a tokenizer that works on bytes; and it is cut where package regexp cuts it.
func FuzzRoundTrip(f *testing.F) {
	for _, text := range slices.Concat(texts, broken) {
		f.Add(text)
	}
	toks := []Tokenizer{Byte(), GPT2(), TrainBPE(opticks(f), 400)}
	f.Fuzz(func(t *testing.T, text string) {
		for _, tok := range toks {
			ids := tok.Encode(text)
			if got := tok.Decode(ids); got != text {
				t.Errorf("%s: %q becomes %q", tok.Name(), text, got)
			}
			if i := slices.IndexFunc(ids, func(id int32) bool { return id < 0 || int(id) >= tok.Size() }); i >= 0 {
				t.Errorf("%s: %q has the token %d", tok.Name(), text, ids[i])
			}
		}
		for _, pattern := range []string{gpt2Pattern, llama3Pattern, qwen2Pattern} {
			fast, slow := slices.Collect(scan(scanners[pattern])(text)), slices.Collect(compileSlowly(t, pattern)(text))
			if !slices.Equal(fast, slow) {
				t.Errorf("%q is cut into %q, by the expression %q", text, fast, slow)
			}
		}
	})
}

// No file crashes the reader; what it accepts works.
func FuzzRead(f *testing.F) {
	for _, row := range badFiles {
		f.Add([]byte(row.file))
	}
	for _, tok := range []Tokenizer{TrainBPE("aab aab", 258, EndOfText), Char("abc", "<end>")} {
		data, err := tok.(interface{ MarshalJSON() ([]byte, error) }).MarshalJSON()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		tok, err := Read("fuzz", bytes.NewReader(file))
		if err != nil {
			return
		}
		text := "The Rays, 1704 \n\n日本 \xff <|endoftext|>"
		tok.Decode(append(tok.Encode(text), EncodeSpecial(tok, text)...))
		_ = Show(tok, text).HTML() + tok.Digest()
	})
}

func FuzzReadTiktoken(f *testing.F) {
	f.Add([]byte("IQ== 0\nIg== 1\n"))
	f.Add(rankFile(func(id uint) (string, bool) { return Byte().Token(int32(id)), id < 256 }))
	f.Fuzz(func(t *testing.T, file []byte) {
		tok, err := ReadTiktoken(bytes.NewReader(file), Encoding{Name: "fuzz", Pattern: R50K.Pattern})
		if err != nil {
			return
		}
		if text := "Rays \xff\x00"; tok.Decode(tok.Encode(text)) != text {
			t.Error("not the text that was encoded")
		}
	})
}

var badFiles = []struct{ file, err string }{
	{``, "not a tokenizer.json: unexpected end of JSON input"},
	{`[]`, "not a tokenizer.json: json: cannot unmarshal array"},
	{`{}`, "not a tokenizer.json: it has no model"},
	{`{"model":{"type":"Unigram","vocab":[["a",-1.5]]}}`, "not a tokenizer.json"},
	{`{"model":{"type":"WordPiece","vocab":{"a":0}}}`, `the model "WordPiece" is not supported; BPE is`},
	{`{"model":{"type":"WordLevel","vocab":{"abc":0}}}`, "pre_tokenizer"},
	{`{"model":{"type":"WordLevel","vocab":{"abc":0}},"pre_tokenizer":{"type":"Whitespace"}}`, "a vocabulary of words is not supported"},
	{`{"model":{"type":"WordLevel","vocab":{"abc":0}},"pre_tokenizer":` + string(charPreTokenizer) + `}`, `token 0, "abc", is not one character`},
	{`{"model":{"type":"WordLevel","vocab":{"a":0}},"pre_tokenizer":` + string(charPreTokenizer) + `}`, "the last character must be"},
	{`{"model":{"type":"BPE","vocab":{"a":0,"b":0}}}`, `tokens "a" and "b" have the same id, 0`},
	{`{"model":{"type":"BPE","vocab":{"a":-1}}}`, `token "a" has the id -1`},
	{`{"model":{"type":"BPE","vocab":{"a":2147483647}}}`, `token "a" has the id 2147483647: ids are numbered from 0, without large gaps`},
	{`{"model":{"type":"BPE","vocab":{"a":99999999999}}}`, "not a tokenizer.json"},
	{`{"model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":["a b"]}}`, `merge 0 joins "a" and "b" to "ab", and not all three are in the vocabulary`},
	{`{"model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":["ab"]}}`, "a merge joins two tokens"},
	{`{"model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":[["a","b","c"]]}}`, "a merge joins two tokens"},
	{`{"model":{"type":"BPE","vocab":{"a":0},"dropout":0.1}}`, `the option "dropout" is not supported`},
	{`{"model":{"type":"BPE","vocab":{"a":0},"end_of_word_suffix":"</w>"}}`, `the option "end_of_word_suffix" is not supported`},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"added_tokens":[{"id":1,"content":""}]}`, "added token 1 is empty"},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"added_tokens":[{"id":0,"content":"<s>"}]}`, "have the same id, 0"},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"added_tokens":[{"id":1,"content":"a"}]}`, `added token "a" has the id 1, but 0 in the vocabulary`},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"added_tokens":[{"id":1000000000,"content":"<s>"}]}`, "without large gaps"},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"added_tokens":[{"id":1,"content":"x","single_word":true}]}`, `"single_word" is not supported`},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"normalizer":{"type":"BertNormalizer"}}`, `normalizer: the step "BertNormalizer" is not supported`},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"normalizer":{"type":"Replace","pattern":{"Regex":"a"}}}`, "Replace without a string"},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Whitespace"}]}}`, `pre_tokenizer: the step "Whitespace" is not supported`},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"pre_tokenizer":{"type":"Split","behavior":"Isolated"}}`, "the step Split has no pattern"},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"pre_tokenizer":{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithNext"}}`, `behavior "MergedWithNext" is not supported`},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"a(?=b)"},"behavior":"Isolated"}}`, "invalid or unsupported Perl syntax"},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"a++"},"behavior":"Isolated"}}`, `possessive quantifier "++" is not supported`},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"\\w+"},"behavior":"Isolated"}}`, `\w is not supported here`},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"[\\S]"},"behavior":"Isolated"}}`, `\S is not supported here`},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"^a"},"behavior":"Isolated"}}`, `"^" is not supported`},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"decoder":{"type":"WordPiece"}}`, `decoder: the step "WordPiece" is not supported`},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"decoder":{"type":"ByteLevel"}}`, "ByteLevel without ByteLevel in pre_tokenizer"},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"decoder":7}`, "decoder: json: cannot unmarshal number"},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}}],"special_tokens":{"<s>":{"ids":[1]}}}}`, "post_processor: a text begins with token 1, there are 1"},
	{`{"model":{"type":"BPE","vocab":{"a":0}},"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}}],"special_tokens":{"<s>":{"ids":[-1]}}}}`, "post_processor: a text begins with token -1, there are 1"},
}

func TestBadFiles(t *testing.T) {
	for _, row := range badFiles {
		_, err := Read("f", strings.NewReader(row.file))
		if err == nil || !strings.HasPrefix(err.Error(), "tokenizer: read f: ") || !strings.Contains(err.Error(), row.err) {
			t.Errorf("%s\n got %v\nwant %s", row.file, err, row.err)
		}
	}
}

func TestBadRanks(t *testing.T) {
	bytes256 := string(rankFile(func(id uint) (string, bool) { return Byte().Token(int32(id)), id < 256 }))
	for _, row := range []struct {
		file    string
		special map[string]int32
		err     string
	}{
		{"", nil, "no tokens"},
		{"IQ==", nil, "line 1 is not a token in base64 and its rank"},
		{"\n!!! 0", nil, "line 2 is not a token in base64 and its rank"},
		{"IQ== 0\nIg== 0", nil, "line 2: two tokens have the rank 0"},
		{"IQ== -1", nil, "no token has the rank 0"},
		{"IQ== 0\nIg== 5", nil, "no token has the rank 1"},
		{"IQ== 0\nIQ== 1", nil, `the token "!" has two ranks, 0 and 1`},
		{"IQ== 0\n", nil, "the byte 0x00 is not among the 1 tokens"},
		{bytes256, map[string]int32{"<s>": 3}, `the special token "<s>" has the id 3, behind 256 tokens`},
		{bytes256, map[string]int32{"<s>": 1 << 30}, `the special token "<s>" has the id 1073741824`},
		{bytes256, map[string]int32{"<a>": 256, "<b>": 256}, `the special tokens "<a>" and "<b>" have the same id, 256`},
	} {
		_, err := ReadTiktoken(strings.NewReader(row.file), Encoding{Name: "f", Pattern: R50K.Pattern, Special: row.special})
		if err == nil || !strings.HasPrefix(err.Error(), "tokenizer: read f: ") || !strings.Contains(err.Error(), row.err) {
			t.Errorf("%.40q\n got %v\nwant %s", row.file, err, row.err)
		}
	}
}

func TestBadMerges(t *testing.T) {
	for _, row := range []struct{ vocab, merges, err string }{
		{`{"a":0`, "", "not a vocab.json"},
		{`{"a":0,"b":1,"ab":2}`, "#version: 0.2\na b c", "line 2 of the merges is not two tokens"},
		{`{"a":0,"b":1,"ab":2}`, "#version: 0.2\na", "line 2 of the merges is not two tokens"},
		{`{"a":0,"b":1}`, "a b", `merge 0 joins "a" and "b" to "ab"`},
	} {
		_, err := ReadGPT2("f", strings.NewReader(row.vocab), strings.NewReader(row.merges))
		if err == nil || !strings.HasPrefix(err.Error(), "tokenizer: read f: ") || !strings.Contains(err.Error(), row.err) {
			t.Errorf("%s, %q\n got %v\nwant %s", row.vocab, row.merges, err, row.err)
		}
	}
}
