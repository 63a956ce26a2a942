package tokenizer

import (
	"iter"
	"sync"
	"unicode"
	"unicode/utf8"
)

// splitter cuts a text into pieces. Tokens never reach across the end of a piece.
type splitter func(text string) iter.Seq[string]

// The regular expressions that say where common vocabularies cut. Each is written in two ways; both mean the same pieces.
const (
	gpt2Pattern = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
	r50kPattern = `'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s`

	llama3Pattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	cl100kPattern = `'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s`

	qwen2Pattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`

	o200kPattern = `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?` +
		`|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?` +
		`|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
)

// scanners are these expressions written as code, ten times as fast as a regular expression. Each returns the length of the
// first piece of a text that is not empty.
var scanners = map[string]func(text string) int{
	gpt2Pattern:   scanGPT2,
	llama3Pattern: func(text string) int { return scanCL100K(text, 3) },
	qwen2Pattern:  func(text string) int { return scanCL100K(text, 1) },
}

// plainPattern writes OpenAI's expressions without possessive quantifiers, which not every program reads the same way: Oniguruma,
// which Hugging Face's tokenizers use, takes {1,3}+ for a repetition.
var plainPattern = map[string]string{r50kPattern: gpt2Pattern, cl100kPattern: llama3Pattern}

// scan makes a splitter of a scanner.
func scan(first func(text string) int) splitter {
	return func(text string) iter.Seq[string] {
		return func(yield func(string) bool) {
			for len(text) > 0 {
				n := first(text)
				if !yield(text[:n]) {
					return
				}
				text = text[n:]
			}
		}
	}
}

// then cuts each piece of a splitter with the next.
func (s splitter) then(next splitter) splitter {
	if s == nil {
		return next
	}
	return func(text string) iter.Seq[string] {
		return func(yield func(string) bool) {
			for piece := range s(text) {
				for smaller := range next(piece) {
					if !yield(smaller) {
						return
					}
				}
			}
		}
	}
}

// class is what the expressions tell characters apart by.
type class uint8

const (
	other  class = iota
	letter       // \p{L}
	number       // \p{N}
	space        // \s: Unicode's White_Space
)

var asciiClass = func() (table [utf8.RuneSelf]class) {
	for c := range table {
		table[c] = slowClass(rune(c))
	}
	return table
}()

// bmpClass has the classes of the first 65,536 characters. It is made when the first one beyond ASCII is seen.
var bmpClass = sync.OnceValue(func() *[1 << 16]class {
	table := new([1 << 16]class)
	for c := range table {
		table[c] = slowClass(rune(c))
	}
	return table
})

func slowClass(r rune) class {
	switch {
	case unicode.IsLetter(r):
		return letter
	case unicode.IsNumber(r):
		return number
	case unicode.IsSpace(r):
		return space
	}
	return other
}

// classAt returns the class and the length of the first character of text. There is none in an empty text: length 0.
func classAt(text string) (class, int) {
	if len(text) > 0 && text[0] < utf8.RuneSelf {
		return asciiClass[text[0]], 1
	}
	r, n := utf8.DecodeRuneInString(text)
	if r < 1<<16 {
		return bmpClass()[r], n
	}
	return slowClass(r), n
}

// run returns how far the characters of one class reach, from at on.
func run(text string, at int, c class) int {
	for {
		got, n := classAt(text[at:])
		if n == 0 || got != c {
			return at
		}
		at += n
	}
}

func scanGPT2(text string) int {
	if n := contraction(text); n > 0 {
		return n
	}
	at := 0
	c, n := classAt(text)
	if text[0] == ' ' {
		if next, n := classAt(text[1:]); n > 0 && next != space {
			at, c = 1, next
		}
	}
	if c != space {
		return run(text, at, c)
	}
	return blanks(text, run(text, n, space))
}

// blanks returns how many of the first end bytes, all white space, are a piece: all but the last character, which belongs to
// what follows; but all at the end of the text, and one if there is no more.
func blanks(text string, end int) int {
	if _, last := utf8.DecodeLastRuneInString(text[:end]); end < len(text) && last < end {
		return end - last
	}
	return end
}

// contraction returns the length of 's, 't, 're, 've, 'm, 'll or 'd at the beginning of text, or 0.
func contraction(text string) int {
	if len(text) < 2 || text[0] != '\'' {
		return 0
	}
	switch text[1] {
	case 's', 't', 'm', 'd':
		return 2
	}
	switch text[1:min(3, len(text))] {
	case "re", "ve", "ll":
		return 3
	}
	return 0
}

// scanCL100K is GPT-4's way, and Llama 3's: a letter may have any one character before it, numbers have at most so many digits, line
// breaks end a piece.
func scanCL100K(text string, digits int) int {
	if n := foldedContraction(text); n > 0 {
		return n
	}
	c, n := classAt(text)
	if c == number {
		return someDigits(text, digits)
	}
	if c == letter {
		return run(text, n, letter)
	}
	if next, _ := classAt(text[n:]); next == letter && text[0] != '\r' && text[0] != '\n' {
		return run(text, n, letter)
	}
	at := 0
	if text[0] == ' ' {
		if next, n := classAt(text[1:]); n > 0 && next == other {
			at, c = 1, other
		}
	}
	if c == other {
		return lineBreaks(text, run(text, at, other))
	}
	end := run(text, n, space)
	for i := end; i > 0; i-- {
		if text[i-1] == '\n' || text[i-1] == '\r' {
			return i
		}
	}
	return blanks(text, end)
}

func someDigits(text string, most int) int {
	at := 0
	for range most {
		c, n := classAt(text[at:])
		if c != number {
			break
		}
		at += n
	}
	return at
}

func lineBreaks(text string, at int) int {
	for at < len(text) && (text[at] == '\n' || text[at] == '\r') {
		at++
	}
	return at
}

// foldedContraction is contraction whatever the case of the letters, the long s included.
func foldedContraction(text string) int {
	if len(text) < 2 || text[0] != '\'' {
		return 0
	}
	if r, n := utf8.DecodeRuneInString(text[1:]); r == 'ſ' {
		return 1 + n
	}
	lower := [3]byte{'\'', text[1] | 0x20}
	n := 2
	if len(text) > 2 {
		lower[2] = text[2] | 0x20
		n = 3
	}
	return contraction(string(lower[:n]))
}
