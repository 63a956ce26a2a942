package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/submission"
)

const theGrader = "9a0b"

// essays are submissions, one of each student.
func essays(n int) (all []Handed) {
	for i := range n {
		all = append(all, essay(fmt.Sprintf("student%03d", i), fmt.Sprintf("Because of %d.", i)))
	}
	return all
}

func essay(student, text string) Handed {
	s := &submission.Submission{Student: student, File: student + "/essay.md", Data: []byte("```go name=\"why\"\n// " + text + "\n```\n")}
	sum := sha256.Sum256(s.Data)
	s.Digest = hex.EncodeToString(sum[:])
	return Handed{Submission: s, Task: "essay", Grader: theGrader}
}

// count grades by counting letters. It has read what was handed in, or fails.
func count(_ context.Context, s *submission.Submission) (*grade.Attempt, error) {
	if len(s.Cells) != 1 {
		return nil, fmt.Errorf("%s: %d cells", s.File, len(s.Cells))
	}
	points := float64(len(s.Cells[0].Source))
	return &grade.Attempt{Grader: theGrader, Points: points, Max: 100, Results: []grade.Result{
		{ID: "whole", Tier: grade.Person, Verdict: grade.Passed, Points: points, Max: 90},
		{ID: "parts", Tier: grade.Outside, Verdict: grade.Wrong, Max: 10, Cases: []grade.CaseResult{{Name: "one", Verdict: grade.Wrong, Max: 5, Reason: "got nothing"}, {Name: "two", Verdict: grade.Killed, Max: 5}}},
	}}, nil
}

func keysOf(asked []Asked) (keys []Key) {
	for _, a := range asked {
		keys = append(keys, a.Key)
	}
	return keys
}

