package cell

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"go/ast"
	"go/types"
	"io"
	"slices"
	"strings"
	"sync"
)

// Types that are declared inside functions.
//
// The compiler tells those of one name apart by a number, which it counts through the package. Cells are packages of one path, whose
// types with one symbol are one type: with the compiler's numbers, S of one function could meet S of another, and the copies of
// one function could not know each other's values. So each gets a name of its own, which says what it is, and is declared
// outside of its function where nothing of it depends on the place. The length of an array is written as a number then, if it is made of constants of the
// function. What depends is only told apart: types of generic functions, and those that mention aliases, variables or such types of the function.

// localTypes are what becomes of the types that functions of the package declare.
type localTypes struct {
	symbols map[*types.TypeName]string
	moved   []movedType
	edits   edits // inside of those
}

// movedType is a type specification that is written outside of its function: source[start:end].
type movedType struct {
	origin     *Origin
	start, end int
}

// localType is one of them.
type localType struct {
	spec  *ast.TypeSpec
	name  *types.TypeName
	fixed bool // stays where it is
}

// localTypes finds them.
func (a *analysis) localTypes() *localTypes {
	l := &localTypes{symbols: map[*types.TypeName]string{}, edits: edits{}}
	reach := a.next.reach(a.names())
	statements := sync.OnceValue(func() string { return a.statementsKey(reach) })
	counts := map[string]int{}
	for _, t := range a.texts {
		if t.ast == nil {
			continue
		}
		found := a.localTypesOf(t.ast)
		a.fix(found)
		for _, x := range found {
			o, off, ok := t.exact(int(x.spec.Pos() - t.start))
			if !ok {
				continue
			}
			var owner string
			if d := functionAt(reach, o, off); d != nil {
				owner = a.next.deepKey(d)
			} else {
				owner = statements()
			}
			l.symbols[x.name] = x.name.Name() + localMark(owner, counts[owner])
			counts[owner]++
			if !x.fixed {
				m := movedType{o, off, off + int(x.spec.End()-x.spec.Pos())}
				l.moved = append(l.moved, m)
				for _, n := range a.lengths(x.spec) {
					at := off + int(n.Pos()-x.spec.Pos())
					l.edits.add(o, at, at+int(n.End()-n.Pos()), a.info.Types[n].Value.ExactString())
				}
			}
		}
	}
	return l
}

// localMark is what a name gets that only the linker reads; see numberedName. The versions of other names do not begin with 0.
func localMark(owner string, i int) string {
	h := sha256.Sum256(fmt.Appendf(nil, "%s %d", owner, i))
	return fmt.Sprintf("ʹ0%d", binary.BigEndian.Uint64(h[:])>>16)
}

// functionAt returns the function that a place belongs to, nil for one among the cell's statements.
func functionAt(reach []*decl, o *Origin, off int) *decl {
	i := slices.IndexFunc(reach, func(d *decl) bool {
		return d.kind == funcPiece && d.origin == o && d.start <= off && off < d.end
	})
	if i < 0 {
		return nil
	}
	return reach[i]
}

