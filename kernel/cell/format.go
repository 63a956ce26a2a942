package cell

import (
	"go/format"
	"strings"
)

// Format writes the Go source of a cell as gofmt would: each declaration and statement by itself. Directives stay as they are.
func Format(source string) (string, error) {
	if _, diags := parse(&Origin{Source: GoOnly(source)}); len(diags) > 0 {
		return "", &Error{diags}
	}
	var b strings.Builder
	for _, p := range Cut(source) {
		text := source[p.Start:p.End]
		if p.Directive == nil {
			var err error
			if text, err = formatGo(text); err != nil {
				return "", err
			}
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

func formatGo(source string) (string, error) {
	var b strings.Builder
	at := 0
	for _, s := range split(source) {
		b.WriteString(between(source[at:s.doc], at > 0, false))
		text, err := format.Source([]byte(source[s.doc:s.end]))
		if err != nil {
			return "", err
		}
		b.WriteString(strings.TrimSpace(string(text)))
		at = s.end
	}
	b.WriteString(between(source[at:], at > 0, true))
	return b.String(), nil
}

// between tidies what lies around statements, comments and empty lines: no space at the ends of lines or before a comment of its own
// line, and one empty line at most. A semicolon at the end of a line means something in a cell; one between statements is a line's end.
func between(text string, behind, last bool) string {
	first, rest, more := strings.Cut(text, "\n")
	first = strings.TrimSpace(first)
	switch {
	case !more && !last && first == ";":
		return "\n"
	case strings.HasPrefix(first, "/") && behind:
		first = " " + first
	}
	if !more {
		return first
	}
	lines := []string{first}
	for line := range strings.SplitSeq(rest, "\n") {
		if !strings.Contains(text, "/*") {
			line = strings.TrimSpace(line)
		}
		if n := len(lines); line == "" && n > 1 && lines[n-1] == "" && lines[n-2] == "" {
			continue
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
