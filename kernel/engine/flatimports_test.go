package engine

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"

	"golang.org/x/tools/imports"
)

// head is the beginning of the cell's file, up to its imports: the cell's, and as far as they are used those of earlier
// cells and of packages that nothing imports yet.
func (w *writer) head(file, body string, withC bool) (string, error) {
	var own strings.Builder
	for _, pc := range w.pieces {
		if pc.isImport() {
			own.WriteString(strings.TrimLeft(pc.text, " \t\n;") + "\n")
		}
	}
	opt := &imports.Options{Comments: true, TabIndent: true, TabWidth: 8}
	text, err := imports.Process(file, []byte("package main\n"+own.String()+strings.Join(w.program.imports, "\n")+"\n"+body), opt)
	if err != nil {
		return "", err
	}
	f, err := parser.ParseFile(token.NewFileSet(), "", text, parser.ImportsOnly)
	if err != nil {
		return "", err
	}
	head := &header{specs: f.Imports, written: map[string]bool{`"C"`: true}}
	head.WriteString("package main\n\n" + w.importC(withC))
	for _, pc := range w.pieces {
		for _, s := range pc.imported() {
			head.imports(s.Path.Value, w.where(pc, pc.at(s.Pos())))
		}
	}
	for _, s := range f.Imports {
		head.imports(s.Path.Value, "")
	}
	return head.String(), nil
}

// header writes imports.
type header struct {
	strings.Builder
	specs   []*ast.ImportSpec // what is used
	written map[string]bool   // paths
}

// imports writes the imports of a path. where is their place in the cell, "" if it does not have them.
func (h *header) imports(path, where string) {
	if h.written[path] {
		return
	}
	h.written[path] = true
	used := false
	for _, s := range h.specs {
		if s.Path.Value != path {
			continue
		}
		used = true
		name := ""
		if s.Name != nil {
			name = s.Name.Name + " "
		}
		h.WriteString("import\n" + where + name + path + "\n")
	}
	if !used {
		h.WriteString("import\n" + where + "_ " + path + "\n")
	}
}

// importC is the cell's C code, or none where other files have some.
func (w *writer) importC(withC bool) string {
	for _, pc := range w.pieces {
		if pc.importsC() {
			return fmt.Sprintf("//line Cell In[%d]:%d\n\n%s\n", w.n, w.line(pc, pc.code())-1, strings.TrimSpace(pc.text))
		}
	}
	if withC {
		return "import \"C\"\n"
	}
	return ""
}
