package engine

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// asking is what a command's standard input is.
type asking int

const (
	nothingToRead asking = iota
	askLines             // the person in front is asked for line after line
	askPassword          // for one, which is not shown
)

func (c *call) withInputs() error {
	c.input = askLines
	return nil
}

func (c *call) withPassword() error {
	c.input = askPassword
	return nil
}

// A person is asked only when a command waits for input: a question that nobody waits for any more cannot be taken back, and front ends run
// no cell before it is answered. The system tells what processes wait for, of some of them only that they may wait for input; they are
// believed when it lasts.
const (
	inputPause = 50 * time.Millisecond // between two looks
	maybeLooks = 20
)

// readerState is what the readers of a pipe are at.
type readerState int

const (
	busy  readerState = iota
	reads             // one of them waits for input
	maybe             // one may wait for it
)

// feed connects a command that is about to start with the person in front. When it has started, answer is called with its process group;
// when it has ended, done returns why nobody could be asked, if that was so.
func (c *call) feed(cmd *exec.Cmd) (started func(group int), done func() error, err error) {
	how, sink := c.input, c.sink
	c.input = nothingToRead
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	cmd.Stdin = r
	ended, failed := make(chan struct{}), make(chan error, 1)
	ask := func() (string, error) { return sink.Input("", how == askPassword) }
	started = func(group int) {
		go func() {
			defer w.Close() // after the error is there
			if err := answer(group, r, w, how == askPassword, ask, ended); err != nil {
				failed <- err
			}
		}()
	}
	return started, func() error {
		close(ended)
		r.Close()
		select {
		case err := <-failed:
			return err
		default:
			return nil
		}
	}, nil
}

// answer asks and writes until the command has ended or there is no more input.
func answer(group int, r, w *os.File, once bool, ask func() (string, error), ended <-chan struct{}) error {
	for looks := 0; ; looks++ {
		select {
		case <-ended:
			return nil
		case <-time.After(inputPause):
		}
		switch waitingFor(group, inode(r)) {
		case busy:
			looks = 0
			continue
		case maybe:
			if looks < maybeLooks {
				continue
			}
		}
		looks = 0
		text, err := ask()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if _, err := w.WriteString(text + "\n"); err != nil || once {
			return nil // a command that is gone reads no more
		}
	}
}

// inode is the number by which the system knows a pipe.
func inode(f *os.File) uint64 {
	info, err := f.Stat()
	if err != nil {
		return 0
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return uint64(stat.Ino)
}
