// Package course is lessons in an order: a course file, and the folder that is made of it for readers.
//
// # The course file
//
// A course is a file course.yaml in the folder of its lessons. Its words are those of Jupyter Book's table of contents (_toc.yml) where that has them:
//
//	title: Training and inference
//	summary: How a model learns, and what it does afterwards.
//	language: en
//	parts:
//	  - caption: The first week
//	    chapters:
//	      - file: training.md
//	        due: 2026-12-01           # a day, to its end, or a time such as 2026-12-01T18:00:00+01:00
//	        points: 10                # what the lesson is worth; checked against what its cells are
//	        weight: 2                 # how much of the course's grade it makes; by default, as much as its points
//	        title: Another title      # instead of the lesson's own
//	late:
//	  grace: 15m                      # is not late yet
//	  per_day: 10                     # percent of the points for each day that has begun
//	  at_most: 50                     # percent
//	  closed_after: 7                 # days, and then no points
//	drop_lowest: 1                    # so many lessons do not count in a student's grade: those without which it is best
//	files: [data/*.csv]               # what the lessons need beside them
//
// A course without parts has its chapters at the top. Paths lie below the course's folder; an unknown key is an error.
package course

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/resident-go/resident/lessons"
)

// Course is a course file that was read, with its lessons.
type Course struct {
	File     string
	Title    string
	Summary  string
	Language string // of the prose, a BCP 47 tag; "en" when empty
	Parts    []Part // at least one; a course without parts has one without a caption
	Late     Late
	Drop     int // how many lessons do not count in each student's grade
	Files    []string
}

// Part is lessons under a caption.
type Part struct {
	Caption  string
	Chapters []Chapter
}

// Chapter is one lesson of a course.
type Chapter struct {
	File   string // below the course's folder, with slashes
	Title  string
	Due    time.Time // zero when there is none; a day ends where the course is built
	Points float64   // 0 says nothing
	Weight float64   // 0 is as much as the points
	Lesson *lessons.Lesson
	Pos    lessons.Position
}

// The course file as YAML spells it.
type (
	courseYAML struct {
		Title    string        `yaml:"title"`
		Summary  string        `yaml:"summary"`
		Language string        `yaml:"language"`
		Parts    []partYAML    `yaml:"parts"`
		Chapters []chapterYAML `yaml:"chapters"`
		Files    []string      `yaml:"files"`
		Late     *lateYAML     `yaml:"late"`
		Drop     int           `yaml:"drop_lowest"`
	}
	partYAML struct {
		Caption  string        `yaml:"caption"`
		Chapters []chapterYAML `yaml:"chapters"`
	}
	chapterYAML struct {
		File   string  `yaml:"file"`
		Title  string  `yaml:"title"`
		Due    string  `yaml:"due"`
		Points float64 `yaml:"points"`
		Weight float64 `yaml:"weight"`
	}
)

// IsCourse tells by its name whether a file is a course.
func IsCourse(file string) bool {
	return filepath.Base(file) == "course.yaml" || filepath.Base(file) == "course.yml"
}

// Read reads a course and its lessons, with the code that they include. The error is a [lessons.ErrorList] where it is about the text of one of them.
func Read(file string) (*Course, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	tree, err := parser.ParseBytes(src, 0)
	if err != nil {
		return nil, yamlError(file, err)
	}
	var y courseYAML
	if err := yaml.UnmarshalWithOptions(src, &y, yaml.Strict()); err != nil {
		return nil, yamlError(file, err)
	}
	c := &Course{File: file, Title: y.Title, Summary: y.Summary, Language: y.Language, Drop: y.Drop, Files: y.Files}
	r := &reading{dir: filepath.Dir(file), course: c, places: filePlaces(file, tree), seen: map[string]bool{}}
	if c.Late, err = y.Late.read(); err != nil {
		r.add(lessons.Position{File: file, Line: 1, Col: 1}, "%v", err)
	}
	if c.Drop < 0 {
		r.add(lessons.Position{File: file, Line: 1, Col: 1}, "drop_lowest %d: want how many lessons do not count", c.Drop)
	}
	parts := y.Parts
	if len(y.Chapters) > 0 {
		parts = append([]partYAML{{Chapters: y.Chapters}}, parts...)
	}
	for _, part := range parts {
		r.part(part)
	}
	if len(r.seen) == 0 {
		r.add(lessons.Position{File: file, Line: 1, Col: 1}, "a course needs chapters, each a file: NAME.md")
	}
	if len(r.errs) > 0 {
		return nil, r.errs
	}
	return r.course, nil
}

// reading is the state of reading one course.
type reading struct {
	dir    string
	course *Course
	places []lessons.Position // of the files, in order
	files  int                // how many there were so far
	seen   map[string]bool
	errs   lessons.ErrorList
}

func (r *reading) add(pos lessons.Position, format string, args ...any) {
	r.errs = append(r.errs, &lessons.Error{Pos: pos, Msg: fmt.Sprintf(format, args...)})
}

