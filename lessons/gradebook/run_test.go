package gradebook

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/registry"
	"github.com/resident-go/resident/lessons/submission"
	"github.com/resident-go/resident/nbformat"
)

// idle is a session in which nothing has to be run: a person grades the lesson's only answer.
type idle struct{}

func (idle) Run(context.Context, int, string, nbformat.Sink) error {
	return errors.New("nothing to run")
}

const essay = "# Essay\n\n<!-- #region kind=\"manual\" name=\"why\" points=4 -->\nWhy?\n<!-- #endregion -->\n"

// theClass is one with an essay, and sessions that count how many there were. The hook is called before each begins.
func theClass(t *testing.T, hook func(n int64) error) (*Class, grade.Start, *atomic.Int64) {
	t.Helper()
	l, err := lessons.Parse("essay.md", []byte(essay))
	if err != nil {
		t.Fatal(err)
	}
	started := new(atomic.Int64)
	start := func(context.Context) (lessons.Runner, func() error, error) {
		if err := hook(started.Add(1)); err != nil {
			return nil, nil, err
		}
		return idle{}, func() error { return nil }, nil
	}
	g, err := grade.New(t.Context(), l, func(context.Context) (lessons.Runner, func() error, error) {
		return idle{}, func() error { return nil }, nil
	}, grade.DefaultLimits, false)
	if err != nil {
		t.Fatal(err)
	}
	return &Class{Tasks: []Task{{Name: "essay", Weight: 1, Grader: g}}}, start, started
}

func essays(n int) (subs []submission.Submission) {
	for i := range n {
		s := submission.Submission{Student: fmt.Sprintf("student%02d", i), File: fmt.Sprintf("%d.md", i),
			Data: fmt.Appendf(nil, "<!-- #region kind=\"manual\" name=\"why\" points=4 -->\nBecause of %d.\n<!-- #endregion -->\n", i)}
		s.Digest = fmt.Sprintf("%x", sha256.Sum256(s.Data))
		s.Parse()
		subs = append(subs, s)
	}
	return subs
}

func none(int64) error { return nil }

