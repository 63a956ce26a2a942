package tokenizer

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
)

// Encoding is what a .tiktoken file does not say: how text is cut, and the special tokens.
type Encoding struct {
	Name    string
	Pattern string // a regular expression whose matches are the pieces
	Special map[string]int32
}

// OpenAI's encodings. Llama 3's tokenizer.model is read with CL100K's pattern and its own special tokens.
var (
	R50K   = Encoding{"r50k_base", r50kPattern, map[string]int32{EndOfText: 50256}} // GPT-2, GPT-3
	CL100K = Encoding{"cl100k_base", cl100kPattern, map[string]int32{               // GPT-3.5, GPT-4
		EndOfText: 100257, "<|fim_prefix|>": 100258, "<|fim_middle|>": 100259, "<|fim_suffix|>": 100260, "<|endofprompt|>": 100276,
	}}
	O200K = Encoding{"o200k_base", o200kPattern, map[string]int32{EndOfText: 199999, "<|endofprompt|>": 200018}} // GPT-4o
)

// ReadTiktoken reads a file of ranks as OpenAI's tiktoken has them: on each line a token's bytes in base64, a blank, and its rank,
// which is its id and says when it is made: of all neighbours in a piece whose bytes together are a token, those with the lowest rank are
// merged.
func ReadTiktoken(r io.Reader, e Encoding) (*BPE, error) {
	tok, err := readTiktoken(r, e)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: read %s: %w", e.Name, err)
	}
	return tok, nil
}

func readTiktoken(r io.Reader, e Encoding) (*BPE, error) {
	tokens, err := readRanks(r)
	if err != nil {
		return nil, err
	}
	pipe, err := byteLevelPipeline(e.Pattern)
	if err != nil {
		return nil, err
	}
	ids := make(map[string]int32, len(tokens))
	for id, token := range tokens {
		if old, taken := ids[token]; taken {
			return nil, fmt.Errorf("the token %q has two ranks, %d and %d", token, old, id)
		}
		ids[token] = int32(id)
	}
	for c := range 256 {
		if _, ok := ids[string([]byte{byte(c)})]; !ok {
			return nil, fmt.Errorf("the byte %#02x is not among the %d tokens", c, len(tokens))
		}
	}
	if err := e.checkSpecial(len(tokens)); err != nil {
		return nil, err
	}
	v := vocabulary{name: e.Name, tokens: tokens}
	return newByteLevel(v, pipe, splitRules(tokens, ids), maps.Clone(e.Special), modelOptions{IgnoreMerges: true}), nil
}

// checkSpecial wants the special tokens behind the others, each with an id of its own.
func (e Encoding) checkSpecial(tokens int) error {
	names := make(map[int32]string, len(e.Special))
	for name, id := range e.Special {
		if old, taken := names[id]; taken {
			return fmt.Errorf("the special tokens %q and %q have the same id, %d", min(old, name), max(old, name), id)
		}
		if name == "" || int(id) < tokens || int(id) > 2*tokens {
			return fmt.Errorf("the special token %q has the id %d, behind %d tokens", name, id, tokens)
		}
		names[id] = name
	}
	return nil
}

// readRanks reads the tokens in the order of their ranks, which leave none out.
func readRanks(r io.Reader) ([]string, error) {
	tokens := map[int]string{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		code, rank, ok := bytes.Cut(bytes.TrimSpace(lines.Bytes()), []byte(" "))
		if !ok && len(code) == 0 {
			continue
		}
		token, err1 := base64.StdEncoding.DecodeString(string(code))
		id, err2 := strconv.Atoi(string(rank))
		switch _, taken := tokens[id]; {
		case err1 != nil || err2 != nil || len(token) == 0:
			return nil, fmt.Errorf("line %d is not a token in base64 and its rank: %.60q", n, lines.Bytes())
		case taken:
			return nil, fmt.Errorf("line %d: two tokens have the rank %d", n, id)
		}
		tokens[id] = string(token)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	list := make([]string, len(tokens))
	for id := range list {
		if list[id] = tokens[id]; list[id] == "" {
			return nil, fmt.Errorf("no token has the rank %d, but there are %d", id, len(list))
		}
	}
	if len(list) == 0 {
		return nil, errors.New("no tokens")
	}
	return list, nil
}

// splitRules are all ways to make a token of two others, in the order of the tokens' ranks.
func splitRules(tokens []string, ids map[string]int32) []rule {
	var rules []rule
	for id, token := range tokens {
		for i := 1; i < len(token); i++ {
			left, ok1 := ids[token[:i]]
			right, ok2 := ids[token[i:]]
			if ok1 && ok2 {
				rules = append(rules, rule{pair{left, right}, int32(id)})
			}
		}
	}
	return rules
}
