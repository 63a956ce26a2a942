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

// choose says which of the lesson's cells are run: tests and answers, what is marked as setup, and what these need. The lesson's own solutions need what answers of
// cases come from, too; a submission does not: a lesson can train a model for ten seconds only to know what a function should return.
func (g *Grader) choose() {
	g.reach(func(s *step) *bool { return &s.needed }, func(s *step) ([]string, []string) { return s.mentions, s.cell.Attrs.Deps }, g.whole)
	g.reach(func(s *step) *bool { return &s.theirs }, func(s *step) ([]string, []string) {
		if s.test != nil && s.test.Tier == Outside {
			return slices.Sorted(maps.Keys(s.test.source.inside)), nil
		}
		return s.uses(), s.cell.Attrs.Deps
	}, g.whole)
	for _, s := range g.steps {
		s.theirs = s.theirs || g.wide && s.needed
	}
}

// uses are the names that a cell has from other cells, without those that only stand for something of its own: a loop's variable is not what another cell calls so.
func (s *step) uses() []string {
	if _, err := cut(s.cell.Source); err != nil {
		return s.mentions
	}
	return slices.Sorted(maps.Keys(foreign(s.cell.Source)))
}

// reach marks what is needed, given the names and the cells that each step asks for.
func (g *Grader) reach(mark func(*step) *bool, asks func(*step) (names, cells []string), everything bool) {
	needed, named := map[string]bool{}, map[string]bool{}
	for _, s := range slices.Backward(g.steps) {
		tested := s.test != nil && s.test.Tier != Person
		m := mark(s)
		*m = s.cell.Runs() && (everything || tested || s.answer || s.cell.Attrs.Role == lessons.Setup || named[s.id] || overlap(s.changes, needed))
		if *m {
			names, cells := asks(s)
			for _, name := range cells {
				named[name] = true
			}
			for _, name := range names {
				needed[name] = true
			}
		}
	}
}

// also are the steps that a submission needs beside those that every one does, since its own code uses what they declare.
func (g *Grader) also(wanted map[string]bool) map[*step]bool {
	found := map[*step]bool{}
	for _, s := range slices.Backward(g.steps) {
		if s.theirs || s.answer || s.test != nil || !s.cell.Runs() || !overlap(s.changes, wanted) {
			continue
		}
		found[s] = true
		for _, name := range s.mentions {
			wanted[name] = true
		}
	}
	return found
}

// foreign are the names that code uses and does not declare itself.
func foreign(source string) map[string]bool {
	found := map[string]bool{}
	pieces, err := cut(source)
	if err != nil {
		return found // it will not run
	}
	for _, p := range pieces {
		maps.Copy(found, p.foreign())
	}
	return found
}

func overlap(list []string, set map[string]bool) bool {
	return slices.ContainsFunc(list, func(name string) bool { return set[name] })
}
