package cell

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// Unit is a cell ready to be built.
type Unit struct {
	Files   []File
	Imports []string               // paths of all packages that the files import
	Key     string                 // identifies the text: same key, same behaviour
	Run     string                 // the function to call, as a linker symbol: main.Run_key
	Origin  *Origin                // the cell itself
	Notes   []string               // what the person should know, such as variables that were dropped
	Next    *Session               // the session after the cell was loaded
	Embeds  map[string][]EmbedFile // by pattern of go:embed

}

// File is one generated Go file.
type File struct {
	Name, Text string
	C          string // the C code in it and the import of C, "" without: same code, same meaning of its names
}

// keyMark stands for the unit's key in its text until the text is complete.
const keyMark = "ʹkeyʹ"

// Compile analyses a cell against the session. file is the name its positions carry. An *[Error] says what is wrong.
func (s *Session) Compile(file, source string, pkgs Packages) (*Unit, error) {
	a, err := s.analyse(file, source, pkgs)
	if err != nil {
		return nil, err
	}
	return a.emit(), nil
}

// After returns the session after a cell that is not built. An *[Error] says what is wrong with it.
func (s *Session) After(file, source string, pkgs Packages) (*Session, error) {
	a, err := s.analyse(file, source, pkgs)
	if err != nil {
		return nil, err
	}
	return a.next, nil
}

// analyse finds out what a cell means: everything but the text of its package.
func (s *Session) analyse(file, source string, pkgs Packages) (*analysis, error) {
	a := s.newAnalysis(file, source, pkgs)
	pieces, diags := parse(a.origin)
	if len(diags) > 0 {
		return nil, &Error{diags}
	}
	a.pieces = pieces
	if err := a.collect(); err != nil {
		return nil, err
	}
	a.resolveImports()
	if err := a.check(); err != nil {
		return nil, err
	}
	if err := a.declareVars(); err != nil {
		return nil, err
	}
	a.carryOver()
	a.markShared()
	return a, nil
}

func (s *Session) newAnalysis(file, source string, pkgs Packages) *analysis {
	return &analysis{
		pkgs: pkgs, base: s, next: s.clone(), origin: &Origin{File: file, Source: source, Imports: map[string]string{}, dots: map[string]string{}},
		declared: map[string]int{}, old: map[string]*decl{}, retyped: map[string]bool{}, gone: map[string]string{}, labelled: map[ast.Stmt]bool{},
		embeds: map[*ast.ValueSpec]*embedding{}, embedded: map[string][]EmbedFile{},
	}
}

// Loaded returns the session to go on with when a unit's library was opened but the cell could not be run: nothing is
// declared, but the symbols that the library defines are taken.
func (s *Session) Loaded(u *Unit) *Session {
	c := s.clone()
	c.symbols = u.Next.symbols
	return c
}

// emit writes the final text.
func (a *analysis) emit() *Unit {
	symbols := a.symbols()
	reach := a.next.reach(a.names())
	es := a.blanks(reach)
	a.qualify(reach, importAlias, es)
	locals := a.localTypes(symbols)
	a.rename(symbols, locals, es)
	a.renewFlags(es)
	a.poll(es)
	a.promote(symbols, es)
	locals.move(es)

	used := a.usedImports()
	imports := map[string]bool{rtPath: true}
	u := &Unit{Origin: a.origin, Notes: a.dropped, Next: a.next, Embeds: a.embedded}
	for _, t := range a.finalTexts(symbols, used, locals, es) {
		f, path := t.b.String(), ""
		for _, line := range strings.Split(f, "\n") {
			if n, _ := fmt.Sscanf(line, "import %s %q", new(string), &path); n == 2 {
				imports[path] = true
			}
		}
		u.Files = append(u.Files, File{t.name, f, t.c})
		if t.c != "" {
			imports["runtime/cgo"], imports["syscall"] = true, true // what cgo writes imports them
		}
	}
	if a.origin.c != nil && u.Files[len(u.Files)-1].C == "" {
		u.Notes = append(u.Notes, "no Go code of this cell uses its C code, and other cells cannot")
	}
	u.Imports = slices.Sorted(maps.Keys(imports))
	u.linkWith(append(a.pkgs.Beside(u.Imports), a.instances()...))
	u.seal()
	return u
}

// linkWith imports packages for their effect.
func (u *Unit) linkWith(paths []string) {
	paths = slices.DeleteFunc(paths, func(p string) bool { return slices.Contains(u.Imports, p) })
	if len(paths) == 0 {
		return
	}
	f := &text{name: "beside.go"}
	f.raw("package main\n")
	f.imports(nil, paths)
	u.Files = append(u.Files, File{Name: f.name, Text: f.b.String()})
	u.Imports = slices.Sorted(slices.Values(append(u.Imports, paths...)))
}

// seal computes the key and puts it into the text.
func (u *Unit) seal() {
	h := sha256.New()
	for _, f := range u.Files {
		h.Write([]byte(f.Name + "\x00" + f.Text + "\x00"))
	}
	for _, pattern := range slices.Sorted(maps.Keys(u.Embeds)) {
		for _, f := range u.Embeds[pattern] {
			fmt.Fprintf(h, "%s\x00%s\x00%d\x00%s", pattern, f.Name, len(f.Data), f.Data)
		}
	}
	u.Key = hex.EncodeToString(h.Sum(nil)[:10])
	for i := range u.Files {
		u.Files[i].Text = strings.ReplaceAll(u.Files[i].Text, keyMark, u.Key)
	}
	u.Run = "main.Run_" + u.Key
}

