package cell

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// mismatchHint writes the operation with a conversion.
func (a *analysis) mismatchHint(m []string, pos token.Pos) string {
	e := a.operation(m[1], m[2], pos)
	if e == nil {
		return ""
	}
	x, y, op := a.textOf(e.X), a.textOf(e.Y), " "+e.Op.String()+" "
	tx, ty := a.info.TypeOf(e.X), a.info.TypeOf(e.Y)
	if strings.Contains(x+y, "\n") || tx == nil || ty == nil {
		return ""
	}
	nx, ny := a.nameOfType(tx), a.nameOfType(ty)
	switch kx, ky := basicInfo(tx), basicInfo(ty); {
	case kx&types.IsNumeric != 0 && ky&types.IsNumeric != 0:
		if ky&types.IsFloat != 0 && kx&types.IsInteger != 0 {
			return "Go converts no numbers by itself: " + ny + parens(x) + op + y
		}
		return "Go converts no numbers by itself: " + x + op + nx + parens(y)
	case e.Op == token.ADD && kx&types.IsString != 0 && ky != 0:
		return "only strings can be joined: " + x + op + "fmt.Sprint" + parens(y)
	case e.Op == token.ADD && ky&types.IsString != 0 && kx != 0:
		return "only strings can be joined: fmt.Sprint" + parens(x) + op + y
	}
	return ""
}

// truncationHint converts the whole number beside a constant that is none.
func (a *analysis) truncationHint(m []string, pos token.Pos) string {
	e := around[*ast.BinaryExpr](a, pos)
	if e == nil || e.Op == token.SHL || e.Op == token.SHR || strings.Contains(a.textOf(e), "\n") {
		return ""
	}
	x, y, op := a.textOf(e.X), a.textOf(e.Y), " "+e.Op.String()+" "
	switch m[1] {
	case x:
		return "Go converts no numbers by itself: " + x + op + "float64" + parens(y)
	case y:
		return "Go converts no numbers by itself: float64" + parens(x) + op + y
	}
	return ""
}

// operation returns the operation around a position whose operands have these types.
func (a *analysis) operation(x, y string, pos token.Pos) (found *ast.BinaryExpr) {
	t := a.textAt(pos)
	if t == nil {
		return nil
	}
	ast.Inspect(t.ast, func(n ast.Node) bool {
		if n == nil || pos < n.Pos() || pos >= n.End() {
			return false
		}
		if e, ok := n.(*ast.BinaryExpr); ok && a.info.TypeOf(e.X) != nil && a.info.TypeOf(e.Y) != nil {
			if a.nameOfType(a.info.TypeOf(e.X)) == x && a.nameOfType(a.info.TypeOf(e.Y)) == y {
				found = e
			}
		}
		return true
	})
	return found
}

func parens(s string) string { return "(" + s + ")" }

// basicInfo returns what kind of a basic type is under a type, 0 for others.
func basicInfo(t types.Type) types.BasicInfo {
	if b, ok := t.Underlying().(*types.Basic); ok {
		return b.Info()
	}
	return 0
}

func (a *analysis) nameOfType(t types.Type) string {
	return PlainName(types.TypeString(t, func(p *types.Package) string {
		if p == a.pkg {
			return ""
		}
		return p.Name()
	}))
}

func (a *analysis) pointerHint(m []string, _ token.Pos) string { return "take its address: &" + m[1] }

// conversions are how values of some types become others: % stands for the value.
var conversions = []struct{ from, to, hint string }{
	{"int", "string", "strconv.Itoa(%) is its digits"},
	{"string", "int", "n, err := strconv.Atoi(%) reads a number"},
	{"string", "float64", "x, err := strconv.ParseFloat(%, 64) reads a number"},
	{"error", "string", "%.Error() is its text"},
	{"[]byte", "string", "string(%) converts it"},
	{"[]rune", "string", "string(%) converts it"},
	{"string", "[]byte", "[]byte(%) converts it"},
	{"string", "[]rune", "[]rune(%) converts it"},
	{"rune", "string", "string(%) converts it"},
}

// conversionHint says how a value gets the type that is wanted.
func (a *analysis) conversionHint(m []string, _ token.Pos) string {
	value, from, to := m[1], m[2], m[3]
	if strings.Contains(value, "\n") || len(value) > 60 {
		return ""
	}
	for _, c := range conversions {
		if c.from == from && c.to == to {
			return strings.ReplaceAll(c.hint, "%", value)
		}
	}
	switch {
	case isNumber(from) && isNumber(to):
		return "Go converts no numbers by itself: " + to + parens(value)
	case to == "string" && (isNumber(from) || from == "bool"):
		return "fmt.Sprint(" + value + ") is its text"
	case from == "*"+to:
		return "*" + value + " is what it points to"
	case to == "*"+from:
		return "&" + value + " is its address"
	case to == "[]"+from:
		return "[]" + from + "{" + value + "} is a slice of it"
	}
	return ""
}

// constantHint says why a constant does not fit.
func (a *analysis) constantHint(m []string, _ token.Pos) string {
	value, kind, to := m[1], m[2], m[3]
	switch {
	case kind == "string" && (to == "rune" || to == "byte"):
		return "a single character stands in single quotes"
	case kind == "string" && isNumber(to):
		return "text in quotes is no number: write it without them, or read it with package strconv"
	case kind == "float" && isNumber(to):
		return to + " holds whole numbers only"
	case kind == "string" && (to == "[]byte" || to == "[]rune"):
		return to + parens(value) + " converts it"
	case to == "string":
		return `text stands in double quotes: "` + strings.Trim(value, "'") + `"`
	}
	return ""
}

func isNumber(name string) bool {
	obj := types.Universe.Lookup(name)
	return obj != nil && basicInfo(obj.Type())&types.IsNumeric != 0
}
