package registry

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

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
func TestDead(t *testing.T) {
	databases(t, func(t *testing.T, d database) {
		for name, row := range map[string]struct {
			host   string
			pid    int
			seen   string // added to the database's clock
			tries  int
			failed bool
		}{
			"its process is gone":        {host: "", pid: goneProcess(t), seen: "+ 60000", tries: 5},
			"its machine is silent":      {host: "elsewhere", pid: 1, seen: "- 60000", tries: 5},
			"nobody has heard of it":     {host: "unlisted", tries: 5},
			"it was this one's last try": {host: "unlisted", tries: 1, failed: true},
		} {
			t.Run(name, func(t *testing.T) {
				r := d.open(t)
				r.tries = row.tries
				asked, err := r.HandIn(t.Context(), []Handed{essay("anna", name)})
				if err != nil {
					t.Fatal(err)
				}
				host := row.host
				if host == "" {
					host = r.host
				}
				if host != "unlisted" {
					r.exec(t, "INSERT INTO workers VALUES ('dead', $1, $2, "+r.dialect.clock+row.seen+") ON CONFLICT (id) DO UPDATE SET host = excluded.host, pid = excluded.pid, seen = excluded.seen", host, row.pid)
				}
				r.take(t, "dead")
				for _, o := range r.worked(t, keysOf(asked), count) {
					if (o.Attempt == nil) != row.failed || row.failed && o.Failure != "the worker ended while it graded this, 1 times" {
						t.Errorf("%+v", o)
					}
				}
				r.sound(t)
			})
		}
	})
}

// TestLost is a job that the queue has handed out to a worker that lives and never got it, and one that somebody has deleted.
func TestLost(t *testing.T) {
	databases(t, func(t *testing.T, d database) {
		r := d.open(t)
		asked, err := r.HandIn(t.Context(), essays(2))
		if err != nil {
			t.Fatal(err)
		}
		r.exec(t, "DELETE FROM river_job WHERE id = (SELECT max(id) FROM river_job)")
		more, err := r.HandIn(t.Context(), essays(2))
		if err != nil || !slices.Equal(asked, more) {
			t.Fatalf("%v %v %v", asked, more, err)
		}
		w := &working{Registry: r, Worker: Worker{Beat: time.Second, Log: silent}, id: "me", held: map[int64]bool{}}
		if err := w.alive(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.take(t, "me")
		once, err := w.reclaim(t.Context(), nil)
		if err != nil || len(once) != 2 {
			t.Fatalf("%v, %v", once, err)
		}
		if twice, err := w.reclaim(t.Context(), once); err != nil || len(twice) != 0 {
			t.Fatalf("%v, %v", twice, err)
		}
		r.worked(t, keysOf(asked), count)
		r.sound(t)
	})
}

// TestTwice delivers a job to two workers at once, as when one was thought dead: the first to store counts.
func TestTwice(t *testing.T) {
	databases(t, func(t *testing.T, d database) {
		r := d.open(t)
		asked, err := r.HandIn(t.Context(), essays(1))
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				err := r.patiently(t.Context(), func(tx *sql.Tx) error {
					if i == 7 {
						return r.fail(t.Context(), tx, asked[0].Key, "too late or too early")
					}
					return r.store(t.Context(), tx, asked[0].Key, &grade.Attempt{Points: float64(i)})
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if head := r.sound(t); head.Seq != 2 {
			t.Errorf("%d rows in the log, want 2", head.Seq)
		}
	})
}

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
func TestVerify(t *testing.T) {
	for name, row := range map[string]struct{ change, want string }{
		"points of an attempt":       {"UPDATE attempts SET points = 99 WHERE run = 0", "its points were changed"},
		"points of a case":           {"UPDATE results SET points = 5 WHERE part = 'two'", "its results were changed"},
		"a result that is gone":      {"DELETE FROM results WHERE part = 'two'", "its results were changed"},
		"a submission's file":        {"UPDATE blobs SET data = '...' WHERE digest = (SELECT min(content) FROM submissions)", "the file was changed"},
		"an attempt's text":          {"UPDATE blobs SET data = '{}' WHERE digest = (SELECT min(content) FROM attempts)", "the attempt was changed"},
		"an attempt that is gone":    {"DELETE FROM told; DELETE FROM results; DELETE FROM attempts", "what it is about is gone"},
		"an attempt from nowhere":    {"INSERT INTO asked SELECT submission, grader, 7, job FROM asked; INSERT INTO attempts SELECT submission, grader, 7, content, points FROM attempts", "attempts: there are"},
		"a row of the log":           {"UPDATE audit SET host = 'elsewhere' WHERE seq = 2", "row 2 was changed"},
		"a row of the log left out":  {"DELETE FROM audit WHERE seq = 2", "row 3 follows row 1"},
		"the end of the log cut off": {"DELETE FROM audit WHERE seq = 6; UPDATE chain SET seq = 5, hash = (SELECT hash FROM audit WHERE seq = 5)", "had 6 when that was written down"},
		"a page":                     {"UPDATE blobs SET data = '...' WHERE digest = (SELECT min(content) FROM told)", "the page was changed"},
		"a page that is gone":        {"DELETE FROM told WHERE content = (SELECT min(content) FROM told)", "told: there are 1, the log knows 2"},
		"the end's hash":             {"UPDATE chain SET hash = ''", "it ends with row 6"},
	} {
		t.Run(name, func(t *testing.T) {
			databases(t, func(t *testing.T, d database) {
				r := d.open(t)
				for k := range r.graded(t, essays(2), count) {
					page := Page{k, []byte("you " + k.Submission)}
					if err := errors.Join(r.Tell(t.Context(), []Page{page}), r.Tell(t.Context(), []Page{page})); err != nil {
						t.Fatal(err)
					}
				}
				known := r.sound(t)
				for statement := range strings.SplitSeq(row.change, ";") {
					if strings.Contains(statement, "chain") || strings.Contains(statement, "INSERT") {
						continue // that is allowed
					}
					if _, err := r.db.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "are never") {
						t.Errorf("%s: %v", statement, err)
					}
				}
				r.unguard(t)
				for statement := range strings.SplitSeq(row.change, ";") {
					r.exec(t, statement)
				}
				_, problems, err := r.Verify(t.Context(), known)
				if err != nil || !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, row.want) }) {
					t.Errorf("%v, %q; want %s", err, problems, row.want)
				}
			})
		})
	}
}

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

