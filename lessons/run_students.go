package lessons

import (
	"bytes"
	"context"
)

// RunForStudents runs what students get of a lesson, for a page that gives nothing away. Cells that need a solution fail there; they are
// shown as cells that were not run, and say why. That a lesson does what it says is a question for a [Checker]. A lesson that hides nothing is run as it is.
func RunForStudents(ctx context.Context, l *Lesson, runner Runner, o Options) (*Report, error) {
	built, err := l.Build(ForStudents)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(built, l.src) {
		return Run(ctx, l, runner, o)
	}
	students, err := Parse(l.File, built)
	if err != nil {
		return nil, err
	}
	o.KeepGoing = true
	r, err := Run(ctx, students, runner, o)
	if err != nil {
		return r, err
	}
	for _, c := range r.Failed() {
		*c = CellReport{Cell: c.Cell, Status: NotRun, Problem: "needs a solution"}
	}
	return r, nil
}
