package tokenizer

import (
	"slices"
	"strings"
	"unicode"
)

// addedToken is a token that is found in a text before the text is cut, as tokenizer.json has it.
type addedToken struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"` // takes the blanks before it along
	RStrip     bool   `json:"rstrip"` // takes the blanks behind it along
	Normalized bool   `json:"normalized"`
	Special    bool   `json:"special"`
}

// addedTokens finds added tokens in a text.
type addedTokens struct {
	byFirst map[byte][]addedToken // by the first byte, the longest first
}

func (a *addedTokens) add(t addedToken) {
	if a.byFirst == nil {
		a.byFirst = map[byte][]addedToken{}
	}
	first := t.Content[0]
	same := append(a.byFirst[first], t)
	slices.SortStableFunc(same, func(t, u addedToken) int { return len(u.Content) - len(t.Content) })
	a.byFirst[first] = same
}

// next returns where in text, from at on, the first added token begins and ends, and its id. If there is none, both are the
// text's end.
func (a *addedTokens) next(text string, at int) (begin, end int, id int32) {
	if len(a.byFirst) == 0 {
		return len(text), len(text), noToken
	}
	for i := at; i < len(text); i++ {
		for _, t := range a.byFirst[text[i]] {
			if strings.HasPrefix(text[i:], t.Content) {
				begin, end = i, i+len(t.Content)
				if t.LStrip {
					begin = at + len(strings.TrimRightFunc(text[at:i], unicode.IsSpace))
				}
				if t.RStrip {
					end = len(text) - len(strings.TrimLeftFunc(text[end:], unicode.IsSpace))
				}
				return begin, end, t.ID
			}
		}
	}
	return len(text), len(text), noToken
}
