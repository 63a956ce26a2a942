package cell

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Packages is what the analysis knows of the world outside the session.
type Packages interface {
	// Import returns a package by import path, from its export data.
	Import(path string) (*types.Package, error)
	// Find returns the import paths of packages with that name, the likeliest first.
	Find(name string) []string
	// Names returns the names of the packages that Find knows.
	Names() []string
}

const rtPath = "github.com/resident-go/resident/kernel/engine/worker/rt"

// oldMark is appended to names that mean the variable before the cell declares it anew.
const oldMark = "ʹold"

// analysis is the work on one cell.
type analysis struct {
	pkgs   Packages
	base   *Session
	next   *Session
	origin *Origin
	pieces []*piece
	isFile bool // it has a package clause
	file   bool // it has declarations only: they are ordered as in a Go file

	newVars  []string
	declared map[string]int // new variables: index of the piece that declares them
	old      map[string]*decl
	retyped  map[string]bool // types that this cell declares, or adds methods to
	dropped  []string        // notes

	oldRefs, againRefs []ref // uses of variables as they were before this cell, and assignments to this cell's own by :=

	last *piece // the last expression: it is shown, or dropped when a semicolon ends it
	void bool   // it has no value

	fset  *token.FileSet
	texts []*text
	pkg   *types.Package
	info  *types.Info
	run   *ast.FuncDecl
}

func (a *analysis) fail(off int, format string, args ...any) error {
	return &Error{[]Diagnostic{{Origin: a.origin, Offset: off, Message: fmt.Sprintf(format, args...)}}}
}

// collect takes imports and declarations out of the pieces and enters them in the next session.
func (a *analysis) collect() error {
	a.file = true
	for i, p := range a.pieces {
		switch p.kind {
		case packagePiece:
			a.isFile = true
		case importPiece:
			if err := a.collectImports(p); err != nil {
				return err
			}
		case stmtPiece:
			a.file = false
			if err := a.collectDefine(i, p); err != nil {
				return err
			}
		case varPiece:
			for _, n := range p.varNames() {
				a.declareVar(i, n)
			}
		default:
			a.collectDecls(p)
		}
	}
	if n := len(a.pieces); n > 0 {
		p := a.pieces[n-1]
		if p.kind == stmtPiece && len(p.stmts) == 1 {
			if _, ok := p.stmts[0].(*ast.ExprStmt); ok {
				a.last = p
			}
		}
	}
	return nil
}

func (a *analysis) collectImports(p *piece) error {
	for _, s := range p.specs() {
		spec := s.(*ast.ImportSpec)
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil || path == "" {
			return a.fail(p.offset(spec.Path.Pos()), "invalid import path %s", spec.Path.Value)
		}
		pkg, err := a.pkgs.Import(path)
		if err != nil {
			return a.fail(p.offset(spec.Path.Pos()), "%v", err)
		}
		name := pkg.Name()
		if spec.Name != nil {
			name = spec.Name.Name
		}
		switch name {
		case "_":
			a.origin.blank = append(a.origin.blank, path)
		case ".":
			a.origin.dot = append(a.origin.dot, path)
		default:
			a.origin.Imports[name] = path
			a.next.imports[name] = path
			if d := a.next.decls[name]; d != nil {
				delete(a.next.decls, name) // the name means the package from now on
			}
		}
	}
	return nil
}

// collectDefine enters the variables of a top-level x := expr. As inside a function, names that the cell has declared
// before are assigned, and at least one must be new.
func (a *analysis) collectDefine(i int, p *piece) error {
	def := p.define()
	if def == nil {
		return nil
	}
	fresh := false
	for _, l := range def.Lhs {
		id, ok := l.(*ast.Ident)
		if !ok {
			return a.fail(p.offset(l.Pos()), "non-name %s on left side of :=", p.text(l))
		}
		if _, again := a.declared[id.Name]; id.Name != "_" && !again {
			fresh = true
			a.declareVar(i, id.Name)
		}
	}
	if !fresh {
		return a.fail(p.offset(def.TokPos), "no new variables on left side of :=")
	}
	return nil
}

func (a *analysis) declareVar(i int, name string) {
	if _, ok := a.declared[name]; ok {
		return
	}
	a.declared[name] = i
	a.newVars = append(a.newVars, name)
	if d := a.base.decls[name]; d != nil && d.kind == varPiece {
		a.old[name] = d
	}
	delete(a.next.decls, name)
}

