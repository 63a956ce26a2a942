package cell

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// hints say what to do about a mistake, by a pattern of the message. The function gets what the pattern found; the first
// that returns something wins.
var hints = []struct {
	pattern *regexp.Regexp
	hint    func(a *analysis, m []string, pos token.Pos) string
}{
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
	if e == nil || strings.Contains(a.textOf(e), "\n") {
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

// selectionHint looks for a field or method of nearly that name.
func (a *analysis) selectionHint(m []string, pos token.Pos) string {
	sel := around[*ast.SelectorExpr](a, pos)
	if sel == nil {
		return ""
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

// syntaxHints are advice about what the parser rejects, by patterns of the message and of the text at the place.
var syntaxHints = []struct{ message, text, hint string }{
	{``, `^while\b`, "Go has one loop: for condition { ... }"},
	{`more than one character in rune literal|illegal rune literal`, ``, `strings stand in double quotes, '' is for a single character`},
	{`unexpected newline, expected \{|expected '\{', found newline|missing condition|found newline|unexpected semicolon or newline before \{`, ``, "the opening brace stands on the line of its if, for or func"},
	{`string literal not terminated`, ``, "strings in double quotes end on their line; those in ` may have several"},
	{`expected '==', found '='|cannot use .* as value|expected boolean expression, found assignment`, ``, "= assigns, == compares"},
	{`found '(?:\+\+|--)'|unexpected (?:\+\+|--)`, ``, "++ and -- are statements of their own, not values"},
	{``, `^\?`, "Go has no ?: operator, but if and else"},
	{`unexpected else|found 'else'`, ``, "else stands on the line of the } before it"},
	{`expected ('[;})\]]'|[;})\]]).*found the end of the cell`, ``, "a bracket is open"},
	{`expected 1 expression`, ``, "a cell shows one expression; display.Show(a, b) shows several"},
	{`unexpected comma; expecting \]`, ``, "a list is written with the type of its elements: []int{1, 2, 3}"},
	{``, `^(?:let|val|auto)\s+\w+\s*=`, "a variable is declared with name := value"},
	{``, `^(?:def|function|fn|fun)\s+\w+\s*\(`, "functions are declared with func"},
	{``, `^(?:int|float|double|string|bool|char|long)\s+\w+\s*=`, "the type stands behind the name: var n int = 3, or n := 3"},
	{``, `^(?:if|for|while)\s*\([^{}\n]*\)\s*\w[^{\n]*(?:\n|$)`, "what an if or for is about stands in braces: if condition { ... }"},
	{``, `^print\s+["\w]`, "printing is a call: fmt.Println(...)"},
}

// readHints are the patterns of syntaxHints, nil for none. A cell that is no Go has many errors.
var readHints = sync.OnceValue(func() (read [][2]*regexp.Regexp) {
	for _, h := range syntaxHints {
		var pair [2]*regexp.Regexp
		for i, pattern := range []string{h.message, h.text} {
			if pattern != "" {
				pair[i] = regexp.MustCompile(pattern)
			}
		}
		read = append(read, pair)
	}
	return read
})

// syntaxHint returns advice about an error of the parser at an offset.
func syntaxHint(o *Origin, start, off int, message string) string {
	for i, h := range readHints() {
		if h[0] != nil && h[0].MatchString(message) || h[1] != nil && (h[1].MatchString(o.Source[start:]) || h[1].MatchString(o.Source[off:])) {
			return syntaxHints[i].hint
		}
	}
	return ""
}
