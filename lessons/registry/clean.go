package registry

import (
	"context"
	"time"

	"github.com/riverqueue/river/riverdriver"
)

// How long what nobody needs any more is kept, for who looks into the queue: what came of a job is an attempt or a failure, and those stay. The times are those of River, whose own cleaner is a
// leader's, and nobody leads here (see Work).
const (
	keepFinished  = 24 * time.Hour
	keepDiscarded = 7 * 24 * time.Hour // jobs that were given up
	keepNotices   = 5 * time.Minute    // of jobs that were inserted: nobody listens, all look
	keepWorkers   = 24 * time.Hour     // that have not said goodbye

	cleanEvery = time.Hour
	cleanBatch = 1000 // rows of one statement
)

// clean removes what is done from the queue's tables, so that they do not grow with each term. Several workers may do it at once.
func (w *working) clean(ctx context.Context) error {
	now, queue := w.now().UTC(), w.driver.GetExecutor()
	err := inBatches(func() (int, error) {
		return queue.JobDeleteBefore(ctx, &riverdriver.JobDeleteBeforeParams{
			CompletedDoDelete: true, CompletedFinalizedAtHorizon: now.Add(-keepFinished),
			CancelledDoDelete: true, CancelledFinalizedAtHorizon: now.Add(-keepFinished),
			DiscardedDoDelete: true, DiscardedFinalizedAtHorizon: now.Add(-keepDiscarded),
			Max: cleanBatch,
		})
	})
	if err != nil {
		return err
	}
	err = inBatches(func() (int, error) {
		return queue.NotificationDeleteBefore(ctx, &riverdriver.NotificationDeleteBeforeParams{CreatedAtHorizon: now.Add(-keepNotices), Max: cleanBatch})
	})
	if err != nil {
		return err
	}
	_, err = w.db.ExecContext(ctx, "DELETE FROM workers WHERE seen < "+w.dialect.clock+" - $1", keepWorkers.Milliseconds())
	return err
}

// inBatches goes on until less than a batch was removed.
func inBatches(remove func() (int, error)) error {
	for {
		if n, err := remove(); err != nil || n < cleanBatch {
			return err
		}
	}
}
