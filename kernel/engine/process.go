package engine

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/resident-go/resident/kernel/engine/worker"
	"github.com/resident-go/resident/nbformat"
)

// process is a running worker. What comes out of it is handed to one function, one item at a time and in order.
type process struct {
	cmd    *exec.Cmd
	conn   *os.File
	send   sync.Mutex
	exited chan struct{} // closed after the last item
	state  *os.ProcessState

	// For who takes what it says (deliver); after exited is closed, for everybody.
	turned  int64           // the run that prints
	held    strings.Builder // its last words, perhaps
	heldFor nbformat.Sink
}

// item is one thing a worker said: text on a stream, or an event.
type item struct {
	stream string // "stdout" or "stderr", "" for an event
	text   string
	event  worker.Event
}

// startProcess starts a worker; deliver is called from a goroutine of its own.
func startProcess(b *base, o *Options, deliver func(item)) (*process, error) {
	token := make([]byte, 16)
	rand.Read(token)
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("start the worker: %w", err)
	}
	syscall.SetNonblock(pair[0], true)
	ours, theirs := os.NewFile(uintptr(pair[0]), "worker"), os.NewFile(uintptr(pair[1]), "engine")
	defer theirs.Close()
	outR, outW, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start the worker: %w", err)
	}
	defer outW.Close()
	errR, errW, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start the worker: %w", err)
	}
	defer errW.Close()
	argv := append(slices.Clone(o.Exec), b.host())
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = outW, errW, []*os.File{theirs}
	_, env := o.around.get()
	cmd.Dir, _ = o.startDir()
	cmd.Env = append(append(os.Environ(), env...), worker.EnvToken+"="+hex.EncodeToString(token))
	if os.Getenv("GOROOT") == "" {
		cmd.Env = append(cmd.Env, "GOROOT="+b.tc.Root) // for runtime.GOROOT and what asks it
	}
	setDeathSignal(cmd)
	p := &process{cmd: cmd, conn: ours, exited: make(chan struct{})}
	started := make(chan error)
	dead := make(chan struct{})
	go func() {
		// The death signal belongs to the thread that starts the worker: it has to stay.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait()
			close(dead)
		}
	}()
	if err := <-started; err != nil {
		ours.Close()
		outR.Close()
		errR.Close()
		return nil, fmt.Errorf("start the worker: %w", err)
	}
	m := &merger{deliver: deliver, out: newStream(outR, hex.EncodeToString(token), dead), err: newStream(errR, hex.EncodeToString(token), dead), events: make(chan worker.Event)}
	go readEvents(ours, m.events)
	go func() {
		m.run()
		<-dead
		p.state = cmd.ProcessState
		ours.Close()
		close(p.exited)
	}()
	return p, nil
}

// request sends a message to the worker. A worker that is gone is noticed elsewhere.
func (p *process) request(q worker.Request) {
	data, err := json.Marshal(q)
	if err != nil {
		panic(err) // the type holds nothing that cannot be encoded
	}
	p.send.Lock()
	defer p.send.Unlock()
	p.conn.Write(append(data, '\n'))
}

// stop ends the worker and waits for it.
func (p *process) stop() {
	p.conn.Close() // the worker leaves when its socket closes
	select {
	case <-p.exited:
	case <-time.After(time.Second): // a worker that cannot run any more code
		p.cmd.Process.Kill()
		<-p.exited
	}
}

func readEvents(conn io.Reader, events chan<- worker.Event) {
	defer close(events)
	for in := worker.NewReader(conn); ; {
		e, err := in.Next()
		if err != nil {
			return
		}
		events <- e
	}
}

// merger puts stdout, stderr and events into one order. An event that carries mark n belongs after everything before
// mark n on both streams, and before everything after it.
type merger struct {
	deliver  func(item)
	out, err *stream
	events   chan worker.Event
	passed   int64 // the mark of the last event delivered
}

func (m *merger) run() {
	for m.out.parts != nil || m.err.parts != nil || m.events != nil {
		select {
		case p, ok := <-m.out.open(m.passed):
			m.out.take(p, ok, "stdout", m.deliver)
		case p, ok := <-m.err.open(m.passed):
			m.err.take(p, ok, "stderr", m.deliver)
		case e, ok := <-m.events:
			if !ok {
				m.events = nil
				m.passed = 1<<63 - 1 // nothing is held back any more
				continue
			}
			for m.out.parts != nil && m.out.mark < e.Mark {
				p, ok := <-m.out.parts
				m.out.take(p, ok, "stdout", m.deliver)
			}
			for m.err.parts != nil && m.err.mark < e.Mark {
				p, ok := <-m.err.parts
				m.err.take(p, ok, "stderr", m.deliver)
			}
			m.passed = max(m.passed, e.Mark)
			m.deliver(item{event: e})
		}
	}
}

