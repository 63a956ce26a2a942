package grade

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// piece is one import, declaration or statement at the top of a cell, which is no Go file but a mix of those.
type piece struct {
	text string
	at   int // offset in the cell

	tok  token.Token // its first
	stmt ast.Stmt    // a statement, or a declaration that may stand in a function
	fn   *ast.FuncDecl
	base int // offset in the parsed text of where the piece's own begins
	file *token.File
}

// maxInner is how many semicolons may stand within one statement, as in if x := f(); x > 0 { ... }. Each has what stands before it read once more: a row of them, which
// is no Go, would take for ever.
const maxInner = 32

// cut cuts a cell's source into its pieces. The error is about the first that is no Go.
func cut(source string) ([]*piece, error) {
	var pieces []*piece
	inner := 0 // semicolons within this piece so far
	file := token.NewFileSet().AddFile("", -1, len(source))
	var s scanner.Scanner
	s.Init(file, []byte(source), func(token.Position, string) {}, 0)
	depth, from := 0, -1
	first := token.ILLEGAL
	for {
		pos, tok, lit := s.Scan()
		at := file.Offset(min(pos, token.Pos(file.Base()+file.Size())))
		if tok == token.EOF || tok == token.SEMICOLON && depth == 0 {
			if from >= 0 {
				p := &piece{text: strings.TrimRight(source[from:at], " \t\r\n"), at: from, tok: first}
				err := p.parse()
				if inner++; err != nil && tok == token.SEMICOLON && lit == ";" && inner <= maxInner {
					continue
				}
				if err != nil {
					return nil, err
				}
				pieces = append(pieces, p)
			}
			if from, inner = -1, 0; tok == token.EOF {
				return pieces, nil
			}
			continue
		}
		if from < 0 && !(tok == token.SEMICOLON && lit == "\n") {
			from, first = at, tok
		}
		switch tok {
		case token.LPAREN, token.LBRACE, token.LBRACK:
			depth++
		case token.RPAREN, token.RBRACE, token.RBRACK:
			depth--
		}
	}
}

func (p *piece) parse() error {
	fset := token.NewFileSet()
	if p.tok == token.PACKAGE { // of a whole file
		_, err := parser.ParseFile(fset, "", p.text+"\n", parser.PackageClauseOnly)
		return err
	}
	if p.tok == token.IMPORT || p.declaresFunc() {
		f, err := p.parseFile(fset, "package p\n", "\n")
		if err == nil && p.tok == token.FUNC {
			p.fn = f.Decls[0].(*ast.FuncDecl)
		}
		return err
	}
	f, err := p.parseFile(fset, "package p; func _() {\n", "\n}")
	if err != nil {
		return err
	}
	body := f.Decls[0].(*ast.FuncDecl).Body.List
	if len(f.Decls) != 1 || len(body) != 1 {
		return fmt.Errorf("%q is not one statement", p.text)
	}
	p.stmt = body[0]
	return nil
}

func (p *piece) parseFile(fset *token.FileSet, before, after string) (*ast.File, error) {
	f, err := parser.ParseFile(fset, "", before+p.text+after, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	p.file, p.base = fset.File(f.Pos()), len(before)
	return f, nil
}

// resolve parses the piece for itself, and finds the identifiers that stand for something of elsewhere: too many rather than too few.
func (p *piece) resolve() (file *ast.File, elsewhere map[*ast.Ident]bool) {
	before, after := "package p; func _() {\n", "\n}"
	if p.tok == token.IMPORT || p.fn != nil {
		before, after = "package p\n", "\n"
	}
	f, err := parser.ParseFile(token.NewFileSet(), "", before+p.text+after, 0)
	if err != nil {
		return nil, nil
	}
	elsewhere = map[*ast.Ident]bool{}
	for _, id := range f.Unresolved {
		elsewhere[id] = true
	}
	return f, elsewhere
}

// foreign are the names that the piece uses and does not declare.
func (p *piece) foreign() map[string]bool {
	found := map[string]bool{}
	_, elsewhere := p.resolve()
	for id := range elsewhere {
		found[id.Name] = true
	}
	return found
}

// selected are those of the foreign names of which something is selected, as of packages.
func (p *piece) selected() map[string]bool {
	found := map[string]bool{}
	file, elsewhere := p.resolve()
	if file == nil {
		return found
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := s.X.(*ast.Ident); ok && elsewhere[id] {
				found[id.Name] = true
			}
		}
		return true
	})
	return found
}

