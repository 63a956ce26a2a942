package kernel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/resident-go/resident/kernel/wire"
)

// endOfInput is what front ends send for the end of input: the character of Ctrl-D.
const endOfInput = "\x04"

// inputs is the place where answers to questions are waited for. Each shell may have one that is open.
type inputs struct {
	mu   sync.Mutex
	open []*question // in the order in which they were asked
}

// question is one that was put to a front end.
type question struct {
	asked  *wire.Message
	answer chan *wire.Message // of size 1
}

// ask registers a question. Answers that came before it are not for it.
func (i *inputs) ask(m *wire.Message) *question {
	i.mu.Lock()
	defer i.mu.Unlock()
	q := &question{m, make(chan *wire.Message, 1)}
	i.open = append(i.open, q)
	return q
}

// drop forgets a question, answered or not.
func (i *inputs) drop(q *question) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.open = slices.DeleteFunc(i.open, func(other *question) bool { return other == q })
}

// take hands an answer to the question that it is for: the one that its parent header names, or the last one that its front end was asked, since many front ends
// send no parent header. It reports false where there is none.
func (i *inputs) take(m *wire.Message) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	parent := m.ParentID()
	for at, q := range slices.Backward(i.open) {
		if string(m.Identities[0]) == string(q.asked.Identities[0]) && (parent == "" || parent == q.asked.Header.ID) {
			i.open = slices.Delete(i.open, at, at+1)
			q.answer <- m
			return true
		}
	}
	return false
}

func (k *kernel) serveStdin() {
	for {
		select {
		case frames := <-k.stdin.Messages():
			m := k.receive(wire.Stdin, frames)
			if m == nil {
				continue
			}
			if m.Header.Type != "input_reply" || !k.inputs.take(m) {
				k.log.Printf("message on stdin dropped: %s that nobody waits for", m.Header.Type)
			}
		case <-k.stopped:
			return
		}
	}
}

// ask puts a question to the front end that sent the request, and waits for the answer or the end of ctx.
func (k *kernel) ask(ctx context.Context, req *wire.Message, c wire.InputRequest) (string, error) {
	q, err := k.session.Ask(req, c)
	if err != nil {
		return "", fmt.Errorf("ask for input: %w", err)
	}
	open := k.inputs.ask(q)
	defer k.inputs.drop(open)
	if err := k.deliver(ctx, q); err != nil {
		return "", fmt.Errorf("ask for input: the front end does not listen on stdin: %w", err)
	}
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	gone := make(chan struct{})
	go func() {
		if k.leaves(waiting, q.Identities[0]) {
			close(gone)
		}
	}()
	select {
	case m := <-open.answer:
		return readAnswer(m)
	case <-gone:
		return "", errAskedIsGone
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// errAskedIsGone ends a question that nobody sees any more, such as that of a page that was loaded again: everybody else would wait behind it.
var errAskedIsGone = errors.New("ask for input: the front end that was asked is gone")

// leaves waits until a front end has left stdin, and has not come back for a while.
func (k *kernel) leaves(ctx context.Context, id []byte) bool {
	for {
		if err := k.stdin.WaitGone(ctx, id); err != nil {
			return false
		}
		back, cancel := context.WithTimeout(ctx, stdinGrace)
		err := k.stdin.WaitFor(back, id)
		cancel()
		if err != nil {
			return ctx.Err() == nil
		}
	}
}

// stdinGrace is how long a front end that has just connected may take to be there on stdin, too, and one that was there to come back.
const stdinGrace = 2 * time.Second

func (k *kernel) deliver(ctx context.Context, q *wire.Message) error {
	ctx, cancel := context.WithTimeout(ctx, stdinGrace)
	defer cancel()
	if err := k.stdin.WaitFor(ctx, q.Identities[0]); err != nil {
		return err
	}
	return k.send(wire.Stdin, q)
}

func readAnswer(m *wire.Message) (string, error) {
	r, err := wire.Parse[wire.InputReply](m)
	switch {
	case err != nil:
		return "", fmt.Errorf("ask for input: %w", err)
	case r.Status == "error":
		return "", errors.New("ask for input: the front end answered: " + r.EName + ": " + r.EValue)
	case r.Value == endOfInput:
		return "", io.EOF
	}
	return r.Value, nil
}
