package engine

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// piece is a top-level declaration or statement of a cell, or what does not parse.
type piece struct {
	text  string // with the comments before it
	start int    // where text is in the cell
	decl  ast.Decl
	stmt  ast.Stmt
	base  token.Pos // of text in decl or stmt
}

// cut takes a cell apart: a piece is the shortest text up to a top-level semicolon, written or implied, that parses.
func cut(src string) []piece {
	var pieces []piece
	start := 0
	for _, end := range ends(src) {
		if p, ok := parsePiece(src[start:end], start); ok {
			pieces = append(pieces, p)
			start = end
		}
	}
	if rest := src[start:]; len(ends(rest)) > 0 {
		pieces = append(pieces, piece{text: rest, start: start})
	}
	return pieces
}

// ends are the places behind semicolons that are in no brackets.
func ends(src string) []int {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(src))
	s.Init(file, []byte(src), func(token.Position, string) {}, 0)
	var ends []int
	for depth, seen := 0, false; ; {
		pos, tok, lit := s.Scan()
		switch tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth--
		case token.SEMICOLON:
			if end := file.Offset(pos); depth == 0 && lit == ";" {
				ends = append(ends, end+1)
			} else if depth == 0 {
				ends = append(ends, end)
			}
		case token.EOF:
			if seen {
				ends = append(ends, len(src))
			}
			return ends
		}
		seen = true
	}
}

const (
	declFrame = "package p;"
	stmtFrame = "package p; func _() {"
)

func parsePiece(text string, start int) (piece, bool) {
	fset := token.NewFileSet()
	p := piece{text: text, start: start}
	if f, err := parser.ParseFile(fset, "", declFrame+text, parser.ParseComments); err == nil && len(f.Decls) == 1 {
		p.decl, p.base = f.Decls[0], f.FileStart+token.Pos(len(declFrame))
		return p, true
	}
	f, err := parser.ParseFile(fset, "", stmtFrame+text+"\n}", 0)
	if err != nil || len(f.Decls) != 1 {
		return p, packageClause.MatchString(text)
	}
	body := f.Decls[0].(*ast.FuncDecl).Body.List
	if len(body) != 1 {
		return p, false
	}
	p.stmt, p.base = body[0], f.FileStart+token.Pos(len(stmtFrame))
	return p, true
}

var packageClause = regexp.MustCompile(`^\s*package main;?$`)

// at is where a node of the piece begins in its text.
func (p *piece) at(pos token.Pos) int { return int(pos - p.base) }

// code is where the piece's code begins in its text. Comments before a declaration are part of it: they may be directives.
func (p *piece) code() int {
	switch {
	case p.stmt != nil:
		return p.at(p.stmt.Pos())
	default:
		return len(p.text) - len(strings.TrimLeft(p.text, " \t\n"))
	}
}

func (p *piece) isImport() bool {
	d, ok := p.decl.(*ast.GenDecl)
	return ok && d.Tok == token.IMPORT
}

// imported lists what the piece imports.
func (p *piece) imported() (specs []*ast.ImportSpec) {
	if d, ok := p.decl.(*ast.GenDecl); ok && d.Tok == token.IMPORT {
		for _, s := range d.Specs {
			specs = append(specs, s.(*ast.ImportSpec))
		}
	}
	return specs
}

func (p *piece) importsC() bool {
	return slices.ContainsFunc(p.imported(), func(s *ast.ImportSpec) bool { return s.Path.Value == `"C"` })
}

// declares reports whether the piece is a declaration, or begins like one.
func (p *piece) declares() bool {
	if p.decl != nil || p.stmt != nil {
		return p.decl != nil
	}
	word, _, _ := strings.Cut(strings.TrimSpace(p.text), " ")
	switch token.Lookup(word) {
	case token.FUNC, token.TYPE, token.VAR, token.CONST, token.IMPORT:
		return true
	}
	return false
}

// isDefine reports whether the piece is a top-level :=.
func (p *piece) isDefine() bool {
	s, ok := p.stmt.(*ast.AssignStmt)
	return ok && s.Tok == token.DEFINE
}

// isVariable reports whether what the piece declares are variables.
func (p *piece) isVariable() bool {
	d, ok := p.decl.(*ast.GenDecl)
	return p.isDefine() || ok && d.Tok == token.VAR
}

// names are the names that the piece declares at the top level.
func (p *piece) names() []*ast.Ident {
	var names []*ast.Ident
	switch d := p.decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names = append(names, d.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				names = append(names, s.Names...)
			case *ast.TypeSpec:
				names = append(names, s.Name)
			}
		}
	}
	if p.isDefine() {
		for _, x := range p.stmt.(*ast.AssignStmt).Lhs {
			if id, ok := x.(*ast.Ident); ok {
				names = append(names, id)
			}
		}
	}
	return names
}
