package child

import (
	"errors"
	"io"
	"sync"

	"github.com/resident-go/resident/kernel/engine/worker"
)

// asker puts one question at a time to whoever sits in front of the notebook.
type asker struct {
	out  *sender
	turn chan struct{} // holds an element while a question is open

	mu   sync.Mutex
	open chan worker.Request // where the answer goes; nil without a question
}

// ask returns the line that was typed. An interrupt of the task that asks ends the wait, and the goroutine with it.
func (a *asker) ask(t *task, prompt string, password bool) (string, error) {
	var id int64
	var woken chan struct{}
	if t != nil {
		id, woken = t.run.ID, t.woken
	}
	select {
	case a.turn <- struct{}{}:
	case <-woken:
		poll()
		return "", errInterrupted
	}
	defer func() { <-a.turn }()
	reply := a.expect()
	defer a.expectNothing()
	a.out.send(worker.Event{Op: "input", ID: id, Prompt: prompt, Password: password})
	select {
	case q := <-reply:
		return answerOf(q)
	case <-woken:
		poll()
		return "", errInterrupted
	}
}

// errInterrupted is for a goroutine that lost its label: poll does not know it.
var errInterrupted = errors.New("interrupted while waiting for input")

func answerOf(q worker.Request) (string, error) {
	switch {
	case q.Error != "":
		return "", errors.New(q.Error)
	case q.EOF:
		return "", io.EOF
	}
	return q.Text, nil
}

func (a *asker) expect() chan worker.Request {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open = make(chan worker.Request, 1)
	return a.open
}

func (a *asker) expectNothing() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open = nil
}

// answer hands an answer to the question that is open; an answer that comes too late is dropped.
func (a *asker) answer(q worker.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open != nil {
		a.open <- q
		a.open = nil
	}
}

// stdin makes lines of answers into the stream that os.Stdin is. What a run leaves unread is gone when the next starts:
// it would be taken for an answer nobody gave.
type stdin struct {
	mu   sync.Mutex // held while a line is asked for, so that two readers do not mix their lines
	run  *task
	rest []byte
}

func (p *process) readStdin(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	t := p.owner()
	s := &p.stdin
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run != t {
		s.run, s.rest = t, nil
	}
	if len(s.rest) == 0 {
		line, err := p.asks.ask(t, "", false)
		if err != nil {
			return 0, err
		}
		s.rest = []byte(line + "\n")
	}
	n := copy(b, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}
