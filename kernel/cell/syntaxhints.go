package cell

import (
	"regexp"
	"sync"
)

// openBracket is for cells that end before one is closed.
const openBracket = "a bracket is open"

// syntaxHints are advice about what the parser rejects, by patterns of the message and of the text at the place.
var syntaxHints = []struct{ message, text, hint string }{
	{``, `^while\b`, "Go has one loop: for condition { ... }"},
	{`more than one character in rune literal|illegal rune literal`, ``, `strings stand in double quotes, '' is for a single character`},
	{`unexpected newline, expected \{|expected '\{', found newline|missing condition|found newline|unexpected semicolon or newline before \{`, ``, "the opening brace stands on the line of its if, for or func"},
	{`string literal not terminated`, ``, "strings in double quotes end on their line; those in ` may have several"},
	{`expected '==', found '='|cannot use .* as value|expected boolean expression, found assignment`, ``, "= assigns, == compares"},
	{`found '(?:\+\+|--)'|unexpected (?:\+\+|--)`, ``, "++ and -- are statements of their own, not values"},
	{``, `^\?`, "Go has no ?: operator, but if and else"},
	{`unexpected else|found 'else'`, ``, "else stands on the line of the } before it"},
	{`expected ('[;})\]]'|[;})\]]).*found the end of the cell`, ``, openBracket},
	{`expected 1 expression`, ``, "a cell shows one expression; display.Show(a, b) shows several"},
	{`unexpected comma; expecting \]`, ``, "a list is written with the type of its elements: []int{1, 2, 3}"},
	{``, `^(?:let|val|auto)\s+\w+\s*=`, "a variable is declared with name := value"},
	{``, `^(?:def|function|fn|fun)\s+\w+\s*\(`, "functions are declared with func"},
	{``, `^(?:int|float|double|string|bool|char|long)\s+\w+\s*=`, "the type stands behind the name: var n int = 3, or n := 3"},
	{``, `^(?:if|for|while)\s*\([^{}\n]*\)\s*\w[^{\n]*(?:\n|$)`, "what an if or for is about stands in braces: if condition { ... }"},
	{``, `^print\s+["\w]`, "printing is a call: fmt.Println(...)"},
}

// readHints are the patterns of syntaxHints, nil for none. A cell that is no Go has many errors.
var readHints = sync.OnceValue(func() (read [][2]*regexp.Regexp) {
	for _, h := range syntaxHints {
		var pair [2]*regexp.Regexp
		for i, pattern := range []string{h.message, h.text} {
			if pattern != "" {
				pair[i] = regexp.MustCompile(pattern)
			}
		}
		read = append(read, pair)
	}
	return read
})

// syntaxHint returns advice about an error of the parser at an offset.
func syntaxHint(o *Origin, start, off int, message string) string {
	rest := o.Source[start:]
	for i, h := range readHints() {
		matches := h[0] != nil && h[0].MatchString(message) || h[1] != nil && (h[1].MatchString(rest) || h[1].MatchString(o.Source[off:]))
		if matches && (syntaxHints[i].hint != openBracket || closed(rest) != rest) { // all of the rest is read last: a cell may have an error in each of its lines
			return syntaxHints[i].hint
		}
	}
	return ""
}
