package cell

import (
	"crypto/sha256"
	"encoding/hex"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"
)

// declareVars enters the cell's new variables in the next session, with the types that were inferred.
func (a *analysis) declareVars() error {
	if err := a.cycle(); err != nil {
		return err
	}
	for _, name := range a.newVars {
		v, ok := a.pkg.Scope().Lookup(name).(*types.Var)
		if !ok {
			continue
		}
		p := a.pieces[a.declared[name]]

		if n := unnameable(v.Type(), a.pkg); n != "" {
			if c := PlainC(n); c != n {
				return a.fail(p.start, "the type of %s is C's, %s, and belongs to this cell alone: convert it, as in int(...), or use it inside a block", name, c)
			}
			return a.fail(p.start, "the type of %s, %s, cannot be named outside its package, so no later cell could use it: keep the value in an interface, or use it inside a block", name, n)
		}
		d := varDecl(name, v.Type(), a.pkg)
		for _, n := range append(d.free, name) {
			if a.hides(n) && regexp.MustCompile(`\b`+n+`\b`).MatchString(d.typeText()) {
				return a.fail(p.start, "the type of %s is %s, and %s is no type in this session any more: give that another name, or %%rm it", name, d.typeText(), n)
			}
		}
		if old := a.old[name]; old != nil && a.sameAsOld(name, v.Type()) {
			d.symbol = old.symbol
		} else {
			d.symbol = a.next.symbolFor(name, "var "+a.typeKey(d))
			if token.IsExported(d.symbol) {
				// The compiler lists exported variables for package plugin, which cannot be linked here.
				d.symbol = "ʹ" + d.symbol
			}
		}
		a.next.declare(name, d)
	}
	return nil
}

// hides reports whether something that is no type has the name of a builtin type.
func (a *analysis) hides(name string) bool {
	_, isType := types.Universe.Lookup(name).(*types.TypeName)
	_, mine := a.declared[name]
	d := a.next.decls.get(name)
	return isType && (mine || d != nil && d.kind != typePiece)
}

func (a *analysis) sameAsOld(name string, t types.Type) bool {
	old := a.pkg.Scope().Lookup(name + oldMark)
	return old != nil && types.Identical(old.Type(), t)
}

// varDecl writes a variable's declaration with its full type. Package names in it are aliases made from import paths.
func varDecl(name string, t types.Type, self *types.Package) *decl {
	o := &Origin{File: "vars.go", Imports: map[string]string{}}
	o.Source = "var " + name + " " + typeText(t, self, o.Imports, nil)
	d := &decl{kind: varPiece, name: name, origin: o, end: len(o.Source), typ: t}
	if f, err := parser.ParseFile(token.NewFileSet(), "", "package p;"+o.Source, 0); err == nil {
		for _, id := range f.Unresolved {
			if !slices.Contains(d.free, id.Name) {
				d.free = append(d.free, id.Name)
			}
		}
	}
	return d
}

var selfNames = regexp.MustCompile(`\x01\.([\pL_][\pL\pN_]*)`)

// typeText writes a type as source. Imports it needs are added; rename, if any, maps the session's names.
func typeText(t types.Type, self *types.Package, imports map[string]string, rename func(string) string) string {
	s := types.TypeString(t, func(p *types.Package) string {
		if p == self {
			return "\x01"
		}
		alias := importAlias(p.Path())
		imports[alias] = p.Path()
		return alias
	})
	return selfNames.ReplaceAllStringFunc(s, func(m string) string {
		name := m[2:]
		if rename != nil {
			name = rename(name)
		}
		return name
	})
}

var notLetter = regexp.MustCompile(`[^A-Za-z0-9]+`)

func importAlias(path string) string { return "p_" + notLetter.ReplaceAllString(path, "_") }