func (r *reading) part(y partYAML) {
	part := Part{Caption: y.Caption}
	for _, c := range y.Chapters {
		pos := lessons.Position{File: r.course.File, Line: 1, Col: 1}
		if c.File != "" && r.files < len(r.places) {
			pos = r.places[r.files]
			r.files++
		}
		if chapter, ok := r.chapter(c, pos); ok {
			part.Chapters = append(part.Chapters, chapter)
		}
	}
	r.course.Parts = append(r.course.Parts, part)
}

func (r *reading) chapter(y chapterYAML, pos lessons.Position) (c Chapter, ok bool) {
	c = Chapter{File: path.Clean(y.File), Points: y.Points, Weight: y.Weight, Pos: pos}
	if ext := path.Ext(c.File); y.File != "" && ext != ".md" && ext != ".markdown" {
		c.File += ".md" // as in Jupyter Book
	}
	errs := len(r.errs)
	switch {
	case y.File == "":
		r.add(pos, "a chapter needs a file: NAME.md")
	case !fs.ValidPath(c.File):
		r.add(pos, "%s leaves the course's folder", y.File)
	case r.seen[c.File]:
		r.add(pos, "%s is in the course already", c.File)
	}
	r.seen[c.File] = true
	var err error
	if c.Due, err = ParseDue(y.Due); err != nil {
		r.add(pos, "%s: %v", y.File, err)
	}
	if y.Weight < 0 {
		r.add(pos, "%s: weight %v: want a number that is not negative", y.File, y.Weight)
	}
	if len(r.errs) > errs {
		return c, false
	}
	c.Lesson, err = lessons.ReadFile(filepath.Join(r.dir, filepath.FromSlash(c.File)))
	var list lessons.ErrorList
	switch {
	case errors.As(err, &list):
		r.errs = append(r.errs, list...)
	case errors.Is(err, fs.ErrNotExist):
		r.add(pos, "%s: there is no such file", c.File)
	case err != nil:
		r.add(pos, "%s: %v", c.File, err)
	}
	if err != nil {
		return c, false
	}
	c.Title = cmp.Or(y.Title, c.Lesson.Meta.Title, c.File)
	return c, true
}

// ParseDue reads a due date. A day means its last second, where the reader is; without a text there is none.
func ParseDue(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if day, err := time.ParseInLocation(time.DateOnly, s, time.Local); err == nil {
		return day.AddDate(0, 0, 1).Add(-time.Second), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("due %q: want a day such as 2026-12-01, or a time such as 2026-12-01T18:00", s)
}

// filePlaces are the positions of the values of all keys "file", in order.
func filePlaces(file string, tree *ast.File) (places []lessons.Position) {
	for _, doc := range tree.Docs {
		for _, n := range ast.Filter(ast.MappingValueType, doc) {
			if v := n.(*ast.MappingValueNode); v.Key.GetToken().Value == "file" {
				at := v.Value.GetToken().Position
				places = append(places, lessons.Position{File: file, Line: at.Line, Col: at.Column})
			}
		}
	}
	return places
}

// yamlError is an error of the YAML library at its place.
func yamlError(file string, err error) error {
	pos, msg := lessons.Position{File: file, Line: 1, Col: 1}, err.Error()
	var ye yaml.Error
	if errors.As(err, &ye) {
		msg = ye.GetMessage()
		if tok := ye.GetToken(); tok != nil && tok.Position != nil {
			pos.Line, pos.Col = tok.Position.Line, tok.Position.Column
		}
	}
	msg, _, _ = strings.Cut(msg, "\n")
	return lessons.ErrorList{{Pos: pos, Msg: msg}}
}

// Chapters are those of all parts.
func (c *Course) Chapters() (all []Chapter) {
	for _, p := range c.Parts {
		all = append(all, p.Chapters...)
	}
	return all
}

// Lessons are the files of the course's lessons.
func (c *Course) Lessons() (files []string) {
	for _, ch := range c.Chapters() {
		files = append(files, filepath.Join(filepath.Dir(c.File), filepath.FromSlash(ch.File)))
	}
	return files
}

// Points is what all lessons are worth together.
func (c *Course) Points() (sum float64) {
	for _, ch := range c.Chapters() {
		sum += ch.Lesson.Points()
	}
	return sum
}

// Check says where the course file and its lessons do not agree.
func (c *Course) Check() (found []lessons.Finding) {
	for _, ch := range c.Chapters() {
		if are := ch.Lesson.Points(); ch.Points != 0 && ch.Points != are {
			found = append(found, lessons.Finding{File: ch.Pos.File, Line: ch.Pos.Line, Col: ch.Pos.Col, Rule: lessons.RuleGrading,
				Message: fmt.Sprintf("%s is said to be worth %v points, its cells are worth %v", ch.File, ch.Points, are)})
		}
	}
	return found
}
