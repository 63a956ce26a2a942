package course

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/playground"
)

// What a course can be built as, besides the audiences of lessons: as pages with what their cells show, and as notebooks that were not run.
const (
	HTML  = "html"
	IPYNB = "ipynb"
)

// Options say what to build, and how.
type Options struct {
	For    string // an audience of [lessons.Audiences], [HTML] or [IPYNB]
	Footer string // a line under each page

	// Run runs a lesson for its page.
	Run func(ctx context.Context, l *lessons.Lesson) (*lessons.Report, error)
	// Playground makes what computes on a lesson's page, nil if nothing does. Without it, nothing does.
	Playground func(ctx context.Context, l *lessons.Lesson) (*playground.Parts, error)
	// Write writes a file below the folder that is built; the name has slashes.
	Write func(name string, data []byte) error
}

// Build writes each lesson, what lessons link to and show, and index.html: the contents. That and each page have a search of the course, which needs nothing but
// the file that it is in. A lesson's links to others of the course lead to what has become of them.
func (c *Course) Build(ctx context.Context, o Options) error {
	if o.For != HTML && o.For != IPYNB && !slices.Contains(lessons.Audiences, lessons.Audience(o.For)) {
		return fmt.Errorf("build for %q: want student, solution, grader, html or ipynb", o.For)
	}
	b := &building{course: c, options: o, chapters: c.Chapters(), written: map[string]bool{}}
	root, err := os.OpenRoot(filepath.Dir(c.File)) // nothing from outside gets in by a link
	if err != nil {
		return err
	}
	defer root.Close()
	b.files = root.FS()
	for i := range b.chapters {
		if err := b.chapter(ctx, i); err != nil {
			return fmt.Errorf("build %s: %w", b.chapters[i].File, err)
		}
	}
	if err := b.pages(ctx); err != nil {
		return err
	}
	for _, pattern := range c.Files {
		names, err := fs.Glob(b.files, pattern)
		if err != nil || len(names) == 0 {
			return fmt.Errorf("%s: files: nothing in the course's folder matches %q", c.File, pattern)
		}
		for _, name := range names {
			if err := b.copy(name); err != nil {
				return err
			}
		}
	}
	index, err := b.index()
	if err != nil {
		return err
	}
	return o.Write("index.html", index)
}

// building is one build.
type building struct {
	course   *Course
	options  Options
	files    fs.FS
	chapters []Chapter
	shown    []*lessons.Lesson   // what readers get of each chapter
	reports  []*lessons.Report   // of each chapter, for its page
	read     [][]lessons.Section // of each chapter, for the search
	written  map[string]bool
}

func (b *building) chapter(ctx context.Context, i int) error {
	file, l := b.chapters[i].File, b.chapters[i].Lesson
	var out bytes.Buffer
	switch b.options.For {
	case HTML:
		report, err := b.options.Run(ctx, l)
		if err != nil {
			return err
		}
		b.shown, b.reports = append(b.shown, report.Lesson), append(b.reports, report)
		return b.copyLinked(file, report.Lesson)
	case IPYNB:
		b.shown = append(b.shown, l)
		if err := b.notebook(file, l, &out); err != nil {
			return err
		}
		file = as(file, ".ipynb")
	default:
		built, err := l.Build(lessons.Audience(b.options.For))
		if err != nil {
			return err
		}
		if err := b.options.Write(file, built); err != nil {
			return err
		}
		version, err := l.For(lessons.Audience(b.options.For))
		if err != nil {
			return err
		}
		b.shown = append(b.shown, version)
		if err := b.notebook(file, version, &out); err != nil {
			return err
		}
		file = as(file, ".ipynb")
	}
	return b.options.Write(file, out.Bytes())
}

