package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/resident-go/resident/lessons/submission"
)

// Handed is a submission, and by whom it is to be graded.
type Handed struct {
	*submission.Submission
	Task   string
	Grader string // digest
	Again  bool   // also when there is an attempt
}

// Asked is what [Registry.HandIn] has asked for.
type Asked struct {
	Key
	Kept bool // the attempt was there before
}

// job is what the queue carries. Each grader has a kind of its own, so that a worker takes jobs of those that it has.
type job struct {
	Submission string `json:"submission"`
	Grader     string `json:"grader"`
	Run        int    `json:"run"`
}

func (j job) Kind() string { return "grade-" + j.Grader }

func (j job) key() Key { return Key(j) }

const batch = 50 // submissions of one transaction

// HandIn stores submissions and asks for an attempt at each, unless there is one. Files whose content is stored are not loaded again. The result is in their order.
func (r *Registry) HandIn(ctx context.Context, all []Handed) (asked []Asked, err error) {
	for some := range slices.Chunk(all, batch) {
		these, err := r.handInSome(ctx, some)
		if err != nil {
			return nil, fmt.Errorf("hand in: %w", err)
		}
		asked = append(asked, these...)
	}
	return asked, nil
}

func (r *Registry) handInSome(ctx context.Context, some []Handed) (asked []Asked, err error) {
	stored, err := r.stored(ctx, some)
	if err != nil {
		return nil, err
	}
	for i := range some {
		if stored[some[i].Digest] {
			continue
		}
		if err := some[i].Load(); err != nil {
			return nil, err
		}
		defer some[i].Unload()
	}
	err = r.patiently(ctx, func(tx *sql.Tx) (err error) {
		asked, err = r.handIn(ctx, tx, some)
		return err
	})
	return asked, err
}

// stored tells, by their digests, which submissions' contents are stored. Nothing that is stored is removed, so that this stays true.
func (r *Registry) stored(ctx context.Context, some []Handed) (stored map[string]bool, err error) {
	marks, digests := make([]string, len(some)), make([]any, len(some))
	for i := range some {
		marks[i], digests[i] = fmt.Sprintf("$%d", i+1), some[i].Digest
	}
	err = r.steadily(ctx, func() error {
		stored = map[string]bool{}
		rows, err := r.db.QueryContext(ctx, "SELECT digest FROM blobs WHERE digest IN ("+strings.Join(marks, ", ")+")", digests...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var digest string
			if err := rows.Scan(&digest); err != nil {
				return err
			}
			stored[digest] = true
		}
		return rows.Err()
	})
	return stored, err
}

func (r *Registry) handIn(ctx context.Context, tx *sql.Tx, all []Handed) (asked []Asked, err error) {
	var fresh []string
	ids := make([]string, len(all))
	for i := range all {
		var new bool
		if ids[i], new, err = r.keep(ctx, tx, &all[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", all[i].File, err)
		}
		if new {
			fresh = append(fresh, ids[i], all[i].Digest)
		}
	}
	for i := range all {
		a, err := r.ask(ctx, tx, Key{Submission: ids[i], Grader: all[i].Grader}, all[i].Again)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", all[i].File, err)
		}
		asked = append(asked, a)
	}
	for pair := range slices.Chunk(fresh, 2) {
		if err := r.log(ctx, tx, Received, Key{Submission: pair[0]}, pair[1]); err != nil {
			return nil, err
		}
	}
	return asked, nil
}

// keep stores a submission, and says whether it is new.
func (r *Registry) keep(ctx context.Context, tx *sql.Tx, h *Handed) (id string, new bool, err error) {
	student, task, problem := text(h.Student), text(h.Task), text(h.Problem) // as they come out of the database again
	id = submission.Digest(fmt.Appendf(nil, "%q %q %q %q", student, task, h.Digest, problem))
	if h.Data != nil { // or its content is stored, or there is none
		if err := putBlob(ctx, tx, h.Digest, h.Data); err != nil {
			return "", false, err
		}
	}
	received := int64(0)
	if !h.Received.IsZero() {
		received = h.Received.UnixMicro()
	}
	late := 0
	if h.Late {
		late = 1
	}
	done, err := tx.ExecContext(ctx, "INSERT INTO submissions VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
		id, student, task, h.Digest, problem, text(h.File), received, late, r.now().UnixMicro())
	return id, inserted(done), err
}

func inserted(done sql.Result) bool {
	if done == nil {
		return false
	}
	n, err := done.RowsAffected() // both drivers know
	return err == nil && n > 0
}

// text is a text as databases take them: Postgres has no zero bytes, and nothing that is not UTF-8.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

