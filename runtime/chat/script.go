package chat

import (
	"slices"

	"github.com/resident-go/resident/runtime/data"
)

// piece is a part of a conversation: a special token's name, or text.
type piece struct {
	text    string
	special bool
	counts  bool // it is the assistant's, to be predicted
}

func special(name string) piece { return piece{text: name, special: true} }
func text(t string) piece       { return piece{text: t} }
func said(t string) piece       { return piece{text: t, counts: true} }

// ended is the special token that ends what the assistant says.
func ended(name string) piece { return piece{text: name, special: true, counts: true} }

// encode makes tokens of pieces. Pieces of text are encoded each by itself, or, where a form joins them, together as they stand between special tokens.
func (f *form) encode(tok Tokenizer, pieces []piece) (e data.Example) {
	for len(pieces) > 0 {
		if p := pieces[0]; p.special {
			if id, found := tok.Special(p.text); found {
				mark(&e, []int32{id}, p.counts)
			}
			pieces = pieces[1:]
			continue
		}
		n := 1
		for f.joins && n < len(pieces) && !pieces[n].special {
			n++
		}
		encodeTogether(&e, tok, pieces[:n])
		pieces = pieces[n:]
	}
	return e
}

// encodeTogether makes tokens of text in pieces. A token over the border of two belongs to the second.
func encodeTogether(e *data.Example, tok Tokenizer, pieces []piece) {
	whole := ""
	for _, p := range pieces {
		whole += p.text
	}
	ids, at, end := tok.Encode(whole), 0, 0
	for i, p := range pieces {
		at += len(p.text)
		next := len(ids)
		if i < len(pieces)-1 {
			next = max(end, common(ids, tok.Encode(whole[:at])))
		}
		mark(e, ids[end:next], p.counts)
		end = next
	}
}

// common is how many tokens two texts begin with alike.
func common(a, b []int32) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

func mark(e *data.Example, ids []int32, counts bool) {
	e.IDs = append(e.IDs, ids...)
	e.Mask = append(e.Mask, slices.Repeat([]bool{counts}, len(ids))...)
}
