package cell

import (
	"go/ast"
	"go/scanner"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// hole is the identifier that stands at the cursor while the rest is analysed.
const hole = "resident_hole"

// Complete returns the names that may stand at the cursor, a byte offset, and the range of source that they replace.
func (s *Session) Complete(source string, cursor int, pkgs Packages) (names []string, start, end int) {
	cursor = min(max(cursor, 0), len(source))
	start, end = identAt(source, cursor)
	prefix := source[start:cursor]
	if insideLiteral(source, start) {
		return nil, start, end
	}
	whole := source[:start] + hole + source[end:]
	a, id := s.analyseHole(whole, start, pkgs)
	// What follows the cursor may not be readable yet: brackets are open, or the body of a statement is missing.
	for _, tail := range []string{"", "{}"} {
		if id == nil {
			a, id = s.analyseHole(closed(source[:start]+hole)+tail, start, pkgs)
		}
	}
	if id == nil {
		return nil, start, end
	}
	for _, n := range a.namesAt(id) {
		if strings.HasPrefix(n, prefix) || len(prefix) > 1 && strings.HasPrefix(strings.ToLower(n), strings.ToLower(prefix)) {
			names = append(names, n)
		}
	}
	slices.SortFunc(names, func(x, y string) int {
		if px, py := strings.HasPrefix(x, prefix), strings.HasPrefix(y, prefix); px != py {
			if px {
				return -1
			}
			return 1
		}
		return strings.Compare(x, y)
	})
	return slices.Compact(names), start, end
}

// identAt returns the identifier around an offset; an empty range when there is none.
func identAt(source string, at int) (start, end int) {
	letter := func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	for start = at; start > 0; {
		r, n := utf8.DecodeLastRuneInString(source[:start])
		if !letter(r) {
			break
		}
		start -= n
	}
	for end = at; end < len(source); {
		r, n := utf8.DecodeRuneInString(source[end:])
		if !letter(r) {
			break
		}
		end += n
	}
	return start, end
}

// insideLiteral reports whether an offset lies in a string, rune or comment.
func insideLiteral(source string, at int) bool {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(source))
	s.Init(file, []byte(source), func(token.Position, string) {}, scanner.ScanComments)
	for {
		pos, tok, lit := s.Scan()
		off := file.Offset(pos)
		if tok == token.EOF || off >= at {
			return false
		}
		if (tok == token.STRING || tok == token.CHAR || tok == token.COMMENT) && at < off+len(lit) {
			return true
		}
	}
}

// closed ends what is open at the end of an unfinished source.
func closed(source string) string {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(source))
	s.Init(file, []byte(source), func(token.Position, string) {}, 0)
	var tail []string
	for {
		_, tok, _ := s.Scan()
		switch tok {
		case token.EOF:
			slices.Reverse(tail)
			return source + strings.Join(tail, "")
		case token.LPAREN:
			tail = append(tail, ")")
		case token.LBRACK:
			tail = append(tail, "]")
		case token.LBRACE:
			tail = append(tail, "}")
		case token.RPAREN, token.RBRACK, token.RBRACE:
			tail = tail[:max(len(tail)-1, 0)]
		}
	}
}

// analyseHole checks a source as far as it can be checked and finds the identifier at an offset.
func (s *Session) analyseHole(source string, at int, pkgs Packages) (*analysis, *ast.Ident) {
	a := s.newAnalysis("", source, pkgs)
	a.pieces, _ = parse(a.origin)
	a.collect()
	a.resolveImports()
	a.write()
	if a.translateC() != nil {
		a.cTypes = "" // the names of C stay unknown
	}
	a.typeCheck()
	t := a.cellText()
	var found *ast.Ident
	ast.Inspect(t.ast, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && found == nil {
			if o, off, ok := t.exact(int(id.Pos() - t.start)); ok && o == a.origin && off == at {
				found = id
			}
		}
		return found == nil
	})
	return a, found
}

// namesAt returns what may stand in place of an identifier.
func (a *analysis) namesAt(id *ast.Ident) []string {
	path := pathTo(a.cellText().ast, id)
	if len(path) > 1 {
		switch parent := path[len(path)-2].(type) {
		case *ast.SelectorExpr:
			if parent.Sel == id {
				return a.members(parent.X)
			}
		case *ast.KeyValueExpr, *ast.CompositeLit:
			for _, n := range path {
				if lit, ok := n.(*ast.CompositeLit); ok {
					if fields := a.fieldsOf(lit); len(fields) > 0 {
						return append(fields, a.inScope(id.Pos())...)
					}
				}
			}
		}
	}
	return a.inScope(id.Pos())
}

