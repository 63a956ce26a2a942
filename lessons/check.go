package lessons

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Rule says which promise of a lesson a finding is about.
type Rule string

const (
	RuleFormat   Rule = "format"   // the source is a lesson
	RuleRun      Rule = "run"      // the lesson does what it says, with its solutions
	RuleStudents Rule = "students" // without them it compiles, and fails each test
	RuleHidden   Rule = "hidden"   // nothing that students get has a line that is hidden from them
	RuleGrading  Rule = "grading"  // graded cells can be told apart, and the points add up
	RuleLinks    Rule = "links"    // links, anchors and images lead somewhere
	RuleCode     Rule = "code"     // code is as gofmt has it
	RuleHints    Rule = "hints"    // hints can be opened
	RuleMath     Rule = "math"     // formulas can be shown
	RuleDiagrams Rule = "diagrams" // diagrams can be drawn
)

// Rules are all of them.
var Rules = []Rule{RuleFormat, RuleRun, RuleStudents, RuleHidden, RuleGrading, RuleLinks, RuleCode, RuleHints, RuleMath, RuleDiagrams}

// Finding is something that a lesson promises and does not keep.
type Finding struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Col     int    `json:"col"`
	Rule    Rule   `json:"rule"`
	Message string `json:"message"` // one line, then details
}

func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Col, f.Message)
}

// Checker holds lessons to their word before a student sees them.
type Checker struct {
	Files fs.FS // the lesson's folder, for what it includes, links to and shows

	// Start begins a session for one run. Each run has its own: what one leaves behind would help the next.
	Start func(ctx context.Context) (runner Runner, end func() error, err error)
	// Options are those of the runs.
	Options Options
	// Only are the cells, or exercises, that are run, with what they need; all when empty. See [Lesson.Only].
	Only []string
}

// Check runs the lesson as it stands, and then as students get it, and returns what is wrong with it, in the order of the source; [Rules] says what is
// looked at. The error says that nothing could be run.
func (k *Checker) Check(ctx context.Context, file string, src []byte) ([]Finding, error) {
	l, err := Parse(file, src)
	if err == nil && k.Files != nil {
		err = l.Include(k.Files)
	}
	if err != nil {
		return findingsOf(err)
	}
	if len(k.Only) > 0 {
		if err := l.Only(k.Only...); err != nil {
			return nil, err
		}
	}
	c := &checking{checker: k, lesson: l, broken: map[Position]bool{}}
	if err := c.run(ctx, l, c.whole); err != nil {
		return nil, err
	}
	if err := c.students(ctx); err != nil {
		return nil, err
	}
	c.grading()
	c.links()
	c.code()
	c.hints()
	c.formulas()
	c.diagrams()
	slices.SortStableFunc(c.found, func(a, b Finding) int { return a.Line - b.Line })
	return c.found, nil
}

// findingsOf makes findings of the faults of a source that cannot be read.
func findingsOf(err error) (found []Finding, _ error) {
	var list ErrorList
	if !errors.As(err, &list) {
		return nil, err
	}
	for _, e := range list {
		found = append(found, Finding{e.Pos.File, e.Pos.Line, e.Pos.Col, RuleFormat, e.Msg})
	}
	return found, nil
}

// checking is one lesson under examination.
type checking struct {
	checker *Checker
	lesson  *Lesson
	found   []Finding
	broken  map[Position]bool // cells that do not compile with the solutions either
}

func (c *checking) add(rule Rule, pos Position, format string, args ...any) {
	c.found = append(c.found, Finding{pos.File, pos.Line, pos.Col, rule, fmt.Sprintf(format, args...)})
}

// run runs a version of the lesson in a session of its own.
func (c *checking) run(ctx context.Context, l *Lesson, judge func(*Report)) (err error) {
	runner, end, err := c.checker.Start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	o := c.checker.Options
	o.KeepGoing = true
	report, err := Run(ctx, l, runner, o)
	if err == nil {
		judge(report)
	}
	return err
}

// whole judges the lesson with its solutions: everything must be as it says.
func (c *checking) whole(r *Report) {
	for _, cell := range r.Failed() {
		c.add(RuleRun, c.place(r, cell), "%s", cell.Problem)
		c.broken[cell.Cell.Pos] = cell.outcome == CompileError
	}
}

// inCell is how errors of cells say where they are.
var inCell = regexp.MustCompile(`Cell In\[(\d+)\], line (\d+)(?::(\d+))?`)

// place is where a cell went wrong, as far as its error says that, or the cell. The last frame of a panic that is in a cell may be in an earlier one.
func (c *checking) place(r *Report, cell *CellReport) Position {
	m := inCell.FindStringSubmatch(cell.Problem + "\n" + traceback(cell))
	if m == nil || cell.outcome == OK {
		return cell.Cell.Pos
	}
	count, _ := strconv.Atoi(m[1])
	line, _ := strconv.Atoi(m[2])
	col, _ := strconv.Atoi(m[3])
	for i := range r.Cells {
		at := r.Cells[i].Cell
		if r.Cells[i].Count != count || at.Attrs.Include != "" || line < 1 || line > len(at.lines) {
			continue
		}
		pos := c.lesson.LineOf(at, line-1)
		pos.Col += max(0, col-1)
		return pos
	}
	return cell.Cell.Pos
}

func traceback(cell *CellReport) string {
	for _, o := range cell.Outputs {
		if len(o.Traceback) > 0 {
			return stripANSI(strings.Join(o.Traceback, "\n"))
		}
	}
	return ""
}
