package tokenizer

import "strings"

// Files write tokens as text, and bytes are not text. GPT-2's way is to let a character stand for each byte: itself, if it can be
// seen, and the 68 others, in their order, U+0100 and the following. So a space is "Ġ" and a line feed "Ċ".

// byteRunes has the character for each byte; runeBytes, the byte for each of these characters, which are all below 512, or -1.
// gpt2Bytes are the bytes in the order of their characters, which is that of GPT-2's ids.
var byteRunes, runeBytes, gpt2Bytes = func() (runes [256]rune, bytes [512]int16, order [256]byte) {
	for i := range bytes {
		bytes[i] = -1
	}
	n, next := 0, rune(256)
	for b := range runes {
		if visible(b) {
			runes[b] = rune(b)
			order[n] = byte(b)
			n++
		}
	}
	for b := range runes {
		if !visible(b) {
			runes[b] = next
			next++
			order[n] = byte(b)
			n++
		}
	}
	for b, r := range runes {
		bytes[r] = int16(b)
	}
	return runes, bytes, order
}()

// visible tells the bytes that are characters of Latin-1 which leave a mark: no blanks, no controls, no soft hyphen.
func visible(b int) bool {
	return b > ' ' && b <= '~' || b > 0xa0 && b <= 0xff && b != 0xad
}

// spell writes bytes as characters.
func spell(token string) string {
	var b strings.Builder
	b.Grow(2 * len(token))
	for i := range len(token) {
		b.WriteRune(byteRunes[token[i]])
	}
	return b.String()
}

// unspell reads characters as bytes. It reports false if one of them stands for no byte.
func unspell(text string) (token string, ok bool) {
	b := make([]byte, 0, len(text))
	for _, r := range text {
		if int(r) >= len(runeBytes) || runeBytes[r] < 0 {
			return "", false
		}
		b = append(b, byte(runeBytes[r]))
	}
	return string(b), true
}
