package registry

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/resident-go/resident/lessons/submission"
)

// Event says what a row of the log is about.
type Event string

const (
	Received Event = "received" // a submission, the first time it was seen
	Graded   Event = "graded"   // an attempt
	Failed   Event = "failed"   // no attempt, after all tries
	Told     Event = "told"     // a page for the student
)

// Entry is a row of the log.
type Entry struct {
	Seq     int64
	At      time.Time // to the microsecond
	Host    string
	Event   Event
	Key            // the grader and the run, where there is one
	Content string // digest of the submission's file, of the attempt, of why there is none, or of the page

	Previous, Hash string
}

// Head is the end of the log. Who writes it down elsewhere can tell later that nothing before it is gone.
type Head struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// hash is that of an entry's other fields. Each is quoted, so that no two entries are written alike.
func (e *Entry) hash() string {
	return submission.Digest(fmt.Appendf(nil, "%d %d %q %q %q %q %d %q %q", e.Seq, e.At.UnixMicro(), e.Host, e.Event, e.Submission, e.Grader, e.Run, e.Content, e.Previous))
}

// log appends a row. Others who append wait until the transaction ends: it should be the last thing that one does.
func (r *Registry) log(ctx context.Context, tx *sql.Tx, event Event, k Key, content string) error {
	e := Entry{At: r.now().UTC(), Host: r.host, Event: event, Key: k, Content: content}
	if err := tx.QueryRowContext(ctx, "UPDATE chain SET seq = seq + 1 RETURNING seq, hash").Scan(&e.Seq, &e.Previous); err != nil {
		return fmt.Errorf("append to the log: %w", err)
	}
	e.Hash = e.hash()
	if _, err := tx.ExecContext(ctx, "INSERT INTO audit VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		e.Seq, e.At.UnixMicro(), e.Host, e.Event, e.Submission, e.Grader, e.Run, e.Content, e.Previous, e.Hash); err != nil {
		return fmt.Errorf("append to the log: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "UPDATE chain SET hash = $1", e.Hash); err != nil {
		return fmt.Errorf("append to the log: %w", err)
	}
	return nil
}

// Head is the log's end.
func (r *Registry) Head(ctx context.Context) (h Head, err error) {
	err = r.steadily(ctx, func() error {
		return r.db.QueryRowContext(ctx, "SELECT seq, hash FROM chain").Scan(&h.Seq, &h.Hash)
	})
	return h, err
}

const entryColumns = "seq, at, host, event, submission, grader, run, content, previous, hash"

// entries calls each with the rows of a query for entryColumns.
func (r *Registry) entries(ctx context.Context, each func(*Entry) error, query string, args ...any) error {
	rows, err := r.db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var e Entry
		var at int64
		if err := rows.Scan(&e.Seq, &at, &e.Host, &e.Event, &e.Submission, &e.Grader, &e.Run, &e.Content, &e.Previous, &e.Hash); err != nil {
			return err
		}
		e.At = time.UnixMicro(at).UTC()
		if err := each(&e); err != nil {
			return err
		}
	}
	return rows.Err()
}
