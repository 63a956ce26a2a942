package registry

import (
	"fmt"
	"slices"
	"testing"

	"github.com/riverqueue/river"
)

// TestCleaned has a database that is some days old when the next worker begins: what is done has gone from the queue, what came of it has not.
func TestCleaned(t *testing.T) {
	databases(t, func(t *testing.T, d database) {
		r := d.open(t)
		all := essays(6)
		r.graded(t, all, count)
		jobs, err := r.queue.JobList(t.Context(), river.NewJobListParams().First(100))
		if err != nil || len(jobs.Jobs) != 6 {
			t.Fatalf("%d jobs, %v", len(jobs.Jobs), err)
		}
		for i, row := range []struct {
			state string
			days  int
		}{{"completed", 2}, {"completed", 0}, {"cancelled", 2}, {"discarded", 2}, {"discarded", 8}, {"completed", 400}} {
			r.exec(t, "UPDATE river_job SET state = '"+row.state+"', finalized_at = "+r.daysAgo(row.days)+" WHERE id = $1", jobs.Jobs[i].ID)
		}
		r.exec(t, "INSERT INTO river_notification (created_at, payload, topic) VALUES ("+r.daysAgo(1)+", 'old', 'river_insert')")
		r.exec(t, "INSERT INTO workers VALUES ('dead', 'elsewhere', 1, "+r.dialect.clock+" - 90000000)")

		r.graded(t, []Handed{essay("late", "")}, count)
		left := map[int64]bool{}
		more, err := r.queue.JobList(t.Context(), river.NewJobListParams().First(100))
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range more.Jobs {
			left[j.ID] = true
		}
		for i, want := range []bool{false, true, false, true, false, false} {
			if left[jobs.Jobs[i].ID] != want {
				t.Errorf("job %d is left: %v", i, !want)
			}
		}
		if len(left) != 3 {
			t.Errorf("%d jobs are left, want 3", len(left))
		}
		for _, query := range []string{"SELECT count(*) FROM workers", "SELECT count(*) FROM river_notification WHERE payload = 'old'"} {
			var n int
			if err := r.db.QueryRowContext(t.Context(), query).Scan(&n); err != nil || n > 0 {
				t.Errorf("%s: %d, %v", query, n, err)
			}
		}
		asked, err := r.HandIn(t.Context(), all)
		if err != nil || slices.ContainsFunc(asked, func(a Asked) bool { return !a.Kept || a.Run != 0 }) {
			t.Errorf("handed in again: %+v, %v", asked, err)
		}
		if head := r.sound(t); head.Seq != 14 {
			t.Errorf("%d rows in the log, want 14", head.Seq)
		}
	})
}

// daysAgo is a moment as the queue writes it.
func (r *Registry) daysAgo(n int) string {
	if r.dialect.guard == sqliteDialect.guard {
		return fmt.Sprintf("strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', '-%d days')", n)
	}
	return fmt.Sprintf("now() - interval '%d days'", n)
}
