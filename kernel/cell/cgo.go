package cell

import (
	"go/ast"
	"go/types"
	"reflect"
	"slices"
	"strings"
	"unsafe"
)

// A cell with import "C" goes on belonging to the C code above that import: whatever later cell reaches a function of
// its, the copy stands in a file with the same C code. What the names of C mean to Go is told by [Packages.Cgo].

// cName is the name, and the path, of the package that stands for C.
const cName = "C"

// collectC enters an import of C. It has to be an import of its own, as the comment above it is C code.
func (a *analysis) collectC(p *piece, spec *ast.ImportSpec) error {
	switch {
	case spec.Name != nil:
		return a.fail(p.offset(spec.Pos()), `import "C" cannot have another name`)
	case len(p.specs()) > 1:
		return a.fail(p.offset(spec.Pos()), `import "C" has to stand alone: the comment directly above it is the C code`)
	case a.origin.c != nil:
		return a.fail(p.start, `a cell imports "C" once: put its C code into one comment`)
	case slices.ContainsFunc(a.pieces, exportsC):
		return a.fail(p.start, "//export is not supported in cells: put what C calls back into a package of a module and import that")
	}
	a.origin.Imports[cName] = cName
	a.next.forget(cName) // the name means C from now on
	a.origin.c = &p.span
	return nil
}

// freeC makes sure that the cell does not declare the name C while functions of the session need it for C: cgo knows no
// other name.
func (a *analysis) freeC() error {
	start := -1
	if i, ok := a.declared[cName]; ok {
		start = a.pieces[i].start
	} else if d := a.next.decls.get(cName); d != nil && d.origin == a.origin {
		start = d.start
	}
	if start < 0 {
		return nil
	}
	for _, key := range slices.Sorted(a.next.decls.names()) {
		u := a.next.decls.get(key)
		if u.origin.Imports[cName] == cName && slices.Contains(u.free, cName) {
			return a.fail(start, "the name C means C code to %s, so nothing else can have it in this session", u.name)
		}
	}
	return nil
}

// exportsC reports whether a piece asks for a Go function that C can call.
func exportsC(p *piece) bool {
	return p.kind == funcPiece && strings.Contains("\n"+p.origin.Source[p.doc:p.start], "\n//export ")
}

// cSource is the C code of a cell, "" if it does not import C. Code of another cell is other code, even if it is the
// same: it has variables of its own.
func (o *Origin) cSource() string {
	if o.c == nil {
		return ""
	}
	return o.File + "\n" + o.Source[o.c.doc:o.c.end] + "\n"
}

// importC writes the cell's C code and the import of C. The C compiler is told the place of the code in the cell.
func (t *text) importC(o *Origin) {
	if t.c = o.cSource(); t.c == "" {
		return
	}
	if o.c.doc < o.c.start {
		line, _ := Diagnostic{Origin: o, Offset: o.c.doc}.Position()
		t.raw("\n//#line %d %q\n", line, o.File)
	}
	t.copy(o, o.c.doc, o.c.end, nil)
	t.raw("\n")
}

// translateC asks what the names of C mean in the files that import it.
func (a *analysis) translateC() error {
	var files []File
	for _, t := range a.texts {
		if t.c != "" {
			files = append(files, File{Name: t.name, Text: t.b.String(), C: t.c})
			if t == a.cellText() {
				files[len(files)-1].Name = a.origin.File
			}
		}
	}
	a.cTypes = ""
	if len(files) == 0 {
		return nil
	}
	var err error
	a.cTypes, err = a.pkgs.Cgo(files)
	return err
}

// useCgo has go/types read C.name as the name that cgo declares for it, as it does for editors. Nothing but the
// unexported field turns that on.
func useCgo(conf *types.Config) {
	f := reflect.ValueOf(conf).Elem().FieldByName("go115UsesCgo")
	*(*bool)(unsafe.Pointer(f.UnsafeAddr())) = true
}

var cNames = strings.NewReplacer("main._Ctype_", "C.", "_Ctype_", "C.", "_Cfunc_", "C.")

// PlainC turns the names that cgo declares back into those of C, in text that people read.
func PlainC(s string) string { return cNames.Replace(s) }
