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
	values, mentions := a.cycles(false), a.cycles(true)
	for _, name := range a.newVars {
		v, ok := a.pkg.Scope().Lookup(name).(*types.Var)
		if !ok {
			continue
		}
		found := values.find(v)
		if found == nil && v.Type() == types.Typ[types.Invalid] { // what it mentions has no type without its own
			if found = mentions.find(v); found == nil {
				found = []*types.Var{v}
			}
		}
		if found != nil {
			return a.fail(a.placeOf(found[0]), "%s", cycleMessage(found))
		}
	}
	return nil
}

// cycles finds variables that need each other.
type cycles struct {
	needs map[*types.Var][]*types.Var
	path  []*types.Var
	seen  map[*types.Var]bool
}

// find returns the variables of the first cycle that is found from v on, nil if there is none.
func (c *cycles) find(v *types.Var) []*types.Var {
	if at := slices.Index(c.path, v); at >= 0 {
		return slices.Clone(c.path[at:])
	}
	if c.seen[v] {
		return nil
	}
	c.seen[v] = true
	c.path = append(c.path, v)
	defer func() { c.path = c.path[:len(c.path)-1] }()
	for _, other := range c.needs[v] {
		if found := c.find(other); found != nil {
			return found
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

// cycles looks at which others the value of each variable of the cell is made of, with pointers also by where they are.
func (a *analysis) cycles(pointers bool) *cycles {
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
					needs[v] = a.variablesIn(values, pointers)
				}
			}
		}
	}
	return &cycles{needs: needs, seen: map[*types.Var]bool{}}
}

// variablesIn returns the variables of the package whose values are used in expressions, with pointers also those whose addresses are.
func (a *analysis) variablesIn(values []ast.Expr, pointers bool) (vars []*types.Var) {
	for _, x := range values {
		ast.Inspect(x, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.UnaryExpr:
				_, literal := ast.Unparen(n.X).(*ast.CompositeLit)
				return n.Op != token.AND || literal || pointers
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
