package cell

import (
	"go/types"
	"maps"
	"slices"
	"strings"
)

// instances returns the packages of generic types that the cell's types are made of, such as that of a field which the cell never names. The
// compiler writes a descriptor of each such type into the cell. If the cell imports the generic type's package, it does so with all its
// methods, else it leaves them to that package; but a descriptor can only hold methods that are linked into the same library.
//
// Packages of the standard library are left out: what they have of this kind is compiled into whoever uses it.
func (a *analysis) instances() []string {
	w := instanceWalk{seen: map[types.Type]bool{}, paths: map[string]bool{}}
	for _, tv := range a.info.Types {
		w.walk(tv.Type)
	}
	for _, obj := range a.info.Uses {
		w.walk(obj.Type())
	}
	return slices.Sorted(maps.Keys(w.paths))
}

type instanceWalk struct {
	seen  map[types.Type]bool
	paths map[string]bool
}

// mostTypes ends the walk through types that have ever larger ones of their own kind.
const mostTypes = 20_000

func (w *instanceWalk) walk(t types.Type) {
	if t == nil || w.seen[t] || len(w.seen) > mostTypes {
		return
	}
	w.seen[t] = true
	switch t := t.(type) {
	case *types.Named:
		for arg := range t.TypeArgs().Types() {
			w.walk(arg)
		}
		if t.TypeArgs().Len() > 0 && fromModule(t.Obj().Pkg()) {
			w.paths[t.Obj().Pkg().Path()] = true
		}
		w.walk(t.Underlying())
	case *types.Alias:
		w.walk(types.Unalias(t))
	case *types.Struct:
		for f := range t.Fields() {
			w.walk(f.Type())
		}
	case *types.Signature:
		w.walk(t.Params())
		w.walk(t.Results())
	case *types.Tuple:
		for v := range t.Variables() {
			w.walk(v.Type())
		}
	case *types.Map:
		w.walk(t.Key())
		w.walk(t.Elem())
	case interface{ Elem() types.Type }: // pointers, slices, arrays, channels
		w.walk(t.Elem())
	}
}

// fromModule reports whether a package is of a module: the first part of its path has a dot.
func fromModule(p *types.Package) bool {
	if p == nil {
		return false
	}
	first, _, _ := strings.Cut(p.Path(), "/")
	return strings.Contains(first, ".")
}
