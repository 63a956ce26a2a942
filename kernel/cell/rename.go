package cell

import (
	"go/ast"
	"go/types"
	"strings"
)

// symbols maps every package-level name of the checked package to the name it is emitted under.
func (a *analysis) symbols() map[string]string {
	m := map[string]string{}
	for _, n := range a.pkg.Scope().Names() {
		m[n] = n
		plain, isOld := strings.CutSuffix(n, oldMark)
		d := a.next.decls.get(n)
		switch {
		case isOld && a.old[plain] != nil:
			m[n] = a.old[plain].symbol
		case d == nil && n == "main":
			m[n] = "main_" + keyMark
		case d == nil:
		case d.kind == varPiece:
			m[n] = d.symbol
		case d.kind == funcPiece, d.kind == typePiece:
			m[n] = a.next.symbolFor(n, a.next.deepKey(d))
		}
	}
	return m
}

// rename edits every use of a name whose symbol differs.
func (a *analysis) rename(symbols map[string]string, locals *localTypes, es edits) {
	change := func(id *ast.Ident, symbol string) {
		t := a.textAt(id.Pos())
		if o, off, ok := t.exact(int(id.Pos() - t.start)); ok && symbol != "" && symbol != id.Name && strings.HasPrefix(o.Source[off:], id.Name) {
			es.add(o, off, off+len(id.Name), symbol)
		}
	}
	typeSymbol := func(n *types.TypeName) string {
		if n.Parent() == a.pkg.Scope() {
			return symbols[n.Name()]
		}
		return locals.names[n]
	}
	visit := func(id *ast.Ident, obj types.Object) {
		if obj == nil || obj.Pkg() != a.pkg || a.textAt(obj.Pos()) == nil {
			return // what stands in no text is of C: that is for cgo to name
		}
		if v, ok := obj.(*types.Var); ok && v.IsField() {
			// An embedded field is named like its type, and goes with it. Where it is declared, the type is used.
			if v.Embedded() && !(a.info.Defs[id] != nil && a.info.Uses[id] != nil) {
				if n := typeName(v.Type()); n != nil && n.Name() == id.Name {
					change(id, typeSymbol(n))
				}
			}
			return
		}
		if n, ok := obj.(*types.TypeName); ok {
			symbol := typeSymbol(n)
			if args := locals.args[n]; args != "" && a.info.Uses[id] != nil {
				symbol += args
			}
			change(id, symbol)
		} else if obj.Parent() == a.pkg.Scope() {
			change(id, symbols[obj.Name()])
		}
	}
	for id, obj := range a.info.Defs {
		visit(id, obj)
	}
	for id, obj := range a.info.Uses {
		visit(id, obj)
	}
	for _, r := range a.oldRefs {
		if s := symbols[r.name+oldMark]; s != "" && s != r.name {
			es.add(a.origin, r.off, r.off+len(r.name), s)
		}
	}

	for _, r := range a.againRefs {
		if s := symbols[r.name]; s != r.name {
			es.add(a.origin, r.off, r.off+len(r.name), s)
		}
	}
}

func typeName(t types.Type) *types.TypeName {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	switch t := t.(type) {
	case *types.Named:
		return t.Obj()
	case *types.Alias:
		return t.Obj()
	}
	return nil
}
