package cell

import (
	"go/ast"
	"slices"
	"strings"
)

// What a package is imported for with a dot is its names. The import lasts as others do, beyond the cell; but such a name means what the
// session declares under it, before and after, for otherwise each declaration could clash with any package that was imported so. Where it means the
// package's, the package's name is put before it in what is generated: no generated file has an import with a dot, and none can clash.

// importDot enters a package that is imported with a dot.
func (s *Session) importDot(path string) {
	others := slices.DeleteFunc(slices.Clone(s.dots), func(p string) bool { return p == path })
	s.dots = slices.Insert(others, 0, path)
}

// resolveDot reports whether a free name of the cell is that of a package that is imported with a dot.
func (a *analysis) resolveDot(name string) bool {
	if _, mine := a.declared[name]; mine || !ast.IsExported(name) || a.next.decls.has(name) {
		return false
	}
	if a.origin.dots[name] != "" {
		return true
	}
	for _, path := range a.next.dots {
		if pkg, err := a.pkgs.Imported(path); err == nil && pkg.Scope().Lookup(name) != nil {
			a.origin.dots[name] = path
			return true
		}
	}
	return false
}

// findDotKeys takes keys of composite literals that have no meaning for names of such packages. It reports whether there are any: only go/types
// knows whether a literal has fields or elements.
func (a *analysis) findDotKeys(list []Diagnostic) (found bool) {
	for _, d := range list {
		name, undefined := strings.CutPrefix(d.Message, "undefined: ")
		isKey := func(p *piece) bool { return slices.Contains(p.keys, name) }
		if undefined && d.Origin == a.origin && slices.ContainsFunc(a.pieces, isKey) && !slices.Contains(a.origin.dotKeys, d.Offset) && a.resolveDot(name) {
			a.origin.dotKeys = append(a.origin.dotKeys, d.Offset)
			found = true
		}
	}
	return found
}

// qualify edits the names of packages that are imported with a dot, in the cell and in earlier declarations, and packages that the cell's variables hide: nameOf
// says what they go by.
func (a *analysis) qualify(reach []*decl, nameOf func(path string) string, es edits) {
	for _, r := range a.hiddenRefs {
		es.add(a.origin, r.off, r.off+len(r.name), nameOf(a.hidden[r.name]))
	}
	for _, p := range a.pieces {
		a.origin.qualify(p, nameOf, es)
	}
	for _, d := range reach {
		if d.origin != a.origin && slices.ContainsFunc(d.free, func(n string) bool { return d.origin.dots[n] != "" }) {
			d.origin.qualify(reparse(d), nameOf, es)
		}
	}
}

func (o *Origin) qualify(p *piece, nameOf func(path string) string, es edits) {
	add := func(at int, name string) {
		es[o] = append(es[o], edit{start: at, end: at, text: nameOf(o.dots[name]) + ".", close: true})
	}
	for _, id := range p.free {
		if o.dots[id.Name] != "" {
			add(p.offset(id.Pos()), id.Name)
		}
	}
	for _, at := range o.dotKeys {
		if p.start <= at && at < p.end {
			_, end := identAt(o.Source, at)
			add(at, o.Source[at:end])
		}
	}
}

// unqualified takes out of a message what was put before names, and in place of others.
func (a *analysis) unqualified(text string) string {
	for name, path := range a.hidden {
		text = strings.ReplaceAll(text, importAlias(path)+".", name+".")
	}
	for _, t := range a.texts {
		for _, s := range t.segs {
			for _, path := range s.origin.dots {
				text = strings.ReplaceAll(text, importAlias(path)+".", "")
			}
		}
	}
	return text
}
