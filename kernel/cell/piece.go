package cell

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// Origin is one cell's source, or a text of our own: where declarations come from.
type Origin struct {
	File    string            // the name that //line directives carry
	Source  string            // as the user wrote it
	Imports map[string]string // name -> path: what package names mean in it
	dots    map[string]string // name -> path: what it takes from packages that are imported with a dot
	dotKeys []int             // where such names are keys of literals, of which nothing else knows
	blank   []string          // paths imported for their side effects
	c       *span             // its import of C, with the C code above it
}

// piece is one parsed top-level element of a cell.
type piece struct {
	span
	origin *Origin
	fset   *token.FileSet
	prefix int // length of the wrapper before the text
	node   ast.Node
	stmts  []ast.Stmt   // stmtPiece
	free   []*ast.Ident // identifiers it does not declare itself, in order; then selfUses
	keys   []string     // names that are keys of composite literals, which may be fields' or constants'; none of them is free
}

// offset returns where in the cell pos lies.
func (p *piece) offset(pos token.Pos) int {
	return p.fset.Position(pos).Offset - p.prefix + p.start
}

func (p *piece) text(n ast.Node) string {
	return p.origin.Source[p.offset(n.Pos()):p.offset(n.End())]
}

// parse splits and parses a cell. Errors are positioned in the cell.
func parse(o *Origin) ([]*piece, []Diagnostic) {
	var pieces []*piece
	var diags []Diagnostic
	if at := openComment(o.Source); at >= 0 {
		return nil, []Diagnostic{{Origin: o, Offset: at, Message: "comment not terminated"}}
	}
	spans := split(o.Source)
	for i, s := range spans {
		p := &piece{span: s, origin: o, fset: token.NewFileSet()}
		if s.kind == packagePiece {
			pieces = append(pieces, p)
			continue
		}
		before, after := "package p;", ""
		if s.kind == stmtPiece {
			before, after = "package p;func _(){", "\n}"
		}
		p.prefix = len(before)
		f, err := parser.ParseFile(p.fset, "", before+o.Source[s.start:s.end]+after, parser.AllErrors)
		if err != nil {
			diags = append(diags, syntaxErrors(p, f, err)...)
			continue
		}
		p.free = f.Unresolved
		p.keys = p.keyNames(f)
		if s.kind == stmtPiece {
			body := f.Decls[0].(*ast.FuncDecl).Body
			p.node, p.stmts = body, body.List
			if len(f.Decls) != 1 || len(body.List) == 0 {
				continue // a stray closing brace has been reported; an empty statement says nothing
			}
		} else if len(f.Decls) > 0 {
			p.node = f.Decls[0]
			p.free = append(p.free, p.selfUses()...)
			if fn, ok := p.node.(*ast.FuncDecl); ok && fn.Body == nil && i+1 < len(spans) && o.Source[spans[i+1].start] == '{' {
				diags = append(diags, p.syntaxError(spans[i+1].start, "syntax error: unexpected semicolon or newline before {"))
			}
		}
		pieces = append(pieces, p)
	}
	return pieces, diags
}

// openComment returns where a comment begins that has no end, or -1. No piece of the cell would contain it.
func openComment(source string) (at int) {
	at = -1
	if !strings.Contains(source, "/*") {
		return at
	}
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(source))
	s.Init(file, []byte(source), func(pos token.Position, msg string) {
		if msg == "comment not terminated" {
			at = pos.Offset
		}
	}, 0)
	for tok := token.ILLEGAL; tok != token.EOF; {
		_, tok, _ = s.Scan()
	}
	return at
}

// selfUses returns the uses of variables in their own specifications, as in var x = x + 1: the parser takes them for the new ones.
func (p *piece) selfUses() (ids []*ast.Ident) {
	if p.kind != varPiece {
		return nil
	}
	for _, s := range p.specs() {
		for _, v := range s.(*ast.ValueSpec).Values {
			ast.Inspect(v, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && id.Obj != nil && id.Obj.Decl == s {
					ids = append(ids, id)
				}
				return true
			})
		}
	}
	return ids
}

