package cell

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// ref is a use of a variable's name at an offset of the cell.
type ref struct {
	off  int
	name string
}

// step is a part of what Run does: a statement, or the initialisation of variables.
type step struct {
	rank  int // in the order in which Go initialises variables of a package
	write func(*text, edits)
}

// order returns what Run does. Pieces come in the order of the source, and the variables of one declaration in the order in which Go
// initialises those of a package; so do all variables of a cell that is declarations only.
func (a *analysis) order() []step {
	ranks := a.initOrder()
	byRank := func(x, y step) int { return cmp.Compare(x.rank, y.rank) }
	var steps []step
	for _, p := range a.pieces {
		switch p.kind {
		case stmtPiece:
			steps = append(steps, step{write: func(t *text, es edits) { a.statement(t, p, es) }})
		case varPiece:
			own := a.initialisers(p, ranks)
			slices.SortStableFunc(own, byRank)
			steps = append(steps, own...)
		}
	}
	if a.file {
		slices.SortStableFunc(steps, byRank)
	}
	return steps
}

// initOrder returns the ranks of initialisers, from 1, by the places of their first variables.
func (a *analysis) initOrder() map[int]int {
	t := a.cellText()
	ranks := map[int]int{}
	for i, init := range a.info.InitOrder {
		if first := init.Lhs[0].Pos(); a.textAt(first) == t {
			if _, off, ok := t.exact(int(first - t.start)); ok {
				ranks[off] = i + 1
			}
		}
	}
	return ranks
}

// initialisers returns the steps that initialise the variables of a declaration, one for each value: another may be made of it. Variables that are made
// of what had their names before get their values at the same time.
func (a *analysis) initialisers(p *piece, ranks map[int]int) (steps []step) {
	for _, s := range p.specs() {
		spec := s.(*ast.ValueSpec)
		add := func(names []*ast.Ident, write func(*text, edits)) {
			steps = append(steps, step{ranks[p.offset(names[0].Pos())], write})
		}
		if e := a.embeds[spec]; e != nil {
			add(spec.Names, func(t *text, es edits) { a.assignEmbedded(t, p, e, es) })
			continue
		}
		if len(spec.Values) != len(spec.Names) || a.usesOld(p, spec) {
			add(spec.Names, func(t *text, es edits) { a.assign(t, p, spec.Names, spec.Type, spec.Values, es) })
			continue
		}
		for i := range spec.Names {
			add(spec.Names[i:i+1], func(t *text, es edits) { a.assign(t, p, spec.Names[i:i+1], spec.Type, spec.Values[i:i+1], es) })
		}
	}
	return steps
}

// usesOld reports whether a specification uses what had the names of its variables before.
func (a *analysis) usesOld(p *piece, spec *ast.ValueSpec) bool {
	return slices.ContainsFunc(a.oldRefs, func(r ref) bool {
		return p.offset(spec.Pos()) <= r.off && r.off < p.offset(spec.End()) &&
			slices.ContainsFunc(spec.Names, func(id *ast.Ident) bool { return id.Name == r.name })
	})
}

// statement writes one statement of Run. Names defined by := are package variables: they are assigned.
func (a *analysis) statement(t *text, p *piece, es edits) {
	if def := p.define(); def != nil {
		off := p.offset(def.TokPos)
		es.add(a.origin, off, off+2, " =")
	}
	show := p == a.last && !a.void && !a.quiet()
	t.line(a.origin, p.start)
	switch {
	case show && p.quiet:
		t.raw("resident_rt.Drop(")
	case show:
		t.raw("resident_run.Show(")
	}
	t.copy(a.origin, p.start, p.end, es)
	if show {
		t.raw(")")
	}
}

// assign writes the initialisation of variables: an assignment, of zero without values.
func (a *analysis) assign(t *text, p *piece, names []*ast.Ident, typ ast.Expr, values []ast.Expr, es edits) {
	copyNode := func(from, to ast.Node) { t.copy(a.origin, p.offset(from.Pos()), p.offset(to.End()), es) }
	first, last := names[0], names[len(names)-1]
	named := slices.DeleteFunc(slices.Clone(names), func(id *ast.Ident) bool { return id.Name == "_" })
	t.line(a.origin, p.offset(first.Pos()))
	switch {
	case len(named) == 0:
		t.raw("var ")
		copyNode(first, last)
		if typ != nil {
			t.raw(" ")
			copyNode(typ, typ)
		}
		if len(values) > 0 {
			t.raw(" = ")
			copyNode(values[0], values[len(values)-1])
		}
	case len(values) == 0:
		for i, id := range named {
			if i > 0 {
				t.raw("; ")
			}
			t.raw("resident_rt.Zero(&")
			copyNode(id, id)
			t.raw(")")
		}
	default:
		copyNode(first, last)
		t.raw(" = ")
		copyNode(values[0], values[len(values)-1])
	}
}

// quiet reports whether the last expression is a call that people make for its effect, not for its values.
func (a *analysis) quiet() bool {
	list := a.run.Body.List
	show := list[len(list)-1].(*ast.ExprStmt).X.(*ast.CallExpr)
	call, ok := ast.Unparen(show.Args[0]).(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	f, ok := a.info.Uses[sel.Sel].(*types.Func)
	if !ok {
		return false
	}
	if f.Pkg() != nil && f.Pkg().Path() == "fmt" && (strings.HasPrefix(f.Name(), "Print") || strings.HasPrefix(f.Name(), "Fprint")) {
		return true
	}
	res := f.Signature().Results()
	return strings.HasPrefix(f.Name(), "Write") && res.Len() == 2 && res.At(1).Type().String() == "error"
}
