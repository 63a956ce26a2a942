package kernel

import (
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"
)

// isComplete says whether a cell can be run as it is, from its syntax alone: a console asks at every Enter and waits no
// longer than a second, so it is answered while the engine starts, too. A cell is "incomplete" when more lines can mend
// it (a bracket, raw string or comment is open, or the last line ends in the middle), and "invalid" when they cannot.
// For an incomplete cell indent is what the next line should begin with.
func isComplete(code string) (status, indent string) {
	r := readCell(code)
	switch {
	case r.broken:
		return "invalid", ""
	case r.depth > 0 || r.open:
		return "incomplete", strings.Repeat("\t", r.depth)
	}
	for _, line := range r.lines {
		if !parses(line) {
			return "invalid", ""
		}
	}
	return "complete", ""
}

// reading is what the tokens of a cell say.
type reading struct {
	lines  []string // logical lines: the code from one end of a line outside of all brackets to the next
	depth  int      // brackets that are open at the end
	open   bool     // a raw string or comment is open at the end, or the last token wants something after it
	broken bool     // a bracket or a literal is wrong
}

func readCell(code string) reading {
	var r reading
	file := token.NewFileSet().AddFile("", -1, len(code))
	var s scanner.Scanner
	s.Init(file, []byte(code), func(_ token.Position, msg string) {
		if msg == "raw string literal not terminated" || msg == "comment not terminated" {
			r.open = true
		} else {
			r.broken = true
		}
	}, 0)
	var closers []token.Token
	begin, last := 0, token.SEMICOLON
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		switch closer := closerOf[tok]; {
		case closer != token.ILLEGAL:
			closers = append(closers, closer)
		case tok == token.RPAREN || tok == token.RBRACK || tok == token.RBRACE:
			if len(closers) == 0 || closers[len(closers)-1] != tok {
				r.broken = true
				return r
			}
			closers = closers[:len(closers)-1]
		case tok == token.SEMICOLON && lit == "\n" && len(closers) == 0:
			r.lines = append(r.lines, code[begin:file.Offset(pos)])
			begin = file.Offset(pos)
		}
		last = tok
	}
	r.depth = len(closers)
	r.lines = append(r.lines, code[begin:])
	// Where a statement can end the scanner has put a semicolon, at the end of the code too.
	r.open = r.open || last != token.SEMICOLON
	return r
}

var closerOf = map[token.Token]token.Token{
	token.LPAREN: token.RPAREN, token.LBRACK: token.RBRACK, token.LBRACE: token.RBRACE,
}

// parses tells whether a logical line is a declaration, a list of statements, or a package clause.
func parses(line string) bool {
	for _, src := range []string{"package p\n" + line, "package p\nfunc _() {" + line + "\n}", line} {
		if _, err := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution); err == nil {
			return true
		}
	}
	return false
}
