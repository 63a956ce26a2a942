package cell

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
)

// Cells run more than once, and package flag panics when a flag is defined again. So where cells define flags of the command line, the
// name goes through rt.Flag, which makes room for it.

// renewFlags edits the names of all flags that are defined in the cell and in what it reaches.
func (a *analysis) renewFlags(es edits) {
	for _, t := range a.texts[1:] {
		for _, name := range a.flagNames(t) {
			renewFlag(t, name, es)
		}
	}
}

// renewFlag edits the name of a flag where it is defined.
func renewFlag(t *text, name ast.Expr, es edits) {
	insert(t, name.Pos(), "resident_rt.Flag(", es)
	insert(t, name.End(), ")", es)
}

// flagNames returns the arguments that name flags in those calls of a file that define them for the command line.
func (a *analysis) flagNames(t *text) (names []ast.Expr) {
	ast.Inspect(t.ast, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if name := a.flagName(call); name != nil {
				names = append(names, name)
			}
		}
		return true
	})
	return names
}

// flagName returns the argument that names the flag which a call defines, nil for other calls: flag's functions that define one have parameters name and usage.
func (a *analysis) flagName(call *ast.CallExpr) ast.Expr {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	f, ok := a.info.Uses[sel.Sel].(*types.Func)
	if !ok || f.Pkg() == nil || f.Pkg().Path() != "flag" || f.Signature().Recv() != nil {
		return nil
	}
	params := slices.Collect(f.Signature().Params().Variables())
	index := func(name string) int {
		return slices.IndexFunc(params, func(p *types.Var) bool { return p.Name() == name })
	}
	if at := index("name"); at >= 0 && index("usage") >= 0 && at < len(call.Args) {
		return call.Args[at]
	}
	return nil
}

// constantText returns the value of a constant string.
func (a *analysis) constantText(x ast.Expr) (text string, ok bool) {
	value := a.info.Types[x].Value
	if value == nil || value.Kind() != constant.String {
		return "", false
	}
	return constant.StringVal(value), true
}
