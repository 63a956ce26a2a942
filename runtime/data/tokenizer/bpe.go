package tokenizer

import (
	"iter"
	"strings"
)

// BPE is a byte-pair encoding: text is cut into pieces, a piece into its smallest symbols, and neighbouring symbols are merged as
// long as the vocabulary has them as one token.
type BPE struct {
	vocabulary
	pipe     pipeline
	symbols  symboliser
	rules    []rule // in the order in which they apply
	pairs    pairTable
	whole    map[string]int32 // pieces that are one token, to be found without merging
	all      addedTokens      // what EncodeSpecial finds in a text before it is cut
	ordinary addedTokens      // what Encode finds: added tokens that are not special
	keys     []string         // how a file writes the tokens, where that does not follow from their bytes
	options  modelOptions
}

// rule says that two neighbours become one token.
type rule struct {
	pair
	id int32
}

// Byte is the tokenizer whose tokens are the 256 bytes: the id is the byte. Special tokens follow, if any are named.
func Byte(special ...string) *BPE {
	v := vocabulary{name: "byte", tokens: byteTokens()}
	return newByteLevel(v, ourPipeline(""), nil, numbered(256, special), modelOptions{})
}

// byteTokens are the 256 bytes as tokens.
func byteTokens() []string {
	tokens := make([]string, 256)
	for b := range tokens {
		tokens[b] = string([]byte{byte(b)})
	}
	return tokens
}

// newByteLevel makes a vocabulary that works on bytes, of which there are 256 among the tokens.
func newByteLevel(v vocabulary, p pipeline, rules []rule, special map[string]int32, o modelOptions) *BPE {
	b := &BPE{vocabulary: v, pipe: p, options: o}
	ids := make(map[string]int32, len(v.tokens))
	for id, token := range v.tokens {
		ids[token] = int32(id)
	}
	b.addSpecial(special)
	for name, id := range special {
		b.all.add(addedToken{ID: id, Content: name, Special: true})
	}
	b.symbols = newByteSymbols(ids)
	b.finish(ids, rules)
	return b
}

// finish makes the tables. ids are the tokens that a piece may become, as pieces are written when they are merged.
func (b *BPE) finish(ids map[string]int32, rules []rule) {
	b.rules = rules
	b.pairs = newPairTable(len(rules))
	rank := int32(0)
	for i, r := range rules {
		if i > 0 && r.id != rules[i-1].id {
			rank++ // one token's pairs rank the same: which of them is merged is for their place in the text to say
		}
		b.pairs.add(r.pair, merge{rank, r.id})
	}
	if b.pipe.split != nil {
		b.whole = b.findWhole(ids)
	}
}

// findWhole keeps the tokens that encode to themselves. Nearly all do; for the others merging decides, unless the file says
// that it does not.
func (b *BPE) findWhole(ids map[string]int32) map[string]int32 {
	if b.options.IgnoreMerges {
		return ids
	}
	var buf []int32
	for piece, id := range ids {
		buf = b.pairs.apply(b.symbols.appendSymbols(buf[:0], piece), 0)
		if len(buf) != 1 || buf[0] != id {
			delete(ids, piece)
		}
	}
	return ids
}

func (b *BPE) Encode(text string) []int32 { return b.encode(text, &b.ordinary) }

func (b *BPE) encodeSpecial(text string) []int32 { return b.encode(text, &b.all) }

func (b *BPE) encode(text string, added *addedTokens) []int32 {
	ids := make([]int32, 0, len(text)/b.bytesPerToken()+8)
	for at := 0; at < len(text); {
		begin, end, id := added.next(text, at)
		if begin > at {
			ids = b.appendText(ids, text[at:begin], at == 0)
		}
		if end > begin {
			ids = append(ids, id)
		}
		at = end
	}
	return ids
}

// bytesPerToken is a low guess, for the room that ids need.
func (b *BPE) bytesPerToken() int {
	if len(b.rules) == 0 {
		return 1
	}
	return 3
}

// appendText appends the ids of a text without added tokens. first tells whether it is the beginning of the whole text.
func (b *BPE) appendText(ids []int32, text string, first bool) []int32 {
	for _, change := range b.pipe.normal {
		text = change(text, first)
	}
	if b.pipe.split == nil {
		return b.appendPiece(ids, text)
	}
	for piece := range b.pipe.split(text) {
		ids = b.appendPiece(ids, piece)
	}
	return ids
}

func (b *BPE) appendPiece(ids []int32, piece string) []int32 {
	if id, ok := b.whole[piece]; ok {
		return append(ids, id)
	}
	start := len(ids)
	ids = b.symbols.appendSymbols(ids, piece)
	if len(b.rules) == 0 {
		return ids
	}
	return b.pairs.apply(ids, start)
}

// Decode returns the text of tokens. Vocabularies that write a word with the blank before it put one before the first word, too:
// it is taken away again.
func (b *BPE) Decode(ids []int32) string {
	text := b.vocabulary.Decode(ids)
	if b.pipe.stripsSpace {
		text = strings.TrimPrefix(text, " ")
	}
	return text
}

// Prefix returns the tokens that the vocabulary's file wants before every text, such as Llama's token for its beginning.
// Encode does not add them.
func (b *BPE) Prefix() []int32 { return append([]int32(nil), b.pipe.prefix...) }

// Merges lists the pairs of tokens that become one, in the order in which they were learned and apply.
func (b *BPE) Merges() iter.Seq2[string, string] {
	return func(yield func(left, right string) bool) {
		for _, r := range b.rules {
			if !yield(b.Token(r.left), b.Token(r.right)) {
				return
			}
		}
	}
}
