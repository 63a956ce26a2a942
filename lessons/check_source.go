package lessons

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// grading looks at what graders must be able to rely on.
func (c *checking) grading() {
	tests, answers := map[string]Position{}, map[string]bool{}
	for _, cell := range c.lesson.Cells {
		a := &cell.Attrs
		if a.Points > 0 && a.Name == "" {
			c.add(RuleGrading, cell.Pos, "a cell with points needs a name: it is graded under that")
		}
		if a.Exercise == "" {
			continue
		}
		if a.Role == Test {
			tests[a.Exercise] = a.pos("exercise", cell.Pos)
		}
		answers[a.Exercise] = answers[a.Exercise] || cell.isAnswer() || a.Grading == Manual
	}
	for _, exercise := range slices.Sorted(maps.Keys(tests)) {
		if !answers[exercise] {
			c.add(RuleGrading, tests[exercise], "the exercise %q has a test, and no cell to write into: one with a solution, or role=\"starter\"", exercise)
		}
	}
	if said, are := c.lesson.Meta.Points, c.lesson.Points(); said != 0 && said != are {
		c.add(RuleGrading, c.lesson.Meta.pointsPos, "front matter: the lesson says it is worth %s points, its cells are worth %s", points(said), points(are))
	}
}

func points(p float64) string { return strconv.FormatFloat(p, 'f', -1, 64) }

// code looks whether gofmt would change something.
func (c *checking) code() {
	for _, cell := range c.lesson.Cells {
		if cell.Kind != Code || cell.NoEval || cell.Attrs.Include != "" {
			continue
		}
		formatted := strings.Split(formatGo(cell.Source), "\n")
		for i, line := range strings.Split(cell.Source, "\n") {
			if i >= len(formatted) || line != formatted[i] {
				c.add(RuleCode, c.lesson.LineOf(cell, i), "the code is not as gofmt has it (resident fmt -w does that)")
				break
			}
		}
	}
}

var (
	hintOpen  = regexp.MustCompile(`(?i)<details\b[^>]*\bname\s*=\s*["']?hint\b[^>]*>`)
	hintTitle = regexp.MustCompile(`(?is)^\s*<summary>.*?\S.*?</summary>`)
)

// hints looks whether readers can open and close them.
func (c *checking) hints() {
	for _, cell := range c.lesson.Cells {
		if cell.Kind != Prose {
			continue
		}
		for _, loc := range hintOpen.FindAllStringIndex(cell.Source, -1) {
			at, rest := c.lesson.LineOf(cell, strings.Count(cell.Source[:loc[0]], "\n")), cell.Source[loc[1]:]
			if !hintTitle.MatchString(rest) {
				c.add(RuleHints, at, "the hint has no title: <summary>Hint 1</summary> must follow")
			}
			if end := strings.Index(rest, "</details>"); end < 0 || strings.Contains(rest[:end], "<details") {
				c.add(RuleHints, at, "the hint is not closed: </details> is missing in its cell")
			}
		}
	}
}
