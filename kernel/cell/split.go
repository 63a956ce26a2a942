package cell

import (
	"go/scanner"
	"go/token"
)

type kind int

const (
	stmtPiece kind = iota
	packagePiece
	importPiece
	typePiece
	constPiece
	varPiece
	funcPiece
)

// span is one top-level declaration or statement of a cell: source[start:end], with the comments before it.
type span struct {
	kind       kind
	start, end int  // start is at the first token, end after the last
	doc        int  // where the comments that belong to it begin
	quiet      bool // ended by an explicit semicolon
}

// split cuts a cell at its top-level semicolons (written or implied) without parsing it. What follows the name of the
// cell's package clause, its imports, declarations and statements may come in any order.
func split(src string) []span {
	var s scanner.Scanner
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(src))
	s.Init(file, []byte(src), func(token.Position, string) {}, scanner.ScanComments)

	var spans []span
	var toks []token.Token
	var head header
	cur := span{start: -1, doc: -1}
	depth := 0
	flush := func(quiet bool) {
		if cur.start >= 0 {
			cur.kind, cur.quiet = classify(toks), quiet
			spans = append(spans, cur)
		}
		cur, toks, depth, head = span{start: -1, doc: -1}, toks[:0], 0, header{}
	}
	lastComment := -1
	for {
		pos, tok, lit := s.Scan()
		off := file.Offset(pos)
		switch tok {
		case token.EOF:
			flush(false)
			return spans
		case token.COMMENT:
			if cur.start < 0 {
				// A blank line between a comment and the code after it separates them, as godoc has it.
				if cur.doc < 0 || file.Line(pos) > file.Line(file.Pos(lastComment))+1 {
					cur.doc = off
				}
				lastComment = off + len(lit)
			}
			continue
		case token.SEMICOLON:
			if depth == 0 && !head.open {
				flush(lit == ";")
				continue
			}
			if lit != ";" {
				continue // implied: a line's end
			}
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth = max(depth-1, 0)
		}
		head.next(tok, depth, toks)
		if cur.start < 0 {
			cur.start = off
			if cur.doc < 0 || file.Line(pos) > file.Line(file.Pos(lastComment))+1 {
				cur.doc = off
			}
		}
		toks = append(toks, tok)
		cur.end = min(off+tokenLen(tok, lit), len(src))
	}
}

// header follows the heads of if, for and switch statements, in which semicolons do not end the statement. A head ends
// at the brace that opens its body.
type header struct {
	open bool
	lit  bool // a function literal's signature is under way
}

// next takes a token; depth counts it already, toks are those before it.
func (h *header) next(tok token.Token, depth int, toks []token.Token) {
	prev := token.ILLEGAL
	if len(toks) > 0 {
		prev = toks[len(toks)-1]
	}
	switch tok {
	case token.IF, token.FOR, token.SWITCH:
		if depth == 0 && (prev == token.ILLEGAL || prev == token.COLON || prev == token.ELSE) {
			*h = header{open: true}
		}
	case token.FUNC:
		h.lit = h.lit || depth == 0
	case token.LBRACE:
		switch {
		case !h.open || depth != 1 || prev == token.STRUCT || prev == token.INTERFACE:
		case h.lit:
			h.lit = false
		default:
			h.open = false
		}
	}
}

func tokenLen(tok token.Token, lit string) int {
	if lit != "" {
		return len(lit)
	}
	return len(tok.String())
}

func classify(toks []token.Token) kind {
	switch toks[0] {
	case token.PACKAGE:
		return packagePiece
	case token.IMPORT:
		return importPiece
	case token.TYPE:
		return typePiece
	case token.CONST:
		return constPiece
	case token.VAR:
		return varPiece
	case token.FUNC:
		if declaresFunc(toks) {
			return funcPiece
		}
	}
	return stmtPiece
}

// declaresFunc tells "func name(" and "func (recv) name(" from a function literal.
func declaresFunc(toks []token.Token) bool {
	if len(toks) < 2 {
		return true
	}
	if toks[1] != token.LPAREN {
		return toks[1] == token.IDENT
	}
	depth := 0
	for i, t := range toks[1:] {
		switch t {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if depth--; depth == 0 {
				rest := toks[1+i+1:]
				return len(rest) > 1 && rest[0] == token.IDENT && (rest[1] == token.LPAREN || rest[1] == token.LBRACK)
			}
		}
	}
	return false
}
