package cell

import (
	"go/scanner"
	"go/token"
)

// calleeAt returns the range of the name of the function between whose parentheses an offset lies: of Repeat in strings.Repeat("a", . Outside of
// a call, and within braces or brackets in one, it is empty.
func calleeAt(source string, at int) (start, end int) {
	type bracket struct {
		tok        token.Token
		start, end int // of the name before it
	}
	var open []bracket
	var name bracket // what was just read, if that is a name
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, at)
	var s scanner.Scanner
	s.Init(file, []byte(source[:at]), func(token.Position, string) {}, 0) // a text may be open at its end
	for {
		pos, tok, lit := s.Scan()
		last := name
		name = bracket{}
		switch tok {
		case token.EOF:
			for i := len(open) - 1; i >= 0 && open[i].tok == token.LPAREN; i-- {
				if open[i].start < open[i].end {
					return open[i].start, open[i].end
				}
			}
			return at, at
		case token.IDENT:
			name.start = file.Offset(pos)
			name.end = name.start + len(lit)
		case token.LPAREN, token.LBRACK, token.LBRACE:
			open = append(open, bracket{tok, last.start, last.end})
		case token.RPAREN, token.RBRACK, token.RBRACE:
			open = open[:max(0, len(open)-1)]
		}
	}
}
