package grade

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// The calls that a declarative case is made of: check.Case(...), what is asked for, what is wanted.
const (
	checkPackage = "check"
	caseCall     = "Case"
	callCall     = "Call"
	valueCall    = "Value"
	givenCall    = "Given"
	wantCall     = "Want"
	wantPanic    = "WantPanic"
	wantSame     = "WantSame"
)

// written is a declarative case as it stands in a lesson.
type written struct {
	name   string
	points float64
	call   string   // Go: the function applied to its arguments, or a value; see slot
	given  []string // Go: what stands in the call's slots
	wants  string   // which of the want calls
	want   string   // Go: its arguments
	before string   // statements that the call needs, in a block with it
	known  string   // statements that the answer needs, and what is given

	literals []string // what is given, worked out
}

// test is the source of a test cell, taken apart.
type test struct {
	cases   []written
	funcs   []string // names of functions TestX(*testing.T)
	imports string
	helpers map[string]string // functions that calls need, by name
	trusted map[string]string // functions that only answers need
	inside  map[string]bool   // names that calls and all they need use
	// Packages of the standard library that the cell uses and does not import: a submission may have something else of that name.
	packages map[string]bool
	plain    bool // some of the cell runs that is no case and that no case needs
}

// placed is an error about a piece of a cell.
type placed struct {
	at int // offset in the cell
	error
}

func (p *piece) bad(format string, args ...any) error {
	return &placed{p.at, fmt.Errorf(format+": %s", append(args, firstLine(p.text))...)}
}

// takeApart reads a test cell. The error is about a case that cannot be judged from outside.
func takeApart(source string) (*test, error) {
	pieces, err := cut(source)
	if err != nil {
		return nil, err
	}
	t := &test{helpers: map[string]string{}, trusted: map[string]string{}, inside: map[string]bool{}}
	used := map[*piece]bool{}
	var rest []*piece
	for _, p := range pieces {
		switch {
		case p.tok == token.PACKAGE:
		case p.tok == token.IMPORT:
			t.imports += p.text + "\n"
		case isTestFunc(p.fn):
			if mentions(p.fn, caseCall) {
				return nil, p.bad(alone)
			}
			t.funcs = append(t.funcs, p.fn.Name.Name)
			used[p] = true
		default:
			rest = append(rest, p)
		}
	}
	for _, p := range rest {
		if _, ok := p.stmt.(*ast.ExprStmt); !ok || !mentions(p.stmt, caseCall) {
			if p.node() != nil && mentions(p.node(), caseCall) {
				return nil, p.bad(alone)
			}
			if p.node() != nil && mentions(p.node(), givenCall) {
				return nil, p.bad("check.Given stands within the Call of a case")
			}
			continue
		}
		w, err := t.read(p, rest, used)
		if err != nil {
			return nil, err
		}
		t.cases = append(t.cases, w)
	}
	t.packages = standardOf(pieces)
	for _, p := range rest {
		t.plain = t.plain || !used[p] && !prints(p.stmt)
	}
	return t, t.check()
}

// standardOf are the names of packages of the standard library that pieces use without importing or declaring something of that name.
func standardOf(pieces []*piece) map[string]bool {
	found := map[string]bool{}
	for _, p := range pieces {
		maps.Copy(found, p.selected())
	}
	maps.DeleteFunc(found, func(name string, _ bool) bool { return standard[name] == "" })
	for _, p := range pieces {
		for _, i := range p.importSpecs() {
			name, _ := imports(i)
			delete(found, name)
		}
		for _, name := range p.changes() {
			delete(found, name)
		}
	}
	return found
}

const alone = "a case stands alone, as check.Case(...).Call(...).Want(...), not in a loop, an if or a function: graders could not tell what it asks"

// check tells what a cell may not mix.
func (t *test) check() error {
	seen := map[string]bool{}
	for _, c := range t.cases {
		if seen[c.name] {
			return fmt.Errorf("two cases are called %q", c.name)
		}
		seen[c.name] = true
	}
	if len(t.cases) > 0 && len(t.funcs) > 0 {
		return fmt.Errorf("cases and functions of package testing stand in cells of their own: %q, %s", t.cases[0].name, t.funcs[0])
	}
	if len(t.cases) > 0 && t.plain {
		return fmt.Errorf("beside its cases the cell has statements that no case needs: nothing runs them when a submission is graded")
	}
	return nil
}

