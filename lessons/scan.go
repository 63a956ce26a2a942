package lessons

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Attr is one attribute as it stands in the source.
type Attr struct {
	Key   string
	Value json.RawMessage
	Pos   Position

	end int // offset of the first byte after it; 0 in a notebook
}

// scanAttrs reads attributes from the text after a fence's language or a region's start. flags are the words with a leading
// dot. pos gives the position of a byte of s.
func scanAttrs(s string, pos func(int) Position, errs *ErrorList) (attrs []Attr, flags []string) {
	i := 0
	for {
		i += len(s[i:]) - len(strings.TrimLeft(s[i:], " \t"))
		if i == len(s) {
			return attrs, flags
		}
		word := s[i:]
		if n := strings.IndexAny(word, " \t="); n >= 0 {
			word = word[:n]
		}
		end := i + len(word)
		if end == len(s) || s[end] != '=' {
			if !strings.HasPrefix(word, ".") {
				errs.add(pos(i), "attribute %q has no value: attributes are written key=JSON", word)
				return attrs, flags
			}
			flags = append(flags, word)
			i = end
			continue
		}
		dec := json.NewDecoder(strings.NewReader(s[end+1:]))
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			errs.add(pos(end+1), "attribute %q: the value is not JSON (strings stand in double quotes)", word)
			return attrs, flags
		}
		at := pos(i)
		i = end + 1 + int(dec.InputOffset())
		attrs = append(attrs, Attr{Key: word, Value: bytes.Clone(value), Pos: at, end: pos(i).Offset})
		if i < len(s) && s[i] != ' ' && s[i] != '\t' {
			errs.add(pos(i), "attribute %q: a space must follow the value", word)
			return attrs, flags
		}
	}
}

// firstAttr finds where the attributes of a region begin: what stands before them is its title.
var firstAttr = regexp.MustCompile(`(?:^|[ \t])[\w.-]+=`)

// regionTitle is how much of the text behind "#region" is a title, as editors show it where the region is folded.
func regionTitle(s string) int {
	if loc := firstAttr.FindStringIndex(s); loc != nil {
		return loc[0]
	}
	return len(s)
}

// unfold reads attributes as jupytext writes them when it makes Markdown of a notebook of ours: all of metadata.lesson in one, and what nbgrader knows
// in another.
func unfold(kind Kind, attrs []Attr) []Attr {
	var out []Attr
	ours := slices.ContainsFunc(attrs, func(a Attr) bool { return a.Key == metadataKey })
	for _, at := range attrs {
		values := map[string]any{}
		switch {
		case ours && slices.Contains(jupyterKeys, at.Key):
			continue // follows from ours
		case at.Key == metadataKey && json.Unmarshal(at.Value, &values) == nil:
			delete(values, sourceKey)
		case at.Key == nbgraderKey && !ours:
			(&Cell{Kind: kind}).applyNbgrader(map[string]any{nbgraderKey: at.Value}, values)
		case at.Key == nbgraderKey:
		default:
			out = append(out, at)
			continue
		}
		for _, inner := range sortedAttrs(values, at.Pos, &ErrorList{}) {
			inner.end = at.end
			out = append(out, inner)
		}
	}
	return out
}
