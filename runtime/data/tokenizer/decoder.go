package tokenizer

import "unicode/utf8"

// Decoder turns tokens into text as they arrive. A character may take several tokens: its bytes are held back until all are there,
// so that what is shown is never half a character. All that it returned, put together, is what Decode returns for all tokens.
// It is for one goroutine.
type Decoder struct {
	tok        Tokenizer
	held       []byte // the beginning of a character
	stripSpace bool   // a blank that comes now is not part of the text
}

// NewDecoder begins a text, or continues one: what Push returns is the text behind that of the prompt.
func NewDecoder(tok Tokenizer, prompt ...int32) *Decoder {
	d := &Decoder{tok: tok}
	if b, ok := tok.(*BPE); ok {
		d.stripSpace = b.pipe.stripsSpace
	}
	for _, id := range prompt {
		d.Push(id)
	}
	return d
}

// Push takes a token and returns the characters that are complete with it. Often that is the token's text, sometimes nothing. Bytes
// that cannot become UTF-8 are returned as they are.
func (d *Decoder) Push(id int32) string {
	token := d.tok.Token(id)
	if d.stripSpace && token != "" {
		d.stripSpace = false
		if token[0] == ' ' {
			token = token[1:]
		}
	}
	d.held = append(d.held, token...)
	n := complete(d.held)
	text := string(d.held[:n])
	d.held = append(d.held[:0], d.held[n:]...)
	return text
}

// Flush returns what is held back: at the end of a text, the bytes of a character that was not completed.
func (d *Decoder) Flush() string {
	text := string(d.held)
	d.held = d.held[:0]
	return text
}

// complete returns how many of the bytes are not the beginning of a character whose end is missing.
func complete(b []byte) int {
	for i := len(b) - 1; i >= max(0, len(b)-utf8.UTFMax+1); i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return i
			}
			break
		}
	}
	return len(b)
}