// symbols maps every package-level name of the checked package to the name it is emitted under.
func (a *analysis) symbols() map[string]string {
	m := map[string]string{}
	for _, n := range a.pkg.Scope().Names() {
		m[n] = n
		plain, isOld := strings.CutSuffix(n, oldMark)
		d := a.next.decls.get(n)
		switch {
		case isOld && a.old[plain] != nil:
			m[n] = a.old[plain].symbol
		case d == nil && n == "main":
			m[n] = "main_" + keyMark
		case d == nil:
		case d.kind == varPiece:
			m[n] = d.symbol
		case d.kind == funcPiece, d.kind == typePiece:
			m[n] = a.next.symbolFor(n, a.next.deepKey(d))
		}
	}
	return m
}

// rename edits every use of a name whose symbol differs.
func (a *analysis) rename(symbols map[string]string, locals *localTypes, es edits) {
	change := func(id *ast.Ident, symbol string) {
		t := a.textAt(id.Pos())
		if o, off, ok := t.exact(int(id.Pos() - t.start)); ok && symbol != "" && symbol != id.Name && strings.HasPrefix(o.Source[off:], id.Name) {
			es.add(o, off, off+len(id.Name), symbol)
		}
	}
	typeSymbol := func(n *types.TypeName) string {
		if n.Parent() == a.pkg.Scope() {
			return symbols[n.Name()]
		}
		return locals.names[n]
	}
	visit := func(id *ast.Ident, obj types.Object) {
		if obj == nil || obj.Pkg() != a.pkg || a.textAt(obj.Pos()) == nil {
			return // what stands in no text is of C: that is for cgo to name
		}
		if v, ok := obj.(*types.Var); ok && v.IsField() {
			// An embedded field is named like its type, and goes with it. Where it is declared, the type is used.
			if v.Embedded() && !(a.info.Defs[id] != nil && a.info.Uses[id] != nil) {
				if n := typeName(v.Type()); n != nil && n.Name() == id.Name {
					change(id, typeSymbol(n))
				}
			}
			return
		}
		if n, ok := obj.(*types.TypeName); ok {
			symbol := typeSymbol(n)
			if args := locals.args[n]; args != "" && a.info.Uses[id] != nil {
				symbol += args
			}
			change(id, symbol)
		} else if obj.Parent() == a.pkg.Scope() {
			change(id, symbols[obj.Name()])
		}
	}
	for id, obj := range a.info.Defs {
		visit(id, obj)
	}
	for id, obj := range a.info.Uses {
		visit(id, obj)
	}
	for _, r := range a.oldRefs {
		if s := symbols[r.name+oldMark]; s != "" && s != r.name {
			es.add(a.origin, r.off, r.off+len(r.name), s)
		}
	}
	for _, r := range a.againRefs {
		if s := symbols[r.name]; s != r.name {
			es.add(a.origin, r.off, r.off+len(r.name), s)
		}
	}
}

func typeName(t types.Type) *types.TypeName {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	switch t := t.(type) {
	case *types.Named:
		return t.Obj()
	case *types.Alias:
		return t.Obj()
	}
	return nil
}

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

func (a *analysis) finalCell(used map[string]bool, symbols map[string]string, locals *localTypes, es edits) *text {
	o := a.origin
	f := &text{name: o.File}
	inits := 0
	for _, p := range a.pieces {
		a.embedVars(p, f, es)
		if p.kind != typePiece && p.kind != constPiece && p.kind != funcPiece {
			continue
		}
		if fn, ok := p.node.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			off := p.offset(fn.Name.Pos())
			es.add(o, off, off+len("init"), fmt.Sprintf("init%d_%s", inits, keyMark))
			inits++
		}
		f.line(o, p.doc)
		f.copy(o, p.doc, p.end, es)
	}
	locals.write(f, o, 0, len(o.Source))
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
		f.raw("resident_run.Once(%q, init%d_%s)\n", fmt.Sprintf("init%d_%s", i, keyMark), i, keyMark)
	}
	if _, ok := symbols["main"]; ok && !a.next.decls.has("main") {
		f.raw("main_%s()\n", keyMark)
	}
	f.raw("}\n")

	// Types of variables have moved to another file: what the cell uses may be less than what its source uses.
	names := o.allImports()
	left := mentioned(f.b.String())
	maps.DeleteFunc(names, func(n, _ string) bool { return !used[n] || !left[n] })
	maps.Copy(names, locals.imports[o])
	h := &text{name: o.File}
	h.raw("package main\n")
	h.imports(names, o.blank)
	if len(a.embeds) > 0 {
		h.raw("import _ \"embed\"\n")
	}
	h.raw("import resident_rt %q\n", rtPath)
	if names[cName] == cName {
		h.importC(o)
	}
	h.raw("%s", f.b.String())
	return h
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
