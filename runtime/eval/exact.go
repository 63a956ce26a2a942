package eval

import (
	"regexp"
	"strings"
	"unicode"
)

var articles = regexp.MustCompile(`\b(a|an|the)\b`)

// normalised is a text without what does not matter between answers: in lower case, without punctuation and English articles, and with
// single blanks.
func normalised(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsPunct(r) || unicode.IsSymbol(r)) {
			return -1
		}
		return r
	}, strings.ToLower(text))
	return strings.Join(strings.Fields(articles.ReplaceAllString(text, " ")), " ")
}

// ExactMatch says whether an answer is one of those that are accepted, after all were normalised.
func ExactMatch(answer string, accepted ...string) bool {
	answer = normalised(answer)
	for _, a := range accepted {
		if normalised(a) == answer {
			return true
		}
	}
	return false
}
