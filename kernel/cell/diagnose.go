package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
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
		d := Diagnostic{Origin: o, Offset: off, Message: a.singleValue(a.unqualified(cleanMessage(msg)), e.Pos)}
		d.Hint = a.hintFor(d.Message, e.Pos)
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
