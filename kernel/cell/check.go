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
)

// Packages is what the analysis knows of the world outside the session.
type Packages interface {
	// Import returns a package by import path, from its export data.
	Import(path string) (*types.Package, error)
	// Find returns the import paths of packages with that name, the likeliest first.
	Find(name string) []string
	// Imported returns a package that this cell or an earlier one imports, as it was then.
	Imported(path string) (*types.Package, error)
	// Embed returns the files that a pattern of a go:embed directive means.
	Embed(pattern string) ([]EmbedFile, error)
	// Cgo returns Go declarations of what files with import "C" take from C, named as cgo names it: _Ctype_int for C.int.
	Cgo(files []File) (string, error)
	// Beside returns packages that a cell with these imports is linked with, although it does not name them.
	Beside(imports []string) []string
	// Names returns the names of the packages that Find knows, and Paths their import paths.
	Names() []string
	Paths() []string
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
	file   bool // it has declarations only: they are ordered as in a Go file

	newVars   []string
	declared  map[string]int // new variables: index of the piece that declares them
	old       map[string]*decl
	own       []string          // keys of the cell's other declarations
	retyped   map[string]bool   // types that this cell declares, or adds methods to
	constants []string          // that it declares
	dropped   []string          // notes
	gone      map[string]string // why variables were dropped, those included that this cell declares anew
	embeds    map[*ast.ValueSpec]*embedding
	embedded  map[string][]EmbedFile // by pattern

	oldRefs, againRefs []ref             // uses of variables as they were before this cell, and assignments to this cell's own by :=
	hiddenRefs         []ref             // uses of packages before the cell declares their names
	hidden             map[string]string // name -> path: these packages

	last *piece // the last expression: it is shown, or dropped when a semicolon ends it
	void bool   // it has no value

	fset   *token.FileSet
	texts  []*text
	cTypes string // what cgo declares for the texts
	pkg    *types.Package
	info   *types.Info
	run    *ast.FuncDecl

	labelled map[ast.Stmt]bool // statements with a label
}

func (a *analysis) fail(off int, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	return &Error{[]Diagnostic{{Origin: a.origin, Offset: off, Message: message, Hint: a.hintFor(message, token.NoPos)}}}
}

// check runs go/types over the texts. Methods of earlier cells that do not fit a type declared anew are dropped.
func (a *analysis) check() error {
	for {
		a.write()
		if err := a.translateC(); err != nil {
			return err
		}
		list := a.typeCheck()
		if len(list) == 0 {
			if !a.dropMisfits() {
				return nil
			}
			continue
		}
		if a.findDotKeys(list) {
			continue
		}
		if methods, vars := a.dropMethods(list), a.dropVars(list); !methods && !vars {
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
	if a.cTypes != "" {
		f, err := parser.ParseFile(a.fset, "_cgo_gotypes.go", a.cTypes, parser.SkipObjectResolution)
		if err != nil {
			return []Diagnostic{{Origin: a.origin, Message: "internal error: " + err.Error()}}
		}
		files = append([]*ast.File{f}, files...)
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
	if a.cTypes != "" {
		useCgo(&conf)
	}
	a.pkg, _ = conf.Check("main", a.fset, files, a.info)
	return a.diagnose(errs)
}

type imports struct{ pkgs Packages }

func (i imports) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	return i.pkgs.Imported(path)
}

// dropMisfits removes variables of earlier cells whose memory does not fit what this cell has made of their types.
func (a *analysis) dropMisfits() bool {
	found := false
	drop := func(d *decl, name string) bool {
		v, ok := a.pkg.Scope().Lookup(name).(*types.Var)
		if !ok || sameLayout(d.typ, v.Type()) {
			return false
		}
		found = true
		a.gone[d.name] = fmt.Sprintf("%s was dropped: the layout of its type %s has changed", d.name, types.TypeString(v.Type(), func(*types.Package) string { return "" }))
		return true
	}
	for _, n := range a.affected() {
		if _, mine := a.declared[n]; !mine && drop(a.next.decls.get(n), n) {
			a.next.forget(n)
			a.dropped = append(a.dropped, a.gone[n])
		}
	}
	maps.DeleteFunc(a.old, func(n string, d *decl) bool { return drop(d, n+oldMark) })
	return found
}

// dropVars removes variables of earlier cells whose types hold the errors, because of what this cell declares: such a type is none any more. What
// the cell itself needs of it is its own trouble.
func (a *analysis) dropVars(list []Diagnostic) bool {
	found := false
	needed := a.next.reach(a.names())
	drop := func(d *decl) bool {
		for _, r := range append(a.next.reach(d.free), d) {
			for _, diag := range list {
				if r.origin == diag.Origin && r.start <= diag.Offset && diag.Offset < r.end && (r == d || !slices.Contains(needed, r)) {
					found = true
					a.gone[d.name] = fmt.Sprintf("%s was dropped: its type is none any more: %s", d.name, diag.Message)
					return true
				}
			}
		}
		return false
	}
	for _, n := range a.affected() {
		if _, mine := a.declared[n]; !mine && drop(a.next.decls.get(n)) {
			a.next.forget(n)
			a.dropped = append(a.dropped, a.gone[n])
		}
	}
	maps.DeleteFunc(a.old, func(_ string, d *decl) bool { return drop(d) })
	return found
}

// dropMethods removes methods of earlier cells that hold the errors, when their type is declared anew here.
func (a *analysis) dropMethods(list []Diagnostic) bool {
	found := false
	for _, diag := range list {
		for k, d := range a.next.decls.all() {
			if d.recv != "" && d.origin == diag.Origin && d.origin != a.origin && a.retyped[d.recv] && diag.Offset >= d.start && diag.Offset < d.end {
				a.next.forget(k)
				a.dropped = append(a.dropped, fmt.Sprintf("method %s of %s was dropped, it does not fit the new %s: %s", d.name, d.recv, d.recv, diag.Message))
				found = true
			}
		}
	}
	return found
}
