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
// outside of its function, without what there is only inside: the length of an array is written as a number if anything of the function is in it, aliases of the
// function move, too, and a type of a generic function becomes a generic type with the function's parameters. What stays where it is, and is only told
// apart, are types of generic functions in which a parameter has no name, or one that means something else further inside.

// localTypes are what becomes of the types that functions of the package declare.
type localTypes struct {
	names   map[*types.TypeName]string
	args    map[*types.TypeName]string // what stands behind the name where the type is used
	moved   []movedType
	edits   edits                         // inside of those
	imports map[*Origin]map[string]string // what those need besides
}

// movedType is a type specification that is written outside of its function: source[start:end].
type movedType struct {
	origin     *Origin
	start, end int
	vars       []string // variables of the function that are in it
}

// localType is one of them.
type localType struct {
	spec   *ast.TypeSpec
	name   *types.TypeName
	params []*types.TypeParam // of its function
	stays  bool
}

// localTypes finds them. The symbols are those of the package's names.
func (a *analysis) localTypes(symbols map[string]string) *localTypes {
	l := &localTypes{names: map[*types.TypeName]string{}, args: map[*types.TypeName]string{}, edits: edits{}, imports: map[*Origin]map[string]string{}}
	reach := a.next.reach(a.names())
	statements := sync.OnceValue(func() string { return a.statementsKey(reach) })
	counts := map[string]int{}
	for _, t := range a.texts {
		if t.ast == nil {
			continue
		}
		found := a.localTypesOf(t.ast)
		a.markStaying(found)
		for _, x := range found {
			o, off, ok := t.exact(int(x.spec.Pos() - t.start))
			if !ok {
				continue
			}
			var owner string
			switch d := functionAt(reach, o, off); {
			case d != nil:
				owner = a.next.deepKey(d)
			case t == a.cellText():
				owner = statements()
			default:
				continue // checked, but not needed
			}
			if p, ok := types.Unalias(x.name.Type()).(*types.TypeParam); ok && !x.stays {
				l.args[x.name] = p.Obj().Name() // in its place: no alias of a package may be one of its own parameters
				continue
			}
			l.names[x.name] = x.name.Name() + localMark(owner, counts[owner])
			counts[owner]++
			if !x.stays {
				a.moveOut(l, x, o, off, symbols)
			}
		}
	}
	return l
}

// moveOut notes a type that stands at an offset to be written outside of its function.
func (a *analysis) moveOut(l *localTypes, x *localType, o *Origin, off int, symbols map[string]string) {
	m := movedType{origin: o, start: off, end: off + int(x.spec.End()-x.spec.Pos())}
	for _, n := range a.lengths(x.spec) {
		at := off + int(n.Pos()-x.spec.Pos())
		l.edits.add(o, at, at+int(n.End()-n.Pos()), a.info.Types[n].Value.ExactString())
		m.vars = append(m.vars, a.localVars(n)...)
	}
	l.moved = append(l.moved, m)
	if len(x.params) == 0 {
		return
	}
	if l.imports[o] == nil {
		l.imports[o] = map[string]string{}
	}
	var names, declared []string
	for _, p := range x.params {
		constraint := typeText(p.Constraint(), a.pkg, l.imports[o], func(n string) string { return symbols[n] })
		names, declared = append(names, p.Obj().Name()), append(declared, p.Obj().Name()+" "+constraint)
	}
	l.args[x.name] = "[" + strings.Join(names, ", ") + "]"
	at := off + len(x.name.Name())
	l.edits.add(o, at, at, "["+strings.Join(declared, ", ")+"]")
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

// localTypesOf finds the types that functions of a file declare, in order.
func (a *analysis) localTypesOf(f *ast.File) (found []*localType) {
	for _, d := range f.Decls {
		params, clear := a.typeParams(d)
		ast.Inspect(d, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if name, ok := a.info.Defs[spec.Name].(*types.TypeName); ok && name.Name() != "_" && name.Parent() != a.pkg.Scope() {
					found = append(found, &localType{spec, name, params, !clear})
				}
			}
			return true
		})
	}
	return found
}

// typeParams returns the type parameters of a function, and whether each has a name that means nothing else inside.
func (a *analysis) typeParams(d ast.Decl) (params []*types.TypeParam, clear bool) {
	fn, ok := d.(*ast.FuncDecl)
	if !ok {
		return nil, true
	}
	f, ok := a.info.Defs[fn.Name].(*types.Func)
	if !ok {
		return nil, true
	}
	named := map[string]*types.TypeName{}
	for _, list := range []*types.TypeParamList{f.Signature().RecvTypeParams(), f.Signature().TypeParams()} {
		for p := range list.TypeParams() {
			params = append(params, p)
			named[p.Obj().Name()] = p.Obj()
		}
	}
	clear = named["_"] == nil
	ast.Inspect(fn, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && named[id.Name] != nil {
			obj := a.info.Defs[id]
			clear = clear && (obj == nil || obj.Parent() == nil || obj == named[id.Name])
		}
		return clear
	})
	return params, clear
}

// markStaying finds those that mention one that stays.
func (a *analysis) markStaying(found []*localType) {
	for again := true; again; {
		again = false
		for _, x := range found {
			if !x.stays && a.mentionsStaying(x.spec.Type, found) {
				x.stays, again = true, true
			}
		}
	}
}

func (a *analysis) mentionsStaying(typ ast.Expr, found []*localType) (stays bool) {
	ast.Inspect(typ, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && a.info.Uses[id] != nil {
			stays = stays || slices.ContainsFunc(found, func(x *localType) bool { return x.stays && x.name == a.info.Uses[id] })
		}
		return !stays
	})
	return stays
}

// lengths returns the lengths of arrays in a type in which there is anything of the function. Of its constants and variables, nothing else in a type can be.
func (a *analysis) lengths(spec *ast.TypeSpec) (lengths []ast.Expr) {
	ast.Inspect(spec.Type, func(n ast.Node) bool {
		array, ok := n.(*ast.ArrayType)
		if !ok || array.Len == nil {
			return true
		}
		local := false
		ast.Inspect(array.Len, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			local = local || ok && a.isLocal(id)
			return !local
		})
		if local {
			lengths = append(lengths, array.Len)
		}
		return true
	})
	return lengths
}

// localVars returns the variables of the function in an expression.
func (a *analysis) localVars(x ast.Expr) (names []string) {
	ast.Inspect(x, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && a.info.Uses[id] != nil && a.isLocal(id) {
			if _, ok := a.info.Uses[id].(*types.Var); ok {
				names = append(names, id.Name)
			}
		}
		return true
	})
	return names
}

// isLocal reports whether a name is declared in a function.
func (a *analysis) isLocal(id *ast.Ident) bool {
	obj := a.info.ObjectOf(id)
	if _, isPackage := obj.(*types.PkgName); obj == nil || isPackage {
		return false
	}
	return obj.Pkg() == a.pkg && obj.Parent() != nil && obj.Parent() != a.pkg.Scope()
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
		uses := "" // of variables that nothing else may use
		if len(m.vars) > 0 {
			uses = " _ [len([...]interface{}{" + strings.Join(m.vars, ", ") + "})]struct{} "
		}
		es.add(m.origin, m.start, m.end, "_ struct{"+uses+strings.Repeat("\n", len(lines)-1)+last+"}")
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
