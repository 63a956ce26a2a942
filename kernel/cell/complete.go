package cell

import (
	"go/ast"
	"go/scanner"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// hole is the identifier that stands at the cursor while the rest is analysed.
const hole = "resident_hole"

// Name is one of the names that may stand at the cursor.
type Name struct {
	Text      string
	Type      string // what it is, in the words that front ends have icons for: see kindOf
	Signature string // of functions the parameters and results, of variables and fields the type, of packages the path
}

// Complete returns the names that may stand at the cursor, a byte offset, and the range of source that they replace.
func (s *Session) Complete(source string, cursor int, pkgs Packages) (names []Name, start, end int) {
	cursor = min(max(cursor, 0), len(source))
	if start, end, ok := importAt(source, cursor); ok {
		for _, path := range pkgs.Paths() {
			names = append(names, Name{Text: path, Type: "module"})
		}
		return chosen(names, source[start:cursor]), start, end
	}
	start, end = identAt(source, cursor)
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
	return chosen(a.namesAt(id), source[start:cursor]), start, end
}

// chosen returns the names that go on from a prefix: first those that do so exactly, then those that do when case does not count.
func chosen(names []Name, prefix string) []Name {
	var list []Name
	for _, n := range names {
		if strings.HasPrefix(n.Text, prefix) || len(prefix) > 1 && strings.HasPrefix(strings.ToLower(n.Text), strings.ToLower(prefix)) {
			list = append(list, n)
		}
	}
	slices.SortStableFunc(list, func(x, y Name) int {
		if px, py := strings.HasPrefix(x.Text, prefix), strings.HasPrefix(y.Text, prefix); px != py {
			if px {
				return -1
			}
			return 1
		}
		return strings.Compare(x.Text, y.Text)
	})
	return slices.CompactFunc(list, func(x, y Name) bool { return x.Text == y.Text })
}

// importAt returns the range of the import path that the cursor stands in.
func importAt(source string, cursor int) (start, end int, ok bool) {
	for _, sp := range split(source) {
		if sp.kind != importPiece || cursor < sp.start || cursor > sp.end {
			continue
		}
		line := source[strings.LastIndexByte(source[:cursor], '\n')+1 : cursor]
		if strings.Count(line, `"`)%2 == 0 {
			return 0, 0, false
		}
		start = cursor - (len(line) - strings.LastIndexByte(line, '"') - 1)
		end = cursor + strings.IndexAny(source[cursor:]+"\n", "\"\n")
		return start, end, true
	}
	return 0, 0, false
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
			if o, off, ok := t.exact(int(id.Pos() - t.start)); ok && o == a.origin && off == at && strings.HasPrefix(source[at:], id.Name) {
				found = id
			}
		}
		return found == nil
	})
	return a, found
}

