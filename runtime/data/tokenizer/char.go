package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// Chars is a vocabulary of characters.
type Chars struct {
	vocabulary
	ascii   [utf8.RuneSelf]int32
	others  map[rune]int32
	unknown int32
}

// Char is the tokenizer whose tokens are the characters (Unicode code points) of a text, in ascending order, and behind them U+FFFD,
// "�", which stands for every character that is not among them, and for bytes that are not UTF-8. So a text that holds
// something unknown can be encoded, and shows when it is decoded what is missing; [Check] reports it as an error. Special tokens
// follow, if any are named.
func Char(text string, special ...string) *Chars {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	delete(seen, utf8.RuneError)
	return newChars("char", append(slices.Sorted(maps.Keys(seen)), utf8.RuneError), special)
}

// newChars takes the characters, the last of which stands for what is unknown.
func newChars(name string, chars []rune, special []string) *Chars {
	c := &Chars{vocabulary: vocabulary{name: name}, others: map[rune]int32{}, unknown: int32(len(chars) - 1)}
	for i := range c.ascii {
		c.ascii[i] = c.unknown
	}
	for id, r := range chars {
		c.tokens = append(c.tokens, string(r))
		if r < utf8.RuneSelf {
			c.ascii[r] = int32(id)
		} else {
			c.others[r] = int32(id)
		}
	}
	c.addSpecial(numbered(len(chars), special))
	return c
}

func (c *Chars) Encode(text string) []int32 {
	ids := make([]int32, 0, len(text))
	for _, r := range text {
		ids = append(ids, c.id(r))
	}
	return ids
}

func (c *Chars) id(r rune) int32 {
	if r < utf8.RuneSelf {
		return c.ascii[r]
	}
	if id, ok := c.others[r]; ok {
		return id
	}
	return c.unknown
}

func (c *Chars) encodeSpecial(text string) []int32 {
	var added addedTokens
	for name, id := range c.special {
		added.add(addedToken{ID: id, Content: name})
	}
	var ids []int32
	for at := 0; at < len(text); {
		begin, end, id := added.next(text, at)
		ids = append(ids, c.Encode(text[at:begin])...)
		if end > begin {
			ids = append(ids, id)
		}
		at = end
	}
	return ids
}

// In a tokenizer.json characters are a model of words, and the text is cut into words of one character.
var (
	charPreTokenizer = json.RawMessage(`{"type":"Split","pattern":{"Regex":"[\\s\\S]"},"behavior":"Isolated","invert":false}`)
	charDecoder      = json.RawMessage(`{"type":"Fuse"}`)
)

// MarshalJSON writes a tokenizer.json.
func (c *Chars) MarshalJSON() ([]byte, error) {
	f := hfFile{Version: "1.0", PreTokenizer: charPreTokenizer, Decoder: charDecoder}
	f.Model.Type, f.Model.Vocab = "WordLevel", c.tokens
	unknown := c.tokens[c.unknown]
	f.Model.UnkToken = &unknown
	f.AddedTokens = []addedToken{}
	for _, id := range slices.Sorted(maps.Values(c.special)) {
		f.AddedTokens = append(f.AddedTokens, addedToken{ID: id, Content: c.tokens[id], Special: true})
	}
	return f.marshal()
}

// readChars reads what MarshalJSON wrote.
func readChars(name string, f *hfFile) (*Chars, error) {
	var pre step
	if err := json.Unmarshal(f.PreTokenizer, &pre); err != nil {
		return nil, fmt.Errorf("pre_tokenizer: %w", err)
	}
	if pre.Type != "Split" || pre.Behavior != "Isolated" || pre.Pattern.Regex == nil || *pre.Pattern.Regex != `[\s\S]` {
		return nil, errors.New("a vocabulary of words is not supported, only one of single characters")
	}
	var chars []rune
	n := len(f.Model.Vocab) - len(f.AddedTokens)
	for id, key := range f.Model.Vocab[:max(n, 0)] {
		r, size := utf8.DecodeRuneInString(key)
		if size == 0 || size != len(key) {
			return nil, fmt.Errorf("token %d, %q, is not one character", id, key)
		}
		chars = append(chars, r)
	}
	if len(chars) == 0 || chars[len(chars)-1] != utf8.RuneError {
		return nil, errors.New(`the last character must be "�", which stands for what is unknown`)
	}
	var special []string
	for i, t := range f.AddedTokens {
		if int(t.ID) != n+i || t.Content != f.Model.Vocab[t.ID] {
			return nil, fmt.Errorf("added token %q: id %d, expected %d", t.Content, t.ID, n+i)
		}
		special = append(special, t.Content)
	}
	return newChars(name, chars, special), nil
}