func goneProcess(t *testing.T) int {
	t.Helper()
	c := exec.Command("true")
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	return c.Process.Pid
}

func (r *Registry) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	if _, err := r.db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// take has the queue hand out all jobs to a client that does nothing with them.
func (r *Registry) take(t *testing.T, client string) {
	t.Helper()
	by := `ARRAY['` + client + `']`
	now := "now()"
	if r.dialect.guard == sqliteDialect.guard {
		by, now = `jsonb('["`+client+`"]')`, "strftime('%Y-%m-%d %H:%M:%f', 'now')"
	}
	r.exec(t, "UPDATE river_job SET state = 'running', attempt = 1, attempted_by = "+by+", attempted_at = "+now+" WHERE state = 'available'")
}

// unguard takes away what refuses changes, as somebody could who owns the database.
func (r *Registry) unguard(t *testing.T) {
	t.Helper()
	if r.dialect.guard == sqliteDialect.guard {
		for _, table := range lasting {
			r.exec(t, "DROP TRIGGER "+table+"_stay")
			r.exec(t, "DROP TRIGGER "+table+"_remain")
		}
		r.exec(t, "PRAGMA foreign_keys = OFF")
		return
	}
	for _, table := range lasting {
		r.exec(t, "ALTER TABLE "+table+" DISABLE TRIGGER ALL")
	}
}

// TestPasses tells errors that go away from those that stay.
func TestPasses(t *testing.T) {
	for _, row := range []struct {
		err            error
		passes, starts bool
	}{
		{&pgconn.PgError{Code: "57P03"}, true, true},                                  // it starts
		{&pgconn.PgError{Code: "57P01"}, true, false},                                 // it ends
		{&pgconn.PgError{Code: "40P01"}, true, false},                                 // a deadlock
		{&pgconn.PgError{Code: "23505"}, false, false},                                // a key is there already
		{&pgconn.PgError{}, false, false},                                             //
		{fmt.Errorf("begin: %w", &net.OpError{Op: "dial", Err: io.EOF}), true, false}, // nobody listens
		{fmt.Errorf("commit: %w", io.ErrUnexpectedEOF), true, false},                  // the connection broke
		{sql.ErrNoRows, false, false},                                                 //
		{fmt.Errorf("read a stored attempt: %w", &json.SyntaxError{}), false, false},  //
		{context.Canceled, false, false},                                              //
	} {
		if d := postgresDialect; d.passes(row.err) != row.passes || d.starts(row.err) != row.starts {
			t.Errorf("%v: passes %v, starts %v", row.err, d.passes(row.err), d.starts(row.err))
		}
	}
}
