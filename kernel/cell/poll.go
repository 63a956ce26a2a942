package cell

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// poll makes loops and recursive functions interruptible: each turn reads one byte (see rt.Stop).
func (a *analysis) poll(es edits) {
	for _, t := range a.texts[1:] {
		for _, d := range t.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Body == nil || nosplit(d) {
					continue
				}
				if d != a.run {
					a.pollFunc(t, d.Body, es)
					a.pollRecursion(t, d, es)
				}
				a.pollLoops(t, d.Body, es)
			case *ast.GenDecl: // closures in the initialisers of variables
				if d.Tok == token.VAR {
					a.pollLoops(t, d, es)
				}
			}
		}
	}
}

// pollLoops lets every loop below a node poll, and gives the closures there what their loops read through.
func (a *analysis) pollLoops(t *text, n ast.Node, es edits) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.LabeledStmt:
			a.labelled[n.Stmt] = true
		case *ast.FuncLit:
			a.pollFunc(t, n.Body, es)
		case *ast.ForStmt:
			a.pollLoop(t, n, n.Body, a.turnsOfFor(n), es)
		case *ast.RangeStmt:
			a.pollLoop(t, n, n.Body, a.turnsOfRange(n), es)
		}
		return true
	})
}

// briefly is how many turns of a short loop take no time that anybody could notice.
const briefly = 1 << 16

// pollLoop lets a loop poll in each turn. The innermost loops of numeric code are a handful of instructions, of which
// the poll would be a quarter: so a short loop whose number of turns is known as it begins is written twice, and polls
// only if there are many. When that number is a constant, one of the two is enough.
func (a *analysis) pollLoop(t *text, loop ast.Stmt, body *ast.BlockStmt, turns ast.Expr, es edits) {
	o, at, ok := t.exact(int(body.Lbrace + 1 - t.start))
	if !ok {
		return
	}
	short := turns != nil && a.short(body)
	fixed := short && a.info.Types[turns].Value != nil
	if fixed && constant.Compare(a.info.Types[turns].Value, token.LEQ, constant.MakeInt64(briefly)) {
		return
	}
	es[o] = append(es[o], edit{start: at, end: at, text: " if *resident_p != 0 { resident_rt.Poll() };", poll: true})
	if !short || fixed || a.labelled[loop] {
		return
	}
	count := a.sourceOf(t, turns, es)
	_, start, ok1 := t.exact(int(loop.Pos() - t.start))
	_, end, ok2 := t.exact(int(loop.End() - t.start))
	if typ := a.info.TypeOf(turns); typ != nil && count != "" && ok1 && ok2 {
		es[o] = append(es[o], edit{start: start, end: end, cond: isBrief(count, typ)})
	}
}

// isBrief is the condition that a number of turns, or the length of what is ranged over, is small.
func isBrief(count string, typ types.Type) string {
	b, ok := typ.Underlying().(*types.Basic)
	if !ok {
		return fmt.Sprintf("len(%s) <= %d", count, briefly)
	}
	switch b.Kind() {
	case types.Int8, types.Uint8, types.Int16, types.Uint16:
		return "true" // and the number would not fit into the type
	}
	return fmt.Sprintf("%s <= %d", count, briefly)
}

// turnsOfRange returns what a range loop's number of turns can be told from, nil when it cannot.
func (a *analysis) turnsOfRange(r *ast.RangeStmt) ast.Expr {
	if a.counts(r.X) {
		return r.X
	}
	return nil
}

// turnsOfFor returns the bound of a loop for i := 0; i < n; i++ that leaves i alone, or nil.
func (a *analysis) turnsOfFor(f *ast.ForStmt) ast.Expr {
	init, _ := f.Init.(*ast.AssignStmt)
	post, _ := f.Post.(*ast.IncDecStmt)
	cond, _ := f.Cond.(*ast.BinaryExpr)
	if init == nil || init.Tok != token.DEFINE || len(init.Lhs) != 1 || post == nil || post.Tok != token.INC || cond == nil || cond.Op != token.LSS {
		return nil
	}
	i, ok := init.Lhs[0].(*ast.Ident)
	begin := a.info.Types[init.Rhs[0]].Value
	if !ok || begin == nil || begin.Kind() != constant.Int || constant.Sign(begin) < 0 || !names(cond.X, i.Name) || !names(post.X, i.Name) {
		return nil
	}
	if v, ok := a.info.Defs[i].Type().Underlying().(*types.Basic); !ok || v.Info()&types.IsInteger == 0 || written(f.Body, i.Name) {
		return nil
	}
	bound := cond.Y
	if call, ok := bound.(*ast.CallExpr); ok && len(call.Args) == 1 && names(call.Fun, "len") {
		bound = call.Args[0]
	}
	if id, ok := bound.(*ast.Ident); ok && !written(f.Body, id.Name) || a.info.Types[bound].Value != nil {
		return cond.Y
	}
	return nil // it may move while the loop runs
}

