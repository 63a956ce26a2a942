package gradebook

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/resident-go/resident/lessons/course"
	"github.com/resident-go/resident/lessons/grade"
)

func TestReadExtensions(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"student,lesson,until\nanna,steps,2026-12-05T18:00:00Z\n\"Doe, Jane\",,excused\n", "[{anna steps 2026-12-05 18:00 false} {Doe, Jane  0001-01-01 00:00 true}]"},
		{"\ufeffstudent;lesson;until\r\nanna;;2026-12-05T18:00:00Z\r\n", "[{anna  2026-12-05 18:00 false}]"},
		{"student, lesson, until\nanna, steps, Excused\n", "[{anna steps 0001-01-01 00:00 true}]"},
		{"student,lesson,until\n", "[]"},
		{"", "[]"},
		{"anna,steps,2026-12-05\n", "line 1: want a first line student,lesson,until"},
		{"student,lesson,until\nanna,2026-12-05\n", "line 2: want a first line"},
		{"student,lesson,until\n,steps,2026-12-05\n", "line 2: want a first line"},
		{"student,lesson,until\nanna,steps,soon\n", `line 2: until "soon": want a day such as 2026-12-01`},
		{"student,lesson,until\nanna,steps,\n", `line 2: until "": want a day`},
		{"student,lesson,until\n\"anna", "extraneous or missing"},
	} {
		file := filepath.Join(t.TempDir(), ExtensionsFile)
		if err := os.WriteFile(file, []byte(row.text), 0o666); err != nil {
			t.Fatal(err)
		}
		all, err := ReadExtensions(file)
		got := fmt.Sprint(err)
		if err == nil {
			texts := []string{}
			for _, x := range all {
				texts = append(texts, fmt.Sprintf("{%s %s %s %v}", x.Student, x.Task, x.Until.Format("2006-01-02 15:04"), x.Excused))
			}
			got = fmt.Sprint(texts)
		}
		if !strings.Contains(got, row.want) {
			t.Errorf("%q: got %s, want %s", row.text, got, row.want)
		}
	}
	if none, err := ReadExtensions(filepath.Join(t.TempDir(), ExtensionsFile)); none != nil || err != nil {
		t.Errorf("%v %v", none, err)
	}
}

// TestExtended has students who hand in two days late, with and without more time.
func TestExtended(t *testing.T) {
	due := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	c := &Class{Late: course.Late{PerDay: 10, AtMost: 100}}
	x := Extensions{
		{Student: "more", Until: due.AddDate(0, 0, 3)},
		{Student: "some", Until: due.AddDate(0, 0, 9)}, {Student: "some", Task: "steps", Until: due.AddDate(0, 0, 1)},
		{Student: "less", Task: "steps", Until: due.AddDate(0, 0, -1)},
		{Student: "other", Task: "sums", Until: due.AddDate(0, 0, 3)},
		{Student: "ill", Task: "steps", Excused: true},
	}
	for _, row := range []struct {
		student string
		late    bool // and no time
		score   float64
		due     time.Time
		excused bool
	}{
		{"none", false, 8, due, false},
		{"more", false, 10, due.AddDate(0, 0, 3), false},
		{"some", false, 9, due.AddDate(0, 0, 1), false},
		{"less", false, 8, due, false},
		{"other", false, 8, due, false},
		{"ill", false, 8, due, true},
		{"none", true, 9, due, false},
		{"more", true, 10, due.AddDate(0, 0, 3), false},
	} {
		a := &grade.Attempt{Student: row.student, Max: 10, Received: due.AddDate(0, 0, 2), Results: []grade.Result{{ID: "t", Tier: grade.Outside, Points: 10, Max: 10}}}
		if row.late {
			a.Received = time.Time{}
		}
		e := c.entry(&Task{Name: "steps", Due: due}, a, row.late, &Options{Extensions: x})
		if e.Score != row.score || !e.Due.Equal(row.due) || e.Extended != e.Due.After(due) || e.Excused != row.excused {
			t.Errorf("%s: %v points, due %v, excused %v, want %v, %v, %v", row.student, e.Score, e.Due, e.Excused, row.score, row.due, row.excused)
		}
	}
	b := &Book{Tasks: []TaskInfo{{Name: "steps", Due: due}, {Name: "sums"}}, Entries: []Entry{{Student: "more"}, {Student: "some"}}}
	got := Extensions{{Student: "more", Task: "steps"}, {Student: "more"}, {Student: "nobody"}, {Student: "some", Task: "stpes"}, {Student: "some", Task: "sums"}}.Check(b)
	if want := []string{"extension for nobody: nothing was handed in under that name", "extension for some, stpes: there is no such lesson", "extension for some, sums: the lesson has no due date"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestOverruled has a person give points for what tests have judged.
func TestOverruled(t *testing.T) {
	a := &grade.Attempt{Student: "anna", Max: 3, Results: []grade.Result{
		{ID: "one", Tier: grade.Beside, Verdict: grade.TimedOut, Max: 1, Reason: "it did not end in time"},
		{ID: "two", Tier: grade.Outside, Verdict: grade.Passed, Points: 2, Max: 2, Cases: []grade.CaseResult{{Name: "c", Verdict: grade.Passed, Points: 2, Max: 2}}},
	}}
	o := &Options{Manual: Manual{"steps": {"anna": {"one": {Points: 1, Comment: "a slow machine"}, "two": {Points: 0.5}}}}}
	e := new(Class).entry(&Task{Name: "steps"}, a, false, o)
	b := &Book{Tasks: []TaskInfo{{Name: "steps", Max: 3}}, Entries: []Entry{e}}
	if e.Score != 1.5 || e.Pending || e.Results[0].Verdict != grade.Passed || e.Results[0].Reason != "" || e.Results[1].Verdict != grade.Partly || a.Results[0].Points != 0 {
		t.Errorf("%+v", e)
	}
	if problems := o.Manual.Check(b); len(problems) > 0 {
		t.Errorf("%q", problems)
	}
	var table, page strings.Builder
	if err := b.WriteResults(&table); err != nil || !strings.Contains(table.String(), "anna,steps,one,,person,passed,1,1,\nanna,steps,two,,person,partly,0.5,2,\n") {
		t.Errorf("%v\n%s", err, table.String())
	}
	if err := b.WriteFeedback(&page, &b.Entries[0]); err != nil || !strings.Contains(page.String(), "a slow machine") {
		t.Errorf("%v\n%s", err, page.String())
	}
}
