package registry

import (
	"database/sql"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/resident-go/resident/lessons/grade"
)

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

func goneProcess(t *testing.T) int {
	t.Helper()
	c := exec.Command("true")
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	return c.Process.Pid
}

func (r *Registry) take(t *testing.T, client string) {
	t.Helper()
	by := `ARRAY['` + client + `']`
	now := "now()"
	if r.dialect.guard == sqliteDialect.guard {
		by, now = `jsonb('["`+client+`"]')`, "strftime('%Y-%m-%d %H:%M:%f', 'now')"
	}
	r.exec(t, "UPDATE river_job SET state = 'running', attempt = 1, attempted_by = "+by+", attempted_at = "+now+" WHERE state = 'available'")
}
