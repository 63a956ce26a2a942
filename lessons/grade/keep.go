package grade

import (
	"go/ast"
	"go/types"
	"maps"
	"path"
	"slices"
	"strings"
)

// standard are the packages of the standard library that tests of lessons use most, by name. Of one name there is no other in it.
var standard = func() map[string]string {
	table := map[string]string{}
	for to := range strings.FieldsSeq(`bufio bytes cmp container/heap container/list context encoding/base64 encoding/csv encoding/hex encoding/json errors flag fmt io log maps math math/big math/bits
		math/cmplx os path path/filepath reflect regexp runtime slices sort strconv strings sync sync/atomic testing time unicode unicode/utf8 unique`) {
		table[path.Base(to)] = to
	}
	return table
}()

// keep finds the names that tests rely on: a submission that declares one of them again, or changes it, would change the test. They are what the lesson's other cells declare and the
// tests use, directly or not, and what Go itself declares. What tests and answers of the lesson declare or change is free. Packages of the standard library are imported by
// tests themselves; submissions may not give their names to others, which the lesson's cells would be using then.
func (g *Grader) keep() {
	declared, free := map[string]bool{}, map[string]bool{"_": true}
	var given []*piece
	used := map[string]bool{}
	g.packages, g.methods = map[string]bool{}, map[string]bool{}
	for _, s := range g.steps {
		g.declares(s, declared, free)
		if s.test == nil || s.test.Tier == Person {
			if !s.answer {
				parts, _ := cut(s.given) // one that is no Go has commands to the kernel, and declares nothing that could be kept
				given = append(given, parts...)
			}
			continue
		}
		for name := range s.test.uses(s) {
			used[name] = true
		}
		parts, _ := cut(s.given)
		for _, p := range parts {
			g.calls(p)
		}
	}
	behind := map[string]bool{} // packages of what the tests use
	for _, p := range needed(given, used) {
		maps.Copy(behind, p.selected())
		g.calls(p)
	}
	for _, s := range g.steps {
		if s.test != nil && s.test.source != nil {
			maps.DeleteFunc(s.test.source.packages, func(name string, _ bool) bool { return declared[name] || free[name] })
			maps.Copy(g.packages, s.test.source.packages)
		}
	}
	maps.Copy(g.packages, behind)
	maps.DeleteFunc(g.packages, func(name string, _ bool) bool { return declared[name] || free[name] })
	g.kept = map[string]bool{}
	for name := range used {
		if !free[name] && (declared[name] || behind[name] || types.Universe.Lookup(name) != nil) {
			g.kept[name] = true
		}
	}
}

// printing are the methods that package fmt calls.
var printing = []string{"Error", "Format", "GoString", "String"}

// calls adds to the methods that tests rely on those that a piece declares, calls, or has called.
func (g *Grader) calls(p *piece) {
	if p.node() == nil {
		return
	}
	if p.fn != nil && p.fn.Recv != nil {
		g.methods[p.fn.Name.Name] = true
	}
	ast.Inspect(p.node(), func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			g.methods[s.Sel.Name] = true
			if root(s.X) == "fmt" {
				for _, name := range printing {
					g.methods[name] = true
				}
			}
		}
		return true
	})
}

// declares adds what a step declares or changes to the names that are declared, or to those that are free.
func (g *Grader) declares(s *step, declared, free map[string]bool) {
	names := declared
	if s.answer || s.test != nil && s.test.Tier == Beside {
		names = free
	}
	changes := s.changes
	if s.answer {
		pieces, _ := cut(s.cell.Source)
		for _, p := range pieces {
			changes = append(slices.Clip(changes), p.assigned()...)
		}
	}
	for _, name := range changes {
		names[name] = true
	}
}

// uses are the names that a test has from elsewhere where the student's code is.
func (t *Test) uses(s *step) map[string]bool {
	found := map[string]bool{}
	if t.Tier == Beside {
		for _, name := range s.uses() {
			found[name] = true
		}
		return found
	}
	calls := *t.source
	calls.cases = slices.Clone(calls.cases)
	for i := range calls.cases {
		calls.cases[i].literals = slices.Repeat([]string{"nil"}, len(calls.cases[i].given))
	}
	found = foreign(calls.calls("", all))
	for key := range calls.helpers {
		delete(found, helper(key))
	}
	return found
}

// needed are the pieces that some names need, to which it adds those that these need in turn.
func needed(pieces []*piece, names map[string]bool) (found []*piece) {
	left := slices.Clone(pieces)
	for grown := true; grown; {
		grown = false
		left = slices.DeleteFunc(left, func(p *piece) bool {
			if !overlap(p.changes(), names) {
				return false
			}
			found, grown = append(found, p), true
			maps.Copy(names, p.foreign())
			return true
		})
	}
	return found
}
