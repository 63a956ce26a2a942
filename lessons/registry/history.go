package registry

import (
	"context"
	"fmt"
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
	err = r.patient(ctx, func() error {
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
		default:
			if h.Outcome, err = r.outcome(ctx, h.Key); err != nil {
				return nil, fmt.Errorf("row %d of the log: %w", h.Seq, err)
			}
		}
	}
	return all, err
}
