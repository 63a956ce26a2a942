// Package rt is what the code generated for a cell calls. It is not for people: see kernel/display for that.
//
// Rule: nothing here decides anything. The worker installs the hooks; a cell's code only says where it is.
package rt

import "sync/atomic"

// Stop is not 0 while an interrupt is pending. Generated loops read it once a turn, plainly: a flag that is read late by
// a few nanoseconds is as good, and an atomic read in a tight loop costs a third of its speed (measured).
var Stop uint8

// PollHook is set by the worker. When the calling goroutine belongs to an interrupted or abandoned run it does not
// return: deferred functions run and the goroutine ends (runtime.Goexit). Unlike a panic, this cannot be recovered by
// mistake, and whoever waits for the goroutine with a WaitGroup goes on.
var PollHook = func() {}

// Poll is called by a loop that found Stop set.
func Poll() { PollHook() }

// Run is one execution of a cell; its function receives it.
type Run struct {
	ID        int64
	abandoned atomic.Bool
	Shown     func(values []any) // set by the worker
}

// Abandon makes the run stop at its next statement: nobody waits for it any more.
func (r *Run) Abandon() { r.abandoned.Store(true) }

// Step is called between the statements of a cell.
func (r *Run) Step() {
	if Stop != 0 || r.abandoned.Load() {
		Poll()
	}
}

// Var says where the variable lies that a name means from now on.
func (r *Run) Var(name string, pointer any) { VarHook(name, pointer) }

// VarHook is set by the worker, which keeps the pointers for people who ask for values.
var VarHook = func(name string, pointer any) {}

// Show displays the values of the cell's last expression.
func (r *Run) Show(values ...any) { r.Shown(values) }
