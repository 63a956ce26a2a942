package lessons

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Finding is something that a lesson promises and does not keep.
type Finding struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Col     int    `json:"col"`
	Message string `json:"message"` // one line, then details
}

func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Col, f.Message)
}

// Checker holds lessons to their word before a student sees them.
type Checker struct {
	Files fs.FS // what links and images are relative to

	// Start begins a session for one run. Each run has its own: what one leaves behind would help the next.
	Start func(ctx context.Context) (runner Runner, end func() error, err error)
	// Options are those of the runs.
	Options Options
}

// Check runs the lesson as it stands, and then as students get it, and returns what is wrong with it, in the order of the source:
//
//   - a check of a cell fails;
//   - the students' version does not compile, or a test (role="test") passes in it without a solution;
//   - a line that is hidden from students stands elsewhere in their version, too;
//   - a link leads to no file or to no heading, an image is not there.
//
// The error says that nothing could be run.
func (k *Checker) Check(ctx context.Context, file string, src []byte) ([]Finding, error) {
	l, err := Parse(file, src)
	if err == nil && k.Files != nil {
		err = l.Include(k.Files)
	}
	if err != nil {
		return findingsOf(err)
	}
	c := &checking{checker: k, lesson: l, src: src}
	if err := c.run(ctx, l, c.whole); err != nil {
		return nil, err
	}
	if err := c.students(ctx); err != nil {
		return nil, err
	}
	c.links()
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
		found = append(found, Finding{e.Pos.File, e.Pos.Line, e.Pos.Col, e.Msg})
	}
	return found, nil
}

// checking is one lesson under examination.
type checking struct {
	checker *Checker
	lesson  *Lesson
	src     []byte
	found   []Finding
}

func (c *checking) add(pos Position, format string, args ...any) {
	c.found = append(c.found, Finding{pos.File, pos.Line, pos.Col, fmt.Sprintf(format, args...)})
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
		c.add(cell.Cell.Pos, "%s", cell.Problem)
	}
}

// students judges the version that students get, if it is another one.
func (c *checking) students(ctx context.Context) error {
	if !slices.ContainsFunc(c.lesson.Cells, func(cell *Cell) bool { _, changed := cell.build(ForStudents); return changed }) {
		return nil
	}
	built, err := c.lesson.Build(ForStudents)
	if err != nil {
		c.add(Position{File: c.lesson.File, Line: 1, Col: 1}, "%v", err)
		return nil
	}
	for _, s := range c.lesson.secrets() {
		if slices.ContainsFunc(strings.Split(string(built), "\n"), func(l string) bool { return strings.TrimSpace(l) == s.text }) {
			c.add(c.lineOf(s.cell, s.line), "students do not get this line, but another one like it: %s", s.text)
		}
	}
	l, err := Parse(c.lesson.File, built)
	if err != nil {
		return err
	}
	return c.run(ctx, l, c.stubs)
}

// stubs judges a run of the students' version: it compiles, and no test passes.
func (c *checking) stubs(r *Report) {
	for i := range r.Cells {
		cell := &r.Cells[i]
		switch at := c.original(cell.Cell); {
		case cell.Status == Failed && cell.outcome == CompileError:
			c.add(at, "in the students' version this does not compile: %s", cell.Problem)
		case cell.Status == Passed && cell.Cell.Attrs.Role == Test:
			c.add(at, "in the students' version this test passes without a solution")
		}
	}
}

// original is where a cell of a build stands in the source: builds leave cells out, but change no order.
func (c *checking) original(built *Cell) Position {
	for _, cell := range c.lesson.Cells {
		text, _ := cell.build(ForStudents)
		if cell.Kind == built.Kind && cell.Attrs.Name == built.Attrs.Name && text == built.Source {
			return cell.Pos
		}
	}
	return Position{File: c.lesson.File, Line: 1, Col: 1}
}

// links follows what the prose links to, as far as that is in the lesson's folder or in the lesson.
func (c *checking) links() {
	doc := markdown().Parser().Parse(text.NewReader(c.src))
	anchors := map[string]bool{}
	ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if id, ok := n.AttributeString("id"); ok && entering {
			anchors[string(id.([]byte))] = true
		}
		return ast.WalkContinue, nil
	})
	for _, cell := range c.lesson.Cells {
		anchors["cell-"+cell.Attrs.Name] = true // as the page has it
	}
	for _, cell := range c.lesson.Cells {
		if cell.Kind == Prose {
			c.cellLinks(cell, anchors)
		}
	}
}

func (c *checking) cellLinks(cell *Cell, anchors map[string]bool) {
	ast.Walk(markdown().Parser().Parse(text.NewReader([]byte(cell.Source))), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		what, to := "link", ""
		switch n := n.(type) {
		case *ast.Link:
			to = string(n.Destination)
		case *ast.Image:
			what, to = "image", string(n.Destination)
		}
		if problem := c.missing(to, anchors); entering && to != "" && problem != "" {
			c.add(c.lineWith(cell, n, to), "the %s %s leads nowhere: %s", what, to, problem)
		}
		return ast.WalkContinue, nil
	})
}

// lineWith is the line of a cell in which a link in a block leads to what it does.
func (c *checking) lineWith(cell *Cell, n ast.Node, to string) Position {
	for ; n != nil; n = n.Parent() {
		if n.Type() == ast.TypeBlock && n.Lines().Len() > 0 {
			break
		}
	}
	from := 0
	if n != nil {
		from = n.Lines().At(0).Start
	}
	at := from + max(0, strings.Index(cell.Source[from:], to))
	return c.lineOf(cell, strings.Count(cell.Source[:at], "\n"))
}

func (c *checking) lineOf(cell *Cell, n int) Position {
	p := &parse{src: c.src, lesson: c.lesson}
	return p.lineOf(cell, n)
}

// missing says why a link cannot be followed, or nothing.
func (c *checking) missing(to string, anchors map[string]bool) string {
	u, err := url.Parse(to)
	switch {
	case err != nil:
		return err.Error()
	case u.Scheme != "" || u.Host != "":
		return "" // the world changes, and is asked by nobody here
	case u.Path == "" && u.Fragment != "" && !anchors[u.Fragment]:
		return "no heading is called so"
	case u.Path == "":
		return ""
	}
	name := path.Clean(u.Path)
	if !fs.ValidPath(name) {
		return "it leaves the lesson's folder"
	}
	if _, err := fs.Stat(c.checker.Files, name); err != nil {
		return "there is no such file"
	}
	return ""
}