// graded hands in, works and waits, and returns the outcomes.
func (r *Registry) graded(t *testing.T, all []Handed, g Grade) map[Key]Outcome {
	t.Helper()
	asked, err := r.HandIn(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	return r.worked(t, keysOf(asked), g)
}

func (r *Registry) worked(t *testing.T, keys []Key, g Grade) map[Key]Outcome {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var worker sync.WaitGroup
	worker.Go(func() {
		if err := r.Work(ctx, Worker{Graders: map[string]Grade{theGrader: g}, Jobs: 3, Beat: time.Second}); err != nil {
			t.Error(err)
		}
	})
	got := map[Key]Outcome{}
	err := r.Await(ctx, keys, func(o Outcome) error {
		if _, twice := got[o.Key]; twice {
			t.Errorf("%v has two outcomes", o.Key)
		}
		got[o.Key] = o
		return nil
	})
	cancel()
	worker.Wait()
	if err != nil || len(got) != len(keys) {
		t.Fatalf("%d outcomes of %d: %v", len(got), len(keys), err)
	}
	return got
}

// sound verifies.
func (r *Registry) sound(t *testing.T) Head {
	t.Helper()
	head, problems, err := r.Verify(t.Context(), Head{})
	if err != nil || len(problems) > 0 {
		t.Errorf("verify: %v %q", err, problems)
	}
	return head
}

func TestGraded(t *testing.T) {
	databases(t, func(t *testing.T, d database) {
		r := d.open(t)
		all := essays(120)
		all = append(all, essay("torn", ""), essay("=\x00\xff'; DROP TABLE audit; --", "Because."))
		all[120].Digest, all[120].Data, all[120].Problem = "", nil, "it is no file, \xff"
		all[121].Received = time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
		var gradings atomic.Int64
		g := func(ctx context.Context, s *submission.Submission) (*grade.Attempt, error) {
			gradings.Add(1)
			if s.Problem != "" {
				return &grade.Attempt{Broken: s.Problem}, nil
			}
			return count(ctx, s)
		}
		got := r.graded(t, all, g)
		if gradings.Load() != 122 {
			t.Errorf("%d gradings", gradings.Load())
		}
		again, err := d.open(t).HandIn(t.Context(), all)
		if err != nil || slices.ContainsFunc(again, func(a Asked) bool { return !a.Kept || a.Run != 0 }) {
			t.Errorf("handed in again: %v", err)
		}
		for i, a := range again {
			o := got[a.Key]
			if o.Attempt == nil || o.Attempt.Submission != all[i].Digest || i < 120 && o.Attempt.Student != all[i].Student || i < 120 && o.Attempt.Points < 10 || i == 121 && !o.Attempt.Received.Equal(all[121].Received) {
				t.Errorf("%d: %+v", i, o.Attempt)
			}
		}
		if head := r.sound(t); head.Seq != 244 {
			t.Errorf("%d rows in the log", head.Seq)
		}
		stored, err := r.Submissions(t.Context())
		if err != nil || len(stored) != len(all) {
			t.Fatalf("%d submissions, %v", len(stored), err)
		}
		if i := slices.IndexFunc(stored, func(h Handed) bool { return h.Student == "student007" }); stored[i].Load() != nil || stored[i].Digest != all[7].Digest || string(stored[i].Data) != string(all[7].Data) {
			t.Errorf("%+v", stored[i])
		}
		for i := range stored { // as somebody does who grades again what the registry has
			stored[i].Grader = theGrader
			if err := stored[i].Load(); err != nil {
				t.Error(err)
			}
		}
		if again, err = r.HandIn(t.Context(), stored); err != nil || slices.ContainsFunc(again, func(a Asked) bool { return !a.Kept }) {
			t.Errorf("what is stored was handed in again: %v", err)
		}
	})
}

// TestLoadedOnce hands in files whose content is stored, by their students or by others: nobody loads them again.
func TestLoadedOnce(t *testing.T) {
	databases(t, func(t *testing.T, d database) {
		r, loaded := d.open(t), 0
		files := func(all []Handed) []Handed {
			for i := range all {
				data := all[i].Data
				all[i].Data, all[i].From = nil, func() ([]byte, error) { loaded++; return data, nil }
			}
			return all
		}
		r.graded(t, files(essays(batch+5)), count)
		if loaded != batch+5 {
			t.Errorf("%d files were loaded at first, want %d", loaded, batch+5)
		}
		loaded = 0
		copied, added := essay("copycat", "Because of 3."), essay("late", "Because.")
		again := files(append(essays(batch+5), copied, added))
		r.graded(t, again, count)
		if loaded != 1 {
			t.Errorf("%d files were loaded with one that is new, want 1", loaded)
		}
		for i := range again {
			if again[i].Data != nil {
				t.Errorf("%s is kept in memory", again[i].File)
			}
		}
		r.sound(t)
	})
}

// TestAgain grades once more, when asked to, with another grader and another submission; nothing that was there is lost.
func TestAgain(t *testing.T) {
	databases(t, func(t *testing.T, d database) {
		r := d.open(t)
		r.graded(t, essays(2), count)
		all := essays(1)
		all[0].Again = true
		for range 2 {
			for k, o := range r.graded(t, all, count) {
				if k.Run == 0 || o.Attempt == nil {
					t.Errorf("%v %+v", k, o)
				}
			}
		}
		r.graded(t, []Handed{essay("student000", "Another one.")}, count)
		h, err := r.History(t.Context(), "student000", "essay")
		if err != nil || len(h) != 6 {
			t.Fatalf("%v, %d", err, len(h))
		}
		for i, want := range []string{"received 0 false", "graded 0 true", "graded 1 true", "graded 2 true", "received 0 false", "graded 0 true"} {
			if got := fmt.Sprintf("%s %d %v", h[i].Event, h[i].Run, h[i].Outcome != nil); got != want {
				t.Errorf("%d: %s, want %s", i, got, want)
			}
		}
		r.sound(t)
	})
}

// TestFailures has a machine that has trouble once, and one that always has. The first is nobody's loss, the second is said, and asking again begins anew.
func TestFailures(t *testing.T) {
	databases(t, func(t *testing.T, d database) {
		r := d.open(t)
		r.tries = 2
		var calls atomic.Int64
		trouble := func(ctx context.Context, s *submission.Submission) (*grade.Attempt, error) {
			switch {
			case s.Student == "student001":
				return nil, errors.New("no such \x00 machine")
			case calls.Add(1) == 1:
				panic("once")
			}
			return count(ctx, s)
		}
		failed := 0
		for _, o := range r.graded(t, essays(3), trouble) {
			if o.Attempt == nil {
				failed++
				if o.Failure != "no such \uFFFD machine" {
					t.Errorf("%q", o.Failure)
				}
			}
		}
		if failed != 1 {
			t.Errorf("%d failed, want 1", failed)
		}
		for _, o := range r.graded(t, essays(3), count) {
			if o.Attempt == nil || (o.Run == 1) != (o.Attempt.Student == "student001") {
				t.Errorf("%+v", o)
			}
		}
		r.sound(t)
	})
}

// TestDead has a worker that took a job and is no more, on this machine and on another, and one that dies of it too often.
// TestLost is a job that the queue has handed out to a worker that lives and never got it, and one that somebody has deleted.
// TestTwice delivers a job to two workers at once, as when one was thought dead: the first to store counts.
// TestWorkEndsEarly ends workers before they have begun: that is no trouble.
func TestWorkEndsEarly(t *testing.T) {
	databases(t, func(t *testing.T, d database) {
		r := d.open(t)
		ended, end := context.WithCancel(t.Context())
		end()
		if err := r.Work(ended, Worker{Graders: map[string]Grade{theGrader: count}}); err != nil {
			t.Error(err)
		}
	})
}

// TestOthersGraders leaves jobs of a grader to those who have it.
func TestOthersGraders(t *testing.T) {
	databases(t, func(t *testing.T, d database) {
		r := d.open(t)
		all := essays(2)
		all[0].Grader = "0ther"
		asked, err := r.HandIn(t.Context(), all)
		if err != nil {
			t.Fatal(err)
		}
		r.worked(t, keysOf(asked[1:]), count)
		if o, err := r.outcome(t.Context(), asked[0].Key); o != nil || err != nil {
			t.Errorf("%+v %v", o, err)
		}
	})
}

// TestTogether opens a new registry in several places at once.
func TestTogether(t *testing.T) {
	databases(t, func(t *testing.T, d database) {
		var group sync.WaitGroup
		for range 5 {
			group.Go(func() {
				r, err := Open(t.Context(), d.place)
				if err != nil {
					t.Error(err)
					return
				}
				defer r.Close()
				if _, err := r.HandIn(t.Context(), essays(3)); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if head := d.open(t).sound(t); head.Seq != 3 {
			t.Errorf("%d rows", head.Seq)
		}
	})
}

// TestVerify changes what is stored, by a way around the database's guard, and wants it found.
// TestPlaces are places that are none, and what is said of them.
func TestPlaces(t *testing.T) {
	for place, want := range map[string]string{
		"postgres://anna:secret@localhost:1/none?connect_timeout=1": "registry postgres://localhost:1/none?connect_timeout=1: ",
		"/dev/null/registry.db": "registry /dev/null/registry.db: ",
	} {
		_, err := Open(t.Context(), place)
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", place, err)
		}
	}
}

func (r *Registry) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	if _, err := r.db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// take has the queue hand out all jobs to a client that does nothing with them.
// unguard takes away what refuses changes, as somebody could who owns the database.
// TestPasses tells errors that go away from those that stay.
