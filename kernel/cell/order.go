package cell

import (
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

// order returns what Run does, piece by piece: in the order of the source, or, when the cell is declarations only,
// in the order in which Go initialises package variables.
func (a *analysis) order() []func(*text, edits) {
	var items []func(*text, edits)
	var first []string // the variable that an item assigns first, "" for statements
	for _, p := range a.pieces {
		switch p.kind {
		case stmtPiece:
			items, first = append(items, func(t *text, es edits) { a.statement(t, p, es) }), append(first, "")
		case varPiece:
			for _, s := range p.specs() {
				spec := s.(*ast.ValueSpec)
				if e := a.embeds[spec]; e != nil {
					items = append(items, func(t *text, es edits) { a.assignEmbedded(t, p, e, es) })
				} else {
					items = append(items, func(t *text, es edits) { a.assign(t, p, spec, es) })
				}
				first = append(first, spec.Names[0].Name)
			}
		}
	}
	if !a.file {
		return items
	}
	rank := map[string]int{} // by the initialisation order; those without initialiser come first
	for i, init := range a.info.InitOrder {
		rank[init.Lhs[0].Name()] = i + 1
	}
	order := make([]int, len(items))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return rank[first[i]] - rank[first[j]] })
	sorted := make([]func(*text, edits), len(items))
	for k, i := range order {
		sorted[k] = items[i]
	}
	return sorted
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

// assign writes the initialisation of a var specification; without values it is an assignment of zero.
func (a *analysis) assign(t *text, p *piece, spec *ast.ValueSpec, es edits) {
	blank := !slices.ContainsFunc(spec.Names, func(id *ast.Ident) bool { return id.Name != "_" })
	start, end := p.offset(spec.Pos()), p.offset(spec.End())
	t.line(a.origin, start)
	switch {
	case blank:
		t.raw("var ")
		t.copy(a.origin, start, end, es)
	case len(spec.Values) == 0:
		t.raw("resident_rt.Zero(")
		for _, id := range spec.Names {
			if id.Name != "_" {
				t.raw("&")
				t.copy(a.origin, p.offset(id.Pos()), p.offset(id.End()), es)
				t.raw(")")
				break
			}
		}
		for _, id := range spec.Names[1:] {
			if id.Name != "_" {
				t.raw("; resident_rt.Zero(&")
				t.copy(a.origin, p.offset(id.Pos()), p.offset(id.End()), es)
				t.raw(")")
			}
		}
	default:
		for i, id := range spec.Names {
			if i > 0 {
				t.raw(", ")
			}
			t.copy(a.origin, p.offset(id.Pos()), p.offset(id.End()), es)
		}
		t.raw(" = ")
		t.copy(a.origin, p.offset(spec.Values[0].Pos()), end, es)
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
