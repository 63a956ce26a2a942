// Package session runs the cells of a notebook in a sandbox. The engine is in there with them, its compilers and directives included: what a
// cell can reach by being compiled, it can reach by running, and that is nothing of the machine.
//
// Outside is a [Session], which is a lessons.Runner. Inside is [Serve], to which the program of the sandbox hands an engine. They speak over a
// socket. What comes out is taken for what it is, words of whoever wrote the cells: it is measured against limits, and a
// message that is none ends the session. Nothing that comes out makes a point by itself.
package session

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/resident-go/resident/lessons/sandbox"
	"github.com/resident-go/resident/nbformat"
)

// Options say how to start a session. Command is the program that calls [Serve]; its Files, Stdout and Stderr are set here.
type Options struct {
	Command sandbox.Command
	Stderr  io.Writer     // where that program's standard error goes as well; default: nowhere
	Ready   time.Duration // how long the engine may take to start; default 1 minute
	Grace   time.Duration // how long a cell may take to end when it is interrupted; default 15 seconds
}

// Session is an engine in a sandbox. Its methods may be called from any goroutine; cells run one at a time.
type Session struct {
	box   *sandbox.Process
	conn  *os.File
	out   *writer
	limit int64 // bytes of a message
	grace time.Duration
	words *tail

	turn sync.Mutex // held while a cell runs
	runs int

	ready chan *outcome
	gone  chan struct{} // closed when nothing more is said

	mu         sync.Mutex // guards what follows, which the reading goroutine uses
	sink       nbformat.Sink
	background nbformat.Sink
	running    int
	done       chan *outcome
	broken     error // what it said that is no message
}

// Open starts a sandbox and the engine in it.
func Open(ctx context.Context, o Options) (*Session, error) {
	ours, theirs, err := pair()
	if err != nil {
		return nil, fmt.Errorf("open a session: %w", err)
	}
	s := &Session{conn: ours, out: &writer{w: ours}, grace: cmp.Or(o.Grace, 15*time.Second), words: &tail{}, ready: make(chan *outcome, 1), gone: make(chan struct{})}
	s.limit = cmp.Or(o.Command.Limits.OutBytes, sandbox.DefaultLimits.OutBytes)
	c := o.Command
	c.Files, c.Stdout, c.Stderr = []*os.File{theirs}, s.words, io.Writer(s.words)
	if o.Stderr != nil {
		c.Stderr = io.MultiWriter(s.words, o.Stderr)
	}
	// The context is that of opening: a session outlives it.
	s.box, err = sandbox.Start(context.WithoutCancel(ctx), c)
	theirs.Close() // now only the sandbox has it: its end is heard
	if err != nil {
		ours.Close()
		return nil, err
	}
	go s.listen()
	select {
	case r := <-s.ready:
		err = r.err()
	case <-s.gone:
		err = fmt.Errorf("the engine did not start: %w: %s", cause(s.box.Wait()), s.words)
	case <-time.After(cmp.Or(o.Ready, time.Minute)):
		err = errors.New("the engine took too long to start")
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("open a session: %w", err)
	}
	return s, nil
}

func cause(err error) error {
	if err == nil {
		return errors.New("it ended")
	}
	return err
}

// Close ends the sandbox with everything in it.
func (s *Session) Close() error {
	s.box.Kill()
	s.conn.Close()
	<-s.gone
	return nil
}

// Without returns what the sandbox does without, to be named in each report.
func (s *Session) Without() []sandbox.Finding { return s.box.Without() }

// Background sets where output goes that appears while nothing runs.
func (s *Session) Background(sink nbformat.Sink) {
	s.mu.Lock()
	s.background = sink
	s.mu.Unlock()
}