// typeKey identifies the memory of a variable: its type, and the declarations of the types in it without their methods.
func (a *analysis) typeKey(d *decl) string {
	h := sha256.New()
	h.Write([]byte(d.text()))
	seen := map[string]bool{}
	var visit func(names []string)
	visit = func(names []string) {
		for _, n := range names {
			t := a.next.decls.get(n)
			if t == nil || t.kind == funcPiece || seen[n] {
				continue
			}
			seen[n] = true
			if t.kind == varPiece { // in the length of an array
				h.Write([]byte("\x00" + t.text()))
			} else {
				h.Write([]byte("\x00" + n + "\x00" + t.fingerprint()))
			}
			visit(t.free)
		}
	}
	visit(d.free)
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// unnameable returns the first type inside t that source of another package cannot mention, "" when there is none.
func unnameable(t types.Type, self *types.Package) string {
	seen := map[types.Type]bool{}
	var visit func(t types.Type) string
	named := func(obj *types.TypeName, args *types.TypeList) string {
		if pkg := obj.Pkg(); pkg != nil && (obj.Parent() != pkg.Scope() && obj.Parent() != nil || pkg != self && !obj.Exported() || strings.HasPrefix(obj.Name(), "_Ctype_")) {
			return types.TypeString(t, (*types.Package).Name)
		}
		for i := range args.Len() {
			if s := visit(args.At(i)); s != "" {
				return s
			}
		}
		return ""
	}
	tuple := func(t *types.Tuple) string {
		for i := range t.Len() {
			if s := visit(t.At(i).Type()); s != "" {
				return s
			}
		}
		return ""
	}
	visit = func(t types.Type) string {
		if seen[t] {
			return ""
		}
		seen[t] = true
		switch t := t.(type) {
		case *types.Named:
			return named(t.Obj(), t.TypeArgs())
		case *types.Alias:
			return named(t.Obj(), t.TypeArgs())
		case interface{ Elem() types.Type }:
			if m, ok := t.(*types.Map); ok {
				if s := visit(m.Key()); s != "" {
					return s
				}
			}
			return visit(t.Elem())
		case *types.Signature:
			if s := tuple(t.Params()); s != "" {
				return s
			}
			return tuple(t.Results())
		case *types.Struct:
			for i := range t.NumFields() {
				if f := t.Field(i); f.Pkg() != self && f.Pkg() != nil && !f.Exported() {
					return types.TypeString(t, (*types.Package).Name)
				} else if s := visit(f.Type()); s != "" {
					return s
				}
			}
		case *types.Interface:
			for i := range t.NumExplicitMethods() {
				if s := visit(t.ExplicitMethod(i).Type()); s != "" {
					return s
				}
			}
		}
		return ""
	}
	return visit(t)
}

// carryOver gives the variables whose types this cell has declared anew their types as they are now.
func (a *analysis) carryOver() {
	for _, n := range a.affected() {
		v, ok := a.pkg.Scope().Lookup(n).(*types.Var)
		if _, mine := a.declared[n]; mine || !ok {
			continue
		}
		c := *a.next.decls.get(n)
		c.typ = v.Type()
		a.next.declare(n, &c)
	}
}

// markShared records which variables functions and closures refer to: their values may change at any time.
func (a *analysis) markShared() {
	share := func(name string) {
		if !a.next.shared.has(name) {
			a.next.shared.set(name, true)
		}
	}
	for _, p := range a.pieces {
		switch p.kind {
		case funcPiece:
			for _, id := range p.free {
				share(id.Name)
			}
		case stmtPiece, varPiece:
			for _, id := range p.free {
				if inClosureOrAddressed(p.node, id) {
					share(id.Name)
				}
			}
		}
	}
	for s := range a.info.Selections {
		if v := a.addressed(s); v != nil {
			share(strings.TrimSuffix(v.Name(), oldMark))
		}
	}
}

// addressed returns the variable of the package whose address a method call or a method value takes, or nil.
func (a *analysis) addressed(s *ast.SelectorExpr) *types.Var {
	id, ok := ast.Unparen(s.X).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := a.info.Uses[id].(*types.Var)
	if sel := a.info.Selections[s]; !ok || v.Parent() != a.pkg.Scope() || sel == nil || sel.Kind() != types.MethodVal {
		return nil
	} else if recv := sel.Obj().(*types.Func).Signature().Recv(); recv == nil || !isPointer(recv.Type()) || isPointer(v.Type()) {
		return nil
	}
	return v
}

func isPointer(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

// inClosureOrAddressed reports whether id stands in a function literal or under an & operator of n.
func inClosureOrAddressed(n ast.Node, id *ast.Ident) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.FuncLit:
			found = found || x.Pos() <= id.Pos() && id.Pos() < x.End()
		case *ast.UnaryExpr:
			found = found || x.Op == token.AND && x.Pos() <= id.Pos() && id.Pos() < x.End()
		}
		return !found
	})
	return found
}
