package cell

import (
	"go/ast"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// collect takes imports and declarations out of the pieces and enters them in the next session.
func (a *analysis) collect() error {
	a.file = true
	for i, p := range a.pieces {
		if err := a.collectEmbeds(p); err != nil {
			return err
		}
		switch p.kind {
		case packagePiece: // a whole file: its declarations are a cell like any other
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
	if err := a.freeC(); err != nil {
		return err
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
		if path == cName {
			if err := a.collectC(p, spec); err != nil {
				return err
			}
			continue
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
			a.next.importDot(path)
		default:
			if other, ok := a.origin.Imports[name]; ok && other != path {
				return a.fail(p.offset(spec.Pos()), "%s redeclared in this block", name)
			}
			a.origin.Imports[name] = path
			a.next.imports[name] = path
			a.next.forget(name) // it means the package from now on
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
	if d := a.base.decls.get(name); d != nil && d.kind == varPiece {
		a.old[name] = d
	}
	a.next.forget(name)
}

func (a *analysis) collectDecls(p *piece) {
	add := func(d *decl) {
		d.kind, d.origin = p.kind, a.origin
		if d.recv != "" {
			a.retyped[d.recv] = true
		}
		a.own = append(a.own, d.key())
		a.next.declare(d.key(), d)
	}
	switch n := p.node.(type) {
	case *ast.FuncDecl:
		d := &decl{name: n.Name.Name, recv: a.unaliased(receiver(n)), start: p.doc, end: p.end, free: p.freeNames(n)}
		if d.recv == "" && (d.name == "main" || d.name == "init" || d.name == "_") {
			return // they belong to this cell alone
		}
		add(d)
	case *ast.GenDecl:
		if p.kind == constPiece {
			d := &decl{start: p.doc, end: p.end, free: p.freeNames(n)}
			for _, s := range n.Specs {
				for _, id := range s.(*ast.ValueSpec).Names {
					d.group = append(d.group, id.Name)
				}
			}
			d.free = append(d.free, uses(n, d.group)...) // one may be declared again, and then the others mean the new one
			a.constants = append(a.constants, d.group...)
			d.name = "const " + strings.Join(d.group, ",")
			d.kind, d.origin = p.kind, a.origin
			for _, name := range d.group {
				a.next.declare(name, d)
			}
			return
		}
		for _, s := range n.Specs {
			t := s.(*ast.TypeSpec)
			a.retyped[t.Name.Name] = true
			add(&decl{name: t.Name.Name, alias: aliased(t), start: p.offset(t.Pos()), end: p.offset(t.End()), free: append(p.freeNames(t), siblings(n, t)...)})
		}
	}
}

// aliased returns the name that a type is another name of, "" for any other type.
func aliased(t *ast.TypeSpec) string {
	if id, ok := ast.Unparen(t.Type).(*ast.Ident); ok && t.Assign.IsValid() {
		return id.Name
	}
	return ""
}

// unaliased returns the name of the type that methods with that receiver belong to. The cell may declare it further down.
func (a *analysis) unaliased(name string) string {
	for seen := map[string]bool{}; !seen[name]; { // aliases may be wrong, and of each other
		seen[name] = true
		of := ""
		if d := a.next.decls.get(name); d != nil {
			of = d.alias
		}
		for _, p := range a.pieces {
			for _, s := range p.specs() {
				if t, ok := s.(*ast.TypeSpec); ok && t.Name.Name == name {
					of = aliased(t)
				}
			}
		}
		if of == "" {
			break
		}
		name = of
	}
	return name
}

// uses returns those of the constants of a group that are in its values.
func uses(g *ast.GenDecl, group []string) (names []string) {
	for _, s := range g.Specs {
		for _, v := range s.(*ast.ValueSpec).Values {
			ast.Inspect(v, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && slices.Contains(group, id.Name) {
					names = append(names, id.Name)
				}
				return true
			})
		}
	}
	return names
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
		selected := p.selected()
		for _, id := range p.free {
			if !a.resolveDot(id.Name) {
				a.resolveImport(id.Name, selected[id])
			}
		}
	}
}

func (a *analysis) resolveImport(name, member string) {
	if _, ok := a.origin.Imports[name]; ok || member == "" {
		return
	}
	if _, ok := a.declared[name]; ok || a.next.decls.has(name) {
		return
	}
	if path, ok := a.base.imports[name]; ok {
		a.origin.Imports[name] = path
	} else if path := a.packageWith(a.pkgs.Find(name), member); path != "" {
		a.origin.Imports[name] = path
	} else if paths := a.pkgs.Find(name); len(paths) > 0 {
		a.origin.Imports[name] = paths[0] // so that the error names the member that is missing
	}
}

// packageWith returns the first of the packages that have a member, "" if there is none.
func (a *analysis) packageWith(paths []string, member string) string {
	for _, path := range paths {
		if pkg, err := a.pkgs.Import(path); err == nil && ast.IsExported(member) && (pkg == types.Unsafe || pkg.Scope().Lookup(member) != nil) {
			return path
		}
	}
	return ""
}
