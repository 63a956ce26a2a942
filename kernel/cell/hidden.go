package cell

import (
	"go/types"
	"maps"
)

// A cell's variable may have the name of a package that is used before: time := time.Now(). As in a function, the name means the package until
// the variable is declared. In what is generated that is a variable of the package, which no import of its file can have the name of: there the
// package goes by another name.

// markHidden notes a name from which something is selected before the cell declares it, where that is a member of a package of that name. It reports whether
// it is.
func (a *analysis) markHidden(off int, name, member string) bool {
	if member == "" {
		return false
	}
	if old := a.old[name]; old != nil { // the cell may run again
		if has, _, _ := types.LookupFieldOrMethod(old.typ, true, nil, member); has != nil {
			return false
		}
	}
	paths := a.pkgs.Find(name)
	for _, imported := range []string{a.base.imports[name], a.origin.Imports[name]} {
		if imported != "" {
			paths = []string{imported}
		}
	}
	path := a.packageWith(paths, member)
	if path == "" || path == cName {
		return false
	}
	a.hidden[name] = path
	a.hiddenRefs = append(a.hiddenRefs, ref{off, name})
	return true
}

// imports returns the names of packages that the cell's own text may use, also those that stand in place of others.
func (a *analysis) imports() map[string]string {
	names := maps.Clone(a.origin.Imports)
	for name := range a.declared {
		delete(names, name)
	}
	for _, path := range a.origin.dots {
		names[importAlias(path)] = path
	}
	for _, path := range a.hidden {
		names[importAlias(path)] = path
	}
	return names
}