// statementsKey identifies the cell's statements, with all that they reach.
func (a *analysis) statementsKey(reach []*decl) string {
	h := sha256.New()
	io.WriteString(h, a.origin.Source)
	for _, d := range reach {
		io.WriteString(h, a.next.deepKey(d))
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// localTypesOf finds the types that functions of a file declare, in order. Those of generic functions are another type for each
// instance, and so stay where they are.
func (a *analysis) localTypesOf(f *ast.File) (found []*localType) {
	for _, d := range f.Decls {
		generic := false
		if fn, ok := d.(*ast.FuncDecl); ok {
			signature, _ := a.info.Defs[fn.Name].(*types.Func)
			generic = signature != nil && (signature.Signature().TypeParams().Len() > 0 || signature.Signature().RecvTypeParams().Len() > 0)
		}
		ast.Inspect(d, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && !spec.Assign.IsValid() {
				if name, ok := a.info.Defs[spec.Name].(*types.TypeName); ok && name.Name() != "_" && name.Parent() != a.pkg.Scope() {
					found = append(found, &localType{spec, name, generic})
				}
			}
			return true
		})
	}
	return found
}

// fix finds out which depend on their place.
func (a *analysis) fix(found []*localType) {
	for again := true; again; {
		again = false
		for _, x := range found {
			if !x.fixed && a.depends(x.spec.Type, found) {
				x.fixed, again = true, true
			}
		}
	}
}

// depends reports whether a type mentions what is not there outside of its function.
func (a *analysis) depends(typ ast.Expr, found []*localType) bool {
	depends := false
	ast.Inspect(typ, func(n ast.Node) bool {
		if _, ok := n.(*ast.FuncLit); ok {
			depends = true
		}
		id, ok := n.(*ast.Ident)
		if !ok || a.info.Defs[id] != nil || id.Name == "_" {
			return true // fields, parameters
		}
		obj := a.info.Uses[id]
		if obj == nil {
			depends = true
			return false
		}
		_, isPackage := obj.(*types.PkgName)
		v, isVar := obj.(*types.Var)
		switch {
		case isPackage, obj.Parent() == types.Universe, obj.Pkg() != a.pkg, obj.Parent() == a.pkg.Scope(), isVar && v.IsField():
		case a.ownConstant(id): // see lengths
		case slices.ContainsFunc(found, func(x *localType) bool { return x.name == obj && !x.fixed }):
		default:
			depends = true
		}
		return !depends
	})
	return depends
}

// ownConstant reports whether a name is that of a constant of a function.
func (a *analysis) ownConstant(id *ast.Ident) bool {
	c, ok := a.info.Uses[id].(*types.Const)
	return ok && c.Pkg() == a.pkg && c.Parent() != a.pkg.Scope()
}

// lengths returns the lengths of arrays in a type that are made of constants of the function. Nowhere else in a type can such be.
func (a *analysis) lengths(spec *ast.TypeSpec) (lengths []ast.Expr) {
	ast.Inspect(spec.Type, func(n ast.Node) bool {
		array, ok := n.(*ast.ArrayType)
		if !ok || array.Len == nil {
			return true
		}
		made := false
		ast.Inspect(array.Len, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			made = made || ok && a.ownConstant(id)
			return true
		})
		if made {
			lengths = append(lengths, array.Len)
		}
		return true
	})
	return lengths
}

// move takes the specifications out of their functions, and the edits inside of them with them. Lines stay what they are.
func (l *localTypes) move(es edits) {
	for _, m := range l.moved {
		inside := func(e edit) bool { return e.start >= m.start && e.end <= m.end }
		numbers := slices.Clone(l.edits[m.origin])
		for _, e := range es[m.origin] {
			if inside(e) && !slices.ContainsFunc(numbers, func(n edit) bool { return n.start <= e.start && e.end <= n.end }) {
				l.edits[m.origin] = append(l.edits[m.origin], e)
			}
		}
		es[m.origin] = slices.DeleteFunc(es[m.origin], inside)
		lines := strings.SplitAfter(m.origin.Source[m.start:m.end], "\n")
		last := strings.Repeat(" ", max(0, len(lines[len(lines)-1])-1))
		if len(lines) == 1 {
			last = ""
		}
		es.add(m.origin, m.start, m.end, "_ struct{"+strings.Repeat("\n", len(lines)-1)+last+"}")
	}
}

// write writes those that source[start:end] of an origin had.
func (l *localTypes) write(f *text, o *Origin, start, end int) {
	for _, m := range l.moved {
		if m.origin == o && start <= m.start && m.end <= end {
			f.line(o, m.start)
			f.raw("type ")
			f.copy(o, m.start, m.end, l.edits)
		}
	}
}
