package grade

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"strconv"
	"strings"
)

// The calls that a declarative case is made of.
const (
	checkPackage = "check"
	caseCall     = "Case"
	callCall     = "Call"
	wantCall     = "Want"
)

// written is a declarative case as it stands in a lesson.
type written struct {
	name   string
	points float64
	call   string // Go: the function applied to its arguments
	want   string // Go: the arguments of Want
	before string // statements that the call needs, in a block with it
	known  string // statements that the answer needs
}

// test is the source of a test cell, taken apart.
type test struct {
	cases   []written
	funcs   []string // names of functions TestX(*testing.T)
	imports string
	helpers map[string]string // functions that calls need, by name
	trusted map[string]string // functions that only answers need
	plain   bool              // some of the cell runs that is no case and that no case needs
}

// takeApart reads a test cell. The error is about a case that cannot be judged from outside.
func takeApart(source string) (*test, error) {
	pieces, err := cut(source)
	if err != nil {
		return nil, err
	}
	t := &test{helpers: map[string]string{}, trusted: map[string]string{}}
	used := map[*piece]bool{}
	var rest []*piece
	for _, p := range pieces {
		switch {
		case p.tok == token.IMPORT:
			t.imports += p.text + "\n"
		case isTestFunc(p.fn):
			t.funcs = append(t.funcs, p.fn.Name.Name)
			used[p] = true
		default:
			rest = append(rest, p)
		}
	}
	for _, p := range rest {
		if _, ok := p.stmt.(*ast.ExprStmt); !ok || !mentionsCase(p.stmt) {
			if p.node() != nil && mentionsCase(p.node()) {
				return nil, fmt.Errorf("a case stands alone, as check.Case(...).Call(...).Want(...): %s", firstLine(p.text))
			}
			continue
		}
		w, err := t.read(p, rest, used)
		if err != nil {
			return nil, err
		}
		t.cases = append(t.cases, w)
	}
	for _, p := range rest {
		t.plain = t.plain || !used[p] && !prints(p.stmt)
	}
	return t, t.check()
}

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
	want, call, begin, ok := chain(p.stmt.(*ast.ExprStmt).X)
	bad := fmt.Errorf("a case is check.Case(NAME, POINTS).Call(FUNCTION, ARGUMENTS...).Want(VALUES...), with a name and points that are constants: %s", firstLine(p.text))
	if !ok || len(begin.Args) != 2 || len(call.Args) == 0 || call.Ellipsis.IsValid() || want.Ellipsis.IsValid() {
		return w, bad
	}
	if w.name, err = strconv.Unquote(literal(begin.Args[0], token.STRING)); err != nil || strings.TrimSpace(w.name) == "" {
		return w, bad
	}
	points := literal(begin.Args[1], token.INT) + literal(begin.Args[1], token.FLOAT)
	if w.points, err = strconv.ParseFloat(points, 64); err != nil {
		return w, bad
	}
	w.call = fmt.Sprintf("(%s)(%s)", p.source(call.Args[0].Pos(), call.Args[0].End()), p.source(call.Args[0].End(), call.Rparen))
	w.call = strings.Replace(w.call, ")(,", ")(", 1)
	w.want = p.source(want.Lparen+1, want.Rparen)
	w.before = t.needs(call.Args, rest, p.at, t.helpers, used)
	w.known = t.needs(want.Args, rest, p.at, t.trusted, used)
	return w, nil
}

// needs is what of the cell some expressions need: statements as text; functions are added to the others.
func (t *test) needs(exprs []ast.Expr, rest []*piece, until int, funcs map[string]string, used map[*piece]bool) string {
	needed := map[string]bool{}
	for _, e := range exprs {
		maps.Copy(needed, names(e))
	}
	var b strings.Builder
	for _, p := range sliced(rest, needed, until) {
		if p.stmt != nil && mentionsCase(p.stmt) {
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

// chain takes check.Case(...).Call(...).Want(...) apart.
func chain(e ast.Expr) (want, call, begin *ast.CallExpr, ok bool) {
	step := func(e ast.Expr, name string) (*ast.CallExpr, ast.Expr) {
		c, isCall := e.(*ast.CallExpr)
		if !isCall {
			return nil, nil
		}
		sel, isSel := c.Fun.(*ast.SelectorExpr)
		if !isSel || sel.Sel.Name != name {
			return nil, nil
		}
		return c, sel.X
	}
	want, x := step(e, wantCall)
	call, x = step(x, callCall)
	begin, x = step(x, caseCall)
	id, isIdent := x.(*ast.Ident)
	return want, call, begin, begin != nil && isIdent && id.Name == checkPackage
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

// mentionsCase tells whether check.Case stands anywhere in a node.
func mentionsCase(n ast.Node) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == caseCall {
			if id, ok := sel.X.(*ast.Ident); ok && id.Name == checkPackage {
				found = true
			}
		}
		return !found
	})
	return found
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
