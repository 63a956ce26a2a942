package cell

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// finalTexts lays out the package that is built.
func (a *analysis) finalTexts(symbols map[string]string, used map[*text]map[string]bool, locals *localTypes, es edits) []*text {
	rename := func(n string) string { return symbols[n] }
	reach := a.next.reach(a.names())
	vars := &text{name: "vars.go"}
	aliases := map[string]string{}
	var lines []string
	add := func(d *decl) {
		lines = append(lines, "var "+d.symbol+" "+typeText(d.typ, a.typePkg(d), aliases, rename))
	}
	for _, d := range reach {
		if d.kind == varPiece {
			add(d)
		}
	}
	for n := range a.old {
		if obj := a.pkg.Scope().Lookup(n + oldMark); obj != nil && a.old[n].symbol != symbols[n] && a.mentionsOld(n) {
			lines = append(lines, "var "+a.old[n].symbol+" "+typeText(obj.Type(), a.pkg, aliases, rename))
		}
	}
	vars.raw("package main\n")
	vars.imports(aliases, nil)
	slices.Sort(lines)
	vars.raw("%s\n", strings.Join(lines, "\n"))
	// The first function of a library has no name in tracebacks: its name has offset 0, which the runtime takes for none.
	vars.raw("\n//go:noinline\nfunc resident_first() {}\n")

	texts := []*text{vars}
	for _, t := range a.texts[1 : len(a.texts)-1] {
		texts = append(texts, a.finalEarlier(t, reach, used[t], locals, es))
	}
	return append(texts, a.finalCell(used[a.cellText()], symbols, locals, es))
}

// typePkg returns the package that the variable's type was checked in: its own types belong to it.
func (a *analysis) typePkg(d *decl) *types.Package {
	if v, ok := a.pkg.Scope().Lookup(d.name).(*types.Var); ok {
		d.typ = v.Type()
	}
	return a.pkg
}

func (a *analysis) mentionsOld(name string) bool {
	return slices.ContainsFunc(a.oldRefs, func(r ref) bool { return r.name == name })
}

func (a *analysis) finalEarlier(t *text, reach []*decl, used map[string]bool, locals *localTypes, es edits) *text {
	var decls []*decl
	var o *Origin
	for _, d := range reach {
		if d.kind != varPiece && d.origin.File == t.name && d.origin != a.origin {
			decls, o = append(decls, d), d.origin
		}
	}
	f := &text{name: t.name}
	f.raw("package main\n")
	if o == nil {
		return f
	}
	names := a.importsOf(o, decls)
	maps.DeleteFunc(names, func(n, _ string) bool { return !used[n] })
	maps.Copy(names, locals.imports[o])
	f.imports(names, blankFor(decls))
	if names[cName] == cName {
		f.importC(o)
	}
	f.raw("import resident_rt %q\nvar _ = &resident_rt.Stop\n", rtPath)
	slices.SortFunc(decls, func(x, y *decl) int { return x.start - y.start })
	for _, d := range decls {
		f.line(o, d.start)
		if d.kind == typePiece {
			f.raw("type ")
		}
		f.copy(o, d.start, d.end, es)
		locals.write(f, o, d.start, d.end)
	}
	f.raw("\n")
	return f
}

// blankFor returns the packages that declarations need for their effect: the compiler takes //go:linkname only in files
// that import unsafe.
func blankFor(decls []*decl) []string {
	if slices.ContainsFunc(decls, func(d *decl) bool { return strings.Contains(d.text(), "//go:linkname ") }) {
		return []string{"unsafe"}
	}
	return nil
}

// finalCell lays out the file of the cell itself.
func (a *analysis) finalCell(used map[string]bool, symbols map[string]string, locals *localTypes, es edits) *text {
	o := a.origin
	body := &text{name: o.File}
	inits := a.finalDecls(body, es)
	locals.write(body, o, 0, len(o.Source))
	a.finalRun(body, inits, symbols, es)

	// Types of variables have moved to another file: what the cell uses may be less than what its source uses.
	names := a.imports()
	left := mentioned(body.b.String())
	maps.DeleteFunc(names, func(n, _ string) bool { return !used[n] || !left[n] })
	maps.Copy(names, locals.imports[o])
	f := &text{name: o.File}
	f.raw("package main\n")
	f.imports(names, o.blank)
	if len(a.embeds) > 0 {
		f.raw("import _ \"embed\"\n")
	}
	f.raw("import resident_rt %q\n", rtPath)
	if names[cName] == cName {
		f.importC(o)
	}
	f.raw("%s", body.b.String())
	return f
}

// finalDecls writes the cell's types, constants and functions, and returns how many of these are called init.
func (a *analysis) finalDecls(f *text, es edits) (inits int) {
	for _, p := range a.pieces {
		a.embedVars(p, f, es)
		if p.kind != typePiece && p.kind != constPiece && p.kind != funcPiece {
			continue
		}
		if fn, ok := p.node.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			off := p.offset(fn.Name.Pos())
			es.add(a.origin, off, off+len("init"), initName(inits))
			inits++
		}
		f.line(a.origin, p.doc)
		f.copy(a.origin, p.doc, p.end, es)
	}
	return inits
}

// initName is what the i-th function init of a cell is called.
func initName(i int) string { return fmt.Sprintf("init%d_%s", i, keyMark) }

// finalRun writes the function Run.
func (a *analysis) finalRun(f *text, inits int, symbols map[string]string, es edits) {
	f.raw("\nfunc main() { var none *resident_rt.Run; Run_%s(none) } // never called: it keeps Run in what the linker makes\n", keyMark)
	f.raw("\nfunc Run_%s(resident_run *resident_rt.Run) {\nresident_p := &resident_rt.Stop; _ = resident_p\n", keyMark)
	for _, n := range a.newVars {
		f.raw("resident_run.Var(%q, &%s)\n", n, symbols[n])
	}
	for _, s := range a.order() {
		s.write(f, es)
		f.raw("\nresident_run.Step()\n")
	}
	for i := range inits {
		f.raw("resident_run.Once(%q, %s)\n", initName(i), initName(i))
	}
	if _, ok := symbols["main"]; ok && !a.next.decls.has("main") {
		f.raw("main_%s()\n", keyMark)
	}
	f.raw("}\n")
}

// mentioned returns the names that a file without imports refers to and does not declare.
func mentioned(body string) map[string]bool {
	names := map[string]bool{}
	if f, err := parser.ParseFile(token.NewFileSet(), "", "package main\n"+body, 0); err == nil {
		for _, id := range f.Unresolved {
			names[id.Name] = true
		}
	}
	return names
}
