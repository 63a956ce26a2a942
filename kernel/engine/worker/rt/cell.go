package rt

import "sync"

var once sync.Map

// Once calls f unless it was called under that key before: a cell's init functions run once in the life of the worker.
func (r *Run) Once(key string, f func()) {
	if _, done := once.LoadOrStore(key, true); !done {
		f()
	}
}

// Zero resets a variable that a cell declares without a value.
func Zero[T any](p *T) {
	var zero T
	*p = zero
}

// Drop takes the values of a last expression that is not to be shown.
func Drop(...any) {}

// Flag is told the name of a flag of the command line that the caller is about to define, and returns it.
func Flag(name string) string {
	FlagHook(name)
	return name
}

// FlagHook is set by the worker, which makes room for a flag that an earlier run has defined.
var FlagHook = func(name string) {}
