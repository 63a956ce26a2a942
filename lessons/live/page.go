package live

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/resident-go/resident/lessons"
)

// maxMarkdown is the most bytes that a cell may display as Markdown.
const maxMarkdown = 1 << 20

var (
	//go:embed page.html.tmpl
	pageSource string
	pages      = template.Must(template.New("page").Parse(pageSource))
)

var scripts = lessons.Live{Script: "/static/live.js", Style: "/static/live.css"}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// stamped puts a page's digest into it, by which it knows whether it is still what the lesson looks like.
func stamped(page []byte) []byte {
	const head = "<head>\n"
	return bytes.Replace(page, []byte(head), fmt.Appendf(nil, "%s<meta name=\"lesson-digest\" content=\"%s\">\n", head, digest(page)), 1)
}

func (s *Site) lesson(w http.ResponseWriter, r *http.Request) {
	file, ok := s.file(r.PathValue("path"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	page, err := s.render(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		http.NotFound(w, r)
	case err != nil:
		writePage(w, http.StatusUnprocessableEntity, stamped(s.broken(file, err)))
	default:
		writePage(w, http.StatusOK, stamped(page))
	}
}

// file is where a lesson lies, if it is one that is served.
func (s *Site) file(name string) (string, bool) {
	if !filepath.IsLocal(filepath.FromSlash(name)) || !IsLesson(name) || isHidden(name) || s.cfg.Lesson != "" && name != filepath.ToSlash(s.cfg.Lesson) {
		return "", false
	}
	return filepath.Join(s.cfg.Root, filepath.FromSlash(name)), true
}

// IsLesson says whether a file is a lesson or a notebook, by its name.
func IsLesson(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown", ".ipynb":
		return true
	}
	return false
}

// isHidden says whether a file, or a folder of it, is one that people do not see in lists.
func isHidden(name string) bool { return strings.HasPrefix(name, ".") || strings.Contains(name, "/.") }

// render makes the page of a lesson as it stands now.
func (s *Site) render(file string) ([]byte, error) {
	l, err := s.read(file)
	if err != nil {
		return nil, err
	}
	report := &lessons.Report{Lesson: l, Cells: make([]lessons.CellReport, len(l.Cells))}
	for i, c := range l.Cells {
		report.Cells[i] = lessons.CellReport{Cell: c, Status: lessons.NotRun}
	}
	var b bytes.Buffer
	p := lessons.Page{Files: os.DirFS(filepath.Dir(file)), Footer: s.cfg.Footer, Nav: s.nav(file), Live: &scripts}
	err = p.WriteHTML(&b, report)
	return b.Bytes(), err
}

func (s *Site) read(file string) (*lessons.Lesson, error) {
	l, err := lessons.ReadFile(file)
	if err != nil || s.cfg.Audience == "" || strings.EqualFold(filepath.Ext(file), ".ipynb") {
		return l, err
	}
	built, err := l.Build(s.cfg.Audience)
	if err != nil {
		return nil, err
	}
	return lessons.Parse(file, built)
}

// broken is the page of a file that is no lesson. It is live, too: it goes when the file is put right.
func (s *Site) broken(file string, err error) []byte {
	faults := []string{s.fault(err)}
	if list := (lessons.ErrorList)(nil); errors.As(err, &list) {
		faults = nil
		for _, e := range list {
			faults = append(faults, s.fault(e))
		}
	}
	return page("broken", map[string]any{"Title": filepath.Base(file), "Faults": faults, "Live": scripts})
}

// fault is an error without the place of the root, which is nobody's business.
func (s *Site) fault(err error) string {
	return strings.ReplaceAll(err.Error(), filepath.Clean(s.cfg.Root)+string(filepath.Separator), "")
}

func page(name string, data any) []byte {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		panic(fmt.Sprintf("template %s: %v", name, err)) // it is our own, and so is the data
	}
	return b.Bytes()
}

// markdown renders what a cell displays, as the page renders prose.
func (s *Site) markdown(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMarkdown))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	var b bytes.Buffer
	if err := (lessons.Page{}).WriteFragment(&b, string(text)); err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(b.Bytes())
}

// entry is a lesson in a list.
type entry struct{ Address, Title, Summary, Due, Fault string }

// index leads to the only lesson, or lists all, in a course's order if there is one.
func (s *Site) index(w http.ResponseWriter, r *http.Request) {
	switch {
	case s.cfg.Lesson != "":
		http.Redirect(w, r, address(filepath.ToSlash(s.cfg.Lesson)), http.StatusFound)
		return
	case s.cfg.Course != "":
		s.contents(w)
		return
	}
	var entries []entry
	err := fs.WalkDir(os.DirFS(s.cfg.Root), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.IsDir() || !IsLesson(name) || isHidden(name):
			return nil
		}
		e := entry{Address: address(name)}
		if l, err := lessons.ReadFile(filepath.Join(s.cfg.Root, filepath.FromSlash(name))); err != nil {
			e.Title, e.Fault = name, s.fault(err)
		} else {
			e.Title, e.Summary = l.Meta.Title, l.Meta.Summary
		}
		if e.Title == "" {
			e.Title = name
		}
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		s.cfg.Logf("list lessons: %v", err)
	}
	writePage(w, http.StatusOK, page("index", map[string]any{"Entries": entries, "Live": scripts}))
}

// address is where a lesson's page is.
func address(name string) string { return (&url.URL{Path: "/lessons/" + name}).EscapedPath() }
