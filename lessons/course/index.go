package course

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"time"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/search"
)

var (
	//go:embed index.html.tmpl
	indexTemplate string
	//go:embed index.css
	indexCSS string

	indexPage = template.Must(template.New("index").Parse(indexTemplate))
)

// chapterView is a chapter as the contents show it.
type chapterView struct {
	Title, Summary, File, Source, Due, DueTime, Points string
}

type partView struct {
	Caption  string
	First    int // the number of its first chapter
	Chapters []chapterView
}

// index is the page of the course's contents, with its search.
func (b *building) index() ([]byte, error) {
	box, err := search.HTML(b.sections("index.html"))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = indexPage.Execute(&out, map[string]any{
		"Title":   b.course.title(),
		"Summary": b.course.Summary,
		"Lang":    cmp.Or(b.course.Language, "en"),
		"Policy":  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; script-src " + search.Source(),
		"CSS":     template.CSS(lessons.StyleSheet() + search.CSS + indexCSS),
		"Script":  template.JS(search.Script),
		"Search":  template.HTML(box),
		"Parts":   b.parts(),
		"Points":  points(b.course.Points()),
		"Footer":  b.options.Footer,
	})
	return out.Bytes(), err
}

func (b *building) parts() (parts []partView) {
	n := 0
	for _, p := range b.course.Parts {
		part := partView{Caption: p.Caption, First: n + 1}
		for _, c := range p.Chapters {
			v := chapterView{Title: c.Title, Summary: c.Lesson.Meta.Summary, Points: points(cmp.Or(c.Points, b.shown[n].Points()))}
			v.File = relative("index.html", as(c.File, b.ext()))
			if b.options.For != HTML && b.options.For != IPYNB {
				v.Source = relative("index.html", c.File)
			}
			if !c.Due.IsZero() {
				v.Due, v.DueTime = c.Due.Format("2 January 2006, 15:04"), c.Due.Format(time.RFC3339)
			}
			part.Chapters = append(part.Chapters, v)
			n++
		}
		parts = append(parts, part)
	}
	return parts
}

// ext is what readers open.
func (b *building) ext() string {
	if b.options.For == HTML {
		return ".html"
	}
	return ".ipynb"
}

// sections are what the search looks through on a page. Only a page has anchors.
func (b *building) sections(page string) []search.Section {
	list := []search.Section{}
	for len(b.read) < len(b.shown) {
		b.read = append(b.read, b.shown[len(b.read)].Sections())
	}
	for i, c := range b.chapters {
		for _, s := range b.read[i] {
			link := relative(page, as(c.File, b.ext()))
			if s.ID != "" && b.options.For == HTML {
				link += "#" + s.ID
			}
			list = append(list, search.Section{Lesson: c.Title, Title: s.Title, Link: link, Text: s.Text})
		}
	}
	return list
}

func (c *Course) title() string { return cmp.Or(c.Title, "Course") }

// points are as people read them, or nothing.
func points(p float64) string {
	switch p {
	case 0:
		return ""
	case 1:
		return "1 point"
	}
	return fmt.Sprintf("%v points", p)
}
