package cell

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

const pollLoop = " if *resident_p != 0 { resident_rt.Poll() };"

// poll makes loops and recursive functions interruptible: each turn reads one byte (see rt.Stop).
func (a *analysis) poll(es edits) {
	for _, t := range a.texts[1:] {
		for _, d := range t.ast.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil || nosplit(f) {
				continue
			}
			if f != a.run {
				a.pollFunc(t, f.Body, es)
				if a.recursive(f) {
					insertAfter(t, f.Body.Lbrace, " if resident_rt.Stop != 0 { resident_rt.Poll() };", es)
				}
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncLit:
					a.pollFunc(t, n.Body, es)
				case *ast.ForStmt:
					insertAfter(t, n.Body.Lbrace, pollLoop, es)
				case *ast.RangeStmt:
					insertAfter(t, n.Body.Lbrace, pollLoop, es)
				}
				return true
			})
		}
		// Closures in initialisers of variables.
		for _, d := range t.ast.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
				ast.Inspect(g, func(n ast.Node) bool {
					switch n := n.(type) {
					case *ast.FuncLit:
						a.pollFunc(t, n.Body, es)
					case *ast.ForStmt:
						insertAfter(t, n.Body.Lbrace, pollLoop, es)
					case *ast.RangeStmt:
						insertAfter(t, n.Body.Lbrace, pollLoop, es)
					}
					return true
				})
			}
		}
	}
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
		insertAfter(t, body.Lbrace, " resident_p := &resident_rt.Stop;", es)
	}
}

func insertAfter(t *text, pos token.Pos, s string, es edits) {
	if o, off, ok := t.exact(int(pos - t.start)); ok {
		es.add(o, off+1, off+1, s)
	}
}

func nosplit(f *ast.FuncDecl) bool {
	return f.Doc != nil && slices.ContainsFunc(f.Doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:nosplit") })
}

// recursive reports whether a function may call itself, directly or through others.
func (a *analysis) recursive(f *ast.FuncDecl) bool {
	key := f.Name.Name
	if r := receiver(f); r != "" {
		key = r + "." + key
	}
	d := a.next.decls[key]
	if d == nil {
		return false
	}
	// A function that names itself, or a method that selects its own name, may call itself.
	own := false
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			own = own || d.recv == "" && n.Name == d.name
		case *ast.SelectorExpr:
			own = own || d.recv != "" && n.Sel.Name == d.name
		}
		return !own
	})
	if own || d.recv != "" {
		return own
	}
	return slices.Contains(a.next.reach(d.free), d)
}