// Run runs a cell in the sandbox. The error is nil, a *[nbformat.CellError] of the cell, a *[sandbox.LimitError], a CellError
// named SandboxEnded when the cell brought the session down, or else trouble of the engine's. After the middle two the session is over, and each
// further Run says so again. Cancelling the context interrupts the cell; one that does not end then meets a limit.
func (s *Session) Run(ctx context.Context, count int, code string, sink nbformat.Sink) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	s.runs++
	done := s.begin(s.runs, sink)
	defer s.begin(0, nil)
	if err := s.out.write(request{Run: &cell{s.runs, count, code}}); err != nil {
		return s.lost()
	}
	select {
	case r := <-done:
		return r.err()
	case <-s.gone:
		return s.last(done)
	case <-ctx.Done():
	}
	s.out.write(request{Interrupt: s.runs}) // one that cannot be told is gone, or meets the limit
	select {
	case r := <-done:
		return r.err()
	case <-s.gone:
		return s.last(done)
	case <-time.After(s.grace):
		return s.box.Exceeded("wall clock", s.grace.String()+" after its interrupt")
	}
}

// last is what has become of a cell by the end of its session: what was said before that counts, whichever of the two is noticed first.
func (s *Session) last(done <-chan *outcome) error {
	select {
	case r := <-done:
		return r.err()
	default:
		return s.lost()
	}
}

func (s *Session) begin(run int, sink nbformat.Sink) <-chan *outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running, s.sink, s.done = run, sink, make(chan *outcome, 1)
	return s.done
}

// lost says why there is no session any more. Which process of the sandbox brought it down cannot be told, so it is taken for the
// doing of the cells.
func (s *Session) lost() error {
	err := s.box.Wait()
	if limit := (*sandbox.LimitError)(nil); errors.As(err, &limit) {
		return limit
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		err = s.broken
	}
	return &nbformat.CellError{EName: "SandboxEnded", EValue: cause(err).Error(), Traceback: []string{"The session of the cells has ended, and all that they had in memory is lost: " + cause(err).Error()}}
}

// listen takes what the inside says, until its end.
func (s *Session) listen() {
	defer close(s.gone)
	in := bufio.NewReader(s.conn)
	for {
		line, err := readLine(in, s.limit)
		if err == nil && !s.box.Count(int64(len(line)), newlines(line)) {
			err = io.EOF
		}
		var m said
		if err == nil {
			if err = json.Unmarshal(line, &m); err == nil {
				err = s.take(&m)
			}
			if err != nil {
				err = fmt.Errorf("what came out of the sandbox is no message: %w", err)
			}
		}
		if err != nil {
			s.end(err)
			return
		}
	}
}

// newlines counts the line ends of a message: its own, and those in its text, which are written as \n.
func newlines(line []byte) int64 { return int64(bytes.Count(line, []byte(`\n`))) + 1 }

// end ends the sandbox, of which no more is heard.
func (s *Session) end(err error) {
	if !errors.Is(err, io.EOF) && !errors.Is(err, os.ErrClosed) && !errors.Is(err, syscall.ECONNRESET) {
		s.mu.Lock()
		s.broken = err
		s.mu.Unlock()
	}
	s.box.Kill()
}

// take does what a message is for.
func (s *Session) take(m *said) error {
	s.mu.Lock()
	sink, done, running := s.sink, s.done, s.running
	if sink == nil {
		sink = s.background
	}
	s.mu.Unlock()
	switch {
	case m.Ready:
		s.tell(s.ready, &outcome{})
	case m.Done != nil && m.Done.ID == 0:
		s.tell(s.ready, m.Done)
	case m.Done != nil:
		if m.Done.ID == running {
			s.tell(done, m.Done)
		}
	case m.Ask != nil && sink != nil:
		return s.out.write(request{Answer: newAnswer(sink.Input(m.Ask.Prompt, m.Ask.Password))})
	case sink == nil:
	case m.Output != nil:
		sink.Output(*m.Output)
	case m.Clear != nil:
		sink.ClearOutput(*m.Clear)
	}
	return nil
}

// tell hands over an outcome; a second one is not wanted.
func (s *Session) tell(to chan *outcome, o *outcome) {
	select {
	case to <- o:
	default:
	}
}

// pair returns the two ends of the socket. No process that is started meanwhile gets one of them: whoever held the sandbox's would keep its end from being heard.
func pair() (ours, theirs *os.File, err error) {
	syscall.ForkLock.RLock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, err
	}
	syscall.SetNonblock(fds[0], true)
	return os.NewFile(uintptr(fds[0]), "session"), os.NewFile(uintptr(fds[1]), "sandbox"), nil
}

// tail keeps the last words of a process.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	t.text = t.text[max(len(t.text)-4096, 0):]
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.text))
}