// syntaxErrors reports what the parser has against a piece, of which f is as much as it could read.
func syntaxErrors(p *piece, f *ast.File, err error) []Diagnostic {
	list, ok := err.(scanner.ErrorList)
	if !ok {
		return []Diagnostic{{Origin: p.origin, Offset: p.start, Message: err.Error()}}
	}
	// What follows the first syntax error of a statement is mostly its echo.
	e := list[0]
	for _, other := range list[1:] { // what the scanner says of a character is better than what the parser does
		if other.Pos.Offset == e.Pos.Offset && strings.HasSuffix(e.Msg, "found 'ILLEGAL'") {
			e = other
		}
	}
	off := min(max(e.Pos.Offset-p.prefix+p.start, p.start), p.end)
	msg := strings.Replace(e.Msg, "illegal character ", "invalid character ", 1)
	if found, ok := strings.CutPrefix(msg, "expected declaration, found "); ok {
		msg = "syntax error: unexpected " + found
		if fn, ok := f.Decls[0].(*ast.FuncDecl); ok && found == "'}'" && p.kind == stmtPiece {
			off = p.offset(fn.Body.Rbrace) // which was to be ours
		}
	}
	if strings.TrimSpace(p.origin.Source[off:]) == "" {
		msg = foundEnd.ReplaceAllString(msg, "found the end of the cell") // and not what we put behind it
	}
	return []Diagnostic{p.syntaxError(off, msg)}
}

func (p *piece) syntaxError(off int, msg string) Diagnostic {
	return Diagnostic{Origin: p.origin, Offset: off, Message: msg, Hint: syntaxHint(p.origin, p.start, off, msg)}
}

var foundEnd = regexp.MustCompile(`found ('\}'|'EOF'|newline)$`)

// defined returns the names on the left of a top-level := statement, or nil.
func (p *piece) defined() []*ast.Ident {
	a := p.define()
	if a == nil {
		return nil
	}
	var names []*ast.Ident
	for _, l := range a.Lhs {
		if id, ok := l.(*ast.Ident); ok {
			names = append(names, id)
		}
	}
	return names
}

func (p *piece) define() *ast.AssignStmt {
	if p.kind != stmtPiece || len(p.stmts) != 1 {
		return nil
	}
	a, _ := p.stmts[0].(*ast.AssignStmt)
	if a == nil || a.Tok != token.DEFINE {
		return nil
	}
	return a
}

func (p *piece) specs() []ast.Spec {
	if g, ok := p.node.(*ast.GenDecl); ok {
		return g.Specs
	}
	return nil
}

// varNames returns the variables that a piece declares at the top level, in order, without blanks.
func (p *piece) varNames() []string {
	var names []string
	for _, id := range p.defined() {
		names = append(names, id.Name)
	}
	if p.kind == varPiece {
		for _, s := range p.specs() {
			for _, id := range s.(*ast.ValueSpec).Names {
				names = append(names, id.Name)
			}
		}
	}
	return slices.DeleteFunc(names, func(n string) bool { return n == "_" })
}

// keyNames returns the names that may be constants or variables in composite literals: the parser leaves open what they mean, as it does not know whether the
// literal is of a struct. A package is no key.
func (p *piece) keyNames(n ast.Node) []string {
	var names []string
	ast.Inspect(n, func(n ast.Node) bool {
		if kv, ok := n.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok && id.Obj == nil && p.origin.Imports[id.Name] == "" && !slices.Contains(names, id.Name) {
				names = append(names, id.Name)
			}
		}
		return true
	})
	return names
}

// freeNames returns the distinct names of identifiers that are free in the given node, and those of its keys.
func (p *piece) freeNames(n ast.Node) []string {
	from, to := n.Pos(), n.End()
	names := p.keyNames(n)
	for _, id := range p.free {
		if id.Pos() >= from && id.Pos() < to && !slices.Contains(names, id.Name) {
			names = append(names, id.Name)
		}
	}
	return names
}

// selected returns what is selected of the names in a piece.
func (p *piece) selected() map[*ast.Ident]string {
	selected := map[*ast.Ident]string{}
	ast.Inspect(p.node, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := s.X.(*ast.Ident); ok {
				selected[id] = s.Sel.Name
			}
		}
		return true
	})
	return selected
}

// receiver returns the name of the type a method belongs to, "" for functions.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return ""
	}
	t := f.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}
