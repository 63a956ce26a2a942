package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// promote lets top-level loops work on local copies of the variables that only they can touch meanwhile. A variable of
// the package lives in memory, and a loop that adds to it waits for that memory in every turn; a local lives in a
// register. Each assignment is written through at once, so that whatever ends the loop, a panic or an interrupt, the
// variable has its value:
//
//	{ p := &s; s := *p; for i := range a { s += a[i]; *p = s } }
//
// A variable takes part when no function, closure or pointer of the session can reach it.
func (a *analysis) promote(symbols map[string]string, es edits) {
	if hasGoto(a.run.Body) {
		return // the block around a loop must not be jumped into
	}
	for _, s := range a.run.Body.List {
		loop := s
		for {
			l, ok := loop.(*ast.LabeledStmt)
			if !ok {
				break
			}
			loop = l.Stmt
		}
		switch loop.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			a.promoteLoop(s, symbols, es)
		}
	}
}

func hasGoto(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if b, ok := n.(*ast.BranchStmt); ok && b.Tok == token.GOTO {
			found = true
		}
		return !found
	})
	return found
}

// promotion is what a loop does with its variables.
type promotion struct {
	a      *analysis
	uses   map[string]int               // by name
	writes map[ast.Stmt]map[string]bool // assignments that stand where another statement can follow
	ban    map[string]bool              // variables that have to stay where they are
}

func (a *analysis) promoteLoop(s ast.Stmt, symbols map[string]string, es edits) {
	p := &promotion{a: a, uses: map[string]int{}, writes: map[ast.Stmt]map[string]bool{}, ban: map[string]bool{}}
	p.scan(s)
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(p.uses)), func(n string) bool { return p.ban[n] })
	if len(names) == 0 {
		return
	}
	t := a.cellText()
	o, start, ok := t.exact(int(s.Pos() - t.start))
	_, end, ok2 := t.exact(int(s.End() - t.start))
	if !ok || !ok2 {
		return
	}
	var open strings.Builder
	open.WriteString("{ ")
	for _, n := range names {
		fmt.Fprintf(&open, "resident_v_%s := &%s; %s := *resident_v_%s; ", n, symbols[n], symbols[n], n)
	}
	es.add(o, start, start, open.String())
	for stmt, targets := range p.writes {
		var through strings.Builder
		for _, n := range slices.Sorted(maps.Keys(targets)) {
			if !p.ban[n] {
				fmt.Fprintf(&through, "; *resident_v_%s = %s", n, symbols[n])
			}
		}
		if _, off, ok := t.exact(int(stmt.End() - t.start)); ok && through.Len() > 0 {
			es.add(o, off, off, through.String())
		}
	}
	es.add(o, end, end, " }")
}

// scan finds the variables of a loop, where they are assigned, and which of them cannot be copied.
func (p *promotion) scan(loop ast.Stmt) {
	placed := map[ast.Stmt]bool{} // statements that another one can follow
	ast.Inspect(loop, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			place(placed, n.List)
		case *ast.CaseClause:
			place(placed, n.Body)
		case *ast.CommClause:
			place(placed, n.Body)
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				p.write(n, l, placed[n] && n.Tok != token.DEFINE)
			}
		case *ast.IncDecStmt:
			p.write(n, n.X, placed[n])
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				p.write(n, n.Key, false)
				p.write(n, n.Value, false)
			}
		case *ast.Ident:
			if v := p.variable(n); v != nil {
				p.uses[v.Name()]++
				if p.a.next.shared.get(v.Name()) || !registers(v.Type()) {
					p.ban[v.Name()] = true
				}
			}
		}
		return true
	})
}

func place(placed map[ast.Stmt]bool, list []ast.Stmt) {
	for _, s := range list {
		placed[s] = true
	}
}

// variable returns the package variable that an expression names, or nil.
func (p *promotion) variable(e ast.Expr) *types.Var {
	id, ok := e.(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := p.a.info.Uses[id].(*types.Var)
	if !ok || v.IsField() || v.Parent() != p.a.pkg.Scope() || strings.HasSuffix(v.Name(), oldMark) {
		return nil
	}
	return v
}

func (p *promotion) write(s ast.Stmt, target ast.Expr, followed bool) {
	v := p.variable(target)
	switch {
	case v == nil:
	case !followed:
		p.ban[v.Name()] = true
	default:
		if p.writes[s] == nil {
			p.writes[s] = map[string]bool{}
		}
		p.writes[s][v.Name()] = true
	}
}

// registers reports whether values of a type fit into a few registers.
func registers(t types.Type) bool {
	switch t := t.Underlying().(type) {
	case *types.Basic:
		return t.Kind() != types.Invalid
	case *types.Slice, *types.Pointer, *types.Map:
		return true
	}
	return false
}
