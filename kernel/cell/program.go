package cell

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Cell is Go source that ran in a session.
type Cell struct {
	Number int
	Source string
	Failed bool   // it ended with an error: a program goes without its statements
	File   string // when it has a name, line directives say where parts of the program stand in the cell
}

// Program writes cells as one Go program. Top-level variables become variables of the package; the statements of each cell become a
// function, and main calls them in turn. A name that was declared again has a number behind it from there on. The last expression of
// a cell is printed. A method that was declared again is the last one from the beginning. A session that does what no program can, as
// when the type of a living variable is declared again, is an error.
func Program(cells []Cell, pkgs Packages) (string, error) {
	p := &program{vars: map[string]string{}, versions: map[string][]string{}, taken: map[string]bool{}, packages: map[string]string{}, places: map[string]int{}}
	session := NewSession()
	for _, c := range cells {
		a, err := session.analyse(cmp.Or(c.File, fmt.Sprintf("cell%d.go", c.Number)), c.Source, pkgs)
		if err != nil {
			return "", fmt.Errorf("cell In[%d]: %w", c.Number, err)
		}
		if a.origin.c != nil || len(a.embeds) > 0 {
			return "", fmt.Errorf("cell In[%d] has C code or embedded files: one Go file cannot hold it", c.Number)
		}
		part := &programCell{Cell: c, a: a, symbols: a.symbols()}
		p.cells = append(p.cells, part)
		p.takeNames(part)
		session = a.next
	}
	for i, c := range p.cells {
		if err := p.add(i, c); err != nil {
			return "", err
		}
	}
	return p.text()
}

// program is a session on its way into one file.
type program struct {
	cells    []*programCell
	vars     map[string]string   // types by symbol
	versions map[string][]string // what a name has meant so far, by keys: the n-th has the n-th symbol
	taken    map[string]bool     // names of the package
	packages map[string]string   // names by path

	blanks []string
	decls  []string       // declarations
	places map[string]int // where a declaration is among them, by its text; a method by its name
	funcs  strings.Builder
	calls  []string
	flags  []string // of the command line that cells so far define; "" for one whose name is not known
}

type programCell struct {
	Cell
	a       *analysis
	symbols map[string]string
}

// takeNames chooses the names that a cell's declarations have in the program.
func (p *program) takeNames(c *programCell) {
	for n, symbol := range c.symbols {
		plain, isOld := strings.CutSuffix(n, oldMark)
		d := c.a.next.decls.get(n)
		switch {
		case isOld && c.a.old[plain] != nil:
			symbol = p.version(plain, "var "+c.a.old[plain].symbol)
		case d == nil:
		case d.kind == varPiece:
			symbol = p.version(n, "var "+d.symbol)
		case d.kind == constPiece:
			symbol = p.version(n, fmt.Sprintf("const %s %d", d.origin.File, d.start))
		default:
			symbol = p.version(n, c.a.next.plainKey(d))
		}
		c.symbols[n] = symbol
		p.taken[symbol] = true
	}
}

// version returns the symbol of what a name means: the name at first, nameʹ2 for the next meaning.
func (p *program) version(name, key string) string {
	i := slices.Index(p.versions[name], key)
	if i < 0 {
		i = len(p.versions[name])
		p.versions[name] = append(p.versions[name], key)
	}
	if i == 0 {
		return name
	}
	return fmt.Sprintf("%sʹ%d", name, i+1)
}

// plainKey identifies a declaration with all that it reaches, but for the methods of types: those may come later.
func (s *Session) plainKey(d *decl) string {
	var key strings.Builder
	seen := map[*decl]bool{}
	var visit func(d *decl)
	visit = func(d *decl) {
		if d == nil || seen[d] {
			return
		}
		seen[d] = true
		key.WriteString(d.fingerprint() + " ")
		for _, n := range d.free {
			visit(s.decls.get(n))
		}
	}
	visit(d)
	return key.String()
}

// packageName chooses the name of an imported package: its own, unless that is taken.
func (p *program) packageName(path, name string) string {
	if chosen, ok := p.packages[path]; ok {
		return chosen
	}
	used := slices.Collect(maps.Values(p.packages))
	for n := 1; ; n++ {
		chosen := name
		if n > 1 {
			chosen = fmt.Sprintf("%s_%d", name, n)
		}
		if !p.taken[chosen] && !slices.Contains(used, chosen) {
			p.packages[path] = chosen
			return chosen
		}
	}
}

// importedAs returns a function that gives a package of the session its name in the program.
func (p *program) importedAs(pkgs Packages) func(path string) string {
	return func(path string) string {
		if pkg, err := pkgs.Imported(path); err == nil {
			return p.packageName(path, pkg.Name())
		}
		return importAlias(path) // it was there when the cell was checked
	}
}

