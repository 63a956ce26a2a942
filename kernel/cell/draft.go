package cell

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// names returns every name that the cell mentions freely or declares.
func (a *analysis) names() []string {
	names := slices.Concat(a.newVars, a.own)
	for _, p := range a.pieces {
		for _, id := range p.free {
			if a.origin.dots[id.Name] == "" {
				names = append(names, id.Name)
			}
		}
		names = append(names, p.keys...)
	}
	for _, r := range a.oldRefs {
		if d := a.old[r.name]; d != nil {
			names = append(names, d.free...)
		}
	}
	return names
}

// affected returns the session's variables whose types this cell may change.
func (a *analysis) affected() []string {
	if changed := a.changed(); len(changed) > 0 {
		return a.next.typedBy(changed)
	}
	return nil
}

// changed returns the names of this cell that may have meant something else in types of earlier cells. A variable can only be in the
// length of an array there, len(x), if it is an array itself.
func (a *analysis) changed() (names []string) {
	add := func(name string, retyped bool) {
		d := a.base.decls.get(name)
		switch {
		case d != nil && d.kind == varPiece && !retyped && !isArray(d.typ):
		case d != nil && d.kind == funcPiece && !retyped:
		case d != nil, types.Universe.Lookup(name) != nil, retyped && a.base.imports[name] != "":
			names = append(names, name)
		}
	}
	for name := range a.retyped {
		add(name, true)
	}
	for name := range a.declared {
		add(name, false)
	}
	for _, name := range a.constants {
		add(name, false)
	}
	return names
}

func isArray(t types.Type) bool {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	_, ok := t.Underlying().(*types.Array)
	return ok
}

// write lays the cell and what it reaches out as a package in which variables have their initialisers.
func (a *analysis) write() {
	a.oldRefs, a.againRefs, a.hiddenRefs, a.hidden = nil, nil, nil, map[string]string{}
	es := edits{}
	for i, p := range a.pieces {
		if p.kind == varPiece || p.kind == stmtPiece {
			a.markOld(i, p, es)
		}
	}
	reach := a.next.reach(append(a.names(), a.affected()...))
	maps.Copy(es, a.blanks(reach)) // of other cells
	a.qualify(reach, importAlias, es)
	a.texts = a.earlier(reach, es)
	t := &text{name: "cell"}
	t.raw("package main\n")
	t.imports(a.imports(), a.origin.blank)
	t.raw("import resident_rt %q\n", rtPath)
	t.importC(a.origin)
	for i, p := range a.pieces {
		switch p.kind {
		case typePiece, constPiece, funcPiece, varPiece:
			t.begin(a.origin, p.doc)
			t.copy(a.origin, p.doc, p.end, es)
		case stmtPiece:
			if def := p.define(); def != nil {
				a.markAgain(i, p, def, es)
				t.begin(a.origin, p.start)
				t.raw("var ")
				t.copy(a.origin, p.start, p.end, es)
			}
		}
	}
	t.raw("\nfunc resident_run(resident_run *resident_rt.Run) {")
	for _, p := range a.pieces {
		if p.kind != stmtPiece || p.define() != nil {
			continue
		}
		t.begin(a.origin, p.start)
		if p == a.last {
			t.raw("resident_run.Show(")
		}
		t.copy(a.origin, p.start, p.end, es)
		if p == a.last {
			t.raw(")")
		}
	}
	t.raw("\n}\n")
	a.texts = append(a.texts, t)
}

// blanks edits earlier declarations to fit the present names: constants that were declared anew are taken out of their
// former groups, and a package whose name now means something else goes by another one.
func (a *analysis) blanks(reach []*decl) edits {
	es := edits{}
	for _, d := range reach {
		if d.origin == a.origin || d.kind == varPiece {
			continue
		}
		var p *piece
		if d.kind == constPiece {
			p = reparse(d)
			for _, s := range p.specs() {
				for _, id := range s.(*ast.ValueSpec).Names {
					if _, mine := a.declared[id.Name]; mine || a.next.decls.get(id.Name) != d {
						es.add(d.origin, p.offset(id.Pos()), p.offset(id.End()), "_")
					}
				}
			}
		}
		for _, n := range d.free {
			if _, isImport := d.origin.Imports[n]; !isImport || a.packageName(n) == n {
				continue
			}
			if p == nil {
				p = reparse(d)
			}
			for _, id := range p.free {
				if id.Name == n {
					es.add(d.origin, p.offset(id.Pos()), p.offset(id.End()), a.packageName(n))
				}
			}
		}
	}
	return es
}

// packageName returns the name under which earlier declarations import the package they call n: another one, when n
// has become the name of a declaration.
func (a *analysis) packageName(n string) string {
	if _, mine := a.declared[n]; mine || a.next.decls.has(n) {
		return "package_" + n
	}
	return n
}

func reparse(d *decl) *piece {
	sub := &Origin{Source: d.origin.Source[:d.end]}
	p := &piece{span: span{kind: d.kind, start: d.start, end: d.end}, origin: sub, fset: token.NewFileSet(), prefix: len("package p;")}
	before := "package p;"
	if d.kind == typePiece {
		before += "type "
		p.prefix = len(before)
	}
	if f, err := parser.ParseFile(p.fset, "", before+d.text(), 0); err == nil && len(f.Decls) > 0 {
		p.node, p.free = f.Decls[0], f.Unresolved
	}
	return p
}

