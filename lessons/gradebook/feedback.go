package gradebook

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/registry"
)

//go:embed feedback.html.tmpl
var feedbackText string

//go:embed pages.css
var pagesCSS string

var feedbackPage = template.Must(template.New("feedback").Funcs(template.FuncMap{"number": number, "lines": lines, "join": strings.Join}).Parse(feedbackText))

// page is what all pages have: they open from disk, ask no network for anything, and run nothing but what is named.
type page struct {
	CSS    template.CSS
	Policy string
	Title  string
}

func newPage(title, script string) page {
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	policy := "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + hash(pagesCSS)
	if script != "" {
		policy += "; script-src " + hash(script)
	}
	return page{template.CSS(pagesCSS), policy, title}
}

// shownResult is a result as its student may read it.
type shownResult struct {
	grade.Result
	Hint   string
	Cases  []shownCase
	Answer []grade.Answer // to the exercise
}

type shownCase struct{ grade.CaseResult }

// WriteFeedback writes what a student is told of a submission: what failed comes first. Of hidden tests it tells that they failed and in what way, and neither what
// they are nor what was returned; the hints of their author are meant for students.
func (b *Book) WriteFeedback(w io.Writer, e *Entry) error {
	title := e.Title
	if title == "" {
		title = e.Task
	}
	data := struct {
		page
		*Entry
		Heading string
		Results []shownResult
		Rest    []grade.Answer
	}{newPage(title+" · "+e.Student, ""), e, title, nil, nil}
	told := map[string]bool{}
	for _, r := range e.Results {
		data.Results = append(data.Results, show(r))
	}
	slices.SortStableFunc(data.Results, func(x, y shownResult) int { return urgency(x) - urgency(y) })
	for i := range data.Results {
		r := &data.Results[i]
		for _, a := range e.Answers {
			if !told[a.ID] && (a.ID == r.ID || r.Exercise != "" && a.Exercise == r.Exercise) {
				r.Answer, told[a.ID] = append(r.Answer, a), true
			}
		}
		r.brief()
	}
	for _, a := range e.Answers {
		if !told[a.ID] {
			data.Rest = append(data.Rest, a)
		}
	}
	return feedbackPage.Execute(w, data)
}

// Tell has the registry keep what students are told, and notes where its log ends.
func (b *Book) Tell(ctx context.Context, r *registry.Registry) error {
	const some = 50 // pages are in memory, and in a transaction
	pages := make([]registry.Page, 0, some)
	for i := range b.Entries {
		if b.Entries[i].Failed != "" { // there is nothing to be told of yet
			continue
		}
		var page bytes.Buffer
		if err := b.WriteFeedback(&page, &b.Entries[i]); err != nil {
			return err
		}
		if pages = append(pages, registry.Page{Key: b.Entries[i].Key, Data: page.Bytes()}); len(pages) == some {
			if err := r.Tell(ctx, pages); err != nil {
				return err
			}
			pages = pages[:0]
		}
	}
	if err := r.Tell(ctx, pages); err != nil {
		return err
	}
	head, err := r.Head(ctx)
	b.Log = &head
	return err
}

// brief leaves out of cases what is said once, with the answer: that it did not run.
func (s *shownResult) brief() {
	if !slices.ContainsFunc(s.Answer, func(a grade.Answer) bool { return a.Problem != "" }) {
		return
	}
	for i := range s.Cases {
		if c := &s.Cases[i]; c.Verdict == grade.NoCompile || c.Verdict == grade.Refused {
			c.Reason = ""
		}
	}
}

// urgency puts what failed before what somebody has to read, and that before what passed.
func urgency(r shownResult) int {
	switch r.Verdict {
	case grade.Passed:
		return 2
	case grade.Pending:
		return 1
	}
	return 0
}

func show(r grade.Result) shownResult {
	s := shownResult{Result: Tell(r), Hint: hints[r.Verdict]}
	for _, c := range s.Result.Cases {
		s.Cases = append(s.Cases, shownCase{c})
	}
	slices.SortStableFunc(s.Cases, func(x, y shownCase) int { return cmp.Compare(passed(x), passed(y)) })
	return s
}

// Tell is a result as its student may read it: of hidden tests and cases it says that they failed and in what way, and neither what they are nor what was returned; hints
// are meant for them.
func Tell(r grade.Result) grade.Result {
	hidden := 0
	r.Cases = slices.Clone(r.Cases)
	for i := range r.Cases {
		if c := &r.Cases[i]; c.Hidden || r.Hidden {
			hidden++
			c.Name, c.Call, c.Reason, c.Hidden = fmt.Sprintf("a hidden case (%d)", hidden), "", hints[c.Verdict], true
		}
	}
	if r.Hidden || hidden > 0 {
		r.Printed = "" // a hidden test may have written it
	}
	if r.Hidden {
		r.Reason = hints[r.Verdict]
	}
	return r
}

// lines are a text's, for numbers beside them.
func lines(text string) []string { return strings.Split(strings.TrimRight(text, "\n"), "\n") }

func passed(c shownCase) int {
	if c.Verdict == grade.Passed {
		return 1
	}
	return 0
}

// hints say what a verdict means, where the reason is not to be told.
var hints = map[grade.Verdict]string{
	grade.Passed:    "",
	grade.Partly:    "",
	grade.Pending:   "Somebody will read this.",
	grade.Wrong:     "What it did is not what was asked for.",
	grade.Panicked:  "It panicked.",
	grade.Exited:    "It ended the program, so there was nothing left to test.",
	grade.TimedOut:  "It did not end in time.",
	grade.Flooded:   "It printed far too much.",
	grade.Killed:    "The process ended: out of memory, a stack overflow, or a limit.",
	grade.NoCompile: "It does not compile together with the test.",
	grade.Refused:   "Your code was not run.",
	grade.Silent:    "The test came to no verdict.",
}

// Class names the verdict for the style sheet.
func (s shownResult) Class() string { return class(s.Verdict) }

// Class names the verdict for the style sheet.
func (s shownCase) Class() string { return class(s.Verdict) }

func class(v grade.Verdict) string {
	switch v {
	case grade.Passed, grade.Partly, grade.Pending:
		return string(v)
	}
	return "failed"
}