func putBlob(ctx context.Context, tx *sql.Tx, digest string, data []byte) error {
	if data == nil {
		data = []byte{}
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO blobs VALUES ($1, $2) ON CONFLICT DO NOTHING", digest, data)
	return err
}

// ask finds the run that counts, or begins one: the first, the one after a failure, or another one because somebody wants it.
func (r *Registry) ask(ctx context.Context, tx *sql.Tx, k Key, again bool) (Asked, error) {
	var id int64
	var attempted, failed bool
	err := tx.QueryRowContext(ctx, `SELECT run, job,
	EXISTS (SELECT 1 FROM attempts b WHERE b.submission = a.submission AND b.grader = a.grader AND b.run = a.run),
	EXISTS (SELECT 1 FROM failures f WHERE f.submission = a.submission AND f.grader = a.grader AND f.run = a.run)
FROM asked a WHERE submission = $1 AND grader = $2 ORDER BY run DESC LIMIT 1`, k.Submission, k.Grader).Scan(&k.Run, &id, &attempted, &failed)
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return Asked{}, err
	case attempted && !again:
		return Asked{k, true}, nil
	case attempted || failed:
		k.Run++
	default:
		return Asked{Key: k}, r.revive(ctx, tx, k, id)
	}
	if id, err = r.enqueue(ctx, tx, k); err == nil {
		_, err = tx.ExecContext(ctx, "INSERT INTO asked VALUES ($1, $2, $3, $4)", k.Submission, k.Grader, k.Run, id)
	}
	return Asked{Key: k}, err
}

func (r *Registry) enqueue(ctx context.Context, tx *sql.Tx, k Key) (id int64, err error) {
	res, err := r.queue.InsertTx(ctx, tx, job(k), &river.InsertOpts{MaxAttempts: r.tries})
	if err != nil {
		return 0, err
	}
	return res.Job.ID, nil
}

// revive gives a key whose job is lost a new one. Nothing here loses jobs, but others can delete the queue's rows, or cancel jobs.
func (r *Registry) revive(ctx context.Context, tx *sql.Tx, k Key, id int64) error {
	switch row, err := r.queue.JobGetTx(ctx, tx, id); {
	case errors.Is(err, rivertype.ErrNotFound):
	case err != nil:
		return err
	case row.FinalizedAt == nil:
		return nil
	}
	id, err := r.enqueue(ctx, tx, k)
	if err == nil {
		_, err = tx.ExecContext(ctx, "UPDATE asked SET job = $1 WHERE submission = $2 AND grader = $3 AND run = $4", id, k.Submission, k.Grader, k.Run)
	}
	return err
}

// Submissions are all that were handed in, as they were the first time, and not loaded.
func (r *Registry) Submissions(ctx context.Context) (all []Handed, err error) {
	err = r.steadily(ctx, func() error {
		all = nil
		rows, err := r.db.QueryContext(ctx, "SELECT "+submissionColumns+", $1 FROM submissions ORDER BY student, task, at, id", []byte{})
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			_, h, err := scanSubmission(rows)
			if err != nil {
				return err
			}
			if h.Data = nil; h.Digest != "" { // or there was nothing to be had
				h.From = func() (data []byte, err error) {
					err = r.steadily(ctx, func() error {
						return r.db.QueryRowContext(ctx, "SELECT data FROM blobs WHERE digest = $1", h.Digest).Scan(&data)
					})
					return data, err
				}
			}
			all = append(all, *h)
		}
		return rows.Err()
	})
	return all, err
}

const submissionColumns = "id, student, task, content, problem, file, received, late"

// scanSubmission reads submissionColumns and the blob.
func scanSubmission(row interface{ Scan(...any) error }) (id string, h *Handed, err error) {
	h = &Handed{Submission: new(submission.Submission)}
	var received int64
	var late int
	if err := row.Scan(&id, &h.Student, &h.Task, &h.Digest, &h.Problem, &h.File, &received, &late, &h.Data); err != nil {
		return "", nil, err
	}
	h.Assignment, h.Late = h.Task, late == 1
	if received != 0 {
		h.Received = time.UnixMicro(received).UTC()
	}
	return id, h, nil
}

// submission is one with its cells.
func (r *Registry) submission(ctx context.Context, id string) (h *Handed, err error) {
	err = r.steadily(ctx, func() error {
		_, h, err = scanSubmission(r.db.QueryRowContext(ctx, "SELECT "+submissionColumns+", coalesce(data, $2) FROM submissions LEFT JOIN blobs ON digest = content WHERE id = $1", id, []byte{}))
		return err
	})
	if err == nil && h.Problem == "" {
		h.Parse()
	}
	return h, err
}
