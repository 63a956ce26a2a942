package grade

import (
	"go/scanner"
	"go/token"
	"maps"
	"slices"

	"github.com/resident-go/resident/lessons"
)

// namesOf are the names that a cell changes and mentions at all. Of a cell that is no Go as it stands, these are all its identifiers.
func namesOf(source string) (changes, mentions []string) {
	pieces, err := cut(source)
	if err != nil {
		all := identifiers(source)
		return all, all
	}
	seen := map[string]bool{}
	for _, p := range pieces {
		changes = append(changes, p.changes()...)
		maps.Copy(seen, p.mentions())
	}
	return changes, slices.Sorted(maps.Keys(seen))
}

func identifiers(source string) (found []string) {
	file := token.NewFileSet().AddFile("", -1, len(source))
	var s scanner.Scanner
	s.Init(file, []byte(source), func(token.Position, string) {}, 0)
	for {
		_, tok, lit := s.Scan()
		if tok == token.EOF {
			return found
		}
		if tok == token.IDENT {
			found = append(found, lit)
		}
	}
}

// choose says which of the lesson's cells are run for a submission: tests and answers, what is marked as setup, and what these need. A lesson can train a model for
// ten seconds that no test asks for.
func (g *Grader) choose() {
	needed, named := map[string]bool{}, map[string]bool{}
	for _, s := range slices.Backward(g.steps) {
		tested := s.test != nil && s.test.Tier != Person
		s.needed = s.cell.Runs() && (g.whole || tested || s.answer || s.cell.Attrs.Role == lessons.Setup || named[s.id] || overlap(s.changes, needed))
		if s.needed {
			for _, name := range s.cell.Attrs.Deps {
				named[name] = true
			}
			for _, name := range s.mentions {
				needed[name] = true
			}
		}
	}
}

func overlap(list []string, set map[string]bool) bool {
	return slices.ContainsFunc(list, func(name string) bool { return set[name] })
}

// keep finds the names that tests beside the student's code rely on: a submission that declares one of them again would change the test. What the tests
// themselves declare, and what the lesson's own answers do, is not among them.
func (g *Grader) keep() {
	kept, free := map[string]bool{}, map[string]bool{"_": true}
	for _, s := range slices.Backward(g.steps) {
		plain := s.test != nil && s.test.Tier == Beside
		if s.answer || plain {
			for _, name := range s.changes {
				free[name] = true
			}
		}
		if plain || !s.answer && s.test == nil && overlap(s.changes, kept) {
			for _, name := range s.mentions {
				kept[name] = true
			}
		}
	}
	maps.DeleteFunc(kept, func(name string, _ bool) bool { return free[name] })
	g.kept = kept
}

// taken is a name that a submission's cell declares and may not, or "".
func (g *Grader) taken(changes []string) string {
	for _, name := range changes {
		if g.kept[name] {
			return name
		}
	}
	return ""
}
