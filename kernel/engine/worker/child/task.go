package child

import (
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"github.com/resident-go/resident/kernel/comm"
	"github.com/resident-go/resident/kernel/display"
	"github.com/resident-go/resident/kernel/engine/worker"
	"github.com/resident-go/resident/kernel/engine/worker/rt"
)

// task is user code the engine asked for: one run of a cell, the answer to a comm message, or the init functions of one library. All goroutines that
// it starts belong to it (identity.go). It ends once: when its own goroutine is through, or before that, when
// another of its goroutines panics or exits, or when it is abandoned. After an early end it is condemned: nobody
// waits for it, and its own goroutine stops at the next statement or loop turn, silently.
type task struct {
	run      *rt.Run
	label    label
	parent   string             // the front end's request
	cell     bool               // it runs a cell
	finish   func(worker.Event) // called once, with how it ended
	listened int64              // how many channels listened for interrupts when it began

	ended   atomic.Bool
	through bool // its own goroutine has ended; p.mu
	state   atomic.Int32
	heard   atomic.Bool   // it was asked to stop, and the engine was told
	cut     atomic.Bool   // some goroutine of it was stopped by an interrupt
	woken   chan struct{} // closed at an interrupt and when condemned
	wake    sync.Once
}

const (
	going int32 = iota
	asked       // to stop: it is interrupted when it does not listen for interrupts any more
	interrupted
	condemned
)

func newTask(id int64) *task {
	t := &task{run: &rt.Run{ID: id}, woken: make(chan struct{}), listened: listeners()}
	t.run.Shown = t.shown
	t.label.init(t)
	return t
}

// run starts a run of a cell.
func (p *process) run(q worker.Request) {
	p.begin(q, true, func(t *task) { p.call(t, q) })
}

// converse starts what a comm message leads to. Cells may run meanwhile.
func (p *process) converse(q worker.Request) {
	p.begin(q, false, func(*task) { comm.Deliver(*q.Comm) })
}

// begin starts a task whose end the engine is told.
func (p *process) begin(q worker.Request, cell bool, body func(t *task)) {
	p.mendStandard()
	t := newTask(q.ID)
	spent, relax := stopwatch(), hold(q)
	t.parent, t.cell = q.Parent, cell
	t.finish = func(e worker.Event) {
		relax()
		p.leave(t)
		e.Op, e.ID = "done", q.ID
		e.Wall, e.CPU = spent()
		p.printing.Lock() // what others print before is theirs by name, and after may be theirs alone
		defer p.printing.Unlock()
		p.printers.Add(-1)
		p.out.send(e)
	}
	p.printers.Add(1)
	p.enter(t)
	p.start(t, func() {
		defer display.Flush()
		body(t)
	})
}

// stopwatch returns a function that says how long it is since, and what processor time the process took, in nanoseconds.
func stopwatch() func() (wall, cpu int64) {
	start, before := time.Now(), processorTime()
	return func() (wall, cpu int64) { return time.Since(start).Nanoseconds(), processorTime() - before }
}

func processorTime() int64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}

// call is the body of a run.
func (p *process) call(t *task, q worker.Request) {
	f := p.mustFind(q.Library, q.Symbol)
	(*(*func(*rt.Run))(unsafe.Pointer(&f)))(t.run)
}

// mustFind returns a func value, which is a pointer to a pointer to code. The engine asks for what it has built; a
// missing function is its mistake and ends the run as a panic.
func (p *process) mustFind(library, symbol string) *unsafe.Pointer {
	code, err := p.function(library, symbol)
	if err != nil {
		panic(err)
	}
	return &code
}

// start runs the body of a task in a goroutine of its own and ends the task with what became of it.
func (p *process) start(t *task, body func()) {
	go func() {
		t.adopt()
		returned := false
		defer func() {
			v := recover()
			t.end(outcome(t, returned, v))
			p.reap(t)
		}()
		body()
		returned = true
	}()
}

// end reports how the task ended, unless it has ended before.
func (t *task) end(e worker.Event) bool {
	if t.ended.Swap(true) {
		return false
	}
	t.finish(e)
	return true
}

// condemn stops what is left of the task.
func (p *process) condemn(t *task) {
	t.state.Store(condemned)
	t.run.Abandon()
	t.wake.Do(func() { close(t.woken) })
	p.mu.Lock()
	defer p.mu.Unlock()
	if !t.through {
		p.condemned[t] = true
		p.setStop(true)
	}
}

// enter makes t a task that the engine waits for. Other goroutines of an interrupted run had until now to notice.
func (p *process) enter(t *task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.awaited[t] = true
	if t.cell {
		p.current = t
	}
	p.setStop(p.pending())
}

func (p *process) leave(t *task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.awaited, t)
	if p.current == t {
		p.current = nil
		for other := range p.awaited {
			if other.cell {
				p.current = other
			}
		}
	}
	if s := t.state.Load(); s == asked || s == interrupted {
		time.AfterFunc(linger, p.settle)
	}
}

// waiting returns the tasks that the engine waits for and that have this number (0: any).
func (p *process) waiting(id int64) []*task {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ts []*task
	for t := range p.awaited {
		if id == 0 || t.run.ID == id {
			ts = append(ts, t)
		}
	}
	return ts
}

// reap forgets a task whose own goroutine has come to its end.
func (p *process) reap(t *task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t.through = true
	delete(p.condemned, t)
}
