package cell

import (
	"go/scanner"
	"go/token"
	"strings"
)

// IsComplete says what a console should do when Enter is pressed: run the source ("complete"), go on with another line
// that begins with indent ("incomplete"), or show that no further line can mend it ("invalid"). A directive is complete with its
// line.
func IsComplete(source string) (status, indent string) {
	source = strings.TrimRight(source, " \t\r\n")
	if parts := Cut(source); len(parts) > 0 {
		if d := parts[len(parts)-1].Directive; d != nil && d.Body == "" && strings.HasSuffix(source, "\\") {
			return "incomplete", ""
		}
	}
	source = strings.TrimRight(GoOnly(source), " \n")
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(source))
	open := false // a comment or raw string has no end
	broken := false
	s.Init(file, []byte(source), func(_ token.Position, msg string) {
		if strings.HasPrefix(msg, "comment not terminated") || strings.HasPrefix(msg, "raw string literal not terminated") {
			open = true
		} else {
			broken = true
		}
	}, 0)
	var closers []token.Token
	last := token.SEMICOLON
	for {
		_, tok, _ := s.Scan()
		switch tok {
		case token.EOF:
			return verdict(source, open, broken, closers, last)
		case token.LPAREN:
			closers = append(closers, token.RPAREN)
		case token.LBRACK:
			closers = append(closers, token.RBRACK)
		case token.LBRACE:
			closers = append(closers, token.RBRACE)
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if len(closers) == 0 || closers[len(closers)-1] != tok {
				return "invalid", ""
			}
			closers = closers[:len(closers)-1]
		}
		last = tok
	}
}

// verdict decides from what is open at the end. The scanner adds a semicolon after what can end a line, so any other
// last token waits for more.
func verdict(source string, open, broken bool, closers []token.Token, last token.Token) (status, indent string) {
	switch {
	case broken:
		return "invalid", ""
	case open:
		return "incomplete", ""
	case len(closers) > 0 || last != token.SEMICOLON:
		return "incomplete", strings.Repeat("\t", len(closers))
	}
	if _, diags := parse(&Origin{Source: source}); len(diags) > 0 {
		return "invalid", ""
	}
	return "complete", ""
}
