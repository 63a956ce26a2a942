package cell

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
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