// stream cuts one of the worker's pipes into text and marks.
type stream struct {
	parts chan part // nil at the end
	mark  int64     // the last mark seen
}

// part is text, or a mark.
type part struct {
	text string
	mark int64
}

// open returns the channel to read, or none while the event that belongs to the last mark has yet to come.
func (s *stream) open(passed int64) chan part {
	if s.mark > passed {
		return nil
	}
	return s.parts
}

func (s *stream) take(p part, ok bool, name string, deliver func(item)) {
	switch {
	case !ok:
		s.parts = nil
	case p.mark > 0:
		s.mark = p.mark
	default:
		deliver(item{stream: name, text: p.text})
	}
}

// newStream starts to read a pipe until its end, or until the worker is dead and what it left has been read: its
// children may hold the pipe open for longer.
func newStream(f *os.File, token string, dead <-chan struct{}) *stream {
	s := &stream{parts: make(chan part, 16)}
	growPipe(f)
	go func() {
		<-dead
		f.SetReadDeadline(time.Now())
	}()
	go func() {
		defer close(s.parts)
		defer f.Close()
		c := cutter{prefix: []byte("\x00" + token + ":"), parts: s.parts}
		buf := make([]byte, 64<<10)
		for {
			n, err := f.Read(buf)
			c.write(buf[:n])
			if errors.Is(err, os.ErrDeadlineExceeded) {
				readRest(f, &c)
				err = io.EOF
			}
			if err != nil {
				c.flush()
				return
			}
		}
	}()
	return s
}

// readRest takes what a dead worker left in the pipe, without waiting for more.
func readRest(f *os.File, c *cutter) {
	f.SetReadDeadline(time.Time{})
	raw, err := f.SyscallConn()
	if err != nil {
		return
	}
	buf := make([]byte, 64<<10)
	raw.Read(func(fd uintptr) bool {
		for {
			n, err := syscall.Read(int(fd), buf)
			if n <= 0 || err != nil {
				return true
			}
			c.write(buf[:n])
		}
	})
}

// cutter finds marks in a stream of bytes. Bytes that may be the beginning of a mark wait for the next ones.
type cutter struct {
	prefix []byte
	parts  chan<- part
	rest   []byte
}

func (c *cutter) write(b []byte) {
	b = append(c.rest, b...)
	c.rest = nil
	for len(b) > 0 {
		i := bytes.IndexByte(b, 0)
		if i < 0 {
			c.text(b)
			return
		}
		n, mark, partial := c.match(b[i:])
		switch {
		case partial:
			c.text(b[:i])
			c.rest = bytes.Clone(b[i:])
			return
		case n == 0: // a NUL that the cell printed
			c.text(b[:i+1])
			b = b[i+1:]
		default:
			c.text(b[:i])
			c.parts <- part{mark: mark}
			b = b[i+n:]
		}
	}
}

func (c *cutter) text(b []byte) {
	if len(b) > 0 {
		c.parts <- part{text: string(b)}
	}
}

func (c *cutter) flush() {
	c.text(c.rest)
	c.rest = nil
}

// match reads a mark at the beginning of b, which starts with NUL.
func (c *cutter) match(b []byte) (n int, mark int64, partial bool) {
	if len(b) < len(c.prefix) {
		return 0, 0, bytes.HasPrefix(c.prefix, b)
	}
	if !bytes.HasPrefix(b, c.prefix) {
		return 0, 0, false
	}
	digits := b[len(c.prefix):]
	end := bytes.IndexByte(digits, 0)
	if end < 0 {
		return 0, 0, len(digits) < 20
	}
	mark, err := strconv.ParseInt(string(digits[:end]), 10, 64)
	if err != nil {
		return 0, 0, false
	}
	return len(c.prefix) + end + 1, mark, false
}

// fatalStart reports whether a line begins the runtime's last words.
func fatalStart(line string) bool {
	for _, s := range []string{"fatal error: ", "runtime: goroutine stack exceeds", "SIGSEGV: ", "SIGBUS: ", "SIGILL: ", "SIGFPE: ", "SIGABRT: ", "unexpected fault address", "runtime: out of memory"} {
		if strings.HasPrefix(line, s) {
			return true
		}
	}
	return false
}
