package lessons

import (
	"bytes"
	"go/format"
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"
)

// A cell mixes what Go keeps apart: imports and functions, which stand in files, statements, which stand in functions, and lines that are
// no Go at all. So it is taken apart before Go's own packages read it.

// place is where a piece of a cell may stand in a Go program.
type place int

const (
	inFunction place = iota
	inFile
	nowhere // a directive: a line that begins with % or !
)

// piece is some lines of a cell, with what stands before them.
type piece struct {
	text  string
	place place
}

// pieces cuts a cell into lines that belong together. Together they are the cell's source and a line end.
func pieces(source string) (list []piece) {
	source += "\n"
	src := []byte(source) // once: there may be as many pieces as lines
	begin := 0
	for at := 0; at < len(source); {
		n, where := firstPiece(src[at:])
		text := source[at : at+n]
		if last := len(list) - 1; last >= 0 && (where == list[last].place || strings.TrimSpace(text) == "") {
			list[last].text = source[begin : at+n]
		} else {
			begin, list = at, append(list, piece{text, where})
		}
		at += n
	}
	return list
}

// firstPiece is the length of the first declaration, statement or directive of src, up to the end of its last line.
func firstPiece(src []byte) (n int, where place) {
	file := token.NewFileSet().AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, func(token.Position, string) {}, 0)
	first, depth := token.ILLEGAL, 0
	for {
		pos, tok, lit := s.Scan()
		at := file.Offset(min(pos, token.Pos(file.Base()+file.Size())))
		if first == token.ILLEGAL {
			if tok == token.REM || tok == token.NOT || tok == token.ILLEGAL {
				return lineEndAt(src, at), nowhere
			}
			first = tok
		}
		switch tok {
		case token.LPAREN, token.LBRACE, token.LBRACK:
			depth++
		case token.RPAREN, token.RBRACE, token.RBRACK:
			depth--
		case token.EOF:
			return len(src), placeOf(first, src)
		case token.SEMICOLON:
			if depth <= 0 && lit == "\n" {
				n = lineEndAt(src, at)
				return n, placeOf(first, src[:n])
			}
		}
	}
}

func lineEndAt(src []byte, at int) int {
	if i := bytes.IndexByte(src[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(src)
}

func placeOf(first token.Token, text []byte) place {
	switch first {
	case token.IMPORT, token.PACKAGE:
		return inFile
	case token.FUNC: // a declaration, or a function that is called on the spot
		if _, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+string(text), parser.SkipObjectResolution); err == nil {
			return inFile
		}
	}
	return inFunction
}

// formatGo is a cell's source as gofmt has it. What is no Go stays, as does all of a cell that gofmt cannot read or that it would not leave alone a
// second time.
func formatGo(source string) string {
	once, ok := gofmt(source)
	if twice, same := gofmt(once); !ok || !same || twice != once {
		return source
	}
	return once
}

func gofmt(source string) (formatted string, ok bool) {
	if strings.TrimSpace(source) == "" {
		return source, true
	}
	if whole, err := format.Source([]byte(source)); err == nil {
		return strings.TrimSuffix(string(whole), "\n"), true
	}
	var b strings.Builder
	for _, p := range pieces(source) {
		if p.place == nowhere {
			b.WriteString(p.text)
			continue
		}
		text, err := p.gofmt()
		if err != nil {
			return source, false
		}
		b.WriteString(text)
	}
	return strings.TrimSuffix(b.String(), "\n"), true
}

// inBody makes go/format read statements as such: a function that is called on the spot looks like a declaration at first.
const inBody = "_ = 0\n\n"

func (p piece) gofmt() (string, error) {
	text := strings.TrimLeft(p.text, " \t\n")
	lead := p.text[:len(p.text)-len(text)]
	if p.place == inFunction {
		text = inBody + text
	}
	out, err := format.Source([]byte(text))
	return strings.TrimRight(lead, " \t") + strings.TrimPrefix(string(out), inBody), err
}