// read reads one case, with the pieces of the cell that its call needs and those that its answer needs.
func (t *test) read(p *piece, rest []*piece, used map[*piece]bool) (w written, err error) {
	used[p] = true
	c, ok := chain(p.stmt.(*ast.ExprStmt).X)
	bad := p.bad("a case is check.Case(NAME, POINTS).Call(FUNCTION, ARGUMENTS...).Want(VALUES...), with a name and points that are constants")
	if !ok || len(c.begin.Args) != 2 || len(c.call.Args) == 0 || c.call.Ellipsis.IsValid() || c.want.Ellipsis.IsValid() {
		return w, bad
	}
	if w.name, err = strconv.Unquote(literal(c.begin.Args[0], token.STRING)); err != nil || strings.TrimSpace(w.name) == "" {
		return w, bad
	}
	points := literal(c.begin.Args[1], token.INT) + literal(c.begin.Args[1], token.FLOAT)
	if w.points, err = strconv.ParseFloat(points, 64); err != nil {
		return w, bad
	}
	if w.wants = c.wants; c.value && (len(c.call.Args) != 1 || w.wants != wantCall) {
		return w, p.bad("Value takes one value, and Want stands behind it")
	}
	given := gives(c.call)
	function := p.around(c.call.Args[0].Pos(), c.call.Args[0].End(), given, &w.given)
	if w.call = function; !c.value {
		arguments := strings.TrimPrefix(p.around(c.call.Args[0].End(), c.call.Rparen, given, &w.given), ",")
		w.call = "(" + function + ")(" + strings.TrimSpace(arguments) + ")"
	}
	w.want = p.source(c.want.Lparen+1, c.want.Rparen)
	needed := map[string]bool{}
	for _, e := range c.call.Args {
		maps.Copy(needed, namesBut(e, given))
	}
	w.before = t.needs(needed, rest, p.at, t.helpers, used)
	maps.Copy(t.inside, needed)
	answers := map[string]bool{}
	for _, e := range append(given, c.want) {
		for _, a := range e.Args {
			maps.Copy(answers, names(a))
		}
	}
	if w.wants == wantSame {
		maps.Copy(answers, needed)
	}
	w.known = t.needs(answers, rest, p.at, t.trusted, used)
	return w, nil
}

// needs is what of the cell some names need: statements as text; functions are added to the others. What these need in turn is added to the names.
func (t *test) needs(needed map[string]bool, rest []*piece, until int, funcs map[string]string, used map[*piece]bool) string {
	var b strings.Builder
	for _, p := range sliced(rest, needed, until) {
		if p.stmt != nil && mentions(p.stmt, caseCall) {
			continue
		}
		used[p] = true
		if p.fn != nil {
			funcs[p.fn.Name.Name+"@"+strconv.Itoa(p.at)] = p.text
		} else {
			b.WriteString(p.text + "\n")
		}
	}
	return b.String()
}

// chained is check.Case(...).Call(...).Want(...), taken apart.
type chained struct {
	begin, call, want *ast.CallExpr
	value             bool   // Value stands in the place of Call
	wants             string // the name of the last call
}

func chain(e ast.Expr) (c chained, ok bool) {
	step := func(e ast.Expr, names ...string) (*ast.CallExpr, ast.Expr, string) {
		c, isCall := e.(*ast.CallExpr)
		if !isCall {
			return nil, nil, ""
		}
		sel, isSel := c.Fun.(*ast.SelectorExpr)
		if !isSel || !slices.Contains(names, sel.Sel.Name) {
			return nil, nil, ""
		}
		return c, sel.X, sel.Sel.Name
	}
	var x ast.Expr
	var asks string
	c.want, x, c.wants = step(e, wantCall, wantPanic, wantSame)
	c.call, x, asks = step(x, callCall, valueCall)
	c.begin, x, _ = step(x, caseCall)
	c.value = asks == valueCall
	id, isIdent := x.(*ast.Ident)
	return c, c.begin != nil && isIdent && id.Name == checkPackage
}

// gives are the calls of check.Given under a node.
func gives(n ast.Node) (calls []*ast.CallExpr) {
	ast.Inspect(n, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if ok = ok && selects(c.Fun, givenCall); ok {
			calls = append(calls, c)
		}
		return !ok
	})
	return calls
}

// slot stands in a call's text where the author's side has worked out a value.
func slot(n int) string { return fmt.Sprintf("\x00%d\x00", n) }

// around is a piece's text with slots for what is given in it.
func (p *piece) around(from, to token.Pos, given []*ast.CallExpr, into *[]string) string {
	var b strings.Builder
	for _, g := range given {
		if g.Pos() < from || g.End() > to {
			continue
		}
		b.WriteString(p.source(from, g.Pos()) + slot(len(*into)))
		*into = append(*into, p.source(g.Lparen+1, g.Rparen))
		from = g.End()
	}
	return b.String() + p.source(from, to)
}

// filled is the call with something in its slots.
func (w *written) filled(with []string) string {
	call := w.call
	for i := range with {
		call = strings.Replace(call, slot(i), with[i], 1)
	}
	return call
}

// prints tells a call of package fmt, which says something to who runs the cell and means nothing to a grader.
func prints(s ast.Stmt) bool {
	e, ok := s.(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := e.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && root(sel) == "fmt" && strings.HasPrefix(sel.Sel.Name, "Print")
}

// mentions tells whether a function of package check is named anywhere in a node.
func mentions(n ast.Node, name string) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		found = found || ok && selects(e, name)
		return !found
	})
	return found
}

// selects tells check.NAME.
func selects(e ast.Expr, name string) bool {
	sel, ok := e.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == name && root(sel.X) == checkPackage
}

func literal(e ast.Expr, kind token.Token) string {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == kind {
		return lit.Value
	}
	return ""
}

// isTestFunc tells a function that package testing runs, by its name and its parameter.
func isTestFunc(fn *ast.FuncDecl) bool {
	if fn == nil || fn.Recv != nil || fn.Type.Results != nil || fn.Type.TypeParams != nil || fn.Type.Params.NumFields() != 1 {
		return false
	}
	rest, ok := strings.CutPrefix(fn.Name.Name, "Test")
	if !ok || rest != "" && rest[0] >= 'a' && rest[0] <= 'z' {
		return false
	}
	star, ok := fn.Type.Params.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	sel, ok := star.X.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "T" && root(sel.X) == "testing"
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
