package engine

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// program is cells flattened into an ordinary program: one package, a file for each cell. Their top-level variables are
// the package's, and their statements run while these are initialised, in the order of the text.
//
// A name that a later cell declares again gets another name from there on (x, xʹ1), unless it is a variable of the same
// type: then the later declaration assigns.
type program struct {
	dir     string
	imports []string // declarations of all cells
	withC   bool     // the go command compiles files with C code after the others, so all have some
	fset    *token.FileSet
	from    types.Importer
	files   []*flatFile
	names   map[string]string // what cells have declared, and its names in the program
	fresh   int               // how many names were made up
}

// flatFile is a flattened cell.
type flatFile struct {
	name, text string
	syntax     *ast.File
	uses       []string // files that declare what it uses
}

func newProgram(dir string, from func(*token.FileSet) types.Importer) *program {
	fset := token.NewFileSet()
	return &program{dir: dir, fset: fset, from: from(fset), names: map[string]string{}}
}

// lineShift is what line directives add to the lines of a cell: C code needs an empty line before it.
const lineShift = 1

// add adds a cell. When the program does not pass the type checker with it, that is an error, and the cell is left out.
func (p *program) add(r row) error {
	f, names, err := p.file(r, p.withC)
	if err != nil {
		return err
	}
	p.files, p.names = append(p.files, f), names
	for _, pc := range cut(r.code) {
		if pc.isImport() && !pc.importsC() && !strings.Contains(pc.text, "import .") {
			p.imports = append(p.imports, strings.TrimLeft(pc.text, " \t\n;"))
		}
	}
	// For the tool that finds missing imports: it knows by other files of the folder what is no package.
	return os.WriteFile(filepath.Join(p.dir, f.name), []byte(f.text), 0o666)
}

// with returns the files of a program that ends with a cell which should not compile, without adding it to this one.
func (p *program) with(r row) []*flatFile {
	f, _, _ := p.file(r, false)
	files := []*flatFile{f}
	for i := 0; i < len(files); i++ {
		for _, other := range p.files {
			if slices.Contains(files[i].uses, other.name) && !slices.Contains(files, other) {
				files = append(files, other)
			}
		}
	}
	return files
}

// file flattens a cell. It returns the names that hold behind it.
func (p *program) file(r row, withC bool) (*flatFile, map[string]string, error) {
	w := &writer{row: r, program: p, pieces: cut(r.code)}
	body := w.body()
	f := &flatFile{name: fmt.Sprintf("cell_%03d.go", r.n), text: "package main\n" + body}
	head, err := w.head(filepath.Join(p.dir, f.name), body, withC)
	if err != nil {
		return f, nil, err
	}
	f.text = head + body
	names := w.declared()
	c := p.check(f)
	if f.syntax == nil {
		return f, nil, c.err
	}
	w.renameOld(len(head), f, names, c)
	if c = p.check(f); f.syntax != nil {
		w.renameNew(f, names, c)
		c = p.check(f)
	}
	if f.syntax != nil {
		f.uses = p.uses(f, c)
	}
	return f, names, c.err
}

// checked is what the type checker found out.
type checked struct {
	pkg  *types.Package
	info *types.Info
	err  error
}

// harnessNames stands for the harness, which the type checker need not see.
const harnessNames = "package main\nfunc main() {}\nfunc beginʹ(int, string) bool\nfunc runʹ(int, func()) bool\nfunc showʹ(...any)\n"

// check type-checks the program with one more file. If that does not parse, it has no syntax.
func (p *program) check(f *flatFile) (c checked) {
	f.syntax = nil
	syntax, err := parser.ParseFile(p.fset, filepath.Join(p.dir, f.name), f.text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return checked{err: err}
	}
	f.syntax = syntax
	harness, err := parser.ParseFile(p.fset, "", harnessNames, 0)
	if err != nil {
		return checked{err: err}
	}
	files := []*ast.File{harness, syntax}
	for _, f := range p.files {
		files = append(files, f.syntax)
	}
	c.info = &types.Info{Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: p.from, FakeImportC: true, Error: func(e error) {
		if !p.withC || !strings.Contains(e.Error(), "invalid type") { // it has no types of C code
			c.err = cmp.Or(c.err, e)
		}
	}}
	c.pkg, _ = conf.Check("main", p.fset, files, c.info)
	return c
}

// uses lists the files that a file cannot be without: those that declare what it mentions, and the methods of that.
func (p *program) uses(f *flatFile, c checked) (names []string) {
	note := func(o types.Object) {
		if o.Pkg() == c.pkg {
			names = append(names, filepath.Base(p.fset.File(o.Pos()).Name()))
		}
	}
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || c.info.Uses[id] == nil {
			return true
		}
		note(c.info.Uses[id])
		if named, ok := types.Unalias(c.info.Uses[id].Type()).(*types.Named); ok {
			for m := range named.Methods() {
				note(m)
			}
		}
		return true
	})
	return names
}
