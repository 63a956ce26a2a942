package tokenizer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// newBPE makes a tokenizer of what a tokenizer.json says.
func newBPE(name string, f *hfFile) (*BPE, error) {
	if err := f.Model.check(); err != nil {
		return nil, err
	}
	p := pipeline{normalizer: f.Normalizer, preTokenizer: f.PreTokenizer, postProcessor: f.PostProcessor, decoder: f.Decoder}
	if err := p.parse(); err != nil {
		return nil, err
	}
	b := &BPE{vocabulary: vocabulary{name: name}, pipe: p, options: f.Model.modelOptions, keys: f.Model.Vocab}
	keyIDs := make(map[string]int32, len(b.keys))
	for id, key := range b.keys {
		if key != "" {
			keyIDs[key] = int32(id)
		}
	}
	rules, err := readRules(f.Model.Merges, keyIDs)
	if err != nil {
		return nil, err
	}
	if err := b.readAdded(f.AddedTokens, keyIDs); err != nil {
		return nil, err
	}
	pieces := b.readTokens()
	if p.byteLevel {
		b.symbols = newByteSymbols(pieces)
	} else {
		b.symbols = newCharSymbols(keyIDs, b.options)
	}
	b.finish(pieces, rules)
	for _, id := range p.prefix {
		if id < 0 || int(id) >= len(b.tokens) {
			return nil, fmt.Errorf("post_processor: a text begins with token %d, there are %d", id, len(b.tokens))
		}
	}
	return b, nil
}

func readRules(merges []hfMerge, ids map[string]int32) ([]rule, error) {
	rules := make([]rule, len(merges))
	for i, m := range merges {
		left, ok1 := ids[m.left]
		right, ok2 := ids[m.right]
		both, ok3 := ids[m.left+m.right]
		if !ok1 || !ok2 || !ok3 {
			return nil, fmt.Errorf("merge %d joins %q and %q to %q, and not all three are in the vocabulary", i, m.left, m.right, m.left+m.right)
		}
		rules[i] = rule{pair{left, right}, both}
	}
	return rules, nil
}

// readAdded enters the tokens that a text is searched for. They may be in the model's vocabulary as well, with the same id.
func (b *BPE) readAdded(added []addedToken, ids map[string]int32) error {
	limit := 2*(len(b.keys)+len(added)) + 1024
	for _, t := range added {
		switch id, known := ids[t.Content]; {
		case t.Content == "":
			return fmt.Errorf("added token %d is empty", t.ID)
		case t.SingleWord:
			return fmt.Errorf("added token %q: the option \"single_word\" is not supported", t.Content)
		case known && id != t.ID:
			return fmt.Errorf("added token %q has the id %d, but %d in the vocabulary", t.Content, t.ID, id)
		}
		if err := (*hfVocab)(&b.keys).set(t.ID, t.Content, limit); err != nil {
			return err
		}
		ids[t.Content] = t.ID
		b.all.add(t)
		if !t.Special {
			b.ordinary.add(t)
			continue
		}
		if b.special == nil {
			b.special = map[string]int32{}
		}
		b.special[t.Content] = t.ID
	}
	return nil
}

// readTokens finds the bytes of each token, and returns the ids that pieces can become.
func (b *BPE) readTokens() map[string]int32 {
	b.tokens = make([]string, len(b.keys))
	ids := make(map[string]int32, len(b.keys))
	for id, key := range b.keys {
		b.tokens[id] = key
		if key != "" && b.isAdded(key) && !b.pipe.byteLevel {
			b.tokens[id] = b.bytesOf(key) // Gemma's runs of blanks
		}
		if key == "" || b.isAdded(key) {
			continue
		}
		piece := key
		if b.pipe.byteLevel {
			bytes, ok := unspell(key)
			if !ok {
				continue // no text is written like this
			}
			piece = bytes
		}
		ids[piece] = int32(id)
		b.tokens[id] = b.bytesOf(piece)
	}
	return ids
}

func (b *BPE) isAdded(key string) bool {
	for _, t := range b.all.byFirst[key[0]] {
		if t.Content == key {
			return true
		}
	}
	return false
}

// bytesOf returns what a piece stands for in a text.
func (b *BPE) bytesOf(piece string) string {
	var c byte
	switch {
	case b.pipe.byteLevel:
		return piece
	case b.options.ByteFallback && len(piece) == len("<0x00>") && parseByteKey(piece, &c):
		return string([]byte{c})
	case b.pipe.spaceMark != "":
		return strings.ReplaceAll(piece, b.pipe.spaceMark, " ")
	}
	return piece
}

// parseByteKey reads what byteKey wrote.
func parseByteKey(key string, c *byte) bool {
	_, err := fmt.Sscanf(key, "<0x%02X>", c)
	return err == nil && byteKey(*c) == key
}

// MarshalJSON writes a tokenizer.json.
func (b *BPE) MarshalJSON() ([]byte, error) {
	keys := b.fileKeys()
	f := hfFile{
		Version: "1.0", AddedTokens: b.addedTokens(),
		Normalizer: b.pipe.normalizer, PreTokenizer: b.pipe.preTokenizer, PostProcessor: b.pipe.postProcessor, Decoder: b.pipe.decoder,
		Model: hfModel{Type: "BPE", modelOptions: b.options, Vocab: keys, Merges: make([]hfMerge, len(b.rules))},
	}
	for i, r := range b.rules {
		f.Model.Merges[i] = hfMerge{keys[r.left], keys[r.right]}
	}
	return f.marshal()
}

// fileKeys are the tokens as a file writes them.
func (b *BPE) fileKeys() hfVocab {
	if b.keys != nil {
		return b.keys
	}
	keys := make(hfVocab, len(b.tokens))
	for id, token := range b.tokens {
		if special, ok := b.special[token]; ok && int(special) == id {
			keys[id] = token
		} else {
			keys[id] = spell(token)
		}
	}
	return keys
}

// addedTokens lists them by id.
func (b *BPE) addedTokens() []addedToken {
	list := append([]addedToken{}, slices.Concat(slices.Collect(maps.Values(b.all.byFirst))...)...) // a file has [], not null
	slices.SortFunc(list, func(t, u addedToken) int { return cmp.Compare(t.ID, u.ID) })
	return list
}
