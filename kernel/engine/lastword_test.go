package engine

import (
	"testing"

	"github.com/resident-go/resident/kernel/engine/worker"
)

// TestLastWord: a worker that says that a library is loaded, or how a run has ended, and is gone at once, has said it: whichever of the two the engine notices first.
func TestLastWord(t *testing.T) {
	gone := &process{exited: make(chan struct{})}
	close(gone.exited)
	for range 100 { // of several channels that are ready one is taken at random
		r := &run{proc: gone, sink: nowhere{}, done: make(chan worker.Event, 1), loaded: make(chan worker.Event, 1), asked: make(chan worker.Event, 1)}
		r.loaded <- worker.Event{Op: "loaded"}
		if err := new(Engine).awaitLoad(t.Context(), r); err != nil {
			t.Fatalf("the library was loaded: %v", err)
		}
		r.done <- worker.Event{Op: "done", Status: "ok"}
		if err := new(Engine).call(t.Context(), r, worker.Request{Op: "run"}); err != nil {
			t.Fatalf("the cell has ended: %v", err)
		}
	}
}