func (a *analysis) collectDecls(p *piece) {
	add := func(d *decl) {
		d.kind, d.origin = p.kind, a.origin
		if d.recv != "" {
			a.retyped[d.recv] = true
		}
		a.next.decls[d.key()] = d
	}
	switch n := p.node.(type) {
	case *ast.FuncDecl:
		d := &decl{name: n.Name.Name, recv: receiver(n), start: p.doc, end: p.end, free: p.freeNames(n.Pos(), n.End())}
		if d.recv == "" && (d.name == "main" || d.name == "init" || d.name == "_") {
			return // they belong to this cell alone
		}
		add(d)
	case *ast.GenDecl:
		if p.kind == constPiece {
			d := &decl{start: p.doc, end: p.end, free: p.freeNames(n.Pos(), n.End())}
			for _, s := range n.Specs {
				for _, id := range s.(*ast.ValueSpec).Names {
					d.group = append(d.group, id.Name)
				}
			}
			d.name = "const " + strings.Join(d.group, ",")
			d.kind, d.origin = p.kind, a.origin
			for _, name := range d.group {
				a.next.decls[name] = d
			}
			return
		}
		for _, s := range n.Specs {
			t := s.(*ast.TypeSpec)
			a.retyped[t.Name.Name] = true
			add(&decl{name: t.Name.Name, start: p.offset(t.Pos()), end: p.offset(t.End()), free: append(p.freeNames(t.Pos(), t.End()), siblings(n, t)...)})
		}
	}
}

// siblings returns the other types of a group that one of them refers to: within the group they are not free.
func siblings(g *ast.GenDecl, of *ast.TypeSpec) []string {
	var names []string
	for _, s := range g.Specs {
		name := s.(*ast.TypeSpec).Name.Name
		ast.Inspect(of.Type, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && id.Name == name && s != of && !slices.Contains(names, name) {
				names = append(names, name)
			}
			return true
		})
	}
	return names
}

// resolveImports decides which package each free name of the cell means, adding imports that were left out.
func (a *analysis) resolveImports() {
	for _, p := range a.pieces {
		if p.kind == importPiece || p.node == nil {
			continue
		}
		selected := map[*ast.Ident]string{}
		ast.Inspect(p.node, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if id, ok := s.X.(*ast.Ident); ok {
					selected[id] = s.Sel.Name
				}
			}
			return true
		})
		for _, id := range p.free {
			a.resolveImport(id.Name, selected[id])
		}
	}
}

func (a *analysis) resolveImport(name, member string) {
	if _, ok := a.origin.Imports[name]; ok || member == "" {
		return
	}
	if _, ok := a.declared[name]; ok || a.next.decls[name] != nil {
		return
	}
	if path, ok := a.base.imports[name]; ok {
		a.origin.Imports[name] = path
		return
	}
	for _, path := range a.pkgs.Find(name) {
		if pkg, err := a.pkgs.Import(path); err == nil && ast.IsExported(member) && (pkg == types.Unsafe || pkg.Scope().Lookup(member) != nil) {
			a.origin.Imports[name] = path
			return
		}
	}
	if paths := a.pkgs.Find(name); len(paths) > 0 {
		a.origin.Imports[name] = paths[0] // so that the error names the member that is missing
	}
}

// names returns every name that the cell mentions freely or declares.
func (a *analysis) names() []string {
	names := slices.Clone(a.newVars)
	for _, p := range a.pieces {
		for _, id := range p.free {
			names = append(names, id.Name)
		}
	}
	for _, d := range a.next.decls {
		if d.origin == a.origin {
			names = append(names, d.key())
		}
	}
	return names
}

// affected returns the session's variables whose types this cell changes.
func (a *analysis) affected() []string {
	if len(a.retyped) == 0 {
		return nil
	}
	var names []string
	for _, d := range a.next.decls {
		if d.kind != varPiece {
			continue
		}
		for _, r := range a.next.reach([]string{d.name}) {
			if r.kind == typePiece && a.retyped[r.name] {
				names = append(names, d.name)
				break
			}
		}
	}
	return names
}

