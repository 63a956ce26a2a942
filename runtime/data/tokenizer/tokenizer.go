package tokenizer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

// EndOfText is the special token that GPT-2 puts between texts, and that [Byte], [Char] and [TrainBPE] add when asked to.
const EndOfText = "<|endoftext|>"

// Tokenizer is a vocabulary and the way text is cut into its tokens.
type Tokenizer interface {
	// Name says what it is, in a word: "byte", "char", "bpe", "gpt2", or the name of the file it came from.
	Name() string
	// Size is the number of ids, and so a model's VocabSize.
	Size() int
	// Encode returns the ids of a text's tokens. Special tokens in it are read as ordinary characters.
	Encode(text string) []int32
	// Decode returns the text of tokens, special ones included. U+FFFD stands for an id that is no token.
	Decode(ids []int32) string
	// Token returns the bytes of one token, which need not be valid UTF-8 by themselves. U+FFFD stands for an id that is no token.
	Token(id int32) string
	// Special returns the id of a special token, by its name.
	Special(name string) (id int32, ok bool)
	// Digest identifies the vocabulary: 64 hexadecimal digits. Two tokenizers with the same digest agree on what each id means, so
	// that a model trained with one can be used with the other.
	Digest() string
}

// Check returns an error if decoding the encoded text does not give the text back, and says where and why. Tokenizers that
// work on bytes pass every text.
func Check(tok Tokenizer, text string) error {
	got := tok.Decode(tok.Encode(text))
	if got == text {
		return nil
	}
	at := 0
	for at < min(len(got), len(text)) && got[at] == text[at] {
		at++
	}
	for at > 0 && at < len(text) && !utf8.RuneStart(text[at]) {
		at--
	}
	if at == len(text) {
		return fmt.Errorf("tokenizer %s: check: %d more bytes come back than were given: %.20q", tok.Name(), len(got)-at, got[at:])
	}
	r, n := utf8.DecodeRuneInString(text[at:])
	return fmt.Errorf("tokenizer %s: check: %q (%U) at byte %d cannot be written with the %d tokens of this vocabulary",
		tok.Name(), text[at:at+n], r, at, tok.Size())
}

// EncodeSpecial is Encode, but names of special tokens in the text become those tokens. For text of your own making, such as the
// frame of a conversation; what others typed goes through Encode.
func EncodeSpecial(tok Tokenizer, text string) []int32 {
	if s, ok := tok.(interface{ encodeSpecial(string) []int32 }); ok {
		return s.encodeSpecial(text)
	}
	return tok.Encode(text)
}

// vocabulary is what all tokenizers of this package have in common.
type vocabulary struct {
	name    string
	tokens  []string // the bytes of each token; empty for an id that is none
	special map[string]int32
}

func (v *vocabulary) Name() string { return v.name }

func (v *vocabulary) Size() int { return len(v.tokens) }

func (v *vocabulary) Token(id int32) string {
	if id < 0 || int(id) >= len(v.tokens) || v.tokens[id] == "" {
		return string(utf8.RuneError)
	}
	return v.tokens[id]
}

func (v *vocabulary) Special(name string) (id int32, ok bool) {
	id, ok = v.special[name]
	return id, ok
}

func (v *vocabulary) Decode(ids []int32) string {
	var b strings.Builder
	b.Grow(4 * len(ids))
	for _, id := range ids {
		b.WriteString(v.Token(id))
	}
	return b.String()
}

// Digest is the SHA-256 of all tokens in the order of their ids: for each one the number of its bytes (a varint), its bytes, and
// a byte that is 1 for special tokens.
func (v *vocabulary) Digest() string {
	h := sha256.New()
	var line []byte
	for id, token := range v.tokens {
		line = binary.AppendUvarint(line[:0], uint64(len(token)))
		line = append(line, token...)
		if special, ok := v.special[token]; ok && int(special) == id {
			line = append(line, 1)
		} else {
			line = append(line, 0)
		}
		h.Write(line)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// String describes the vocabulary in one line.
func (v *vocabulary) String() string {
	s := fmt.Sprintf("%s: %d tokens", v.name, len(v.tokens))
	if n := len(v.special); n > 0 {
		s += fmt.Sprintf(", %d of them special", n)
	}
	return s + ", digest " + v.Digest()[:12]
}

// addSpecial enters special tokens, with ids that no other token has.
func (v *vocabulary) addSpecial(special map[string]int32) {
	v.special = special
	for name, id := range special {
		if more := int(id) + 1 - len(v.tokens); more > 0 {
			v.tokens = append(v.tokens, make([]string, more)...)
		}
		v.tokens[id] = name
	}
}

// numbered gives names ids from first on. One that is empty or comes again is left out: it cannot be found, or is there.
func numbered(first int, names []string) map[string]int32 {
	ids := make(map[string]int32, len(names))
	for _, name := range names {
		if _, again := ids[name]; name != "" && !again {
			ids[name] = int32(first + len(ids))
		}
	}
	return ids
}