func names(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// sourceOf returns the text of an expression that costs nothing to evaluate once more: a constant, a variable, a field,
// or the length of one. It returns "" for others.
func (a *analysis) sourceOf(t *text, e ast.Expr, es edits) string {
	simple := true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case nil, *ast.Ident, *ast.BasicLit, *ast.ParenExpr:
		case *ast.SelectorExpr:
			sel := a.info.Selections[n]
			simple = simple && (sel == nil || sel.Kind() == types.FieldVal)
		case *ast.CallExpr:
			simple = simple && a.info.Types[n.Fun].IsBuiltin() && names(n.Fun, "len")
		default:
			simple = false
		}
		return simple
	})
	o, start, ok := t.exact(int(e.Pos() - t.start))
	_, end, ok2 := t.exact(int(e.End() - t.start))
	if !simple || !ok || !ok2 {
		return ""
	}
	var b text
	b.copy(o, start, end, es)
	return b.b.String()
}

// counts reports whether a range over x counts up by one: over integers, slices and arrays.
func (a *analysis) counts(x ast.Expr) bool {
	typ := a.info.TypeOf(x)
	if typ == nil {
		return false
	}
	switch u := typ.Underlying().(type) {
	case *types.Basic:
		return u.Info()&types.IsInteger != 0
	case *types.Slice, *types.Array:
		return true
	case *types.Pointer:
		_, array := u.Elem().Underlying().(*types.Array)
		return array
	}
	return false
}

// written reports whether a variable of that name may change in a block: it is assigned, its address is taken, or
// something is assigned through a pointer.
func written(body *ast.BlockStmt, name string) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			found = found || slices.ContainsFunc(n.Lhs, func(e ast.Expr) bool { return names(e, name) || isStar(e) })
		case *ast.IncDecStmt:
			found = found || names(n.X, name) || isStar(n.X)
		case *ast.UnaryExpr:
			found = found || n.Op == token.AND && names(ast.Unparen(n.X), name)
		}
		return !found
	})
	return found
}

func isStar(e ast.Expr) bool {
	_, ok := ast.Unparen(e).(*ast.StarExpr)
	return ok
}

// short reports whether a turn of a loop takes next to no time: its body calls nothing, waits for nothing, and has no
// loop of its own. A body with labels cannot be written twice, so it is not short either.
func (a *analysis) short(body *ast.BlockStmt) bool {
	short := true
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			fun := a.info.Types[n.Fun]
			short = short && (fun.IsBuiltin() || fun.IsType())
		case *ast.SendStmt, *ast.SelectStmt, *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt, *ast.ForStmt, *ast.RangeStmt, *ast.LabeledStmt:
			short = false
		case *ast.UnaryExpr:
			short = short && n.Op != token.ARROW
		}
		return short
	})
	return short
}

// pollRecursion lets a function that may call itself poll: before the statement that does it first, where the calls
// that end the recursion do not come, or else, when it is called back through others, at its beginning.
func (a *analysis) pollRecursion(t *text, f *ast.FuncDecl, es edits) {
	if !a.recursive(f) {
		return
	}
	at := f.Body.Lbrace + 1
	for _, s := range f.Body.List {
		if callsBy(s, f.Name.Name) {
			at = s.Pos()
			break
		}
	}
	insert(t, at, " if resident_rt.Stop != 0 { resident_rt.Poll() }; ", es)
}

// callsBy reports whether a node mentions a name, as a function or a method.
func callsBy(n ast.Node, name string) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == name {
			found = true
		}
		return !found
	})
	return found
}

// pollFunc declares the pointer that loops directly inside a function body read through.
func (a *analysis) pollFunc(t *text, body *ast.BlockStmt, es edits) {
	loops := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ForStmt, *ast.RangeStmt:
			loops = true
		}
		return !loops
	})
	if loops {
		insert(t, body.Lbrace+1, " resident_p := &resident_rt.Stop; _ = resident_p;", es)
	}
}

// insert adds text at a position of a file that comes from a cell.
func insert(t *text, pos token.Pos, s string, es edits) {
	if o, off, ok := t.exact(int(pos - t.start)); ok {
		es.add(o, off, off, s)
	}
}

func nosplit(f *ast.FuncDecl) bool {
	return f.Doc != nil && slices.ContainsFunc(f.Doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:nosplit") })
}

// recursive reports whether a function may call itself, directly or through others.
func (a *analysis) recursive(f *ast.FuncDecl) bool {
	key := f.Name.Name
	if r := a.unaliased(receiver(f)); r != "" {
		key = r + "." + key
	}
	d := a.next.decls.get(key)
	if d == nil {
		return false
	}
	own := callsBy(f.Body, d.name)
	if own || d.recv != "" {
		return own
	}
	return slices.Contains(a.next.reach(d.free), d)
}
