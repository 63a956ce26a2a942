package course

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"time"

	"github.com/resident-go/resident/lessons"
)

var (
	//go:embed index.html.tmpl
	indexTemplate string
	//go:embed index.css
	indexCSS string
	//go:embed index.js
	indexJS string

	indexPage = template.Must(template.New("index").Parse(indexTemplate))
)

// found is a section in the search's index. Names are short: the page carries one for each heading.
type found struct {
	Lesson string `json:"l"`
	Title  string `json:"t"`
	Link   string `json:"u"`
	Text   string `json:"x"`
}

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
	sections, err := json.Marshal(b.sections())
	if err != nil {
		return nil, fmt.Errorf("make the search's index: %w", err)
	}
	sum := sha256.Sum256([]byte(indexJS))
	var out bytes.Buffer
	err = indexPage.Execute(&out, map[string]any{
		"Title":   b.course.title(),
		"Summary": b.course.Summary,
		"Lang":    cmp.Or(b.course.Language, "en"),
		"Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; script-src 'sha256-" +
			base64.StdEncoding.EncodeToString(sum[:]) + "'",
		"CSS":      template.CSS(lessons.StyleSheet() + indexCSS),
		"Script":   template.JS(indexJS),
		"Sections": template.JS(sections), // encoding/json escapes what could end a script
		"Parts":    b.parts(),
		"Points":   points(b.course.Points()),
		"Footer":   b.options.Footer,
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

// sections are what the search looks through. Only a page has anchors.
func (b *building) sections() []found {
	list := []found{}
	for i, c := range b.chapters {
		for _, s := range b.shown[i].Sections() {
			link := relative("index.html", as(c.File, b.ext()))
			if s.ID != "" && b.options.For == HTML {
				link += "#" + s.ID
			}
			list = append(list, found{c.Title, s.Title, link, s.Text})
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
