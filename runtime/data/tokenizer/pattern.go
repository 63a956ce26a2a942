package tokenizer

import (
	"errors"
	"fmt"
	"iter"
	"regexp"
	"strings"
	"unicode/utf8"
)

// white is Unicode's White_Space as the inside of a character class.
const white = `\t-\r\x{85}\p{Z}`

// trailing are the ends of expressions that leave the last of several blanks to the word behind it. That needs a look ahead, which
// Go's expressions do not have.
var trailing = []string{`\s+(?!\S)|\s+`, `\s+(?!\S)|\s`}

// gaps is what becomes of the text between two matches.
type gaps uint8

const (
	dropped gaps = iota
	kept         // it is a piece of its own
	joined       // it is a piece with the match behind it
)

// compilePattern makes a splitter of a regular expression, whose matches are pieces. The expressions of common vocabularies are code, others are left to package regexp.
func compilePattern(pattern string, between gaps) (splitter, error) {
	if plain, ok := plainPattern[pattern]; ok {
		pattern = plain
	}
	if first := scanners[pattern]; first != nil {
		return scan(first), nil // nothing stands between their pieces
	}
	return compileRegexp(pattern, between)
}

// compileRegexp makes a splitter with package regexp.
func compileRegexp(pattern string, between gaps) (splitter, error) {
	expr, blank := pattern, false
	for _, end := range trailing {
		if before, found := strings.CutSuffix(expr, end); found {
			expr, blank = before+`(\s+)`, true
			break
		}
	}
	expr, err := unicodeClasses(expr)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	m := matcher{re: re, between: between}
	if blank {
		m.blank = re.NumSubexp()
	}
	return m.pieces, nil
}

// unicodeClasses writes \s, \S and \d out: in the expressions of vocabularies they mean all of Unicode, in Go's only ASCII.
func unicodeClasses(expr string) (string, error) {
	var b strings.Builder
	inClass := false
	for i := 0; i < len(expr); i++ {
		c := expr[i]
		switch {
		case c == '[' && !inClass:
			inClass = true
		case c == ']':
			inClass = false
		case c == '^' && !inClass:
			return "", errors.New(`"^" is not supported`)
		case c == '+' && !inClass && i > 0 && strings.IndexByte("+*?", expr[i-1]) >= 0 && (i < 2 || expr[i-2] != '\\'):
			return "", fmt.Errorf("the possessive quantifier %q is not supported", expr[i-1:i+1])
		case c == '\\' && i+1 < len(expr):
			i++
			class, err := unicodeClass(expr[i:i+1], inClass)
			if err != nil {
				return "", err
			}
			b.WriteString(class)
			continue
		}
		b.WriteByte(c)
	}
	return b.String(), nil
}

func unicodeClass(escaped string, inClass bool) (string, error) {
	class := ""
	switch escaped {
	case "s":
		class = white
	case "d":
		class = `\p{Nd}`
	case "S":
		if !inClass {
			return `[^` + white + `]`, nil
		}
		fallthrough
	case "w", "W", "D", "b", "B":
		return "", fmt.Errorf(`\%s is not supported here`, escaped)
	default:
		return `\` + escaped, nil
	}
	if inClass {
		return class, nil
	}
	return `[` + class + `]`, nil
}

// matcher cuts text by a regular expression.
type matcher struct {
	re      *regexp.Regexp
	blank   int // the group that matched blanks at whose end to look ahead, or 0
	between gaps
}

func (m matcher) pieces(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for at := 0; at < len(text); {
			gap, match := m.next(text[at:])
			if m.between == joined {
				gap = 0
			}
			if gap > 0 && m.between == kept && !yield(text[at:at+gap]) {
				return
			}
			if match > gap && !yield(text[at+gap:at+match]) {
				return
			}
			at += match
		}
	}
}

// next returns where in text the first match begins and ends.
func (m matcher) next(text string) (begin, end int) {
	for from := 0; from < len(text); {
		loc := m.re.FindStringSubmatchIndex(text[from:])
		if loc == nil {
			break
		}
		begin, end = from+loc[0], from+loc[1]
		if m.blank > 0 && loc[2*m.blank] >= 0 {
			end = begin + blanks(text[begin:], end-begin)
		}
		if end > begin {
			return begin, end
		}
		_, n := utf8.DecodeRuneInString(text[end:])
		from = end + max(n, 1) // an empty match is none
	}
	return len(text), len(text)
}
