package engine

import (
	"fmt"
	"time"

	"github.com/resident-go/resident/nbformat"
)

// A limit on a cell's memory is kept in two steps. The worker's garbage collector is told of it, so that garbage alone does not break it. The engine
// looks at the process, whose threads may all be busy, and stops the cell when it holds more. A cell that cannot be stopped, or takes
// much more before it can, goes with its worker: the limit holds for what the machine has, not for what the session would like to keep.

// look is how often the engine looks: fresh memory is handed out at some gigabytes a second.
const look = 5 * time.Millisecond

// memoryWatch is what is known of the memory of one run.
type memoryWatch struct {
	limit int64
	over  chan struct{} // closed when the run has taken more than it may
	far   chan struct{} // closed when that is so much more that nobody can wait for it to stop
	end   chan struct{} // closed by who watches no more
}

// watchMemory begins to watch a run of this process. Without a limit it watches nothing.
func (p *process) watchMemory(limit int64) (*memoryWatch, error) {
	w := &memoryWatch{limit, make(chan struct{}), make(chan struct{}), make(chan struct{})}
	if limit <= 0 {
		return w, nil
	}
	least, err := residentMemory(p.cmd.Process.Pid)
	if err != nil {
		return nil, &nbformat.CellError{EName: "MemoryLimit", EValue: fmt.Sprintf("the cell may take %s of memory, and nobody can see to that here: %v", megabytes(limit), err)}
	}
	go w.watch(p, least)
	return w, nil
}

// watch compares what the process holds with the least it has held since the run began.
func (w *memoryWatch) watch(p *process, least int64) {
	const spare = 64 << 20
	tick := time.NewTicker(look)
	defer tick.Stop()
	over, times := w.over, 0 // how often in a row it was too much: what is given back is not gone at once
	for {
		select {
		case <-w.end:
			return
		case <-p.exited:
			return
		case <-tick.C:
		}
		now, err := residentMemory(p.cmd.Process.Pid)
		if err != nil {
			return // the process has ended
		}
		least = min(least, now)
		taken := now - least
		if times++; taken <= w.limit {
			times = 0
		}
		if times >= 2 && over != nil {
			close(over)
			over = nil
		}
		if over == nil && taken > w.limit+w.limit/2+spare {
			close(w.far)
			return
		}
	}
}

func (w *memoryWatch) exceeded() bool {
	select {
	case <-w.over:
		return true
	default:
		return false
	}
}

// verdict is how the run ended, if it has taken more than it may.
func (w *memoryWatch) verdict(err error, workerLost bool) error {
	if !w.exceeded() {
		return err
	}
	became := "it was interrupted, and variables keep their values"
	switch {
	case workerLost:
		became = "it was ended with its worker, and variables are gone"
	case err == nil:
		became = "it had ended before it could be stopped"
	}
	return &nbformat.CellError{EName: "MemoryLimit", EValue: fmt.Sprintf("the cell took more than %s of memory: %s", megabytes(w.limit), became)}
}

func megabytes(n int64) string { return fmt.Sprintf("%.4g MB", float64(n)/1e6) }