// declaresFunc tells a declaration from a call of a function literal.
func (p *piece) declaresFunc() bool {
	if p.tok != token.FUNC {
		return false
	}
	rest := strings.TrimSpace(strings.TrimPrefix(p.text, "func"))
	if !strings.HasPrefix(rest, "(") {
		return true
	}
	_, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+p.text+"\n", parser.SkipObjectResolution)
	return err == nil
}

// source is the text of a node of the piece.
func (p *piece) source(from, to token.Pos) string {
	return p.text[p.file.Offset(from)-p.base : p.file.Offset(to)-p.base]
}

func (p *piece) node() ast.Node {
	if p.fn != nil {
		return p.fn
	}
	if p.stmt == nil {
		return nil
	}
	return p.stmt
}

// mentions are all names that a piece uses, whatever they mean there: too many rather than too few.
func (p *piece) mentions() map[string]bool {
	if p.node() == nil {
		return nil
	}
	return names(p.node())
}

// names are the identifiers under a node, but for those behind a dot.
func names(n ast.Node) map[string]bool { return namesBut(n, nil) }

// namesBut are the identifiers under a node, but for those under some calls.
func namesBut(n ast.Node, not []*ast.CallExpr) map[string]bool {
	found := map[string]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			return !slices.Contains(not, n)
		case *ast.SelectorExpr:
			maps.Copy(found, namesBut(n.X, not))
			return false
		case *ast.Ident:
			found[n.Name] = true
		}
		return true
	})
	return found
}

// changes are the names that a piece declares, adds methods to, or assigns to.
func (p *piece) changes() (changed []string) {
	add := func(e ast.Expr) {
		if name := root(e); name != "" && name != "_" {
			changed = append(changed, name)
		}
	}
	switch s := p.node().(type) {
	case *ast.FuncDecl:
		if s.Recv != nil && len(s.Recv.List) > 0 {
			add(s.Recv.List[0].Type)
		} else {
			add(s.Name)
		}
		return changed
	case *ast.DeclStmt:
		for _, spec := range s.Decl.(*ast.GenDecl).Specs {
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				for _, n := range spec.Names {
					add(n)
				}
			case *ast.TypeSpec:
				add(spec.Name)
			}
		}
		return changed
	case nil:
		return nil
	}
	ast.Inspect(p.stmt, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				add(e)
			}
		case *ast.IncDecStmt:
			add(n.X)
		case *ast.RangeStmt:
			if n.Key != nil && n.Tok == token.ASSIGN {
				add(n.Key)
			}
		}
		return true
	})
	return changed
}

// root is the variable that an expression is a part of, or the type that a receiver has.
func root(e ast.Expr) string {
	if id := rootOf(e); id != nil {
		return id.Name
	}
	return ""
}

func rootOf(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// sliced are the pieces that some names need, in their order: those that change one of them, and what those need in turn. Later pieces matter only to what
// stands before until.
func sliced(pieces []*piece, needed map[string]bool, until int) []*piece {
	var kept []*piece
	for _, p := range slices.Backward(pieces) {
		if p.at >= until && p.fn == nil {
			continue
		}
		if slices.ContainsFunc(p.changes(), func(name string) bool { return needed[name] }) {
			for name := range p.mentions() {
				needed[name] = true
			}
			kept = append(kept, p)
		}
	}
	slices.Reverse(kept)
	return kept
}