// write lays the cell and what it reaches out as a package in which variables have their initialisers.
func (a *analysis) write() {
	a.oldRefs, a.againRefs = nil, nil
	reach := a.next.reach(append(a.names(), a.affected()...))
	es := a.blanks(reach)
	a.texts = a.earlier(reach, es)
	t := &text{name: "cell"}
	t.raw("package main\n")
	t.imports(a.origin.Imports, a.origin.blank, a.origin.dot)
	t.raw("import resident_rt %q\n", rtPath)
	for i, p := range a.pieces {
		switch p.kind {
		case typePiece, constPiece, funcPiece:
			t.raw("\n")
			t.copy(a.origin, p.doc, p.end, es)
		case varPiece:
			a.markOld(i, p, es)
			t.raw("\n")
			t.copy(a.origin, p.doc, p.end, es)
		case stmtPiece:
			a.markOld(i, p, es)
			if def := p.define(); def != nil {
				a.markAgain(i, p, def, es)
				t.raw("\nvar ")
				t.copy(a.origin, p.start, p.end, es)
			}
		}
	}
	t.raw("\nfunc resident_run(resident_run *resident_rt.Run) {")
	for _, p := range a.pieces {
		if p.kind != stmtPiece || p.define() != nil {
			continue
		}
		t.raw("\n")
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
					if _, mine := a.declared[id.Name]; mine || a.next.decls[id.Name] != d {
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
	if _, mine := a.declared[n]; mine || a.next.decls[n] != nil {
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
	vars.imports(aliases, nil, nil)
	for _, d := range list {
		vars.copy(d.origin, 0, d.end, es)
		vars.raw("\n")
	}
	for _, n := range a.newVars {
		if d := a.old[n]; d != nil {
			mark := edits{d.origin: {{len("var "), len("var " + n), n + oldMark}}}
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
		t.imports(a.importsOf(o, decls), nil, o.dot)
		slices.SortFunc(decls, func(x, y *decl) int { return x.start - y.start })
		for _, d := range decls {
			a.writeDecl(t, d, es)
		}
		texts = append(texts, t)
	}
	return texts
}

func (a *analysis) writeDecl(t *text, d *decl, es edits) {
	t.raw("\n")
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
		}
	}
	return used
}

// markOld edits names that a statement uses before the cell declares them: they mean the variable of an earlier cell.
func (a *analysis) markOld(i int, p *piece, es edits) {
	keys := literalKeys(p.node)
	for _, id := range p.free {
		j, ok := a.declared[id.Name]
		if !ok || j < i || keys[id] {
			continue
		}
		if def := p.define(); j == i && def != nil && id.Pos() < def.TokPos {
			continue // the left side itself
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

// check runs go/types over the texts. Methods of earlier cells that do not fit a type declared anew are dropped.
func (a *analysis) check() error {
	for {
		a.write()
		list := a.typeCheck()
		if len(list) == 0 {
			return nil
		}
		if !a.dropMethods(list) {
			return &Error{list}
		}
	}
}

func (a *analysis) typeCheck() []Diagnostic {
	a.fset = token.NewFileSet()
	var files []*ast.File
	for _, t := range a.texts {
		f, err := parser.ParseFile(a.fset, t.name, t.b.String(), parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			return []Diagnostic{{Origin: a.origin, Message: "internal error: " + err.Error() + "\n" + t.b.String()}}
		}
		t.start, t.ast = f.FileStart, f
		files = append(files, f)
	}
	a.run = files[len(files)-1].Decls[len(files[len(files)-1].Decls)-1].(*ast.FuncDecl)
	a.info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{},
	}
	var errs []types.Error
	conf := types.Config{
		Importer: imports{a.pkgs}, Sizes: types.SizesFor("gc", runtime.GOARCH),
		Error: func(err error) {
			var e types.Error
			if errors.As(err, &e) {
				errs = append(errs, e)
			}
		},
	}
	a.pkg, _ = conf.Check("main", a.fset, files, a.info)
	return a.diagnose(errs)
}

type imports struct{ pkgs Packages }

func (i imports) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	return i.pkgs.Import(path)
}

// dropMethods removes methods of earlier cells that hold the errors, when their type is declared anew here.
func (a *analysis) dropMethods(list []Diagnostic) bool {
	found := false
	for _, diag := range list {
		for k, d := range a.next.decls {
			if d.recv != "" && d.origin == diag.Origin && d.origin != a.origin && a.retyped[d.recv] && diag.Offset >= d.start && diag.Offset < d.end {
				delete(a.next.decls, k)
				a.dropped = append(a.dropped, fmt.Sprintf("method %s of %s was dropped, it does not fit the new %s: %s", d.name, d.recv, d.recv, diag.Message))
				found = true
			}
		}
	}
	return found
}
