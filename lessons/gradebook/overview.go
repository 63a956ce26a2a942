package gradebook

import (
	_ "embed"
	"html/template"
	"io"
	"math"
	"net/url"
	"slices"
	"strings"

	"github.com/resident-go/resident/lessons/grade"
)

//go:embed overview.html.tmpl
var overviewText string

var overviewPage = template.Must(template.New("overview").Funcs(template.FuncMap{"number": number, "short": short, "join": strings.Join}).Parse(overviewText))

// taskSeen is how a task went.
type taskSeen struct {
	TaskInfo
	Graded, Late, Unreadable, Pending int
	Mean, Median                      float64
	Tests                             []testSeen
}

// testSeen is how a test, or a case of one, went.
type testSeen struct {
	ID, Case string
	Judged   grade.Tier
	Hidden   bool
	Max      float64
	Passed   int
	Of       int
	Points   float64 // on average
	Mostly   string  // how most of those came out that did not pass
	Times    int

	others map[grade.Verdict]int
}

// studentSeen is a row of the table of all.
type studentSeen struct {
	Student string
	Cells   []cellSeen
	Percent string
	Dropped []string
}

type cellSeen struct{ Text, Link, Note string }

// WriteOverview writes the page that teachers begin with: how each test went, which tells a test that is broken from one that is hard, and what each student has, with links to what they are told.
func (b *Book) WriteOverview(w io.Writer) error {
	data := struct {
		page
		Book *Book
		Seen []taskSeen
		Rows []studentSeen
	}{page: newPage(strings.TrimPrefix(b.Title+" · overview", " · "), ""), Book: b}
	for _, t := range b.Tasks {
		data.Seen = append(data.Seen, b.seen(t))
	}
	for _, s := range b.Students() {
		data.Rows = append(data.Rows, b.row(s))
	}
	return overviewPage.Execute(w, data)
}

func (b *Book) seen(t TaskInfo) taskSeen {
	v := taskSeen{TaskInfo: t}
	var scores []float64
	at := map[[2]string]int{}
	for i := range b.Entries {
		e := &b.Entries[i]
		if e.Task != t.Name || e.Failed != "" {
			continue
		}
		v.Graded++
		scores = append(scores, e.Score)
		v.Late += count(e.Percent > 0)
		v.Pending += count(e.Pending)
		if e.Broken != "" {
			v.Unreadable++
			continue
		}
		for _, r := range e.Results {
			v.add(at, &r)
		}
	}
	v.Mean, v.Median = average(scores), median(scores)
	for i := range v.Tests {
		v.Tests[i].sum()
	}
	return v
}

// short writes a number for somebody who wants to compare it with others.
func short(v float64) string { return number(math.Round(v*100) / 100) }

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// add counts a result, case by case where a test has cases.
func (v *taskSeen) add(at map[[2]string]int, r *grade.Result) {
	one := func(name string, hidden bool, most, points float64, verdict grade.Verdict) {
		key := [2]string{r.ID, name}
		n, known := at[key]
		if !known {
			n, at[key] = len(v.Tests), len(v.Tests)
			v.Tests = append(v.Tests, testSeen{ID: r.ID, Case: name, Judged: r.Tier, Hidden: hidden, Max: most, others: map[grade.Verdict]int{}})
		}
		t := &v.Tests[n]
		if verdict == grade.Pending {
			return
		}
		t.Of++
		t.Points += points
		if verdict == grade.Passed {
			t.Passed++
		} else {
			t.others[verdict]++
		}
	}
	if len(r.Cases) == 0 || r.Tier == grade.Person {
		one("", r.Hidden, r.Max, r.Points, r.Verdict)
		return
	}
	for _, c := range r.Cases {
		one(c.Name, c.Hidden, c.Max, c.Points, c.Verdict)
	}
}

func (t *testSeen) sum() {
	if t.Of > 0 {
		t.Points /= float64(t.Of)
	}
	for _, verdict := range verdicts {
		if n := t.others[verdict]; n > t.Times {
			t.Mostly, t.Times = string(verdict), n
		}
	}
}

// verdicts are those that take points, in an order for ties.
var verdicts = []grade.Verdict{grade.Wrong, grade.Partly, grade.Panicked, grade.NoCompile, grade.TimedOut, grade.Exited, grade.Flooded, grade.Killed, grade.Refused, grade.Silent}

func average(all []float64) (sum float64) {
	for _, v := range all {
		sum += v / float64(len(all))
	}
	return sum
}

func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

func (b *Book) row(student string) studentSeen {
	row := studentSeen{Student: student}
	for _, t := range b.Tasks {
		row.Cells = append(row.Cells, b.cell(student, t.Name))
	}
	if total, dropped := b.Total(student); len(b.Ungraded(student)) == 0 {
		row.Percent, row.Dropped = short(total)+" %", dropped
	}
	return row
}

func (b *Book) cell(student, task string) cellSeen {
	var c cellSeen
	var notes []string
	if b.Extensions.of(student, task).Excused {
		notes = append(notes, excused)
	}
	if e := b.Of(student, task); e != nil {
		c.Link = "feedback/" + url.PathEscape(FileName(student)) + "/" + url.PathEscape(FileName(task)) + ".html"
		switch c.Text = number(e.Score); {
		case e.Failed != "":
			c.Text = "not graded"
		case e.Broken != "":
			notes = append(notes, "not read")
		case e.Pending:
			notes = append(notes, "so far")
		}
		if e.Percent > 0 {
			notes = append(notes, e.Late)
		} else if e.Extended {
			notes = append(notes, "extended")
		}
	}
	c.Note = strings.Join(notes, ", ")
	return c
}
