// Package kernel is the Jupyter front: it serves an engine to front ends over the Jupyter messaging protocol 5.5.
//
// [Serve] binds the five sockets of a connection file and runs until a front end, a signal or the end of its parent
// shuts it down. Requests on shell pass through the queue of their shell, the main one or a subshell that a front end has created.
// Those of one shell are worked on one at a time, in the order in which they came; shells do not wait for each other. So a front end
// can complete, inspect and use widgets in a subshell while a cell runs in the main shell; a cell in a subshell runs, too.
// Control and heartbeat have goroutines of their own and answer at any time.
//
// Rules:
//   - the queues are a pure state machine: it says what to do, the shell loop does it;
//   - every request on shell and control is wrapped in busy and idle; idle comes after the last output;
//   - printed text is collected for some milliseconds, and always sent before whatever comes after it;
//   - bad messages are logged and dropped, they disturb nobody else;
//   - kernel_info is answered at once, also while the engine is still starting.
//
// Not here: how cells are compiled and run (kernel/engine), frames and signatures (kernel/wire), ZeroMQ (kernel/zmtp).
package kernel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/resident-go/resident/kernel/cell"
	"github.com/resident-go/resident/kernel/comm"
	"github.com/resident-go/resident/kernel/usage"
	"github.com/resident-go/resident/kernel/wire"
	"github.com/resident-go/resident/nbformat"
)

// Engine runs cells. Everything may be called at any time, also while Run is going on: nothing waits for the end of a cell.
type Engine interface {
	// Run executes one cell; execution number count is shown in error positions ("Cell In[count]"). It returns nil, a
	// *nbformat.CellError (the cell failed; the session lives), or another error (the engine is broken, unless the error has a method
	// SessionLives that says otherwise). Cancelling ctx interrupts the cell.
	Run(ctx context.Context, count int, code string, sink nbformat.Sink) error
	// Prepare compiles a cell ahead of time; a hint for the next queued cell.
	Prepare(code string)
	// Comm hands over a front end's message on a comm, and returns when that has been dealt with; what is shown and sent for it
	// goes to the sink. Errors and cancelling are those of Run.
	Comm(ctx context.Context, m comm.Message, sink nbformat.Sink) error
	// Comms returns the target names of the open comms by their ids.
	Comms() map[string]string
	// Background receives output that appears when nothing is running. Sinks for Run, Comm and Background are comm.Sinks, too.
	Background(sink nbformat.Sink)
	// Complete lists what may stand in place of the code points from start to end.
	Complete(code string, cursor int) (names []cell.Name, start, end int)
	Inspect(code string, cursor, detail int) (data map[string]any, found bool)
	Close() error
}

// Config says what to serve and where.
type Config struct {
	// ConnectionFile is the file that the front end wrote: addresses, ports and the key; or a registration file: where to send the ports.
	ConnectionFile string
	// Start starts the engine. It may take long; progress is shown in the cell that waits for it, and is meant for
	// starts that are slow enough for people to wonder. Start is called again when it failed or the engine broke.
	Start func(ctx context.Context, progress func(line string)) (Engine, error)

	Version     string    // of this program; default "dev"
	GoVersion   string    // of the toolchain; default the one this program was built with
	HistoryFile string    // where inputs are remembered; default in the user's data directory
	Log         io.Writer // what went wrong outside of cells; default os.Stderr
	Trace       io.Writer // every message, one line each; default none
}

func (c Config) withDefaults() Config {
	if c.Version == "" {
		c.Version = "dev"
	}
	if c.GoVersion == "" {
		c.GoVersion = strings.TrimPrefix(runtime.Version(), "go")
	}
	if c.HistoryFile == "" {
		c.HistoryFile = HistoryFile()
	}
	if c.Log == nil {
		c.Log = os.Stderr
	}
	return c
}

// How long the end may take: a cell to notice that it is cancelled, the engine to close (it may be in the middle of a
// start), and the sockets to deliver what was sent. Front ends send SIGTERM 2.5 seconds after they asked a kernel to end.
const (
	cellGrace   = 500 * time.Millisecond
	engineGrace = time.Second
	drainGrace  = time.Second
)

