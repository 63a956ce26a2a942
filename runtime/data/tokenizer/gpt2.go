package tokenizer

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

// gpt2Merges is OpenAI's file vocab.bpe, which Hugging Face calls merges.txt: 50,000 merges, one a line. All else follows from them.
// GPT2-LICENSE has its licence.
//
//go:embed gpt2.bpe.gz
var gpt2Merges []byte

// GPT2 is the vocabulary of GPT-2 and GPT-3: 256 bytes, 50,000 merges and <|endoftext|>, 50,257 tokens. (Radford and others 2019, "Language
// Models are Unsupervised Multitask Learners", section 2.2; OpenAI later called it r50k_base.) It is in this package: no files, no network.
func GPT2() *BPE { return gpt2() }

var gpt2 = sync.OnceValue(func() *BPE {
	merges, err := gunzip(gpt2Merges)
	if err == nil {
		var tok *BPE
		if tok, err = fromMerges("gpt2", merges); err == nil {
			return tok
		}
	}
	panic(fmt.Errorf("tokenizer: the embedded vocabulary of GPT-2: %w", err)) // it is part of the program
})

func gunzip(data []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// fromMerges makes the vocabulary that merges imply: the bytes in the order of their characters, then each merge's result.
func fromMerges(name string, merges []byte) (*BPE, error) {
	pairs, err := readMerges(merges)
	if err != nil {
		return nil, err
	}
	tokens := make([]string, 0, 256+len(pairs)+1)
	ids := make(map[string]int32, cap(tokens))
	for _, b := range gpt2Bytes {
		ids[spell(string([]byte{b}))] = int32(len(tokens))
		tokens = append(tokens, string([]byte{b}))
	}
	rules := make([]rule, len(pairs))
	for i, m := range pairs {
		left, ok1 := ids[m.left]
		right, ok2 := ids[m.right]
		if !ok1 || !ok2 {
			return nil, fmt.Errorf("merge %d joins %q and %q, and not both are there by then", i, m.left, m.right)
		}
		id := int32(len(tokens))
		ids[m.left+m.right] = id
		tokens = append(tokens, tokens[left]+tokens[right])
		rules[i] = rule{pair{left, right}, id}
	}
	special := map[string]int32{EndOfText: int32(len(tokens))}
	return newByteLevel(vocabulary{name: name, tokens: tokens}, ourPipeline(gpt2Pattern), rules, special, modelOptions{}), nil
}

// readMerges reads a merges.txt: a line with the version, then two tokens a line.
func readMerges(text []byte) ([]hfMerge, error) {
	var merges []hfMerge
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || n == 1 && strings.HasPrefix(line, "#version") {
			continue
		}
		left, right, ok := strings.Cut(line, " ")
		if !ok || left == "" || right == "" || strings.Contains(right, " ") {
			return nil, fmt.Errorf("line %d of the merges is not two tokens with a blank between: %.60q", n, line)
		}
		merges = append(merges, hfMerge{left, right})
	}
	return merges, nil
}

// ReadGPT2 reads a vocabulary in GPT-2's two files, vocab.json (or encoder.json) and merges.txt (or vocab.bpe). <|endoftext|> is a
// special token if it is there.
func ReadGPT2(name string, vocab, merges io.Reader) (*BPE, error) {
	v, err1 := io.ReadAll(vocab)
	m, err2 := io.ReadAll(merges)
	err := errors.Join(err1, err2)
	if err == nil {
		var tok *BPE
		if tok, err = readGPT2(name, v, m); err == nil {
			return tok, nil
		}
	}
	return nil, fmt.Errorf("tokenizer: read %s: %w", name, err)
}

func readGPT2(name string, vocab, merges []byte) (*BPE, error) {
	level := ourPipeline(gpt2Pattern)
	f := hfFile{PreTokenizer: level.preTokenizer, Decoder: level.decoder}
	if err := json.Unmarshal(vocab, &f.Model.Vocab); err != nil {
		return nil, fmt.Errorf("not a vocab.json: %w", err)
	}
	var err error
	if f.Model.Merges, err = readMerges(merges); err != nil {
		return nil, err
	}
	for id, key := range f.Model.Vocab {
		if key == EndOfText {
			f.AddedTokens = []addedToken{{ID: int32(id), Content: key, Special: true}}
		}
	}
	return newBPE(name, &f)
}
