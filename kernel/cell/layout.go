package cell

import "go/types"

// sameLayout reports whether a variable of type a may be read and written as one of type b: the same sizes, pointers
// and meaning at the same places. Names of types do not matter; those of methods in interfaces do, since the method
// tables of values that exist already are ordered by them.
func sameLayout(a, b types.Type) bool { return layouts{}.same(a, b) }

type layouts map[[2]types.Type]bool

func (l layouts) same(a, b types.Type) bool {
	if k := [2]types.Type{a, b}; l[k] {
		return true // under way or done
	} else {
		l[k] = true
	}
	switch x := a.Underlying().(type) {
	case *types.Basic:
		y, ok := b.Underlying().(*types.Basic)
		return ok && x.Kind() == y.Kind()
	case *types.Pointer:
		y, ok := b.Underlying().(*types.Pointer)
		return ok && l.same(x.Elem(), y.Elem())
	case *types.Slice:
		y, ok := b.Underlying().(*types.Slice)
		return ok && l.same(x.Elem(), y.Elem())
	case *types.Array:
		y, ok := b.Underlying().(*types.Array)
		return ok && x.Len() == y.Len() && l.same(x.Elem(), y.Elem())
	case *types.Chan:
		y, ok := b.Underlying().(*types.Chan)
		return ok && l.same(x.Elem(), y.Elem())
	case *types.Map:
		y, ok := b.Underlying().(*types.Map)
		return ok && l.same(x.Key(), y.Key()) && l.same(x.Elem(), y.Elem())
	case *types.Struct:
		y, ok := b.Underlying().(*types.Struct)
		if !ok || x.NumFields() != y.NumFields() {
			return false
		}
		for i := range x.NumFields() {
			if x.Field(i).Name() != y.Field(i).Name() || !l.same(x.Field(i).Type(), y.Field(i).Type()) {
				return false
			}
		}
		return true
	case *types.Signature:
		y, ok := b.Underlying().(*types.Signature)
		return ok && l.tuple(x.Params(), y.Params()) && l.tuple(x.Results(), y.Results())
	case *types.Interface:
		y, ok := b.Underlying().(*types.Interface)
		if !ok || x.NumMethods() != y.NumMethods() {
			return false
		}
		for i := range x.NumMethods() {
			if x.Method(i).Name() != y.Method(i).Name() || !l.same(x.Method(i).Type(), y.Method(i).Type()) {
				return false
			}
		}
		return true
	}
	return types.Identical(a, b)
}

func (l layouts) tuple(a, b *types.Tuple) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		if !l.same(a.At(i).Type(), b.At(i).Type()) {
			return false
		}
	}
	return true
}