// add writes what a cell brings.
func (p *program) add(i int, c *programCell) error {
	a := c.a
	es := edits{}
	for id, obj := range a.info.Uses {
		if pn, ok := obj.(*types.PkgName); ok && pn.Imported().Path() != rtPath {
			a.renameUse(id, p.packageName(pn.Imported().Path(), pn.Imported().Name()), es)
		}
	}
	if _, ok := c.symbols["main"]; ok && !a.next.decls.has("main") {
		c.symbols["main"] = fmt.Sprintf("main%d", i+1)
	}
	for o, list := range a.blanks(a.next.reach(a.names())) {
		for _, e := range list {
			if name, ok := strings.CutPrefix(e.text, "package_"); ok {
				e.text = p.packageName(o.Imports[name], name)
			}
			if e.text != "_" { // a constant that was declared again has another name here
				es[o] = append(es[o], e)
			}
		}
	}
	a.rename(c.symbols, &localTypes{}, es)
	a.qualify(a.next.reach(a.names()), p.importedAs(a.pkgs), es)
	p.renewFlags(c, es)
	p.blanks = append(p.blanks, a.origin.blank...)
	if err := p.addVars(c); err != nil {
		return err
	}
	p.addEarlier(c, es)
	p.addOwn(i, c, es)
	return nil
}

// renameUse edits one identifier.
func (a *analysis) renameUse(id *ast.Ident, name string, es edits) {
	t := a.textAt(id.Pos())
	if t == nil || name == id.Name {
		return
	}
	if o, off, ok := t.exact(int(id.Pos() - t.start)); ok && strings.HasPrefix(o.Source[off:], id.Name) {
		es.add(o, off, off+len(id.Name), name)
	}
}

func (p *program) addVars(c *programCell) error {
	for _, d := range c.a.next.reach(c.a.names()) {
		if d.kind != varPiece {
			continue
		}
		aliases := map[string]string{}
		text := typeText(d.typ, c.a.typePkg(d), aliases, func(n string) string { return c.symbols[n] })
		for alias, path := range aliases {
			text = strings.ReplaceAll(text, alias+".", p.packageName(path, path[strings.LastIndexByte(path, '/')+1:])+".")
		}
		symbol := c.symbols[d.name]
		switch before, known := p.vars[symbol]; {
		case !known:
			p.vars[symbol] = text
			p.decls = append(p.decls, fmt.Sprintf("var %s %s\n", symbol, text))
		case before != text:
			return fmt.Errorf("cell In[%d] declares the type of %s again, which keeps its value: no program can do that", c.Number, d.name)
		}
	}
	return nil
}

// addEarlier writes declarations of earlier cells that mean something else since this one.
func (p *program) addEarlier(c *programCell, es edits) {
	for _, d := range c.a.next.reach(c.a.names()) {
		if d.origin == c.a.origin || d.kind != typePiece && d.kind != funcPiece {
			continue
		}
		p.declare(c, d.kind, d.recv, d.name, d.origin, d.start, d.end, es)
	}
}

// declare writes a declaration, unless it is there.
func (p *program) declare(c *programCell, k kind, recv, name string, o *Origin, start, end int, es edits) {
	t := &text{}
	if k == typePiece {
		t.raw("type ")
	}
	t.copy(o, start, end, es)
	text := "\n" + t.b.String() + "\n"
	if c.File != "" {
		text = "\n//line " + o.place(start) + text
	}
	key := text
	if recv != "" {
		key = c.symbols[recv] + "." + name
	}
	if i, known := p.places[key]; known {
		p.decls[i] = text
		return
	}
	p.places[key] = len(p.decls)
	p.decls = append(p.decls, text)
}

// addOwn writes the declarations and the statements of a cell.
func (p *program) addOwn(i int, c *programCell, es edits) {
	a := c.a
	inits := []string{}
	for _, piece := range a.pieces {
		switch piece.kind {
		case constPiece, funcPiece:
			if fn, ok := piece.node.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				name := fmt.Sprintf("init%d_%d", i+1, len(inits)+1)
				off := piece.offset(fn.Name.Pos())
				es.add(a.origin, off, off+len("init"), name)
				inits = append(inits, name)
			}
			recv, method := "", ""
			if fn, ok := piece.node.(*ast.FuncDecl); ok {
				recv, method = receiver(fn), fn.Name.Name
			}
			p.declare(c, piece.kind, recv, method, a.origin, piece.doc, piece.end, es)
		case typePiece: // one by one, as later copies are
			for _, s := range piece.specs() {
				p.declare(c, typePiece, "", "", a.origin, piece.offset(s.Pos()), piece.offset(s.End()), es)
			}
		}
	}
	body := &text{}
	for _, s := range a.order() {
		s.write(body, es)
		body.raw("\n")
	}
	for _, name := range inits {
		body.raw("%s()\n", name)
	}
	if _, ok := c.symbols["main"]; ok && !a.next.decls.has("main") {
		body.raw("%s()\n", c.symbols["main"])
	}
	if c.File == "" {
		p.function(i, c, lineDirective.ReplaceAllString(body.b.String(), ""))
	} else {
		p.function(i, c, "\n"+body.b.String())
	}
}