// pages writes the pages of the lessons that have been run. Each has a search through all of them.
func (b *building) pages(ctx context.Context) error {
	for i, report := range b.reports {
		file := b.chapters[i].File
		report.Lesson.Relink(b.relink(file, ".html"))
		page := lessons.Page{Files: b.below(file), Footer: b.options.Footer, Nav: b.nav(i)}
		var err error
		if b.options.Playground != nil {
			page.Playground, err = b.options.Playground(ctx, report.Lesson)
		}
		var out bytes.Buffer
		if err == nil {
			err = page.WriteHTML(&out, report)
		}
		if err != nil {
			return fmt.Errorf("build %s: %w", file, err)
		}
		if err := b.options.Write(as(file, ".html"), out.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// notebook writes a lesson as a notebook whose links lead to notebooks, and copies what it leads to and shows.
func (b *building) notebook(file string, l *lessons.Lesson, out *bytes.Buffer) error {
	if err := b.copyLinked(file, l); err != nil {
		return err
	}
	l.Relink(b.relink(file, ".ipynb"))
	return l.WriteNotebook(out)
}

// copyLinked copies what a lesson leads to, but for other lessons.
func (b *building) copyLinked(file string, l *lessons.Lesson) error {
	for _, to := range l.Links() {
		if name, ok := b.local(file, to); ok && !b.isChapter(name) {
			if err := b.copy(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// copy copies a file of the course, once.
func (b *building) copy(name string) error {
	info, err := fs.Stat(b.files, name)
	if err != nil || info.IsDir() || b.written[name] {
		return nil // a check says what is missing
	}
	data, err := fs.ReadFile(b.files, name)
	if err != nil {
		return err
	}
	if (b.options.For == HTML || b.options.For == string(lessons.ForStudents)) && secret.Match(data) {
		return fmt.Errorf("%s: students would get this file, and it holds solutions or hidden tests", name)
	}
	b.written[name] = true
	return b.options.Write(name, data)
}

// secret is what marks lines that students do not get, in a file beside a lesson.
var secret = regexp.MustCompile(`(?m)(BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)|// SOLUTION)\s*(-->)?\s*$`)

// below is the folder of a lesson.
func (b *building) below(file string) fs.FS {
	dir, err := fs.Sub(b.files, path.Dir(file))
	if err != nil {
		panic(err) // the course's files have valid paths
	}
	return dir
}

// local is the file of the course that a link in a lesson leads to.
func (b *building) local(from, to string) (name string, ok bool) {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Path == "" {
		return "", false
	}
	name = path.Join(path.Dir(from), u.Path)
	return name, fs.ValidPath(name)
}

func (b *building) isChapter(name string) bool {
	return slices.ContainsFunc(b.chapters, func(c Chapter) bool { return c.File == name })
}

// relink leads links to other lessons to the files with an extension that they become.
func (b *building) relink(from, ext string) func(string) string {
	return func(to string) string {
		name, ok := b.local(from, to)
		if !ok || !b.isChapter(name) {
			return to
		}
		file, rest := to, ""
		if i := strings.IndexAny(to, "?#"); i >= 0 {
			file, rest = to[:i], to[i:]
		}
		return as(file, ext) + rest
	}
}

// nav leads from a chapter's page to the others.
func (b *building) nav(i int) *lessons.Nav {
	from := b.chapters[i].File
	n := &lessons.Nav{Course: lessons.Link{Title: b.course.title(), File: relative(from, "index.html")}, Search: b.sections(from)}
	if i > 0 {
		n.Previous = &lessons.Link{Title: b.chapters[i-1].Title, File: relative(from, as(b.chapters[i-1].File, ".html"))}
	}
	if i+1 < len(b.chapters) {
		n.Next = &lessons.Link{Title: b.chapters[i+1].Title, File: relative(from, as(b.chapters[i+1].File, ".html"))}
	}
	return n
}

// as is a lesson's file with another extension.
func as(file, ext string) string { return strings.TrimSuffix(file, path.Ext(file)) + ext }

// relative is the way from one file to another, as a link.
func relative(from, to string) string {
	way, err := filepath.Rel(filepath.Dir(filepath.FromSlash(from)), filepath.FromSlash(to))
	if err != nil {
		panic(err) // both are below the same folder
	}
	return (&url.URL{Path: filepath.ToSlash(way)}).EscapedPath()
}
