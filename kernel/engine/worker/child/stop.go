package child

import (
	"os"
	"runtime"
	"syscall"
	"time"
	_ "unsafe" // for linkname

	"github.com/resident-go/resident/kernel/engine/worker"
	"github.com/resident-go/resident/kernel/engine/worker/rt"
)

// How runs are stopped. rt.Stop says to all loops that somebody is to stop; poll finds out who.

// poll is called by loops and statements while rt.Stop is set, and wherever else a run can be stopped. A goroutine whose
// deferred functions go on meets it again.
func poll() {
	t := mine()
	if t == nil {
		return
	}
	switch t.state.Load() {
	case asked:
		if t.listens() {
			return
		}
		t.interrupt(asked)
		fallthrough
	case interrupted:
		t.cut.Store(true)
		runtime.Goexit()
	case condemned:
		runtime.Goexit()
	}
}

// interrupt stops the run, or asks it to stop when it listens for interrupts itself; the next one stops it then.
func (p *process) interrupt(id int64) {
	for _, t := range p.waiting(id) {
		switch {
		case t.listens() && t.state.CompareAndSwap(going, asked):
			t.heard.Store(true)
			p.out.send(worker.Event{Op: "asked", ID: t.run.ID})
		case t.interrupt(going), t.interrupt(asked):
		default:
			continue
		}
		p.mu.Lock()
		p.setStop(true)
		p.mu.Unlock()
		notify(syscall.SIGINT)
	}
}

// interrupt makes the goroutines of the task stop, if it is in that state.
func (t *task) interrupt(in int32) bool {
	if !t.state.CompareAndSwap(in, interrupted) {
		return false
	}
	t.wake.Do(func() { close(t.woken) })
	return true
}

// notify delivers a signal to the channels registered with os/signal, without sending one: cells and packages that wait for
// os.Interrupt are interrupted the way they mean to be.
//
//go:linkname notify os/signal.process
func notify(sig os.Signal)

// abandon gives a run up after so many interrupts. Whoever gives up after the first does not know yet that the run was asked instead of stopped:
// on a busy machine that news comes late, and must not cost the run what it was promised.
func (p *process) abandon(id int64, interrupts int) {
	for _, t := range p.waiting(id) {
		if t.heard.Load() && interrupts < 2 {
			continue
		}
		if t.end(worker.Event{Status: "abandoned"}) {
			p.condemn(t)
		}
	}
}

// linger is how long the other goroutines of an interrupted run have to meet the flag, when no run follows: goroutines
// of earlier runs are slow as long as it is set.
const linger = time.Second

// settle clears the flag unless an interrupt is pending.
func (p *process) settle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.setStop(p.pending())
}

// pending reports whether an interrupt of a task that the engine waits for has yet to take effect; p.mu is held.
func (p *process) pending() bool {
	for t := range p.awaited {
		if t.state.Load() != going {
			return true
		}
	}
	return false
}

// setStop sets or clears the flag that all loops read; p.mu is held. While it is set every loop in the process is slow, so it
// is cleared when the next run starts, if not before. Condemned tasks may sleep past that moment: as long as there are
// any, the flag is raised for a short while now and then.
func (p *process) setStop(on bool) {
	if on || p.pulse {
		rt.Stop = 1
	} else {
		rt.Stop = 0
	}
	if len(p.condemned) > 0 && !p.pulsing {
		p.pulsing = true
		go p.pulseStop()
	}
}

const (
	pulseEvery = 100 * time.Millisecond
	pulseFor   = 2 * time.Millisecond
)

// pulseStop goes on until the last condemned task is gone. It never clears the flag under an interrupt of the current run.
func (p *process) pulseStop() {
	for p.setPulse(true) {
		time.Sleep(pulseFor)
		p.setPulse(false)
		time.Sleep(pulseEvery)
	}
}

// setPulse begins or ends a pulse, and reports whether there is still a reason for it.
func (p *process) setPulse(on bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if on {
		p.pulsing = len(p.condemned) > 0
	}
	p.pulse = on && p.pulsing
	p.setStop(p.pending())
	return p.pulsing
}
