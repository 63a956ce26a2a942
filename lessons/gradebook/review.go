package gradebook

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/resident-go/resident/lessons/grade"
)

//go:embed review.html.tmpl
var reviewText string

//go:embed review.js
var reviewScript string

var reviewPage = template.Must(template.New("review").Funcs(template.FuncMap{"number": number, "lines": lines, "join": strings.Join}).Parse(reviewText))

// question is a cell that a person grades, with all answers to it.
type question struct {
	Task, ID, Title string
	Max             float64
	Asked           string // as graders read it
	Scheme          bool   // that is more than students read
	Read            []toRead
}

// toRead is one student's answer.
type toRead struct {
	Student         string
	Points, Comment string
	Answers         []grade.Answer
}

// Missing tells that nothing was handed in.
func (t toRead) Missing() bool {
	return !slices.ContainsFunc(t.Answers, func(a grade.Answer) bool { return !a.Missing })
}

// Empty tells answers in which nothing stands.
func (t toRead) Empty() bool {
	return !slices.ContainsFunc(t.Answers, func(a grade.Answer) bool { return strings.TrimSpace(a.Source) != "" })
}

// WriteReview writes a page with all answers that a person grades, question by question, and what was given for them. It saves a file for [ReadManual]: a page that is opened from disk can
// write nothing itself, so the browser downloads it.
func (c *Class) WriteReview(w io.Writer, b *Book, m Manual) error {
	data := struct {
		page
		Script    template.JS
		Given     string
		Without   []string
		Questions []question
	}{page: newPage(b.Title+" · review", reviewScript), Script: template.JS(reviewScript), Without: b.Without, Questions: c.questions(b, m)}
	given, err := json.Marshal(m)
	if err != nil {
		return err
	}
	data.Given = string(given)
	return reviewPage.Execute(w, data)
}

// questions are those of all tasks, in the order of the lessons.
func (c *Class) questions(b *Book, m Manual) (all []question) {
	for _, task := range b.Tasks {
		at := map[string]int{}
		for i := range b.Entries {
			e := &b.Entries[i]
			if e.Task != task.Name || e.Broken != "" || e.Failed != "" {
				continue
			}
			for _, r := range e.Results {
				if r.Tier != grade.Person {
					continue
				}
				n, known := at[r.ID]
				if !known {
					n, at[r.ID] = len(all), len(all)
					q := question{Task: task.Name, ID: r.ID, Title: r.Title, Max: r.Max}
					q.Asked, q.Scheme = c.asked(task.Name, r.ID)
					all = append(all, q)
				}
				all[n].Read = append(all[n].Read, e.toRead(&r, m))
			}
		}
	}
	return all
}

func (c *Class) asked(task, id string) (text string, scheme bool) {
	for _, t := range c.Tasks {
		if t.Name == task {
			return t.Grader.Question(id)
		}
	}
	return "", false
}

func (e *Entry) toRead(r *grade.Result, m Manual) toRead {
	t := toRead{Student: e.Student}
	if g, ok := m[e.Task][e.Student][r.ID]; ok {
		t.Points, t.Comment = number(g.Points), g.Comment
	}
	for _, a := range e.Answers {
		if a.ID == r.ID || r.Exercise != "" && a.Exercise == r.Exercise {
			t.Answers = append(t.Answers, a)
		}
	}
	return t
}
