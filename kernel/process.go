package kernel

import (
	"errors"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// parentPoll is how often it is looked whether the parent lives.
const parentPoll = time.Second

// catchSignals keeps SIGINT and SIGTERM from killing the process: the first reaches the whole process group, the second
// may come again while the kernel already ends.
func catchSignals() (signals <-chan os.Signal, release func()) {
	c := make(chan os.Signal, 4)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	return c, func() { signal.Stop(c) }
}

// watchProcess turns what happens to the process into events: SIGINT interrupts the cell, SIGTERM and the death of the
// parent end the kernel.
func (k *kernel) watchProcess() {
	tick := time.NewTicker(parentPoll)
	defer tick.Stop()
	for {
		select {
		case <-k.stopped:
			return
		case s := <-k.signals:
			if s == os.Interrupt {
				k.tell(event{kind: interrupt})
				continue
			}
			k.log.Printf("%v: shutting down", s)
			k.stop()
		case <-tick.C:
			if k.orphaned() {
				k.log.Print("the parent process is gone: shutting down")
				k.stop()
			}
		}
	}
}

// watchParent, called before anybody can have seen the kernel, returns a function that tells whether the process that started the kernel is gone. Front ends that want
// this name themselves in JPY_PARENT_PID; the kernel may be a grandchild of theirs, so both processes count.
func watchParent() func() bool {
	named, err := strconv.Atoi(os.Getenv("JPY_PARENT_PID"))
	if err != nil || named <= 1 {
		return func() bool { return false }
	}
	parent := os.Getppid()
	visible := lives(named) // it may be in another process namespace
	return func() bool { return os.Getppid() != parent || visible && !lives(named) }
}

func lives(pid int) bool {
	return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
