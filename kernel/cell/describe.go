package cell

import (
	"go/types"
	"strings"
)

// Describe returns what is known of the identifier at the cursor, or else of the function that is called there: its declaration in one line, and, for
// members of packages, the import path and the name to look its documentation up by.
func (s *Session) Describe(source string, cursor int, pkgs Packages) (text, path, symbol string) {
	cursor = min(max(cursor, 0), len(source))
	for _, nameAt := range []func(string, int) (int, int){identAt, calleeAt} {
		if start, end := nameAt(source, cursor); start < end {
			if text, path, symbol = s.describeName(source, start, end, pkgs); text != "" {
				break
			}
		}
	}
	return text, path, symbol
}

// describeName describes the identifier in a range of the source.
func (s *Session) describeName(source string, start, end int, pkgs Packages) (text, path, symbol string) {
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
	_, isFunc := obj.(*types.Func)
	if d := a.next.decls.get(memberName(obj)); d != nil && (obj.Parent() == a.pkg.Scope() || isFunc) {
		text = d.described(text)
	}
	return text, "", ""
}

// described is what a declaration says of itself: of a type its text, of a function the comment above it, too.
func (d *decl) described(line string) string {
	switch d.kind {
	case typePiece:
		return "type " + d.text()
	case funcPiece:
		comment, _, found := strings.Cut(d.text(), "func ")
		for l := range strings.Lines(comment) {
			if l = strings.TrimPrefix(strings.TrimSpace(l), "//"); found && l != "" && !strings.HasPrefix(l, "go:") {
				line += "\n   " + l
			}
		}
	}
	return line
}

// memberName is the name by which go doc knows an object: Type.Member for methods and fields.
func memberName(obj types.Object) string {
	if v, ok := obj.(*types.Var); ok && v.IsField() {
		return fieldName(v)
	}
	f, ok := obj.(*types.Func)
	if !ok || f.Signature().Recv() == nil {
		return obj.Name()
	}
	if n := typeName(f.Signature().Recv().Type()); n != nil {
		return n.Name() + "." + obj.Name()
	}
	return obj.Name()
}

// fieldName is the name of a field with that of the first type in its package that has it.
func fieldName(field *types.Var) string {
	scope := field.Pkg().Scope()
	for _, name := range scope.Names() {
		t, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || t.IsAlias() {
			continue
		}
		if st, ok := t.Type().Underlying().(*types.Struct); ok {
			for f := range st.Fields() {
				if f.Origin() == field.Origin() {
					return name + "." + field.Name()
				}
			}
		}
	}
	return field.Name()
}
