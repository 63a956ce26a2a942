package engine

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"
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

// inputPause is how long a command has to be without anything to read before the person in front is asked: nothing tells that a
// process waits for input, and one that has what it needs is to end without a further question.
const inputPause = 200 * time.Millisecond

// feed connects a command that is about to start with the person in front. When it has ended, done returns why nobody could be
// asked, if that was so.
func (c *call) feed(cmd *exec.Cmd) (done func() error, err error) {
	how := c.input
	c.input = nothingToRead
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdin = r
	ended, failed := make(chan struct{}), make(chan error, 1)
	go func() {
		defer w.Close() // after the error is there
		if err := c.answer(how, r, w, ended); err != nil {
			failed <- err
		}
	}()
	return func() error {
		close(ended)
		r.Close()
		select {
		case err := <-failed:
			return err
		default:
			return nil // a question that is still open is nobody's concern any more
		}
	}, nil
}

// answer asks and writes until the command has ended, or there is no more input.
func (c *call) answer(how asking, r, w *os.File, ended <-chan struct{}) error {
	sink := c.sink
	for {
		select {
		case <-ended:
			return nil
		case <-time.After(inputPause):
		}
		if unread(r) {
			continue
		}
		text, err := sink.Input("", how == askPassword)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if _, err := w.WriteString(text + "\n"); err != nil || how == askPassword {
			return nil // a command that is gone reads no more
		}
	}
}

// unread tells whether a pipe holds something, as far as it is open.
func unread(r *os.File) bool {
	raw, err := r.SyscallConn()
	if err != nil {
		return false
	}
	n := 0
	err = raw.Control(func(fd uintptr) {
		n, _ = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
	})
	return err == nil && n > 0
}