// pathTo returns the nodes from the root down to the target.
func pathTo(root, target ast.Node) []ast.Node {
	var path, found []ast.Node
	ast.Inspect(root, func(n ast.Node) bool {
		if n == nil {
			path = path[:len(path)-1]
			return true
		}
		path = append(path, n)
		if n == target {
			found = slices.Clone(path)
		}
		return true
	})
	return found
}

func (a *analysis) fieldsOf(lit *ast.CompositeLit) []string {
	var names []string
	if t := a.info.TypeOf(lit); t != nil {
		if s, ok := t.Underlying().(*types.Struct); ok {
			for i := range s.NumFields() {
				if f := s.Field(i); f.Exported() || f.Pkg() == a.pkg {
					names = append(names, f.Name())
				}
			}
		}
	}
	return names
}

// members returns what can be selected of an expression: names of a package, or fields and methods.
func (a *analysis) members(x ast.Expr) []string {
	var names []string
	if id, ok := x.(*ast.Ident); ok {
		if pn, ok := a.info.Uses[id].(*types.PkgName); ok {
			for _, n := range pn.Imported().Scope().Names() {
				if ast.IsExported(n) {
					names = append(names, n)
				}
			}
			return names
		}
	}
	t := a.info.TypeOf(x)
	if t == nil {
		return nil
	}
	visible := func(o types.Object) {
		if o.Exported() || o.Pkg() == a.pkg {
			names = append(names, o.Name())
		}
	}
	set := types.NewMethodSet(t)
	if _, isPointer := t.Underlying().(*types.Pointer); !isPointer && !types.IsInterface(t) {
		set = types.NewMethodSet(types.NewPointer(t))
	}
	for i := range set.Len() {
		visible(set.At(i).Obj())
	}
	seen := map[types.Type]bool{}
	var fields func(t types.Type)
	fields = func(t types.Type) {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
		s, ok := t.Underlying().(*types.Struct)
		if !ok || seen[t] {
			return
		}
		seen[t] = true
		for i := range s.NumFields() {
			visible(s.Field(i))
			if s.Field(i).Embedded() {
				fields(s.Field(i).Type())
			}
		}
	}
	fields(t)
	return names
}

// inScope returns the names that are visible at a position, with packages that are imported when they are used.
func (a *analysis) inScope(pos token.Pos) []string {
	var names []string
	for s := a.pkg.Scope().Innermost(pos); s != nil; s = s.Parent() {
		for _, n := range s.Names() {
			if !strings.HasPrefix(n, "resident_") && !strings.HasSuffix(n, oldMark) {
				names = append(names, n)
			}
		}
	}
	for k, d := range a.next.decls.all() {
		if d.recv == "" && d.kind != constPiece {
			names = append(names, d.name)
		} else if d.kind == constPiece {
			names = append(names, k)
		}
	}
	names = append(names, slices.Collect(maps.Keys(a.next.imports))...)
	names = append(names, a.pkgs.Names()...)
	for tok := token.BREAK; tok <= token.VAR; tok++ {
		names = append(names, tok.String())
	}
	return names
}

// Describe returns what is known of the identifier at the cursor: its declaration in one line, and, for members of
// packages, the import path and the name to look its documentation up by.
func (s *Session) Describe(source string, cursor int, pkgs Packages) (text, path, symbol string) {
	start, end := identAt(source, min(max(cursor, 0), len(source)))
	if start == end {
		return "", "", ""
	}
	a, id := s.analyseHole(source, start, pkgs)
	if id == nil {
		if a, id = s.analyseHole(closed(source[:end]), start, pkgs); id == nil {
			return "", "", ""
		}
	}
	obj := a.info.ObjectOf(id)
	if obj == nil {
		return "", "", ""
	}
	text = PlainName(types.ObjectString(obj, func(p *types.Package) string {
		if p == a.pkg {
			return ""
		}
		return p.Name()
	}))
	if pn, ok := obj.(*types.PkgName); ok {
		return "package " + pn.Imported().Name() + " // import \"" + pn.Imported().Path() + "\"", pn.Imported().Path(), ""
	}
	if pkg := obj.Pkg(); pkg != nil && pkg != a.pkg {
		return text, pkg.Path(), memberName(obj)
	}
	if obj.Pkg() == nil {
		return text, "builtin", obj.Name()
	}
	return text, "", ""
}

// memberName is the name by which go doc knows an object: Type.Method for methods.
func memberName(obj types.Object) string {
	f, ok := obj.(*types.Func)
	if !ok || f.Signature().Recv() == nil {
		return obj.Name()
	}
	if n := typeName(f.Signature().Recv().Type()); n != nil {
		return n.Name() + "." + obj.Name()
	}
	return obj.Name()
}
