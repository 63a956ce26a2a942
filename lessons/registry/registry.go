// Package registry keeps what was handed in and what came of it, and has each of it graded exactly once, by any number of processes.
//
// # Concept
//
// A [Registry] is a database: an SQLite file, or Postgres where several machines grade. [Registry.HandIn] stores submissions and asks for an attempt at each; [Registry.Work] makes attempts,
// in as many processes and on as many machines as there are; [Registry.Await] waits for them. What is asked for is named by a [Key]: a submission (whose, for which task, with what content), the
// digest of a grader, and the number of the run. The queue is River's (riverqueue.com), whose jobs lie in the same database.
//
// # Exactly once
//
// A queue can promise no more than to deliver a job at least once: a worker may die after its work and before it says so, and one that was thought dead may come back. So the sandbox runs outside of
// any transaction, and as often as need be; then one short transaction inserts the attempt, a row for each test and one in the log, and completes the job. The key is unique in the database:
// whoever comes second finds the attempt there, changes nothing, and is done. When the database goes away meanwhile, the transaction is tried again until it is back.
//
// A worker that is alive says so in the table workers. The jobs of one that has not for a while, or whose process is gone from this machine, go back to the queue.
//
// # Results and failures
//
// Whatever a student's code does is an attempt. What ends in an error (no sandbox, no disk) is tried again, on whichever machine; after some tries a failure is stored in place of an attempt, which
// says why. Asking again begins anew.
//
// Jobs are no record: workers remove those that are done from the queue after some days, so that a database can live for years. Attempts and failures stay.
//
// # The log
//
// Nothing that is stored is changed: the database refuses it. Submissions, attempts and the pages that students are told are blobs under the digest of their content. Every arrival, attempt, failure and
// page has a row in the log, which carries the hash of the row before: [Registry.Verify] finds what was changed, added or left out by other ways. What it cannot find is an end that was cut off, unless [Head] was written down elsewhere.
package registry

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
)

// Registry is an open database. All methods may be called by several goroutines.
type Registry struct {
	db      *sql.DB
	dialect dialect
	driver  riverdriver.Driver[*sql.Tx]
	queue   *river.Client[*sql.Tx] // inserts and looks, works nothing
	host    string
	now     func() time.Time
	moved   chan struct{} // something was stored by this process
	poll    time.Duration // how often to look what others have stored
	tries   int           // how often workers may fail at a job, or end with it
}

// Key names an attempt.
type Key struct {
	Submission string // digest of whose it is, for which task, and its content
	Grader     string // digest of the grader
	Run        int    // 0 is the first
}

// Open opens a registry, and makes it when there is none: at a postgres:// address, or in an SQLite file. Such a file can be opened by several processes of one machine, and not over a network.
func Open(ctx context.Context, place string) (*Registry, error) {
	r := &Registry{now: time.Now, moved: make(chan struct{}, 1), poll: 200 * time.Millisecond, tries: 5}
	var err error
	if r.host, err = os.Hostname(); err != nil {
		return nil, fmt.Errorf("registry: the name of this machine: %w", err)
	}
	if IsPostgres(place) {
		err = r.openPostgres(place)
	} else {
		err = r.openSQLite(place)
	}
	if err == nil {
		if err = r.prepare(ctx); err != nil {
			r.db.Close()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("registry %s: %w", printablePlace(place), err)
	}
	return r, nil
}

// Close closes the database.
func (r *Registry) Close() error { return r.db.Close() }

// IsPostgres tells an address of Postgres from a file.
func IsPostgres(place string) bool {
	return strings.HasPrefix(place, "postgres://") || strings.HasPrefix(place, "postgresql://")
}

// printablePlace is an address without what stands before the host, which may be a password.
func printablePlace(place string) string {
	scheme, rest, ok := strings.Cut(place, "://")
	if at := strings.LastIndexByte(rest, '@'); ok && at >= 0 {
		return scheme + "://" + rest[at+1:]
	}
	return place
}

// prepare makes the tables.
func (r *Registry) prepare(ctx context.Context) (err error) {
	if r.queue, err = river.NewClient(r.driver, &river.Config{Logger: silent, SkipUnknownJobCheck: true}); err != nil {
		return err
	}
	// Whoever opens it at the same time may be ahead by a table: who fails looks again, and finds more done.
	for range 20 {
		if err = r.patient(ctx, r.dialect.starts, func() error { return r.migrate(ctx) }); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return fmt.Errorf("make the tables: %w", err)
}

var silent = slog.New(slog.NewTextHandler(io.Discard, nil))

// tx runs f in a transaction.
func (r *Registry) tx(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit it does nothing
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// patience is how long a database may be away before that is an error.
const patience = 2 * time.Minute

// patiently runs f in a transaction, and again while the database is away, busy, or has chosen this transaction to give way to another. A commit that was not answered may
// have happened all the same: f has to find that out.
func (r *Registry) patiently(ctx context.Context, f func(tx *sql.Tx) error) error {
	return r.patient(ctx, r.dialect.passes, func() error { return r.tx(ctx, f) })
}

// steadily is the same for what needs no transaction.
func (r *Registry) steadily(ctx context.Context, f func() error) error {
	return r.patient(ctx, r.dialect.passes, f)
}

// patient calls f again while its error is one that passes.
func (r *Registry) patient(ctx context.Context, passes func(error) bool, f func() error) error {
	end := r.now().Add(patience)
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := f()
		if err == nil || !passes(err) || r.now().After(end) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}
