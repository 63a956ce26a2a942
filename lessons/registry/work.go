package registry

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/submission"
)

// Grade grades one submission. An error says that it could not, through no fault of the submission.
type Grade func(ctx context.Context, s *submission.Submission) (*grade.Attempt, error)

// Worker is what works.
type Worker struct {
	Graders map[string]Grade // by digest; jobs of others are left to others
	Jobs    int              // how many at a time
	Log     *slog.Logger     // of what goes wrong and is tried again; nil: nobody wants to know
	Beat    time.Duration    // how often it says that it is alive; 0: each 5 s. One that has not for six beats is taken to be dead
}

// Work grades what is asked for, until the context ends. Jobs at which it is then are given back. The error says that work cannot begin.
func (r *Registry) Work(ctx context.Context, w Worker) error {
	k := &working{Registry: r, Worker: w, id: fmt.Sprintf("%.40s-%d-%s", kindOf(r.host), os.Getpid(), rand.Text()), held: map[int64]bool{}}
	k.Log, k.Beat = orSilent(w.Log), max(w.Beat, 0)
	if k.Beat == 0 {
		k.Beat = 5 * time.Second
	}
	kinds := river.NewWorkers()
	for _, d := range slices.Sorted(maps.Keys(w.Graders)) {
		river.AddWorkerArgs(kinds, job{Grader: d}, k)
	}
	client, err := river.NewClient(r.driver, &river.Config{
		ID: k.id, Logger: k.Log, Workers: kinds, FetchOnlyKnownKinds: true,
		Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: max(1, w.Jobs)}},
		PollOnly:      true,
		FetchCooldown: 10 * time.Millisecond, FetchPollInterval: r.poll,
		JobTimeout: -1, // graders have limits for each cell
		// Nobody leads. What a leader does: rescue jobs after a fixed time, which reclaim does sooner; discard kinds that it does not know, which are
		// here other workers'; wait for retries of more than 5 s, which there are none of; and remove what is done, which clean does.
		LeaderElectionDisabled: true,
		RetryPolicy:            soon{},
	})
	if err != nil {
		return fmt.Errorf("work: %w", err)
	}
	return k.work(ctx, client)
}

func orSilent(l *slog.Logger) *slog.Logger {
	if l == nil {
		return silent
	}
	return l
}

// working is a worker at work. It is River's worker for each kind, too.
type working struct {
	river.WorkerDefaults[job]
	*Registry
	Worker
	id   string
	mu   sync.Mutex
	held map[int64]bool // jobs that are being worked on
}

func (w *working) work(ctx context.Context, client *river.Client[*sql.Tx]) error {
	begun := w.begin(ctx, client)
	if begun == nil {
		w.beat(ctx)
	} else if ctx.Err() == nil {
		return fmt.Errorf("work: %w", begun)
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if begun != nil { // there may have been nothing left to begin with
		return w.leave(ending)
	}
	return errors.Join(client.StopAndCancel(ending), w.leave(ending))
}

func (w *working) begin(ctx context.Context, client *river.Client[*sql.Tx]) error {
	if err := w.steadily(ctx, func() error { return w.alive(ctx) }); err != nil {
		return err
	}
	if err := w.steadily(ctx, func() error { return w.clean(ctx) }); err != nil {
		return fmt.Errorf("remove what is done: %w", err)
	}
	// The end of what it starts is told by StopAndCancel.
	return w.steadily(ctx, func() error { return client.Start(context.WithoutCancel(ctx)) })
}

// Work grades one submission for River. Trouble with the database costs no try: the job is done again.
func (w *working) Work(ctx context.Context, j *river.Job[job]) error {
	w.hold(j.ID, true)
	defer w.hold(j.ID, false)
	k := j.Args.key()
	a, failure, err := w.attempt(ctx, k)
	switch {
	case ctx.Err() != nil:
		return river.JobSnooze(0)
	case failure != nil && j.Attempt < j.MaxAttempts:
		return errors.New(text(failure.Error())) // River keeps it as JSON, which in Postgres has no zero bytes either
	case err == nil:
		err = w.finish(ctx, j, k, a, failure)
	}
	if err != nil {
		w.Log.Warn("a job is done again", "job", j.ID, "error", err)
		return river.JobSnooze(time.Second)
	}
	return nil
}

func (w *working) hold(id int64, held bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held[id] = held; !held {
		delete(w.held, id)
	}
}

// attempt is the work itself; there is none, and no failure, when somebody has done it. The error is about the database.
func (w *working) attempt(ctx context.Context, k Key) (a *grade.Attempt, failure, err error) {
	if done, err := w.Registry.outcome(ctx, k); err != nil || done != nil {
		return nil, nil, err
	}
	h, err := w.submission(ctx, k.Submission)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			failure = fmt.Errorf("the grader panicked: %v", p)
		}
	}()
	if a, failure = w.Graders[k.Grader](ctx, h.Submission); failure != nil {
		return nil, failure, nil
	}
	a.Submission, a.Lesson, a.Student, a.File, a.Received = h.Digest, h.Task, h.Student, h.File, h.Received
	return a, nil, nil
}

