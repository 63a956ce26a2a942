package registry

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/resident-go/resident/lessons/submission"
)

// Happened is a row of the log with what it is about.
type Happened struct {
	Entry
	File    string   // of the submission, when it arrived
	Problem string   // why the submission could not be read
	Outcome *Outcome // of attempts and failures
}

// History is all that has happened to what a student handed in for a task.
func (r *Registry) History(ctx context.Context, student, task string) (all []Happened, err error) {
	err = r.steadily(ctx, func() error {
		all = nil
		const query = "SELECT " + entryColumns + " FROM audit WHERE submission IN (SELECT id FROM submissions WHERE student = $1 AND task = $2) ORDER BY seq"
		return r.entries(ctx, func(e *Entry) error {
			all = append(all, Happened{Entry: *e})
			return nil
		}, query, text(student), text(task))
	})
	for i := range all {
		h := &all[i]
		switch h.Event {
		case Received:
			s, err := r.submission(ctx, h.Entry.Submission)
			if err != nil {
				return nil, fmt.Errorf("row %d of the log: %w", h.Seq, err)
			}
			h.File, h.Problem = s.File, s.Problem
		case Graded, Failed:
			if h.Outcome, err = r.outcome(ctx, h.Key); err != nil {
				return nil, fmt.Errorf("row %d of the log: %w", h.Seq, err)
			}
		}
	}
	return all, err
}

// Page is what a student is told of an attempt.
type Page struct {
	Key
	Data []byte
}

// Tell stores pages that students are told, as far as they are not what they were told before.
func (r *Registry) Tell(ctx context.Context, pages []Page) error {
	return r.patiently(ctx, func(tx *sql.Tx) error {
		for _, p := range pages {
			content := submission.Digest(p.Data)
			if err := putBlob(ctx, tx, content, p.Data); err != nil {
				return err
			}
			done, err := tx.ExecContext(ctx, "INSERT INTO told VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", p.Submission, p.Grader, p.Run, content)
			if err == nil && inserted(done) {
				err = r.log(ctx, tx, Told, p.Key, content)
			}
			if err != nil {
				return fmt.Errorf("store a page: %w", err)
			}
		}
		return nil
	})
}
