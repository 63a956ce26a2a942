package grade

import (
	"errors"
	"strings"

	"github.com/resident-go/resident/lessons"
)

// Inspect reads a lesson as [New] does, without running anything: the tests that it has, why it could not grade anybody, and what makes grading slow. A lesson without points has none of them.
func Inspect(l *lessons.Lesson) (tests []*Test, found []lessons.Finding, notes []string) {
	g := &Grader{Lesson: l}
	if err := g.students(); err != nil {
		return nil, nil, nil // a lesson whose students' version cannot be built is said to be one elsewhere
	}
	for _, c := range l.Cells {
		s, err := g.step(c)
		if err != nil {
			pos := c.Pos
			if at := (*placed)(nil); errors.As(err, &at) {
				pos = l.LineOf(c, strings.Count(withoutTest(c.Source)[:at.at], "\n"))
			}
			found = append(found, lessons.Finding{File: pos.File, Line: pos.Line, Col: pos.Col, Rule: lessons.RuleGrading, Message: err.Error()})
			continue
		}
		if s != nil {
			g.steps = append(g.steps, s)
		}
	}
	if g.Max == 0 {
		return nil, nil, nil
	}
	if len(found) == 0 {
		g.choose()
		g.keep()
		if _, p, why := g.ownPlan(); p == nil && why != "" {
			notes = g.apart(why)
		}
	}
	return g.Tests(), found, notes
}
