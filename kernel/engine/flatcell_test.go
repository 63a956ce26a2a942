package engine

import (
	"fmt"
	"go/ast"
	"strings"
)

// writer writes a cell as a file of a program.
type writer struct {
	row
	program *program
	pieces  []piece
	out     strings.Builder
	open    bool            // in a function that holds statements
	own     map[string]bool // names that the cell declares
	again   []again
}

// again is a name declared again.
type again struct {
	name, fresh string
	variable    bool
	end         int // where the new declaration ends in the body
}

// body is the file after its imports.
func (w *writer) body() string {
	w.own = map[string]bool{}
	fmt.Fprintf(&w.out, "var _ = beginʹ(%d, %q)\n", w.n, w.input)
	for i, pc := range w.pieces {
		switch {
		case pc.isImport() || packageClause.MatchString(pc.text):
		case pc.declares() || pc.isDefine() && w.isNew(pc):
			w.close()
			w.declare(pc)
		default:
			w.statement(pc, i == len(w.pieces)-1)
		}
	}
	w.close()
	for _, a := range w.again {
		if a.name == "main" {
			w.run(a.fresh)
		}
	}
	return w.out.String()
}

// where is a directive that gives the next line the place of text[at:] of a piece.
func (w *writer) where(pc piece, at int) string {
	before := w.code[:pc.start+at]
	return fmt.Sprintf("//line Cell In[%d]:%d:%d\n", w.n, w.line(pc, at), len(before)-strings.LastIndex(before, "\n"))
}

// line is the line of text[at:] of a piece in directives.
func (w *writer) line(pc piece, at int) int {
	return strings.Count(w.code[:pc.start+at], "\n") + 1 + lineShift
}

func (w *writer) run(function string) { fmt.Fprintf(&w.out, "var _ = runʹ(%d, %s)\n", w.n, function) }

func (w *writer) close() {
	if w.open {
		w.out.WriteString("})\n")
	}
	w.open = false
}

func (w *writer) statement(pc piece, last bool) {
	if !w.open {
		fmt.Fprintf(&w.out, "var _ = runʹ(%d, func() {\n", w.n)
		w.open = true
	}
	before, after := "", "\n"
	if x, ok := pc.stmt.(*ast.ExprStmt); ok {
		if last && w.hasResult() {
			before, after = "showʹ(\n", ",\n)\n"
		} else if _, isCall := x.X.(*ast.CallExpr); !isCall {
			before = "_ =\n"
		}
	}
	at := pc.code()
	w.out.WriteString(before + w.where(pc, at) + strings.TrimRight(pc.text[at:], ";") + after)
}

// isNew reports whether a := declares anything that the cell has not declared itself before.
func (w *writer) isNew(pc piece) bool {
	for _, id := range pc.names() {
		if id.Name != "_" && !w.own[id.Name] {
			return true
		}
	}
	return false
}

// declare writes a declaration, which a := is turned into.
func (w *writer) declare(pc piece) {
	var edits []edit
	first := len(w.again)
	for _, id := range pc.names() {
		if fresh := w.rename(id.Name, pc); fresh != id.Name {
			edits = append(edits, edit{pc.at(id.Pos()), len(id.Name), fresh})
		}
	}
	at := pc.code()
	if s, ok := pc.stmt.(*ast.AssignStmt); ok {
		edits = append(edits, edit{pc.at(s.TokPos), len(":="), " ="})
		w.out.WriteString("var\n")
	}
	for i := range edits {
		edits[i].at -= at
	}
	w.out.WriteString(w.where(pc, at) + apply(pc.text[at:], edits) + "\n")
	for i := range w.again[first:] {
		a := &w.again[first+i]
		a.end = w.out.Len()
		if a.name == "init" {
			w.run(a.fresh)
		}
	}
}
