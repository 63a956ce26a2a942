package child

import (
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
)

// A package that works for long, such as one that trains a model, listens for os.Interrupt (signal.Notify) to stop where it makes
// sense. Its run is asked to stop instead of being stopped, for as long as it listens.

// signalHandlers is the head of os/signal.handlers.
type signalHandlers struct {
	_   sync.Mutex
	_   map[chan<- os.Signal]struct{}
	ref [65]int64 // how many channels want a signal
}

// registered is os/signal.handlers, nil when it is not known.
var registered *signalHandlers

// listeners is how many channels want interrupts.
func listeners() int64 {
	if registered == nil {
		return 0
	}
	return atomic.LoadInt64(&registered.ref[syscall.SIGINT])
}

// listens reports whether channels have been registered since the task began, and are still.
func (t *task) listens() bool { return listeners() > t.listened }

// findListeners finds the channels of os/signal, and looks whether it counts them as expected.
func findListeners() bool {
	registered = (*signalHandlers)(findSymbol(nil, "os/signal.handlers"))
	c := make(chan os.Signal, 1)
	before := listeners()
	signal.Notify(c, os.Interrupt)
	during := listeners()
	signal.Stop(c)
	if before == 0 || during != before+1 || listeners() != before { // the worker has one itself
		registered = nil
	}
	return registered != nil
}
