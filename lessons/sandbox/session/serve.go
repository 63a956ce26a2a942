package session

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/sandbox"
	"github.com/resident-go/resident/nbformat"
)

// socketFD is the descriptor that the program of a session finds its socket at.
const socketFD = 3

// Serve is the inside of a session: it runs the cells that the outside sends, with the runner that open returns, until the outside is gone.
// The cells' processes cannot look into this one.
func Serve(ctx context.Context, open func(context.Context) (runner lessons.Runner, end func() error, err error)) error {
	conn := os.NewFile(socketFD, "session")
	if conn == nil {
		return errors.New("a session is started by a sandbox, which gives it a socket")
	}
	if err := sandbox.Shield(socketFD); err != nil {
		return err
	}
	out := &writer{w: conn}
	runner, end, err := open(ctx)
	if err != nil {
		return out.write(said{Done: &outcome{Error: err.Error()}})
	}
	v := &server{out: out, runner: runner, answers: make(chan *answer, 1), running: map[int]context.CancelFunc{}}
	if b, ok := runner.(interface{ Background(nbformat.Sink) }); ok {
		b.Background(v)
	}
	if err := out.write(said{Ready: true}); err != nil {
		return err
	}
	err = v.serve(ctx, bufio.NewReader(conn))
	return errors.Join(err, end())
}

// server runs cells. It is the sink of them all.
type server struct {
	out     *writer
	runner  lessons.Runner
	answers chan *answer

	mu      sync.Mutex
	running map[int]context.CancelFunc
}

func (v *server) serve(ctx context.Context, in *bufio.Reader) error {
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read a request: %w", err)
		}
		var q request
		if err := json.Unmarshal(line, &q); err != nil {
			return fmt.Errorf("read a request: %w", err)
		}
		switch {
		case q.Run != nil:
			v.start(ctx, q.Run)
		case q.Interrupt != 0:
			v.stop(q.Interrupt)
		case q.Answer != nil:
			select {
			case v.answers <- q.Answer:
			default: // to a question that nobody has asked
			}
		}
	}
}

func (v *server) start(ctx context.Context, c *cell) {
	ctx, cancel := context.WithCancel(ctx)
	v.mu.Lock()
	v.running[c.ID] = cancel
	v.mu.Unlock()
	go func() {
		defer v.stop(c.ID)
		v.out.write(said{Done: v.run(ctx, c)})
	}()
}

func (v *server) run(ctx context.Context, c *cell) *outcome {
	o := &outcome{ID: c.ID}
	err := v.runner.Run(ctx, c.Count, c.Code, v)
	if !errors.As(err, &o.Cell) && err != nil {
		o.Error, o.Full = err.Error(), errors.Is(err, syscall.ENOSPC)
	}
	return o
}

func (v *server) stop(id int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if cancel := v.running[id]; cancel != nil {
		cancel()
		delete(v.running, id)
	}
}

func (v *server) Output(o nbformat.Output) { v.out.write(said{Output: &o}) }

func (v *server) ClearOutput(wait bool) { v.out.write(said{Clear: &wait}) }

func (v *server) Input(prompt string, password bool) (string, error) {
	if err := v.out.write(said{Ask: &question{prompt, password}}); err != nil {
		return "", err
	}
	return (<-v.answers).read()
}
