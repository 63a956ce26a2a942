package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// cycle is an error if variables of the cell need each other's values to have one. Values that are only needed when a function is called, or
// that a pointer leads to, are there by then: a function may call itself by way of its variable.
func (a *analysis) cycle() error {
	needs := a.needs()
	var path []*types.Var
	var visit func(v *types.Var) []*types.Var
	visit = func(v *types.Var) []*types.Var {
		if at := slices.Index(path, v); at >= 0 {
			return path[at:]
		}
		path = append(path, v)
		defer func() { path = path[:len(path)-1] }()
		for _, other := range needs[v] {
			if found := visit(other); found != nil {
				return slices.Clone(found)
			}
		}
		return nil
	}
	for _, name := range a.newVars {
		v, ok := a.pkg.Scope().Lookup(name).(*types.Var)
		if !ok {
			continue
		}
		if found := visit(v); found != nil {
			return a.fail(a.placeOf(found[0]), "%s", cycleMessage(found))
		}
	}
	return nil
}

// cycleMessage says in Go's words which variable refers to which.
func cycleMessage(vars []*types.Var) string {
	if len(vars) == 1 {
		return fmt.Sprintf("initialization cycle: %s refers to itself", vars[0].Name())
	}
	var b strings.Builder
	fmt.Fprintf(&b, "initialization cycle for %s", vars[0].Name())
	for i, v := range vars {
		fmt.Fprintf(&b, "\n\t%s refers to %s", v.Name(), vars[(i+1)%len(vars)].Name())
	}
	return b.String()
}

// needs returns, for each variable of the cell, the others whose values its own is made of.
func (a *analysis) needs() map[*types.Var][]*types.Var {
	needs := map[*types.Var][]*types.Var{}
	for _, d := range a.cellText().ast.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, s := range g.Specs {
			spec := s.(*ast.ValueSpec)
			for i, id := range spec.Names {
				values := spec.Values
				if len(values) == len(spec.Names) {
					values = values[i : i+1]
				}
				if v, ok := a.info.Defs[id].(*types.Var); ok {
					needs[v] = a.variablesIn(values)
				}
			}
		}
	}
	return needs
}

// variablesIn returns the variables of the package whose values are used in expressions.
func (a *analysis) variablesIn(values []ast.Expr) (vars []*types.Var) {
	for _, x := range values {
		ast.Inspect(x, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.UnaryExpr:
				_, literal := ast.Unparen(n.X).(*ast.CompositeLit)
				return n.Op != token.AND || literal
			case *ast.Ident:
				if v, ok := a.info.Uses[n].(*types.Var); ok && v.Parent() == a.pkg.Scope() {
					vars = append(vars, v)
				}
			}
			return true
		})
	}
	return vars
}

// placeOf returns where a variable of the cell is declared in it.
func (a *analysis) placeOf(v *types.Var) int {
	if t := a.textAt(v.Pos()); t != nil {
		if _, at, ok := t.exact(int(v.Pos() - t.start)); ok {
			return at
		}
	}
	return a.pieces[a.declared[v.Name()]].start
}
