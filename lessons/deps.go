package lessons

import (
	"fmt"
	"slices"
	"strings"
)

// deps holds each cell's deps to what they can be: code that is run, stands above, and is in every version of the lesson that the cell itself is in.
func (p *parse) deps() {
	named := map[string]*Cell{}
	var names []string
	for _, c := range p.lesson.Cells {
		if c.Attrs.Name != "" {
			named[c.Attrs.Name] = c
			names = append(names, c.Attrs.Name)
		}
	}
	for _, c := range p.lesson.Cells {
		for _, name := range c.Attrs.Deps {
			if problem := wrongDep(c, name, named, names); problem != "" {
				p.errs.add(c.Attrs.pos("deps", c.Pos), "attribute \"deps\": %s", problem)
			}
		}
	}
}

// wrongDep says why a cell cannot need the one with this name, or "".
func wrongDep(c *Cell, name string, named map[string]*Cell, names []string) string {
	dep := named[name]
	if dep == nil {
		return fmt.Sprintf("no cell has the name %q%s", name, suggest(name, names))
	}
	if round := circle(c, dep, named); round != nil {
		return "cells that need each other can never be run: " + strings.Join(round, " needs ")
	}
	switch {
	case !dep.Runs():
		return fmt.Sprintf("%q is not code that is run", name)
	case dep.Pos.Offset > c.Pos.Offset:
		return fmt.Sprintf("%q stands below this cell, and cells are run from top to bottom", name)
	}
	for _, a := range Audiences {
		if c.remains(a) && !dep.remains(a) {
			return fmt.Sprintf("%q is not in the %s's version, and this cell is", name, a)
		}
	}
	return ""
}

// circle is the way from a cell through one that it needs back to itself, by names, or nil.
func circle(c, dep *Cell, named map[string]*Cell) []string {
	seen := map[*Cell]bool{}
	var walk func(at *Cell, trail []string) []string
	walk = func(at *Cell, trail []string) []string {
		trail = append(trail, at.Attrs.Name)
		if at == c {
			return trail
		}
		if seen[at] {
			return nil
		}
		seen[at] = true
		for _, name := range at.Attrs.Deps {
			if next := named[name]; next != nil {
				if found := walk(next, slices.Clone(trail)); found != nil {
					return found
				}
			}
		}
		return nil
	}
	return walk(dep, []string{c.Attrs.Name})
}

// remains says whether something of a cell is left in what an audience gets.
func (c *Cell) remains(a Audience) bool {
	if c.Attrs.Include != "" && !c.included {
		return a.gets(&c.Attrs)
	}
	text, changed := c.build(a)
	return !changed || strings.TrimSpace(text) != ""
}

// Only leaves out of a run what some cells do not need. The names are those of cells, or of exercises, which are all their cells.
//
// A cell with the attribute deps needs those that it names; one without needs all code above it, but for tests. Either needs the code of its own exercise
// above it, and all of them what they need themselves.
func (l *Lesson) Only(names ...string) error {
	needed := map[*Cell]bool{}
	for _, name := range names {
		found := false
		for i, c := range l.Cells {
			if c.Attrs.Name == name || c.Attrs.Exercise == name {
				found = true
				l.need(i, needed)
			}
		}
		if !found {
			return fmt.Errorf("%s: no cell and no exercise has the name %q%s", l.File, name, suggest(name, l.names()))
		}
	}
	for i, c := range l.Cells {
		if c.Attrs.Has(TagInjected) && i > 0 { // belongs to the parameters that it sets
			needed[c] = needed[l.Cells[i-1]]
		}
		c.idle = !needed[c]
	}
	return nil
}

// need marks a cell and all that it needs.
func (l *Lesson) need(at int, needed map[*Cell]bool) {
	c := l.Cells[at]
	if needed[c] {
		return
	}
	needed[c] = true
	for i, other := range l.Cells[:at] {
		a := &other.Attrs
		test := a.Role == Test || a.Role == SelfCheck
		switch {
		case other.Kind != Code:
		case a.Name != "" && slices.Contains(c.Attrs.Deps, a.Name),
			a.Exercise != "" && a.Exercise == c.Attrs.Exercise && !test,
			c.Attrs.Deps == nil && !test:
			l.need(i, needed)
		}
	}
}

// names are those of cells and of exercises.
func (l *Lesson) names() (all []string) {
	for _, c := range l.Cells {
		for _, name := range []string{c.Attrs.Exercise, c.Attrs.Name} {
			if name != "" && !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}
