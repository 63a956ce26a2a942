package engine

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// rename returns the name under which the program declares a name of the cell.
func (w *writer) rename(name string, pc piece) string {
	p := w.program
	known := p.names[name] != "" && !w.own[name] || w.own[name] && pc.isDefine() || name == "init" || name == "main"
	w.own[name] = true
	if name == "_" || !known {
		return name
	}
	p.fresh++
	fresh := fmt.Sprintf("%sʹ%d", name, p.fresh)
	w.again = append(w.again, again{name: name, fresh: fresh, variable: pc.isVariable()})
	return fresh
}

// declared returns the names that the cells before this one and itself have declared, still with their old names.
func (w *writer) declared() map[string]string {
	names := maps.Clone(w.program.names)
	for name := range w.own {
		if names[name] == "" {
			names[name] = name
		}
	}
	return names
}

// renameOld gives the references to names of earlier cells, and to what is not a variable, the names that these have by now.
// The body of the file begins at head.
func (w *writer) renameOld(head int, f *flatFile, names map[string]string, c checked) {
	to := maps.Clone(names)
	for _, a := range w.again {
		if !a.variable {
			names[a.name], to[a.name] = a.fresh, a.fresh
		}
	}
	edits := w.references(f, c, func(id *ast.Ident, _ int) string { return to[id.Name] })
	for i := range w.again {
		w.again[i].end += head
		w.again[i].end += moved(edits, w.again[i].end)
	}
	f.text = apply(f.text, edits)
}

// renameNew finds out which variables that are declared again have another type, and renames the references behind. Others
// are assigned to.
func (w *writer) renameNew(f *flatFile, names map[string]string, c checked) {
	var edits []edit
	later := map[string]again{} // by the name before
	for _, a := range w.again {
		if !a.variable {
			continue
		}
		if old := c.pkg.Scope().Lookup(names[a.name]); sameVar(old, c.pkg.Scope().Lookup(a.fresh)) {
			edits = append(edits, edit{a.end, 0, fmt.Sprintf("var _ = runʹ(%d, func() { %s = %s })\n", w.n, old.Name(), a.fresh)})
			continue
		}
		later[names[a.name]] = a
		names[a.name] = a.fresh
	}
	edits = append(edits, w.references(f, c, func(id *ast.Ident, at int) string {
		if a, ok := later[id.Name]; ok && at >= a.end {
			return a.fresh
		}
		return ""
	})...)
	f.text = apply(f.text, edits)
}

// references returns the edits that rename references to top-level names in a file.
func (w *writer) references(f *flatFile, c checked, to func(id *ast.Ident, at int) string) (edits []edit) {
	fset := w.program.fset
	file := fset.File(f.syntax.FileStart)
	for id, o := range c.info.Uses {
		if o.Parent() != c.pkg.Scope() || id.Pos() < f.syntax.FileStart || id.Pos() > f.syntax.FileEnd {
			continue
		}
		at := file.Offset(id.Pos())
		if to := to(id, at); to != "" && to != id.Name {
			end := fset.Position(id.End()) // what follows keeps its column
			edits = append(edits, edit{at, len(id.Name), fmt.Sprintf("%s/*line %s:%d:%d*/", to, filepath.Base(end.Filename), end.Line, end.Column)})
		}
	}
	return edits
}

func sameVar(a, b types.Object) bool {
	_, aVar := a.(*types.Var)
	_, bVar := b.(*types.Var)
	return aVar && bVar && types.Identical(a.Type(), b.Type())
}

// edit replaces text.
type edit struct {
	at, length int
	text       string
}

func apply(text string, edits []edit) string {
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.at, b.at) })
	var b strings.Builder
	end := 0
	for _, e := range edits {
		b.WriteString(text[end:e.at] + e.text)
		end = e.at + e.length
	}
	return b.String() + text[end:]
}

// moved is by how much edits move what is at a place.
func moved(edits []edit, at int) (n int) {
	for _, e := range edits {
		if e.at < at {
			n += len(e.text) - e.length
		}
	}
	return n
}
