package cell

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// resultsHint writes the assignment with as many names as there are results.
func (a *analysis) resultsHint(_ []string, pos token.Pos) string {
	names, call, define := a.assignmentAt(pos)
	if call == nil {
		return ""
	}
	results, ok := a.info.TypeOf(call).(*types.Tuple)
	if !ok {
		return "the function returns one value"
	}
	names = names[:min(len(names), results.Len())]
	for i := len(names); i < results.Len(); i++ {
		if name := "_"; results.At(i).Type().String() == "error" {
			names = append(names, "err")
		} else {
			names = append(names, name)
		}
	}
	return "it returns " + a.nameOfType(results) + ": " + strings.Join(names, ", ") + define + a.textOf(call)
}

// assignmentAt returns the left side of the assignment or declaration around a position, and the only call on its right.
func (a *analysis) assignmentAt(pos token.Pos) (names []string, call *ast.CallExpr, define string) {
	var values []ast.Expr
	define = " := "
	if s := around[*ast.AssignStmt](a, pos); s != nil {
		for _, l := range s.Lhs {
			names = append(names, a.textOf(l))
		}
		values, define = s.Rhs, " "+s.Tok.String()+" "
	} else if s := around[*ast.ValueSpec](a, pos); s != nil {
		for _, l := range s.Names {
			names = append(names, l.Name)
		}
		values = s.Values
	}
	if len(values) == 1 {
		call, _ = ast.Unparen(values[0]).(*ast.CallExpr)
	}
	return names, call, define
}

// returnHint writes the return statement with what is missing at its end.
func (a *analysis) returnHint(m []string, pos token.Pos) string {
	have, want := fieldsOfList(m[1]), fieldsOfList(m[2])
	s := around[*ast.ReturnStmt](a, pos)
	if s == nil || len(have) >= len(want) || strings.Contains(a.textOf(s), "\n") {
		return ""
	}
	text := a.textOf(s)
	for i := len(have); i < len(want); i++ {
		if i > 0 {
			text += ","
		}
		text += " " + zeroOf(want[i])
	}
	return "give all results: " + text
}

func fieldsOfList(s string) []string {
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	return strings.Split(s, ", ")
}

func zeroOf(typ string) string {
	switch {
	case isNumber(typ):
		return "0"
	case typ == "string":
		return `""`
	case typ == "bool":
		return "false"
	case typ == "error", strings.HasPrefix(typ, "*"), strings.HasPrefix(typ, "[]"), strings.HasPrefix(typ, "map["), strings.HasPrefix(typ, "func"):
		return "nil"
	}
	return typ + "{}"
}