// kernel is one running kernel.
type kernel struct {
	*link
	cfg       Config
	engine    *starter
	history   *history
	inputs    *inputs
	meter     *usage.Meter
	shells    *shells       // used by the shell loop alone
	events    chan event    // to the shell loop
	stopped   chan struct{} // closed when the kernel is to end
	stop      func()        // closes stopped, once
	loopEnded chan struct{} // closed when the shell loop has ended

	signals  <-chan os.Signal
	orphaned func() bool // the parent process is gone

	lastCell   atomic.Pointer[wire.Message] // parent of background output
	background *output
}

// Serve runs a kernel until it is shut down, the context ends, or the process gets SIGTERM or loses its parent. It
// returns nil after an orderly end.
func Serve(ctx context.Context, cfg Config) error {
	cfg = cfg.withDefaults()
	signals, release := catchSignals()
	defer release()
	orphaned := watchParent()
	conn, err := readConnection(cfg.ConnectionFile)
	if err != nil {
		return err
	}
	logger := log.New(cfg.Log, "resident: ", log.LstdFlags|log.Lmicroseconds|log.Lmsgprefix)
	l, err := newLink(conn, logger, cfg.Trace)
	if err != nil {
		return err
	}
	if err := l.register(ctx); err != nil {
		closed, cancel := context.WithCancel(ctx)
		cancel()
		return errors.Join(err, l.close(closed))
	}
	k := &kernel{
		link:      l,
		cfg:       cfg,
		inputs:    &inputs{},
		meter:     usage.NewMeter(),
		history:   openHistory(cfg.HistoryFile, logger.Printf),
		shells:    newShells(),
		events:    make(chan event),
		stopped:   make(chan struct{}),
		loopEnded: make(chan struct{}),

		signals:  signals,
		orphaned: orphaned,
	}
	k.stop = sync.OnceFunc(func() { close(k.stopped) })
	k.background = k.newOutput(k.lastCell.Load, 0)
	engineCtx, cancelEngine := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelEngine()
	k.engine = newStarter(engineCtx, k.startEngine)
	return k.serve(ctx, cancelEngine)
}

func (k *kernel) startEngine(ctx context.Context, progress func(string)) (Engine, error) {
	e, err := k.cfg.Start(ctx, progress)
	if err == nil {
		e.Background(k.background)
	}
	return e, err
}

func (k *kernel) serve(ctx context.Context, cancelEngine func()) error {
	var running sync.WaitGroup
	running.Go(k.serveControl)
	running.Go(k.serveStdin)
	running.Go(k.watchProcess)
	running.Go(func() {
		select {
		case <-ctx.Done():
			k.stop()
		case <-k.stopped:
		}
	})
	k.publish(nil, wire.Status{State: "starting"})
	k.engine.begin()
	k.serveShell()
	close(k.loopEnded)
	running.Wait()

	cancelEngine()
	err := k.closeEngine()
	k.background.end()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainGrace)
	defer cancel()
	if err := k.link.close(drain); err != nil {
		// Nobody is there any more to care.
		k.log.Print(err)
	}
	if err != nil {
		return fmt.Errorf("close engine: %w", err)
	}
	return nil
}

// closeEngine gives up on an engine that takes too long: it ends with the process.
func (k *kernel) closeEngine() error {
	closed := make(chan error, 1)
	go func() { closed <- k.engine.close() }()
	select {
	case err := <-closed:
		return err
	case <-time.After(engineGrace):
		k.log.Print("the engine does not close in time; it is left to end with this process")
		return nil
	}
}

// asCellError turns whatever ended a cell into what front ends show; broken tells that the engine cannot go on.
func asCellError(err error) (cell *nbformat.CellError, broken bool) {
	var lives interface{ SessionLives() bool }
	switch {
	case errors.As(err, &cell):
		return cell, false
	case errors.Is(err, context.Canceled):
		return plainError("Interrupted", "the cell was interrupted"), false
	case errors.As(err, &lives) && lives.SessionLives():
		return plainError("BuildError", err.Error()+"; the session keeps its values"), false
	}
	return plainError("EngineError", err.Error()), true
}

// plainError is an error that has no place in the code.
func plainError(name, value string) *nbformat.CellError {
	return &nbformat.CellError{EName: name, EValue: value, Traceback: []string{"\x1b[31m" + name + "\x1b[0m: " + value}}
}
