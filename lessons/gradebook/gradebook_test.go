package gradebook

import (
	"bytes"
	"encoding/csv"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/resident-go/resident/lessons/course"
	"github.com/resident-go/resident/lessons/grade"
)

// TestPlain keeps formulas from spreadsheets, and everything else as it is.
func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"anna": "anna", "": "", "Jane Doe_1": "Jane Doe_1", "a=b": "a=b",
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1",
	} {
		if got := plain(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestFileName makes names that lie in their folder and stay different.
func TestFileName(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"anna", "Jörg Müller_1", "..", ".", "", "a/b", `a\b`, "a%2Fb", "-rf", ".hidden", "nul\x00", "a:b", strings.Repeat("x", 300), strings.Repeat("x", 301)} {
		file := FileName(name)
		if other, taken := seen[file]; taken {
			t.Errorf("%q and %q are both %q", name, other, file)
		}
		seen[file] = name
		if file != filepath.Base(file) || file == "." || file == ".." || len(file) > 220 || strings.ContainsAny(file, "/\\\x00") || strings.HasPrefix(file, ".") {
			t.Errorf("%q: %q", name, file)
		}
	}
	if got := FileName("anna"); got != "anna" {
		t.Error(got)
	}
}

func TestLate(t *testing.T) {
	due := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	rule := course.Late{Grace: 15 * time.Minute, PerDay: 10, AtMost: 25, Closed: 7 * 24 * time.Hour}
	for _, row := range []struct {
		by      time.Duration
		percent float64
	}{
		{-time.Hour, 0}, {0, 0}, {15 * time.Minute, 0}, {16 * time.Minute, 10}, {24 * time.Hour, 10}, {25 * time.Hour, 20}, {100 * time.Hour, 25}, {169 * time.Hour, 100},
	} {
		if got, _ := rule.Deduction(due, due.Add(row.by), false); got != row.percent {
			t.Errorf("late by %v: %v, want %v", row.by, got, row.percent)
		}
	}
	if got, _ := rule.Deduction(due, time.Time{}, true); got != 10 {
		t.Errorf("late, nobody says by how much: %v", got)
	}
	if got, _ := rule.Deduction(due, time.Time{}, false); got != 0 {
		t.Errorf("nobody says when: %v", got)
	}
	if got, _ := rule.Deduction(time.Time{}, due, true); got != 0 {
		t.Errorf("no due date: %v", got)
	}
}

// hostile is an entry in which everything that a student can choose is chosen badly.
func hostile() *Entry {
	const evil = `</pre><script>alert(1)</script><img src=x onerror=alert(2)>` + "\x1b[31m\x00"
	return &Entry{Student: "=cmd()" + evil, Task: "steps", Score: 1, Max: 4, Attempt: &grade.Attempt{
		Title: "Steps", Notes: []string{evil},
		Results: []grade.Result{
			{ID: "right", Tier: grade.Outside, Verdict: grade.Passed, Points: 1, Max: 1, Cases: []grade.CaseResult{{Name: "fine", Verdict: grade.Passed, Points: 1, Max: 1}}},
			{ID: "wrong", Tier: grade.Outside, Verdict: grade.Panicked, Max: 2, Cases: []grade.CaseResult{
				{Name: "seen", Verdict: grade.Panicked, Max: 1, Reason: "it panicked: " + evil, Call: "F(1)"},
				{Name: "secret name", Verdict: grade.Wrong, Max: 1, Reason: "got 1, want 4711", Call: "F(secret)", Hidden: true},
			}},
			{ID: "plain", Tier: grade.Beside, Verdict: grade.Wrong, Max: 1, Reason: "hidden reason", Printed: "hidden print", Hidden: true},
		},
		Answers: []grade.Answer{{ID: "f", Source: evil, Problem: evil}},
	}}
}

func TestFeedback(t *testing.T) {
	b := &Book{Title: "Course"}
	var page bytes.Buffer
	if err := b.WriteFeedback(&page, hostile()); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"<script", "<img", "secret", "4711", "hidden reason", "hidden print"} {
		if strings.Contains(page.String(), text) {
			t.Errorf("the page has %q", text)
		}
	}
	order := []string{`aria-label="wrong"`, `aria-label="plain"`, `aria-label="right"`}
	for i, at := 0, -1; i < len(order); i++ {
		next := strings.Index(page.String(), order[i])
		if next <= at {
			t.Errorf("%s is not in its place", order[i])
		}
		at = next
	}
}

// TestTables reads what was written with a reader of CSV, and of XML.
func TestTables(t *testing.T) {
	b := &Book{Tasks: []TaskInfo{{Name: "steps", Max: 4, Weight: 1, HandedIn: 1}, {Name: "more", Max: 2, Weight: 3, HandedIn: 1}}, Entries: []Entry{*hostile()}}
	var table, junit, review bytes.Buffer
	if err := b.WriteCSV(&table); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&table).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][0] != "'"+hostile().Student || rows[1][1] != "1" || rows[1][2] != "" || rows[1][3] != "6.25" {
		t.Errorf("%v %q", err, rows)
	}
	if err := b.WriteJUnit(&junit); err != nil || strings.Contains(junit.String(), "<script") || strings.ContainsAny(junit.String(), "\x1b\x00") {
		t.Errorf("%v %s", err, junit.String())
	}
	c := &Class{}
	b.Entries[0].Results[2].Tier = grade.Person
	if err := c.WriteReview(&review, b, Manual{"steps": {"=": {"plain": {Points: 1, Comment: `</textarea><script>`}}}}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(review.String(), "<script"); n != 1 {
		t.Errorf("the review page has %d scripts:\n%s", n, review.String())
	}
}

func TestSince(t *testing.T) {
	attempt := func(points float64) *grade.Attempt {
		return &grade.Attempt{Submission: "s", Grader: "g", Results: []grade.Result{{ID: "t", Points: points}}}
	}
	before := &Book{Entries: []Entry{{Student: "a", Task: "x", Score: 1, Attempt: attempt(1)}, {Student: "b", Task: "x", Score: 2, Attempt: attempt(2)}, {Student: "c", Task: "x", Score: 2, Attempt: attempt(2)}}}
	now := &Book{Entries: []Entry{{Student: "a", Task: "x", Score: 2, Attempt: attempt(2)}, {Student: "b", Task: "x", Score: 2, Attempt: attempt(2)}, {Student: "d", Task: "x", Score: 3, Attempt: attempt(3)}}}
	var got []string
	for _, c := range now.Since(before) {
		got = append(got, c.String())
	}
	want := "a, x: 2, was 1 (t 2, was 1)\nd, x: new, 3\nc, x: 2, and not here any more"
	if strings.Join(got, "\n") != want {
		t.Errorf("got %s\nwant %s", strings.Join(got, "\n"), want)
	}
	if now.Since(nil) != nil {
		t.Error("there was nothing before")
	}
}
