package lessons

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/resident-go/resident/nbformat"
)

// Runner runs one cell of Go at a time; each cell sees what the earlier ones left. It returns nil, a *nbformat.CellError when
// the cell failed, or another error when no cell can be run any more. Cancelling ctx interrupts the cell; it carries the cell's
// seed and its limit on memory, as [nbformat.Terms].
type Runner interface {
	Run(ctx context.Context, count int, code string, sink nbformat.Sink) error
}

// backgrounder is a runner whose goroutines may print when no cell runs. Such output belongs to the last cell.
type backgrounder interface {
	Background(sink nbformat.Sink)
}

// Options say how to run a lesson. Timeouts that are 0 leave the choice to the lesson.
type Options struct {
	Timeout     time.Duration // for the whole run; wins over the lesson's
	CellTimeout time.Duration // for each cell; wins over the lesson's, but not over a cell's own
	KeepGoing   bool          // also after a cell that ended in a way its lesson does not expect

	Started  func(index int, c *Cell) // called before a cell is run
	Finished func(index int, r *CellReport)
	Now      func() time.Time // the clock; time.Now when nil
}

// Status is how a cell, or the whole run, came out.
type Status string

const (
	Passed  Status = "ok"
	Failed  Status = "failed"  // a check failed
	Skipped Status = "skipped" // prose, .noeval, skip-execution
	NotRun  Status = "not run" // the run ended before
)

// Report is what a run produced. Cells corresponds to Lesson.Cells, one for one.
type Report struct {
	Lesson  *Lesson
	Cells   []CellReport
	Elapsed time.Duration
}

// CellReport is what running one cell produced.
type CellReport struct {
	Cell    *Cell
	Status  Status
	Count   int // the execution count, 0 when the cell was not run
	Outputs []nbformat.Output
	Problem string // why Status is Failed: one line, then details; or why it is NotRun, if there is more to say than that the run ended
	Elapsed time.Duration

	collector *nbformat.Collector
	outcome   Outcome // how the cell ended, if it was run to its end
}

// Failed returns the reports of the cells whose checks failed.
func (r *Report) Failed() []*CellReport {
	var failed []*CellReport
	for i := range r.Cells {
		if r.Cells[i].Status == Failed {
			failed = append(failed, &r.Cells[i])
		}
	}
	return failed
}

// Ran returns how many cells were run.
func (r *Report) Ran() int {
	n := 0
	for _, c := range r.Cells {
		if c.Count > 0 {
			n++
		}
	}
	return n
}

// errCellTimeout and errTimeout are the causes with which a run cancels a cell's context.
var (
	errCellTimeout = errors.New("cell timed out")
	errTimeout     = errors.New("lesson timed out")
)

// Run runs the cells in order. A cell that fails a check does not stop the run unless it ended in a way its lesson does not
// expect: the cells after it would only repeat the complaint. The report is complete in every case; the error says
// that the runner broke or ctx was cancelled.
func Run(ctx context.Context, l *Lesson, runner Runner, o Options) (*Report, error) {
	if err := l.needsInclude(); err != nil {
		return &Report{Lesson: l}, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &run{runner: runner, options: o, report: &Report{Lesson: l, Cells: make([]CellReport, len(l.Cells))}}
	for i, c := range l.Cells {
		r.report.Cells[i] = CellReport{Cell: c, Status: Skipped}
		if c.Runs() {
			r.report.Cells[i].Status = NotRun
		}
	}
	start := o.Now()
	defer func() {
		r.report.Elapsed = o.Now().Sub(start)
		r.report.refresh()
	}()
	if limit := firstSet(o.Timeout, l.Meta.Timeout); limit > 0 {
		r.limit = limit
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, errTimeout)
		defer cancel()
	}
	return r.report, r.cells(ctx)
}

// refresh takes the outputs again: a later cell may have updated what an earlier one shows.
func (r *Report) refresh() {
	for i := range r.Cells {
		if c := r.Cells[i].collector; c != nil {
			r.Cells[i].Outputs = c.Outputs()
		}
	}
}

// run is the state of one run.
type run struct {
	runner  Runner
	options Options
	report  *Report
	limit   time.Duration
	count   int

	displays nbformat.Displays
}

func (r *run) cells(ctx context.Context) error {
	for i := range r.report.Cells {
		cell := &r.report.Cells[i]
		if cell.Status == Skipped {
			continue
		}
		if r.options.Started != nil {
			r.options.Started(i, cell.Cell)
		}
		goOn, err := r.cell(ctx, cell)
		if err != nil {
			return err
		}
		if r.options.Finished != nil {
			r.options.Finished(i, cell)
		}
		if !goOn {
			return nil
		}
	}
	return nil
}

// cell runs one cell and judges it.
func (r *run) cell(ctx context.Context, report *CellReport) (goOn bool, err error) {
	c := report.Cell
	limit := firstSet(c.Attrs.Timeout, r.options.CellTimeout, r.report.Lesson.Meta.CellTimeout)
	cellCtx, cancel := ctx, context.CancelFunc(func() {})
	if limit > 0 {
		cellCtx, cancel = context.WithTimeoutCause(ctx, limit, errCellTimeout)
	}
	defer cancel()

	r.count++
	report.Count = r.count
	report.collector = nbformat.NewCollector(&r.displays)
	if b, ok := r.runner.(backgrounder); ok {
		b.Background(report.collector)
	}
	start := r.options.Now()
	terms := nbformat.Terms{Seed: c.Attrs.Seed, Memory: c.Attrs.Memory}
	err = r.runner.Run(terms.With(cellCtx), r.count, c.Source, report.collector)
	report.Elapsed = r.options.Now().Sub(start)

	var failure *nbformat.CellError
	if errors.As(err, &failure) {
		report.collector.Output(failure.Output())
	}
	report.Outputs = report.collector.Outputs()
	if err != nil && cellCtx.Err() != nil {
		return false, r.stopped(ctx, cellCtx, report, limit)
	}
	if err != nil && failure == nil {
		report.Status = Failed
		return false, fmt.Errorf("%v: run the cell: %w", c.Pos, err)
	}
	report.Problem, report.outcome = Judge(c, report.Outputs, failure), OK
	if failure != nil {
		report.outcome = outcome(failure)
	}
	report.Status = Passed
	if report.Problem != "" {
		report.Status = Failed
	}
	return failure == nil || mayFail(c) || r.options.KeepGoing, nil
}

// stopped says why a cell was interrupted: a timeout is the cell's failure, anything else came from outside.
func (r *run) stopped(ctx, cellCtx context.Context, report *CellReport, limit time.Duration) error {
	report.Status = Failed
	switch {
	case context.Cause(cellCtx) == errTimeout:
		report.Problem = fmt.Sprintf("the lesson did not end within %v", r.limit)
	case context.Cause(cellCtx) == errCellTimeout:
		report.Problem = fmt.Sprintf("the cell did not end within %v", limit)
	default:
		report.Problem = "interrupted"
		return context.Cause(ctx)
	}
	return nil
}

func firstSet(durations ...time.Duration) time.Duration {
	for _, d := range durations {
		if d > 0 {
			return d
		}
	}
	return 0
}
