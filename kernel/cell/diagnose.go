package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strings"
)

// diagnose turns go/types' errors into diagnostics, leaving out those that only our way of writing the package causes.
func (a *analysis) diagnose(errs []types.Error) []Diagnostic {
	a.void = false
	var list []Diagnostic
	for _, e := range errs {
		t := a.textAt(e.Pos)
		if t == nil {
			continue
		}
		at := int(e.Pos - t.start)
		msg := e.Msg
		switch {
		case strings.Contains(msg, "imported and not used"), strings.Contains(msg, "imported as") && strings.Contains(msg, "and not used"):
			continue // see usedImports
		case strings.HasPrefix(msg, "initialization cycle"):
			continue // initialisers run as statements
		case strings.HasPrefix(msg, "\t"):
			continue // the second line of another error
		case a.last != nil && t == a.cellText() && strings.Contains(msg, "(no value) used as value") && a.isLast(e.Pos):
			a.void = true
			continue
		}
		o, off := t.source(at)
		if o == nil {
			o, off = a.origin, 0
		}
		d := Diagnostic{Origin: o, Offset: off, Message: a.singleValue(cleanMessage(msg), e.Pos)}
		a.hint(&d, e.Pos)
		if !slices.ContainsFunc(list, func(x Diagnostic) bool { return x.Offset == d.Offset && x.Message == d.Message }) {
			list = append(list, d)
		}
	}
	return list
}

func (a *analysis) cellText() *text { return a.texts[len(a.texts)-1] }

func (a *analysis) textAt(pos token.Pos) *text {
	for _, t := range a.texts {
		if pos >= t.start && int(pos-t.start) <= t.b.Len() {
			return t
		}
	}
	return nil
}

// isLast reports whether pos lies in the outermost call of the cell's last expression.
func (a *analysis) isLast(pos token.Pos) bool {
	list := a.run.Body.List
	if len(list) == 0 {
		return false
	}
	show, ok := list[len(list)-1].(*ast.ExprStmt)
	if !ok {
		return false
	}
	call := show.X.(*ast.CallExpr)
	return len(call.Args) == 1 && pos == call.Args[0].Pos() || len(call.Args) == 1 && a.isCallOf(call.Args[0], pos)
}

// isCallOf reports whether e is a call that go/types would complain of at pos.
func (a *analysis) isCallOf(e ast.Expr, pos token.Pos) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	return ok && pos >= call.Pos() && pos < call.End() && a.info.Types[call].IsVoid()
}

// usedImports returns, for each text, the package names that it really uses.
func (a *analysis) usedImports() map[*text]map[string]bool {
	used := map[*text]map[string]bool{}
	for id, obj := range a.info.Uses {
		if pn, ok := obj.(*types.PkgName); ok {
			t := a.textAt(id.Pos())
			if used[t] == nil {
				used[t] = map[string]bool{}
			}
			used[t][pn.Name()] = true
		}
	}
	return used
}

// singleValue gives a variable that gets several values the words that Go has for x := f(), which we check as var x = f().
func (a *analysis) singleValue(msg string, pos token.Pos) string {
	if !strings.HasPrefix(msg, "multiple-value ") {
		return msg
	}
	names, call, _ := a.assignmentAt(pos)
	if call == nil || call.Pos() != pos || len(names) != 1 {
		return msg
	}
	results, ok := a.info.TypeOf(call).(*types.Tuple)
	if !ok {
		return msg
	}
	return fmt.Sprintf("assignment mismatch: 1 variable but %s returns %d values", a.textOf(call.Fun), results.Len())
}

func cleanMessage(msg string) string {
	msg = strings.ReplaceAll(msg, oldMark, "")
	msg = strings.Replace(msg, "(comma, error expression of ", "(value of ", 1) // a call of C may have two values
	return PlainC(PlainName(msg))
}

// hint adds advice to the commonest mistakes.
func (a *analysis) hint(d *Diagnostic, pos token.Pos) {
	name, ok := strings.CutPrefix(d.Message, "undefined: ")
	if !ok {
		d.Hint = a.hintFor(d.Message, pos)
		return
	}
	if why := a.gone[name]; why != "" {
		d.Hint = why
		return
	}
	if i, ok := a.declared[name]; ok {
		line, _ := Diagnostic{Origin: a.origin, Offset: a.pieces[i].start}.Position()
		if dl, _ := d.Position(); line >= dl && d.Origin == a.origin {
			d.Hint = name + " is declared further down in this cell"
			return
		}
	}
	if strings.Contains(name, ".") {
		d.Hint = a.memberHint(name)
		return
	}
	if name == cName {
		d.Hint = `C code belongs to the cells with import "C" and to their functions: import it here, too`
		return
	}
	if name == "main" || name == "init" {
		d.Hint = name + " belongs to the cell that declares it, which runs it: a function with another name can be called from other cells"
		return
	}
	if a.inBlock(name) {
		d.Hint = name + " is known within the braces that declare it, and not outside of them"
		return
	}
	var names []string
	names = append(names, slices.Collect(a.next.decls.names())...)
	names = append(names, a.newVars...)
	names = append(names, slices.Collect(maps.Keys(a.next.imports))...)
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
	if a.inFmt(name) {
		d.Hint = "did you mean fmt." + name + "?"
	} else if best := Closest(name, names); best != "" {
		d.Hint = "did you mean " + best + "?"
	} else if paths := a.pkgs.Find(name); len(paths) > 0 {
		d.Hint = name + " is the name of package " + paths[0] + ": select something of it"
	} else {
		d.Hint = a.unknownHint(name, pos)
	}
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

// Closest returns the candidate within a small edit distance of a name, or "".
func Closest(name string, candidates []string) string {
	best, dist := "", len(name)/3+1
	slices.Sort(candidates)
	for _, c := range candidates {
		d := distance(strings.ToLower(name), strings.ToLower(c))
		if d < dist {
			best, dist = c, d
		}
	}
	if best == name {
		return ""
	}
	return best
}

// distance counts the bytes to insert, to delete, to replace, and to swap with the next one, that make b of a.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				cost++
			}
			cost = min(cost, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cost = min(cost, rows[i-2][j-2]+1)
			}
			rows[i][j] = cost
		}
	}
	return rows[len(a)][len(b)]
}
