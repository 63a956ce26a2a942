package lessons

import (
	"fmt"
	"strings"
)

// Audience says for whom a lesson is built.
type Audience string

const (
	// ForStudents has stubs in place of solutions, and no hidden tests and mark schemes.
	ForStudents Audience = "student"
	// WithSolutions is what students see afterwards: solutions without the marks around them, no hidden tests and mark schemes.
	WithSolutions Audience = "solution"
	// ForGraders has stubs, hidden tests and mark schemes.
	ForGraders Audience = "grader"
)

// Audiences are all of them.
var Audiences = []Audience{ForStudents, WithSolutions, ForGraders}

// gets says whether an audience is given a cell at all.
func (a Audience) gets(at *Attrs) bool {
	switch at.Visibility {
	case Hidden:
		return a == ForGraders
	case AfterDue, AfterPublished:
		return a != ForStudents
	}
	return at.Role != Solution || a == WithSolutions
}

func (a Audience) sees(p part) bool {
	switch p {
	case solution:
		return a == WithSolutions
	case hiddenTests, markScheme:
		return a == ForGraders
	}
	return true
}

// What stands where a solution was. The second line of code keeps a function without its last return from being an error, and says what is
// missing when it is run.
const (
	codeStub  = "// YOUR CODE HERE"
	codePanic = `panic("not implemented yet")`
	proseStub = "*Your answer here.*"
)

// Build makes what an audience is given from the one source of a lesson. All other bytes stay as they are; a cell of which nothing is left goes.
// Code that stands in files (see [Lesson.Include]) is taken into the lesson, since those files have the solutions, too.
func (l *Lesson) Build(a Audience) ([]byte, error) {
	if err := l.needsInclude(); err != nil {
		return nil, err
	}
	var edits []edit
	for _, c := range l.Cells {
		text, changed := c.build(a)
		switch {
		case !changed:
		case strings.TrimSpace(text) == "":
			rest := l.src[c.End:]
			edits = append(edits, edit{c.Pos.Offset, len(l.src) - len(trimEOLs(rest)), ""})
		default:
			edits = append(edits, c.without("include", l.src), edit{c.Body.Offset, c.bodyEnd, c.reindent(l.src, text)})
		}
	}
	built := splice(l.src, edits)
	if _, err := Parse(l.File, built); err != nil {
		return nil, fmt.Errorf("the %s's version is not a lesson any more: %w", a, err)
	}
	return built, nil
}

// build is a cell's source as an audience sees it.
func (c *Cell) build(a Audience) (text string, changed bool) {
	if !a.gets(&c.Attrs) {
		return "", true
	}
	changed = c.included
	var kept []string
	stubbed, gone := false, false // the last line kept is a stub; something was left out behind it
	for i, l := range c.lines {
		changed = changed || l.part != everyone
		switch {
		case l.border && a.sees(l.part):
		case a.sees(l.part):
			twice := gone && l.text == "" && (len(kept) == 0 || kept[len(kept)-1] == "")
			if gone = false; !twice {
				kept, stubbed = append(kept, l.text), false
			}
		case l.part == solution && l.first && !stubbed:
			kept, stubbed, gone = append(kept, c.stub(i)...), l.inline, false
		case l.part != solution:
			gone = true
		}
	}
	if text = strings.Join(kept, "\n"); changed {
		text = strings.TrimRight(text, "\n")
	}
	return text, changed
}

// stub is what stands in place of the solution that begins in a line.
func (c *Cell) stub(at int) []string {
	if c.Kind == Prose {
		return []string{proseStub}
	}
	indent := indentOf(c.lines[at].text)
	if onlyDeclares(c.lines, at) {
		return []string{indent + codeStub}
	}
	return []string{indent + codeStub, indent + codePanic}
}

// secrets are the lines of a lesson that no student may see before time, as far as they say something: a lone brace does not, and neither does the head of a loop.
func (l *Lesson) secrets() (found []secret) {
	for _, c := range l.Cells {
		for n, line := range c.lines {
			hidden := line.part != everyone || !ForStudents.gets(&c.Attrs)
			if text := strings.TrimSpace(line.text); hidden && !line.border && len(text) >= 12 && !(c.Kind == Code && isLoopHead(text)) {
				found = append(found, secret{text, c, n})
			}
		}
	}
	return found
}

// isLoopHead tells a line that says what a loop goes through, and nothing of what it does.
func isLoopHead(line string) bool {
	return strings.HasPrefix(line, "for ") && strings.HasSuffix(line, "{") && strings.Contains(line, "range ") && !strings.Contains(line, ";")
}

type secret struct {
	text string
	cell *Cell
	line int
}
