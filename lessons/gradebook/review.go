package gradebook

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"io"
	"strings"

	"github.com/resident-go/resident/lessons/grade"
)

//go:embed review.html.tmpl
var reviewText string

//go:embed review.js
var reviewScript string

var reviewPage = template.Must(template.New("review").Funcs(template.FuncMap{"number": number, "lines": lines, "join": strings.Join}).Parse(reviewText))

// toRead is an answer that a person grades.
type toRead struct {
	Student, Task, ID string
	Title             string
	Max               float64
	Points, Comment   string
	Scheme            string
	Answer            grade.Answer
}

// Empty tells an answer in which nothing stands.
func (t toRead) Empty() bool { return strings.TrimSpace(t.Answer.Source) == "" }

// WriteReview writes a page with all answers that a person grades, and what was given for them. It saves a file for [ReadManual]: a page that is opened from disk can
// write nothing itself, so the browser downloads it.
func (c *Class) WriteReview(w io.Writer, b *Book, m Manual) error {
	data := struct {
		page
		Script  template.JS
		Given   string
		Without []string
		Read    []toRead
	}{page: newPage(b.Title+" · review", reviewScript), Script: template.JS(reviewScript), Without: b.Without}
	given, err := json.Marshal(m)
	if err != nil {
		return err
	}
	data.Given = string(given)
	for _, e := range b.Entries {
		if e.Broken != "" || e.Failed != "" {
			continue
		}
		for _, r := range e.Results {
			if r.Tier != grade.Person {
				continue
			}
			t := toRead{Student: e.Student, Task: e.Task, ID: r.ID, Title: r.Title, Max: r.Max}
			if g, ok := m[e.Task][e.Student][r.ID]; ok {
				t.Points, t.Comment = number(g.Points), g.Comment
			}
			for _, task := range c.Tasks {
				if task.Name == e.Task {
					t.Scheme = task.Grader.Scheme(r.ID)
				}
			}
			for _, a := range e.Answers {
				if a.ID == r.ID {
					t.Answer = a
				}
			}
			data.Read = append(data.Read, t)
		}
	}
	return reviewPage.Execute(w, data)
}