// finish stores an outcome and completes the job, at once or not at all.
func (w *working) finish(ctx context.Context, j *river.Job[job], k Key, a *grade.Attempt, failure error) error {
	err := w.patiently(ctx, func(tx *sql.Tx) (err error) {
		if _, err = river.JobCompleteTx[riverdriver.Driver[*sql.Tx]](ctx, tx, j); err != nil && !errors.Is(err, rivertype.ErrNotFound) {
			return err
		}
		switch {
		case a != nil:
			return w.store(ctx, tx, k, a)
		case failure != nil:
			return w.fail(ctx, tx, k, failure.Error())
		}
		return nil
	})
	if err == nil {
		w.tell()
	}
	return err
}

// settled tells whether a key has an outcome, and keeps others from giving it one until the transaction ends.
func settled(ctx context.Context, tx *sql.Tx, k Key) (done bool, err error) {
	if _, err := tx.ExecContext(ctx, "UPDATE asked SET job = job"+ofKey, k.Submission, k.Grader, k.Run); err != nil {
		return false, err
	}
	err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM attempts"+ofKey+") OR EXISTS (SELECT 1 FROM failures"+ofKey+")", k.Submission, k.Grader, k.Run).Scan(&done)
	return done, err
}

const ofKey = " WHERE submission = $1 AND grader = $2 AND run = $3"

// store inserts an attempt, unless there is an outcome.
func (r *Registry) store(ctx context.Context, tx *sql.Tx, k Key, a *grade.Attempt) error {
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if done, err := settled(ctx, tx, k); err != nil || done {
		return err
	}
	content := submission.Digest(data)
	if err := putBlob(ctx, tx, content, data); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO attempts VALUES ($1, $2, $3, $4, $5)", k.Submission, k.Grader, k.Run, content, a.Points); err != nil {
		return err
	}
	for i, row := range rowsOf(a) {
		if _, err := tx.ExecContext(ctx, "INSERT INTO results VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
			k.Submission, k.Grader, k.Run, i, row.test, row.part, row.verdict, row.points, row.most); err != nil {
			return err
		}
	}
	return r.log(ctx, tx, Graded, k, content)
}

// fail inserts a failure, unless there is an outcome.
func (r *Registry) fail(ctx context.Context, tx *sql.Tx, k Key, why string) error {
	if done, err := settled(ctx, tx, k); err != nil || done {
		return err
	}
	why = text(why)
	if _, err := tx.ExecContext(ctx, "INSERT INTO failures VALUES ($1, $2, $3, $4)", k.Submission, k.Grader, k.Run, why); err != nil {
		return err
	}
	return r.log(ctx, tx, Failed, k, submission.Digest([]byte(why)))
}

// row is one of the table results.
type row struct {
	test, part, verdict string
	points, most        float64
}

func rowsOf(a *grade.Attempt) (rows []row) {
	for _, r := range a.Results {
		if len(r.Cases) == 0 {
			rows = append(rows, row{text(r.ID), "", string(r.Verdict), r.Points, r.Max})
		}
		for _, c := range r.Cases {
			rows = append(rows, row{text(r.ID), text(c.Name), string(c.Verdict), c.Points, c.Max})
		}
	}
	return rows
}

// tell wakes who waits in this process.
func (r *Registry) tell() {
	select {
	case r.moved <- struct{}{}:
	default:
	}
}

// soon is when River tries again: at once, for a machine that has a moment of trouble, and longer each time.
type soon struct{}

func (soon) NextRetry(j *rivertype.JobRow) time.Time {
	return time.Now().Add(min(100*time.Millisecond<<min(j.Attempt, 10), 4*time.Second))
}