// namesAt returns what may stand in place of an identifier.
func (a *analysis) namesAt(id *ast.Ident) []Name {
	path := pathTo(a.cellText().ast, id)
	if len(path) > 1 {
		switch parent := path[len(path)-2].(type) {
		case *ast.SelectorExpr:
			if parent.Sel == id {
				return a.members(parent.X)
			}
		case *ast.KeyValueExpr:
			if lit, ok := path[max(len(path)-3, 0)].(*ast.CompositeLit); ok && parent.Key == id {
				return a.elementsOf(lit, id)
			}
		case *ast.CompositeLit:
			if parent.Type != id {
				return a.elementsOf(parent, id)
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

// elementsOf returns what may begin an element of a literal: names of fields that it does not have yet, and, unless it names its
// fields, values.
func (a *analysis) elementsOf(lit *ast.CompositeLit, at *ast.Ident) []Name {
	fields := a.fieldsOf(lit)
	named := map[string]bool{}
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok && kv.Key != at {
			if key, ok := kv.Key.(*ast.Ident); ok {
				named[key.Name] = true
			}
		}
	}
	if len(fields) == 0 || len(named) == 0 {
		return append(fields, a.inScope(at.Pos())...)
	}
	return slices.DeleteFunc(fields, func(n Name) bool { return named[n.Text] })
}

// fieldsOf returns the fields that a literal can name.
func (a *analysis) fieldsOf(lit *ast.CompositeLit) []Name {
	var names []Name
	if t := a.info.TypeOf(lit); t != nil {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem() // as in []*T{{...}}
		}
		if s, ok := t.Underlying().(*types.Struct); ok {
			for i := range s.NumFields() {
				if f := s.Field(i); f.Exported() || f.Pkg() == a.pkg {
					names = append(names, a.nameOf(f))
				}
			}
		}
	}
	return names
}

// nameOf describes an object for the list of names.
func (a *analysis) nameOf(o types.Object) Name {
	n := Name{Text: o.Name(), Type: kindOf(o)}
	qualifier := func(p *types.Package) string {
		if p == a.pkg {
			return ""
		}
		return p.Name()
	}
	switch o := o.(type) {
	case *types.Func:
		n.Signature = strings.TrimPrefix(types.TypeString(o.Type(), qualifier), "func")
	case *types.Var, *types.Const:
		n.Signature = types.TypeString(o.Type(), qualifier)
	case *types.PkgName:
		n.Signature = o.Imported().Path()
	}
	n.Signature = PlainName(n.Signature)
	return n
}

// kindOf says what an object is in the words of front ends.
func kindOf(o types.Object) string {
	switch o := o.(type) {
	case *types.Func, *types.Builtin:
		return "function"
	case *types.TypeName:
		return "class"
	case *types.PkgName:
		return "module"
	case *types.Var:
		if o.IsField() {
			return "property"
		}
	}
	return "instance"
}

// members returns what can be selected of an expression: names of a package, or fields and methods.
func (a *analysis) members(x ast.Expr) []Name {
	var names []Name
	if id, ok := x.(*ast.Ident); ok {
		if pn, ok := a.info.Uses[id].(*types.PkgName); ok {
			return a.exported(pn.Imported())
		}
	}
	t := a.info.TypeOf(x)
	if t == nil {
		return nil
	}
	visible := func(o types.Object) {
		if o.Exported() || o.Pkg() == a.pkg {
			names = append(names, a.nameOf(o))
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

// exported returns the names that a package has for others.
func (a *analysis) exported(pkg *types.Package) (names []Name) {
	for _, n := range pkg.Scope().Names() {
		if ast.IsExported(n) {
			names = append(names, a.nameOf(pkg.Scope().Lookup(n)))
		}
	}
	return names
}

// inScope returns the names that are visible at a position, with packages that are imported when they are used.
func (a *analysis) inScope(pos token.Pos) []Name {
	var names []Name
	for s := a.pkg.Scope().Innermost(pos); s != nil; s = s.Parent() {
		for _, n := range s.Names() {
			_, isImport := s.Lookup(n).(*types.PkgName)
			if !strings.HasPrefix(n, "resident_") && !strings.HasSuffix(n, oldMark) && (!isImport || a.origin.Imports[n] != "") {
				names = append(names, a.nameOf(s.Lookup(n)))
			}
		}
	}
	for _, path := range a.next.dots {
		if pkg, err := a.pkgs.Imported(path); err == nil {
			names = append(names, a.exported(pkg)...)
		}
	}
	for k, d := range a.next.decls.all() {
		if d.recv == "" {
			names = append(names, d.asName(k))
		}
	}
	for n, path := range a.next.imports {
		names = append(names, Name{n, "module", path})
	}
	for _, n := range a.pkgs.Names() {
		names = append(names, Name{n, "module", strings.Join(a.pkgs.Find(n)[:min(1, len(a.pkgs.Find(n)))], "")})
	}
	for tok := token.BREAK; tok <= token.VAR; tok++ {
		names = append(names, Name{Text: tok.String(), Type: "keyword"})
	}
	return names
}

// asName describes a declaration that the cell does not reach.
func (d *decl) asName(key string) Name {
	n := Name{Text: key, Type: "instance", Signature: d.typeText()}
	switch d.kind {
	case funcPiece:
		n.Type = "function"
	case typePiece:
		n.Type = "class"
	}
	return n
}
