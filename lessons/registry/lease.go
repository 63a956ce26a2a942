package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// beat says that this worker is alive, and takes jobs back from those that are not, until the context ends. Now and then it removes what is done.
func (w *working) beat(ctx context.Context) {
	mine, cleaned := map[int64]bool{}, w.now()
	for {
		err := w.alive(ctx)
		if err == nil {
			mine, err = w.reclaim(ctx, mine)
		}
		if err == nil && w.now().Sub(cleaned) >= cleanEvery {
			cleaned = w.now()
			err = w.clean(ctx)
		}
		if err != nil && ctx.Err() == nil {
			w.Log.Warn("the database does not answer", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(w.Beat): // from now on, however long the database took: what is missed twice in a row is missed for a beat
		}
	}
}

func (w *working) alive(ctx context.Context) error {
	_, err := w.db.ExecContext(ctx, "INSERT INTO workers VALUES ($1, $2, $3, "+w.dialect.clock+") ON CONFLICT (id) DO UPDATE SET seen = excluded.seen", w.id, w.host, os.Getpid())
	return err
}

// leave takes the worker off the list.
func (w *working) leave(ctx context.Context) error {
	_, err := w.db.ExecContext(ctx, "DELETE FROM workers WHERE id = $1", w.id)
	return err
}

// reclaim gives jobs back to the queue that nobody works on: those of workers that are dead, and those that the queue says are this worker's, which it has not had twice in a row. (The
// answer with which a database hands out a job can be lost with the database.) It returns those of the last kind that were seen once.
func (w *working) reclaim(ctx context.Context, once map[int64]bool) (seen map[int64]bool, err error) {
	living, err := w.living(ctx)
	if err != nil {
		return nil, err
	}
	seen = map[int64]bool{}
	running, err := w.queue.JobList(ctx, river.NewJobListParams().States(rivertype.JobStateRunning).First(10_000))
	if err != nil {
		return nil, err
	}
	for _, j := range running.Jobs {
		owner := ""
		if n := len(j.AttemptedBy); n > 0 {
			owner = j.AttemptedBy[n-1]
		}
		switch {
		case owner == w.id && w.holds(j.ID), owner != w.id && living[owner]:
			continue
		case owner == w.id && !once[j.ID]:
			seen[j.ID] = true
			continue
		}
		if err := w.giveBack(ctx, j); err != nil {
			return nil, err
		}
	}
	return seen, nil
}

func (w *working) holds(id int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.held[id]
}

// living are the workers that have been seen of late and, as far as they are on this machine, whose process exists.
func (w *working) living(ctx context.Context) (map[string]bool, error) {
	rows, err := w.db.QueryContext(ctx, "SELECT id, host, pid FROM workers WHERE seen > "+w.dialect.clock+" - $1", (6 * w.Beat).Milliseconds())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	living := map[string]bool{}
	for rows.Next() {
		var id, host string
		var pid int
		if err := rows.Scan(&id, &host, &pid); err != nil {
			return nil, err
		}
		living[id] = host != w.host || exists(pid)
	}
	return living, rows.Err()
}

// exists tells whether there is a process. On another machine of the same name there may be none: then a job is worked on twice, and counted once.
func exists(pid int) bool {
	p, err := os.FindProcess(pid)
	return err == nil && p.Signal(syscall.Signal(0)) != os.ErrProcessDone
}

// giveBack makes a job available again, or ends it when too many workers have died of it.
func (w *working) giveBack(ctx context.Context, j *rivertype.JobRow) error {
	const why = "the worker ended while it graded this"
	text, err := json.Marshal(rivertype.AttemptError{At: w.now().UTC(), Attempt: j.Attempt, Error: why})
	if err != nil {
		return err
	}
	return w.tx(ctx, func(tx *sql.Tx) error {
		now := w.now().UTC()
		p := riverdriver.JobRescueManyParams{ID: []int64{j.ID}, Error: [][]byte{text}, FinalizedAt: []*time.Time{nil}, ScheduledAt: []time.Time{now},
			State: []string{string(rivertype.JobStateAvailable)}, StuckHorizon: j.AttemptedAt.Add(time.Millisecond)} // not when it has been handed out again meanwhile
		if j.Attempt >= j.MaxAttempts {
			p.State[0], p.FinalizedAt[0] = string(rivertype.JobStateDiscarded), &now
		}
		if _, err := w.driver.UnwrapExecutor(tx).JobRescueMany(ctx, &p); err != nil || j.Attempt < j.MaxAttempts {
			return err
		}
		var k job
		if err := json.Unmarshal(j.EncodedArgs, &k); err != nil {
			return err
		}
		return w.fail(ctx, tx, k.key(), fmt.Sprintf("%s, %d times", why, j.Attempt))
	})
}

// kindOf keeps of a name what River takes for the name of a client.
func kindOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return r
		}
		return '-'
	}, s)
}
