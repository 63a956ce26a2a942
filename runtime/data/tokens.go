package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"html"
	"slices"

	"github.com/resident-go/resident/runtime/data/tokenizer"
)

// TokenSet is text as tokens. Examples are windows of it.
type TokenSet struct {
	Tokenizer tokenizer.Tokenizer
	IDs       []int32

	starts []int // of the documents
	epochs bool
	err    error // what could not be written with the tokenizer's vocabulary
}

// Tokens encodes a text, or several documents. Behind each of several stands the token that ends a text ([tokenizer.End]), if the tokenizer has one.
//
// Batches are windows that begin at random places, as nanoGPT has them: each window is drawn from all there are. [TokenSet.Epochs] reads the
// text as often from beginning to end.
func Tokens(tok tokenizer.Tokenizer, documents ...string) *TokenSet {
	s := &TokenSet{Tokenizer: tok}
	end, ends := tokenizer.End(tok)
	for _, text := range documents {
		s.starts = append(s.starts, len(s.IDs))
		s.IDs = append(s.IDs, tok.Encode(text)...)
		if ends && len(documents) > 1 {
			s.IDs = append(s.IDs, end)
		}
		if s.err == nil {
			s.err = tokenizer.Check(tok, text)
		}
	}
	return s
}

// Epochs returns the set with batches of windows that do not overlap, in a random order that is another one in each epoch: in an epoch
// each token is predicted exactly once (but for the first one, which nothing stands before). The last window of the text is filled up with
// targets that are [Ignored].
func (s *TokenSet) Epochs() *TokenSet {
	t := *s
	t.epochs = true
	return &t
}

// Len is the number of tokens.
func (s *TokenSet) Len() int { return len(s.IDs) }

// Documents is the number of documents.
func (s *TokenSet) Documents() int { return len(s.starts) }

// part is a set with some of the tokens.
func (s *TokenSet) part(ids []int32, starts []int) *TokenSet {
	t := *s
	t.IDs, t.starts = ids, starts
	return &t
}

// Split takes the first part of the text for training, 0.9 being nine tenths, and sets the rest aside. A fraction of 1 sets nothing aside.
func (s *TokenSet) Split(fraction float64) Split[*TokenSet] {
	n, err := cut(len(s.IDs), fraction)
	k, _ := slices.BinarySearch(s.starts, n)
	first, rest := slices.Clone(s.starts[:k]), []int{}
	if n < len(s.IDs) {
		rest = append(rest, 0)
	}
	for _, start := range s.starts[k:] {
		if start > n {
			rest = append(rest, start-n)
		}
	}
	return Split[*TokenSet]{Train: s.part(s.IDs[:n:n], first), Valid: s.part(s.IDs[n:], rest), err: err}
}

// SplitDocuments takes whole documents, chosen at random, for training: so many of them as the fraction says, in their order.
func (s *TokenSet) SplitDocuments(fraction float64, seed uint64) Split[*TokenSet] {
	n, err := cut(len(s.starts), fraction)
	order := random("documents", seed, 0).Perm(len(s.starts))
	slices.Sort(order[:n])
	slices.Sort(order[n:])
	return Split[*TokenSet]{Train: s.documents(order[:n]), Valid: s.documents(order[n:]), err: err}
}

// documents is a set of some of the documents.
func (s *TokenSet) documents(numbers []int) *TokenSet {
	var ids []int32
	var starts []int
	for _, i := range numbers {
		end := len(s.IDs)
		if i+1 < len(s.starts) {
			end = s.starts[i+1]
		}
		starts = append(starts, len(ids))
		ids = append(ids, s.IDs[s.starts[i]:end]...)
	}
	return s.part(ids, starts)
}

// Loader implements [Set]. X has the shape [Size, Block], and Y is X one token later.
func (s *TokenSet) Loader(b Batching) (*Loader, error) {
	if b.Block < 1 {
		return nil, fmt.Errorf("data: the block size is %d: say how many tokens an example has", b.Block)
	}
	if s.epochs {
		return newLoader(windows{s, b.Block, b.Block}, b, false)
	}
	if len(s.IDs) <= b.Block {
		return nil, fmt.Errorf("data: a text of %d tokens has no window of %d tokens and the one behind them", len(s.IDs), b.Block)
	}
	return newLoader(windows{s, b.Block, 1}, b, true)
}

// Pass implements [Set].
func (s *TokenSet) Pass(b Batching) ([]Batch, error) {
	if b.Block < 1 {
		return nil, fmt.Errorf("data: the block size is %d: say how many tokens an example has", b.Block)
	}
	return pass(windows{s, b.Block, b.Block}, b)
}

// windows are the examples of a text: window i begins at token i*stride. A stride of 1 leaves out the windows that are not full.
type windows struct {
	*TokenSet
	block, stride int
}

func (w windows) count() int {
	if w.stride == 1 {
		return max(0, len(w.IDs)-w.block)
	}
	return max(0, (len(w.IDs)-1+w.block-1)/w.block)
}

func (w windows) empty(rows int) Batch {
	return Batch{Rows: rows, Cols: w.block, X: make([]int32, rows*w.block), Y: make([]int32, rows*w.block)}
}

func (w windows) fill(b *Batch, row, example int) {
	ids := w.IDs[example*w.stride:]
	x, y := b.X[row*w.block:][:w.block], b.Y[row*w.block:][:w.block]
	copy(x, ids)
	for n := copy(y, ids[1:]); n < w.block; n++ {
		x[n], y[n] = 0, Ignored
	}
}

// digest is of the tokens.
func (s *TokenSet) digest() string { return digest(s.IDs) }

// digest is the beginning of the SHA-256 of tokens, little-endian.
func digest(ids []int32) string {
	h := sha256.New()
	var buf []byte
	for part := range slices.Chunk(ids, 4096) {
		buf = buf[:0]
		for _, id := range part {
			buf = binary.LittleEndian.AppendUint32(buf, uint32(id))
		}
		h.Write(buf)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Bytes is the length of the text in bytes. Loss in nats per token times tokens, divided by bytes and by ln 2, is bits per byte, which
// can be compared between tokenizers.
func (s *TokenSet) Bytes() int {
	n := 0
	for _, id := range s.IDs {
		n += len(s.Tokenizer.Token(id))
	}
	return n
}

// String describes the set in a line.
func (s *TokenSet) String() string {
	text := fmt.Sprintf("%d tokens (%s), %.2f bytes each", len(s.IDs), s.Tokenizer.Name(), float64(s.Bytes())/float64(max(1, len(s.IDs))))
	if len(s.starts) > 1 {
		text += fmt.Sprintf(", %d documents", len(s.starts))
	}
	if s.err != nil {
		text += fmt.Sprintf("; not all of the text is in them: %v", s.err)
	}
	return text
}

// HTML is the description and the first tokens in colours.
func (s *TokenSet) HTML() string {
	first := tokenizer.View{Tokenizer: s.Tokenizer, IDs: s.IDs[:min(len(s.IDs), 200)]}
	return "<div>" + html.EscapeString(s.String()) + ". The first ones:</div>" + first.HTML()
}