// renewFlags edits the names of flags that an earlier cell has defined, or may have: names that are no constants are not known.
func (p *program) renewFlags(c *programCell, es edits) {
	if c.Failed {
		return
	}
	var own []string
	for _, name := range c.a.flagNames(c.a.cellText()) {
		text, known := c.a.constantText(name)
		if len(p.flags) > 0 && (!known || slices.Contains(p.flags, text) || slices.Contains(p.flags, "")) {
			renewFlag(c.a.cellText(), name, es)
		}
		own = append(own, text)
	}
	p.flags = append(p.flags, own...)
}

var lineDirective = regexp.MustCompile(`(?m)^\n?//line .*\n|/\*line [^*]*\*/`)

// function makes a function of a cell's statements.
func (p *program) function(i int, c *programCell, body string) {
	switch {
	case strings.TrimSpace(body) == "":
	case c.Failed:
		p.calls = append(p.calls, fmt.Sprintf("// In[%d] ended with an error: its statements are left out.", c.Number))
	default:
		name := fmt.Sprintf("cell%d", i+1)
		for p.taken[name] {
			name += "_"
		}
		fmt.Fprintf(&p.funcs, "\n// %s is In[%d].\nfunc %s() {\n%s}\n", name, c.Number, name, body)
		p.calls = append(p.calls, name+"()")
	}
}

// helpers are functions of the program that stand for what the kernel does, by the text of their calls.
var helpers = []struct{ call, name, text string }{
	{"resident_run.Show(", "show", "func %s(values ...any) { fmt.Println(values...) }"},
	{"resident_rt.Drop(", "drop", "func %s(...any) {}"},
	{"resident_rt.Zero(", "zero", "func %s[T any](p *T) { *p = *new(T) }"},
	{"resident_rt.Flag(", "again", `
// %s makes room for a flag that may have been defined before, and returns its name.
func %[1]s(name string) string {
	kept := flag.NewFlagSet(flag.CommandLine.Name(), flag.CommandLine.ErrorHandling())
	kept.Usage = flag.CommandLine.Usage
	flag.VisitAll(func(f *flag.Flag) {
		if f.Name != name {
			kept.Var(f.Value, f.Name, f.Usage)
			kept.Lookup(f.Name).DefValue = f.DefValue
		}
	})
	*flag.CommandLine = *kept
	return name
}`},
}

// text puts the file together.
func (p *program) text() (string, error) {
	body := strings.Join(p.decls, "") + p.funcs.String()
	for _, h := range helpers {
		if !strings.Contains(body, h.call) {
			continue
		}
		name := h.name
		for p.taken[name] {
			name += "_"
		}
		body = strings.ReplaceAll(body, h.call, name+"(")
		text := fmt.Sprintf(h.text, name)
		for _, pkg := range []string{"fmt", "flag"} {
			if strings.Contains(text, pkg+".") {
				text = strings.ReplaceAll(text, pkg+".", p.packageName(pkg, pkg)+".")
			}
		}
		body += "\n" + text + "\n"
	}
	if slices.ContainsFunc(p.cells, func(c *programCell) bool { return c.File != "" }) {
		body += "\n//line main.go:1"
	}
	body += "\nfunc main() {\n" + strings.Join(p.calls, "\n") + "\n}\n"
	src, err := format.Source([]byte(plainNames(p.imports(body) + body)))
	if err != nil {
		return "", errors.New("the program cannot be written: " + err.Error())
	}
	return string(src), nil
}

func (p *program) imports(body string) string {
	used := mentioned(body)
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(p.packages)) {
		name := p.packages[path]
		switch {
		case !used[name]:
		case name == path[strings.LastIndexByte(path, '/')+1:]:
			fmt.Fprintf(&b, "%q\n", path)
		default:
			fmt.Fprintf(&b, "%s %q\n", name, path)
		}
	}
	for _, path := range slices.Compact(slices.Sorted(slices.Values(p.blanks))) {
		fmt.Fprintf(&b, "_ %q\n", path)
	}
	if b.Len() == 0 {
		return "package main\n"
	}
	return "package main\n\nimport (\n" + b.String() + ")\n"
}

var (
	numberedName = regexp.MustCompile(`ʹ?([\pL_][\pL\pN_]*?)ʹ(\d+)`)
	exportedName = regexp.MustCompile(`ʹ([\pL_])`)
)

// plainNames gives symbols names that people would: the number behind a mark that no other name has there.
func plainNames(src string) string {
	words := map[string]bool{}
	for _, w := range regexp.MustCompile(`[\pL_][\pL\pN_]*`).FindAllString(src, -1) {
		words[w] = true
	}
	mark := "_"
	for slices.ContainsFunc(numberedName.FindAllStringSubmatch(src, -1), func(m []string) bool { return words[m[1]+mark+m[2]] }) {
		mark += "_"
	}
	return exportedName.ReplaceAllString(numberedName.ReplaceAllString(src, "${1}"+mark+"${2}"), "$1")
}
