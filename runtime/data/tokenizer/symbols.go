package tokenizer

import (
	"fmt"
	"unicode/utf8"
)

// symboliser cuts a piece into the symbols that merging begins with, and appends their ids.
type symboliser interface {
	appendSymbols(ids []int32, piece string) []int32
}

// noToken stands for a symbol that a vocabulary does not have.
const noToken = -1

// byteSymbols has the token of each byte. A byte that has none is left out of a text.
type byteSymbols [256]int32

func newByteSymbols(ids map[string]int32) *byteSymbols {
	var s byteSymbols
	for b := range s {
		id, ok := ids[string([]byte{byte(b)})]
		if !ok {
			id = noToken
		}
		s[b] = id
	}
	return &s
}

func (s *byteSymbols) appendSymbols(ids []int32, piece string) []int32 {
	for i := range len(piece) {
		if id := s[piece[i]]; id != noToken {
			ids = append(ids, id)
		}
	}
	return ids
}

// charSymbols has the tokens of characters, as SentencePiece's vocabularies do. A character that has none becomes its bytes, if
// these are tokens, or else the token for what is unknown, if there is one.
type charSymbols struct {
	chars   map[rune]int32
	bytes   [256]int32
	unknown int32
	fuse    bool // unknown characters in a row are one token
}

// newCharSymbols takes the tokens as files write them.
func newCharSymbols(ids map[string]int32, o modelOptions) *charSymbols {
	s := &charSymbols{chars: map[rune]int32{}, unknown: noToken, fuse: o.FuseUnk}
	for key, id := range ids {
		if r, n := utf8.DecodeRuneInString(key); n > 0 && n == len(key) {
			s.chars[r] = id
		}
	}
	for b := range s.bytes {
		s.bytes[b] = noToken
		if id, ok := ids[byteKey(byte(b))]; ok && o.ByteFallback {
			s.bytes[b] = id
		}
	}
	if o.UnkToken != nil {
		if id, ok := ids[*o.UnkToken]; ok {
			s.unknown = id
		}
	}
	return s
}

// byteKey is how SentencePiece's vocabularies write the token of a byte.
func byteKey(b byte) string { return fmt.Sprintf("<0x%02X>", b) }

func (s *charSymbols) appendSymbols(ids []int32, piece string) []int32 {
	start, fused := len(ids), false
	for i, n := 0, 0; i < len(piece); i += n {
		var r rune
		r, n = utf8.DecodeRuneInString(piece[i:])
		if id, ok := s.chars[r]; ok && (r != utf8.RuneError || n > 1) {
			ids, fused = append(ids, id), false
			continue
		}
		if more, ok := s.appendBytes(ids, piece[i:i+n]); ok {
			ids, fused = more, false
			continue
		}
		if s.unknown != noToken && !(s.fuse && fused && len(ids) > start) {
			ids, fused = append(ids, s.unknown), true
		}
	}
	return ids
}

func (s *charSymbols) appendBytes(ids []int32, char string) (with []int32, ok bool) {
	for i := range len(char) {
		if s.bytes[char[i]] == noToken {
			return ids, false
		}
	}
	for i := range len(char) {
		ids = append(ids, s.bytes[char[i]])
	}
	return ids, true
}
