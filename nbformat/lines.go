package nbformat

import (
	"strings"
	"unicode/utf8"
)

// splitLines cuts text after each line end, and returns an empty list for no text. A line ends where Python's
// str.splitlines says so, because that is what decides how Jupyter stores text: besides \n, \r and \r\n also at vertical tab,
// form feed, the file, group and record separators, NEL, and the line and paragraph separators.
func splitLines(s string) []any {
	lines := []any{}
	for s != "" {
		n := lineLen(s)
		lines = append(lines, s[:n])
		s = s[n:]
	}
	return lines
}

// lineLen returns the length of the first line of s, its end included.
func lineLen(s string) int {
	for i, r := range s {
		switch r {
		case '\r':
			if strings.HasPrefix(s[i+1:], "\n") {
				return i + 2
			}
			return i + 1
		case '\n', '\v', '\f', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029:
			return i + utf8.RuneLen(r)
		}
	}
	return len(s)
}

// joinLines puts a list of strings together again; ok is false for any other value.
func joinLines(v any, sep string) (text string, ok bool) {
	list, ok := v.([]any)
	if !ok {
		return "", false
	}
	lines := make([]string, len(list))
	for i, item := range list {
		if lines[i], ok = item.(string); !ok {
			return "", false
		}
	}
	return strings.Join(lines, sep), true
}
