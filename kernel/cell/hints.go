package cell

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"
)

// hints say what to do about a mistake, by a pattern of the message. The function gets what the pattern found; the first
// that returns something wins.
var hints = []struct {
	pattern *regexp.Regexp
	hint    func(a *analysis, m []string, pos token.Pos) string
}{
	{regexp.MustCompile(`^undefined: (.+)$`), (*analysis).undefinedHint},
	{regexp.MustCompile(`^declared and not used: (.+)$`), (*analysis).unusedHint},
	{regexp.MustCompile(`is not used$`), (*analysis).notUsedHint},
	{regexp.MustCompile(`used as value`), says("the function returns nothing")},
	{regexp.MustCompile(`\(mismatched types (.+) and (.+)\)$`), (*analysis).mismatchHint},
	{regexp.MustCompile(`^(\S+) \(untyped float constant\) truncated to \w+$`), (*analysis).truncationHint},
	{regexp.MustCompile(`(?s)^cannot use (.+) \(.* of (?:\w+ )?type ([^()]+|func\(.*)\) as (.+?) value in .*\(method \w+ has pointer receiver\)$`), (*analysis).pointerHint},
	{regexp.MustCompile(`(?s)^cannot use (.+) \(.* of (?:\w+ )?type ([^()]+)\) as (.+?) value in `), (*analysis).conversionHint},
	{regexp.MustCompile(`^cannot use (.+) \(untyped (\w+) constant.*\) as (.+?) value in `), (*analysis).constantHint},
	{regexp.MustCompile(`^assignment mismatch: (\d+) variables? but .* returns? (\d+) values?$`), (*analysis).resultsHint},
	{regexp.MustCompile(`^multiple-value (.+) \(value of type (\(.+\))\) in`), func(_ *analysis, m []string, _ token.Pos) string {
		return "it returns " + m[2] + ": give the values names first"
	}},
	{regexp.MustCompile(`^missing return$`), says("a function with results ends with return on every path, or with panic")},
	{regexp.MustCompile(`(?s)^not enough return values\s+have \((.*)\)\s+want \((.*)\)$`), (*analysis).returnHint},
	{regexp.MustCompile(`^(\S+) undefined \(type (.+) has no field or method (\w+)\)$`), (*analysis).selectionHint},
	{regexp.MustCompile(`^(?:name )?(?:\w+\.)?(\w+) not exported by package (\w+)$`), (*analysis).exportHint},
	{regexp.MustCompile(`^no new variables on left side of :=$`), says("all of them are declared already: = assigns to them")},
	{regexp.MustCompile(`^invalid operation: cannot call `), says("this is a value, not a function: only functions can be called with ()")},
	{regexp.MustCompile(`^non-boolean condition in (\w+) statement$`), says("a condition is a comparison, such as x != 0: Go takes no numbers or pointers for true")},
	{regexp.MustCompile(`^package (\S+) is not in std$`), (*analysis).pathHint},
	{regexp.MustCompile(`^package (\S+\.\S+/\S+): module `), says("%get MODULE adds a module; a module of a folder is put in its place by %replace")},
}

// says is a hint that is always the same.
func says(text string) func(*analysis, []string, token.Pos) string {
	return func(*analysis, []string, token.Pos) string { return text }
}

// hintFor returns the hint of the first pattern that has one.
func (a *analysis) hintFor(message string, pos token.Pos) string {
	for _, h := range hints {
		if m := h.pattern.FindStringSubmatch(message); m != nil {
			if hint := h.hint(a, m, pos); hint != "" {
				return hint
			}
		}
	}
	return ""
}

// around returns the innermost node of a kind around a position, the zero value when there is none.
func around[T ast.Node](a *analysis, pos token.Pos) (found T) {
	t := a.textAt(pos)
	if t == nil || t.ast == nil {
		return found
	}
	ast.Inspect(t.ast, func(n ast.Node) bool {
		if n == nil || pos < n.Pos() || pos >= n.End() {
			return false
		}
		if x, ok := n.(T); ok {
			found = x
		}
		return true
	})
	return found
}

// textOf returns the text of a node.
func (a *analysis) textOf(n ast.Node) string {
	t := a.textAt(n.Pos())
	if t == nil {
		return ""
	}
	return a.unqualified(strings.ReplaceAll(t.b.String()[n.Pos()-t.start:n.End()-t.start], oldMark, ""))
}

// unusedHint tells a variable that nobody wants from one that was meant to be another.
func (a *analysis) unusedHint(m []string, pos token.Pos) string {
	name := m[1]
	if id := around[*ast.Ident](a, pos); id != nil && id.Name == name {
		if obj := a.info.Defs[id]; obj != nil && obj.Parent() != nil && obj.Parent().Parent() != nil {
			if _, outer := obj.Parent().Parent().LookupParent(name, pos); outer != nil {
				if _, isVar := outer.(*types.Var); isVar {
					return "this is another " + name + " than the one outside of the block: to assign to that one write " + name + " = ..."
				}
			}
		}
	}
	if d := a.next.decls.get(name); d != nil && d.kind == varPiece {
		return "this is another " + name + " than the one outside of the block: to assign to that one write " + name + " = ..."
	}
	return "inside a block Go insists that values are used; assign it to _ to drop it"
}

// notUsedHint tells an expression of the cell from one in a block.
func (a *analysis) notUsedHint(_ []string, pos token.Pos) string {
	if s := around[*ast.ExprStmt](a, pos); s != nil && a.run != nil && slices.Contains(a.run.Body.List, ast.Stmt(s)) {
		return "the last expression of a cell is shown, and others by display.Show"
	}
	return "inside a block Go insists that values are used; assign it to _ to drop it"
}

// selectionHint looks for a field or method of nearly that name.
func (a *analysis) selectionHint(m []string, pos token.Pos) string {
	sel := around[*ast.SelectorExpr](a, pos)
	if sel == nil {
		return ""
	}
	if hint := a.hidesPackage(sel); hint != "" {
		return hint
	}
	var names []string
	for _, n := range a.members(sel.X) {
		names = append(names, n.Text)
	}
	if best := Closest(m[3], names); best != "" {
		return "did you mean " + a.textOf(sel.X) + "." + best + "?"
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) > 0 && len(names) <= 8 {
		return "it has " + strings.Join(names, ", ")
	}
	return ""
}

// hidesPackage is the hint for what a package has, where a variable, a function or a type of the session has the package's name.
func (a *analysis) hidesPackage(sel *ast.SelectorExpr) string {
	id, ok := sel.X.(*ast.Ident)
	if !ok || a.info.Uses[id] == nil || a.info.Uses[id].Parent() != a.pkg.Scope() {
		return ""
	}
	paths := a.pkgs.Find(id.Name)
	if imported := a.next.imports[id.Name]; imported != "" {
		paths = []string{imported}
	}
	path := a.packageWith(paths, sel.Sel.Name)
	if path == "" {
		return ""
	}
	return id.Name + " is declared here and hides package " + path + ": give it another name, or forget it with %rm " + id.Name
}

// pathHint looks for a package of nearly that path.
func (a *analysis) pathHint(m []string, _ token.Pos) string {
	if best := Closest(m[1], a.pkgs.Paths()); best != "" {
		return "did you mean " + best + "?"
	}
	return ""
}

func (a *analysis) exportHint(m []string, _ token.Pos) string {
	if hint := a.memberHint(m[2] + "." + m[1]); hint != "" {
		return hint
	}
	return "what other packages may use begins with a capital letter"
}
