package cell

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
)

// flagNames returns the names of the flags that the cell's code defines for the command line by calls of package flag. A cell that is run
// again defines them again, for which flag would panic.
func (a *analysis) flagNames() (names []string) {
	ast.Inspect(a.cellText().ast, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if name, ok := a.definedFlag(call); ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
		return true
	})
	return names
}

// definedFlag returns the name of the flag that a call defines, where it is a constant: flag's functions that do so have parameters name and usage.
func (a *analysis) definedFlag(call *ast.CallExpr) (name string, ok bool) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	f, ok := a.info.Uses[sel.Sel].(*types.Func)
	if !ok || f.Pkg() == nil || f.Pkg().Path() != "flag" || f.Signature().Recv() != nil {
		return "", false
	}
	at, usage := -1, false
	for i, p := range slices.Collect(f.Signature().Params().Variables()) {
		if p.Name() == "name" {
			at = i
		}
		usage = usage || p.Name() == "usage"
	}
	if at < 0 || !usage || at >= len(call.Args) {
		return "", false
	}
	value := a.info.Types[call.Args[at]].Value
	if value == nil || value.Kind() != constant.String {
		return "", false
	}
	return constant.StringVal(value), true
}
