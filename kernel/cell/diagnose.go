package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strconv"
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
		msg, pos := a.asAssignment(a.placed(a.unqualified(cleanMessage(msg))), e.Pos)
		o, off := t.source(int(pos - t.start))
		if o == nil {
			o, off = a.origin, 0
		}
		d := Diagnostic{Origin: o, Offset: off, Message: msg}
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

// asAssignment gives variables that get too few or too many values the words, and the place, that Go has for x := f(), which we check as var x = f().
func (a *analysis) asAssignment(msg string, pos token.Pos) (string, token.Pos) {
	spec := around[*ast.ValueSpec](a, pos)
	switch {
	case spec == nil:
	case strings.HasPrefix(msg, "multiple-value ") && len(spec.Names) == 1 && len(spec.Values) == 1 && ast.Unparen(spec.Values[0]).Pos() == pos:
		call, ok := ast.Unparen(spec.Values[0]).(*ast.CallExpr)
		if !ok {
			break
		}
		if results, ok := a.info.TypeOf(call).(*types.Tuple); ok {
			return fmt.Sprintf("assignment mismatch: 1 variable but %s returns %d values", a.textOf(call.Fun), results.Len()), pos
		}
	case a.isDefine(pos) && (strings.HasPrefix(msg, "extra init expr ") || strings.HasPrefix(msg, "missing init expr for ")):
		return fmt.Sprintf("assignment mismatch: %s but %s", count(len(spec.Names), "variable"), count(len(spec.Values), "value")), spec.Values[0].Pos()
	}
	return msg, pos
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// isDefine reports whether a position lies in a := of the cell's.
func (a *analysis) isDefine(pos token.Pos) bool {
	t := a.textAt(pos)
	o, off := t.source(int(pos - t.start))
	return o == a.origin && slices.ContainsFunc(a.pieces, func(p *piece) bool { return p.start <= off && off < p.end && p.define() != nil })
}

// placeInDraft is a place as go/types writes it into messages.
var placeInDraft = regexp.MustCompile(`([\w.-]+):(\d+):(\d+)`)

// placed names places in a message, which are those of drafts, as file:line of the cells.
func (a *analysis) placed(msg string) string {
	return placeInDraft.ReplaceAllStringFunc(msg, func(place string) string {
		m := placeInDraft.FindStringSubmatch(place)
		line, _ := strconv.Atoi(m[2])
		column, _ := strconv.Atoi(m[3])
		for _, t := range a.texts {
			if t.name != m[1] || t.ast == nil || line < 1 || line > a.fset.File(t.start).LineCount() {
				continue
			}
			start := a.fset.File(t.start).LineStart(line)
			if o, off, ok := t.exact(int(start-t.start) + column - 1); ok {
				line, _ := Diagnostic{Origin: o, Offset: off}.Position()
				return fmt.Sprintf("%s:%d", o.File, line)
			}
		}
		return place
	})
}

func cleanMessage(msg string) string {
	msg = strings.ReplaceAll(msg, oldMark, "")
	msg = strings.Replace(msg, " in argument to resident_run.Show", "", 1)      // which shows the last expression
	msg = strings.Replace(msg, "(comma, error expression of ", "(value of ", 1) // a call of C may have two values
	return PlainC(PlainName(msg))
}