// earlier lays out the declarations of earlier cells, a file for each cell (imports are a file's own), and one for variables.
func (a *analysis) earlier(reach []*decl, es edits) []*text {
	byOrigin := map[*Origin][]*decl{}
	vars := &text{name: "vars"}
	vars.raw("package main\n")
	aliases := map[string]string{}
	var list []*decl
	for _, d := range reach {
		if d.kind == varPiece {
			maps.Copy(aliases, d.origin.Imports)
			list = append(list, d)
		} else if d.origin != a.origin {
			byOrigin[d.origin] = append(byOrigin[d.origin], d)
		}
	}
	for _, n := range a.newVars {
		if d := a.old[n]; d != nil {
			maps.Copy(aliases, d.origin.Imports)
		}
	}
	vars.imports(aliases, nil)
	for _, d := range list {
		vars.copy(d.origin, 0, d.end, es)
		vars.raw("\n")
	}
	for _, n := range a.newVars {
		if d := a.old[n]; d != nil && a.reaches(reach, d.free) {
			mark := edits{}
			mark.add(d.origin, len("var "), len("var "+n), n+oldMark)
			vars.copy(d.origin, 0, d.end, mark)
			vars.raw("\n")
		}
	}
	texts := []*text{vars}
	origins := slices.SortedFunc(maps.Keys(byOrigin), func(x, y *Origin) int { return strings.Compare(x.File, y.File) })
	for _, o := range origins {
		t := &text{name: o.File}
		t.raw("package main\n")
		decls := byOrigin[o]
		imports := a.importsOf(o, decls)
		t.imports(imports, nil)
		if imports[cName] == cName {
			t.importC(o)
		}
		slices.SortFunc(decls, func(x, y *decl) int { return x.start - y.start })
		for _, d := range decls {
			a.writeDecl(t, d, es)
		}
		texts = append(texts, t)
	}
	return texts
}

// reaches reports whether all that the session has of those names is in reach. The new variable has not the old one's type if that is not.
func (a *analysis) reaches(reach []*decl, names []string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { d := a.next.decls.get(n); return d != nil && !slices.Contains(reach, d) })
}

func (a *analysis) writeDecl(t *text, d *decl, es edits) {
	t.begin(d.origin, d.start)
	if d.kind == typePiece {
		t.raw("type ")
	}
	t.copy(d.origin, d.start, d.end, es)
	t.raw("\n")
}

// importsOf returns the package names that the declarations may use.
func (a *analysis) importsOf(o *Origin, decls []*decl) map[string]string {
	used := map[string]string{}
	for _, d := range decls {
		for _, n := range d.free {
			if path, ok := o.Imports[n]; ok {
				used[a.packageName(n)] = path
			}
			if path, ok := o.dots[n]; ok {
				used[importAlias(path)] = path
			}
		}
	}
	return used
}

// markOld edits names that a statement uses before the cell declares them: they mean the variable of an earlier cell.
func (a *analysis) markOld(i int, p *piece, es edits) {
	keys, selected := literalKeys(p.node), p.selected()
	for _, id := range p.free {
		j, ok := a.declared[id.Name]
		if !ok || j < i || keys[id] {
			continue
		}
		if def := p.define(); j == i && def != nil && id.Pos() < def.TokPos {
			continue // the left side itself
		}
		if (j == i || !a.file) && a.markHidden(p.offset(id.Pos()), id.Name, selected[id]) {
			continue
		}
		if p.kind == varPiece && j == i && a.old[id.Name] == nil {
			continue // a function that calls itself
		}
		if a.file && (j > i || a.old[id.Name] == nil) {
			continue // declarations alone are ordered by what they need
		}
		off := p.offset(id.Pos())
		es.add(a.origin, off, off+len(id.Name), id.Name+oldMark)
		a.oldRefs = append(a.oldRefs, ref{off, id.Name})
	}
}

// markAgain edits x, err := f() where the cell has declared err before: the inference must not declare it twice.
func (a *analysis) markAgain(i int, p *piece, def *ast.AssignStmt, es edits) {
	for _, l := range def.Lhs {
		id := l.(*ast.Ident)
		if j, ok := a.declared[id.Name]; ok && j != i {
			off := p.offset(id.Pos())
			es[a.origin] = slices.DeleteFunc(es[a.origin], func(e edit) bool { return e.start == off })
			es.add(a.origin, off, off+len(id.Name), "_")
			a.againRefs = append(a.againRefs, ref{off, id.Name})
		}
	}
	off := p.offset(def.TokPos)
	es.add(a.origin, off, off+2, " =")
}

// literalKeys returns the identifiers that stand as keys in composite literals: most of them name fields.
func literalKeys(n ast.Node) map[*ast.Ident]bool {
	keys := map[*ast.Ident]bool{}
	if n == nil {
		return keys
	}
	ast.Inspect(n, func(n ast.Node) bool {
		if lit, ok := n.(*ast.CompositeLit); ok {
			if _, isMap := lit.Type.(*ast.MapType); isMap {
				return true
			}
			for _, e := range lit.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					if id, ok := kv.Key.(*ast.Ident); ok {
						keys[id] = true
					}
				}
			}
		}
		return true
	})
	return keys
}