func open(t *testing.T, file string) *registry.Registry {
	t.Helper()
	r, err := registry.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func fresh(t *testing.T) *registry.Registry {
	return open(t, filepath.Join(t.TempDir(), "registry.db"))
}

// TestResume ends a run half-way, and goes on: what is kept is not run again, and the book is the same as without all that.
func TestResume(t *testing.T) {
	file := filepath.Join(t.TempDir(), "registry.db")
	ctx, cancel := context.WithCancel(t.Context())
	var ended atomic.Bool
	c, start, started := theClass(t, func(n int64) error {
		if n >= 5 && !ended.Load() { // a worker may begin with another before it hears of the end
			cancel()
			return context.Canceled
		}
		return nil
	})
	if _, err := c.Grade(ctx, essays(12), Options{Start: start, Registry: open(t, file), Workers: 1}); !errors.Is(err, context.Canceled) {
		t.Fatalf("the run that was ended: %v", err)
	}
	ended.Store(true)
	before := started.Load()
	kept := 0
	b, err := c.Grade(t.Context(), essays(12), Options{Start: start, Registry: open(t, file), Workers: 3, Done: func(_ *Entry, k bool) {
		if k {
			kept++
		}
	}})
	if err != nil || len(b.Entries) != 12 || len(b.Failed) > 0 || kept != 4 || started.Load()-before != 8 {
		t.Errorf("%v, %d entries, %v, %d kept, %d run", err, len(b.Entries), b.Failed, kept, started.Load()-before)
	}
	whole, err := c.Grade(t.Context(), essays(12), Options{Start: start, Registry: fresh(t), Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	var one, two strings.Builder
	if err := errors.Join(b.WriteJSON(&one), whole.WriteJSON(&two)); err != nil || one.String() != two.String() {
		t.Errorf("%v\n%s\nwithout the break:\n%s", err, one.String(), two.String())
	}
	for _, want := range []int64{36, 36, 37} { // the second time, nobody is told anything new
		r := open(t, file)
		if want == 37 {
			b.Entries[0].Late = "late by a day"
		}
		if err := b.Tell(t.Context(), r); err != nil || b.Log.Seq != want {
			t.Errorf("told: %v, %v, want row %d", err, b.Log, want)
		}
		if _, problems, err := r.Verify(t.Context(), *b.Log); err != nil || len(problems) > 0 {
			t.Errorf("%v %q", err, problems)
		}
	}
	before = started.Load()
	again, err := c.Grade(t.Context(), essays(2), Options{Start: start, Registry: open(t, file), Workers: 1,
		Again: func(student, _ string) bool { return student == "student01" }, Done: func(e *Entry, k bool) {
			if k != (e.Student == "student00") {
				t.Errorf("%s is kept: %v", e.Student, k)
			}
		}})
	if err != nil || len(again.Entries) != 2 || started.Load()-before != 1 {
		t.Errorf("%v, %d entries, %d run", err, len(again.Entries), started.Load()-before)
	}
}

// TestOthersWork enqueues in one place, works in another and waits in a third, with one session that breaks at its first try.
func TestOthersWork(t *testing.T) {
	file := filepath.Join(t.TempDir(), "registry.db")
	c, start, started := theClass(t, func(n int64) error {
		if n == 1 {
			return errors.New("no such machine")
		}
		return nil
	})
	if n, warnings, err := c.Enqueue(t.Context(), essays(6), Options{Registry: open(t, file)}); n != 6 || len(warnings) > 0 || err != nil {
		t.Fatalf("%d, %q, %v", n, warnings, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var workers sync.WaitGroup
	for range 2 {
		r := open(t, file)
		workers.Go(func() {
			if err := c.Work(ctx, Options{Registry: r, Start: start, Workers: 2}); err != nil {
				t.Error(err)
			}
		})
	}
	waiting := 0
	b, err := c.Grade(t.Context(), essays(7), Options{Registry: open(t, file), Open: func(n int) { waiting = n }})
	cancel()
	workers.Wait()
	if waiting == 0 || waiting > 7 { // some may have been graded by then
		t.Errorf("%d are waited for", waiting)
	}
	if err != nil || len(b.Entries) != 7 || len(b.Failed) > 0 || started.Load() != 8 {
		t.Errorf("%v, %d entries, %v, %d sessions", err, len(b.Entries), b.Failed, started.Load())
	}
}

// TestNeverGraded has a session that never begins: that is said of its submission, wherever somebody looks, and takes nothing from others. Later, it is graded alone.
func TestNeverGraded(t *testing.T) {
	bad := true
	c, start, _ := theClass(t, func(n int64) error {
		if bad && n != 2 {
			return errors.New("no such machine")
		}
		return nil
	})
	c.Tasks[0].Weight = 3
	r := fresh(t)
	b, err := c.Grade(t.Context(), essays(2), Options{Start: start, Registry: r, Workers: 1})
	if err != nil || len(b.Entries) != 2 || len(b.Failed) != 1 || !strings.HasSuffix(b.Failed[0], ".md: start a session: no such machine") {
		t.Fatalf("%v, %d entries, %q", err, len(b.Entries), b.Failed)
	}
	if err := b.Tell(t.Context(), r); err != nil || b.Log.Seq != 5 { // received, received, graded, failed, told
		t.Errorf("told: %v, %v", err, b.Log)
	}
	n := slices.IndexFunc(b.Entries, func(e Entry) bool { return e.Failed != "" })
	who := b.Entries[n].Student
	folder := t.TempDir()
	if err := c.Write(folder, b, nil, Manual{}); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"gradebook.csv": who + ",,,,essay\n",
		"results.csv":   who + ",essay,,,,not graded,,4,start a session: no such machine\n",
		"nbgrader.csv":  "essay,,," + who + ",,,,,,,4\n",
		"junit.xml":     `<error message="start a session: no such machine">`,
		filepath.Join("feedback", who, "essay.html"): "Not graded yet.",
	} {
		data, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%s: %v, want %s in\n%s", file, err, want, data)
		}
	}
	page, _ := os.ReadFile(filepath.Join(folder, "feedback", who, "essay.html"))
	for _, secret := range []string{"no such machine", "of 4"} {
		if strings.Contains(string(page), secret) {
			t.Errorf("a student is told %q", secret)
		}
	}

	bad = false
	var again []string
	after, err := c.Grade(t.Context(), essays(2), Options{Start: start, Registry: r, Workers: 1, Done: func(e *Entry, kept bool) {
		if !kept {
			again = append(again, e.Student)
		}
	}})
	if err != nil || len(after.Failed) > 0 || !slices.Equal(again, []string{who}) {
		t.Errorf("once more: %v, %q, graded again %v", err, after.Failed, again)
	}
	for _, row := range []struct {
		now, before *Book
		want        string
	}{
		{after, b, "[" + who + ", essay: new, 0]"},
		{b, after, "[" + who + ", essay: not graded, was 0]"},
		{b, b, "[]"},
	} {
		if got := fmt.Sprint(row.now.Since(row.before)); got != row.want {
			t.Errorf("changes %s, want %s", got, row.want)
		}
	}
}

// TestWhichCounts has several submissions of one student, and some that nobody can place.
func TestWhichCounts(t *testing.T) {
	c, start, _ := theClass(t, none)
	day := func(d int) time.Time { return time.Date(2026, 12, d, 0, 0, 0, 0, time.UTC) }
	subs := essays(3)
	for i := range subs {
		subs[i].Student, subs[i].Received = "anna", day(3-i)
	}
	subs = append(subs, submission.Submission{Student: "anna", File: "broken", Digest: "b", Received: day(9), Problem: "torn"},
		submission.Submission{Student: "bert", File: "torn", Digest: "c", Problem: "torn"})
	b, err := c.Grade(t.Context(), subs, Options{Start: start, Registry: fresh(t), Workers: 2})
	if err != nil || len(b.Entries) != 2 || b.Entries[0].File != "0.md" || b.Entries[1].Broken != "torn" || b.Entries[1].Score != 0 || len(b.Warnings) != 3 {
		t.Fatalf("%v %+v %q", err, b.Entries, b.Warnings)
	}
	more := &Class{Tasks: append(c.Tasks, Task{Name: "other", Grader: c.Tasks[0].Grader})}
	for _, row := range []struct {
		s    submission.Submission
		want string
	}{
		{submission.Submission{Assignment: "other", Base: "essay"}, "other"},
		{submission.Submission{Base: "Other"}, "other"},
		{submission.Submission{Cells: essays(1)[0].Cells}, "essay"},
		{submission.Submission{Base: "x"}, ""},
	} {
		got := ""
		if task, _ := more.task(&row.s); task != nil {
			got = task.Name
		}
		if got != row.want {
			t.Errorf("%+v: %q, want %q", row.s, got, row.want)
		}
	}
	// The folders of a term, of which one lesson is graded.
	term := essays(3)
	for i, assignment := range []string{"poem", "", "hw1"} {
		term[i].Student, term[i].Assignment, term[i].Received = "anna", assignment, day(3-i)
	}
	term[0].Cells, term[0].Base, term[1].Base = []submission.Cell{{Names: []string{"line"}}}, "poem", "essay"
	counted, warnings := c.assign(term)
	if len(counted) != 1 || counted[0].File != "1.md" || len(warnings) != 2 || !strings.Contains(warnings[0], "0.md: left out: nobody knows") {
		t.Errorf("%v %q", counted, warnings)
	}
}

// TestManual adds what a person gave, within what the cell is worth, and says what belongs to nothing.
func TestManual(t *testing.T) {
	c, start, _ := theClass(t, none)
	m := Manual{"essay": {"student00": {"why": {Points: 3, Comment: "nearly"}}, "student01": {"why": {Points: 40}}, "student02": {"how": {Points: 1}}}, "poem": {"student00": {}}}
	b, err := c.Grade(t.Context(), essays(3), Options{Start: start, Registry: fresh(t), Workers: 2, Manual: m})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{3, 4, 0} {
		if e := b.Entries[i]; e.Score != want || e.Pending != (i == 2) {
			t.Errorf("%s: %v, pending %v", e.Student, e.Score, e.Pending)
		}
	}
	if problems := m.Check(b); len(problems) != 3 {
		t.Errorf("%q", problems)
	}
	file := filepath.Join(t.TempDir(), ManualFile)
	if none, err := ReadManual(file); err != nil || len(none) != 0 {
		t.Errorf("%v %v", none, err)
	}
	for text, ok := range map[string]bool{`{"essay": {"a": {"why": {"points": 1}}}}`: true, `{"essay": {"a": {"why": {"point": 1}}}}`: false, `[]`: false, ``: false} {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadManual(file); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
}
