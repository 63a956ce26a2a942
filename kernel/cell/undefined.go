package cell

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strings"
)

// undefinedHint says what a name that means nothing may have been meant for.
func (a *analysis) undefinedHint(m []string, pos token.Pos) string {
	name := m[1]
	switch {
	case strings.Contains(name, "."):
		return a.memberHint(name)
	case a.gone[name] != "":
		return a.gone[name]
	case a.comesLater(name, pos):
		return name + " is declared further down in this cell"
	case name == cName:
		return `C code belongs to the cells with import "C" and to their functions: import it here, too`
	case name == "main" || name == "init":
		return name + " belongs to the cell that declares it, which runs it: a function with another name can be called from other cells"
	case a.inBlock(name):
		return name + " is known within the braces that declare it, and not outside of them"
	case a.inFmt(name):
		return "did you mean fmt." + name + "?"
	}
	if best := Closest(name, a.candidates(name, pos)); best != "" {
		return "did you mean " + best + "?"
	}
	if paths := a.pkgs.Find(name); len(paths) > 0 {
		return name + " is the name of package " + paths[0] + ": select something of it"
	}
	return a.unknownHint(name, pos)
}

// comesLater reports whether the cell declares a name at a position or below it.
func (a *analysis) comesLater(name string, pos token.Pos) bool {
	i, mine := a.declared[name]
	t := a.textAt(pos)
	if !mine || t == nil {
		return false
	}
	o, off := t.source(int(pos - t.start))
	line, _ := Diagnostic{Origin: a.origin, Offset: a.pieces[i].start}.Position()
	used, _ := Diagnostic{Origin: a.origin, Offset: off}.Position()
	return o == a.origin && line >= used
}

// candidates returns the names that one at a position can have been meant for: those of the session, and of Go.
func (a *analysis) candidates(name string, pos token.Pos) []string {
	declared := slices.DeleteFunc(slices.Collect(a.next.decls.names()), func(key string) bool { return strings.Contains(key, ".") }) // methods
	names := slices.Concat(declared, a.newVars, slices.Collect(maps.Keys(a.next.imports)))
	for _, known := range types.Universe.Names() {
		if _, isType := types.Universe.Lookup(known).(*types.TypeName); !isType || !a.isValue(pos) {
			names = append(names, known)
		}
	}
	if s := around[*ast.SelectorExpr](a, pos); s != nil && s.X.Pos() == pos {
		for _, p := range a.pkgs.Paths() {
			if base := path.Base(p); distance(name, base) < 2 { // there are hundreds: one of them resembles any word
				names = append(names, base)
			}
		}
	}
	return names
}

// inBlock tells whether a block, or a function, of the cell declares a name for itself.
func (a *analysis) inBlock(name string) bool {
	for id, obj := range a.info.Defs {
		if id.Name == name && obj != nil && obj.Parent() != nil && obj.Parent() != a.pkg.Scope() && a.textAt(id.Pos()) == a.cellText() {
			return true
		}
	}
	return false
}

// isValue tells whether the name at a position cannot be that of a type: something is selected of it, or a function is called with it.
func (a *analysis) isValue(pos token.Pos) bool {
	if s := around[*ast.SelectorExpr](a, pos); s != nil && s.X.Pos() == pos {
		return true
	}
	call := around[*ast.CallExpr](a, pos)
	if call == nil {
		return false
	}
	if f, ok := call.Fun.(*ast.Ident); ok && (f.Name == "new" || f.Name == "make") {
		return false
	}
	return slices.ContainsFunc(call.Args, func(arg ast.Expr) bool {
		name, ok := arg.(*ast.Ident)
		return ok && name.Pos() == pos
	})
}

// inFmt tells whether a name is one of package fmt, whose name is what beginners forget.
func (a *analysis) inFmt(name string) bool {
	pkg, err := a.pkgs.Import("fmt")
	return err == nil && ast.IsExported(name) && pkg.Scope().Lookup(name) != nil
}

// unknownHint is for a name that resembles none: it is assigned to, or the cell that declares it has not been run.
func (a *analysis) unknownHint(name string, pos token.Pos) string {
	if s := around[*ast.AssignStmt](a, pos); s != nil && s.Tok == token.ASSIGN && len(s.Lhs) == 1 && s.Lhs[0].Pos() == pos {
		return "to declare it write " + name + " := " + a.textOf(s.Rhs[0])
	}
	hint := "no cell that has run declares " + name
	if s := around[*ast.SelectorExpr](a, pos); s != nil && s.X.Pos() == pos && ast.IsExported(s.Sel.Name) {
		hint += "; if it is a package, import it by its path: %get MODULE adds a module"
	}
	return hint
}

func (a *analysis) memberHint(name string) string {
	x, sel, _ := strings.Cut(name, ".")
	path := a.origin.Imports[x]
	if path == "" {
		return ""
	}
	pkg, err := a.pkgs.Import(path)
	if err != nil {
		return ""
	}
	names := slices.DeleteFunc(pkg.Scope().Names(), func(n string) bool { return !ast.IsExported(n) })
	if best := Closest(sel, names); best != "" {
		return "did you mean " + x + "." + best + "?"
	}
	return ""
}
