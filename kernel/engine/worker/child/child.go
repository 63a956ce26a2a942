// Package child is the worker process: it opens the libraries that cells are compiled to, runs cells, and keeps what they
// do to a process from ending it.
//
// A request from the engine becomes a task (task.go), user code that runs in a goroutine of its own. Every goroutine belongs
// to the task that started it (identity.go), so that a panic, an exit or an interrupt concerns one run and no other. How
// a task ended is said once, behind marks that put it in order with the output (events.go).
//
// Rules:
//
//   - What a cell does ends its run at most: panics, os.Exit and log.Fatal included, in any goroutine (hooks.go).
//   - The worker ends with the engine, at once, whatever a cell does (dieWith).
//   - Stopped goroutines run their deferred functions; only os.Exit runs none, as everywhere.
//   - Reading requests never waits for user code.
//   - All knowledge of the runtime's insides is here, and is checked at start-up as far as that is possible. What is missing
//     is reported with the ready event; the worker works without.
//
// Programs that import this package must be linked with -checklinkname=0, because of the names in load.go and hooks.go.
// Only the host does; the engine needs package worker alone. A cell's library is never unloaded.
//
// Not here: compiling, deciding when to interrupt or give up, ordering the output, seeing to limits on memory. A stack overflow,
// a concurrent map write and running out of memory still end the process.
package child

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"

	"github.com/resident-go/resident/kernel/comm"
	"github.com/resident-go/resident/kernel/display"
	"github.com/resident-go/resident/kernel/engine/worker"
	"github.com/resident-go/resident/kernel/engine/worker/rt"

	_ "plugin" // makes the linker keep and export what libraries opened later may refer to
)

// process is the state of the worker. There is one, [this]: the functions that replace parts of the standard library
// (hooks.go) have no receiver to find it by.
type process struct {
	out   *sender
	asks  *asker
	stdin stdin

	standard []standard

	variables variables // of cells
	flags     flags

	loading sync.Mutex        // one library at a time
	types   func() *typeTable // made once, before the first library

	printing sync.Mutex   // held while something is written to stdout or stderr
	printed  int64        // the run that wrote last, as the engine knows it
	printers atomic.Int32 // how many runs go on

	mu        sync.Mutex
	libs      map[string]unsafe.Pointer // open libraries by path, as dlopen returns them
	current   *task                     // the run of a cell that began last, nil when none goes on
	awaited   map[*task]bool            // what the engine waits for: runs of cells and of comm messages, and a load
	condemned map[*task]bool            // tasks nobody waits for whose own goroutine still runs
	pulsing   bool
	pulse     bool
}

var this *process

// Main is the whole worker: it serves requests until the engine goes away.
func Main() {
	p, err := begin()
	if err != nil {
		fmt.Fprintln(os.Stderr, "resident worker:", err)
		quit(2)
	}
	p.serve()
	quit(0)
}

// programName is what a cell sees as the name of its program, in usages for instance: the worker's path means nothing to anybody.
const programName = "notebook"

// begin takes the process over: the socket and the configuration are hidden from the code of cells, and the hooks are
// put in place while nothing else runs.
func begin() (*process, error) {
	token := os.Getenv(worker.EnvToken)
	if len(token) != 32 {
		return nil, fmt.Errorf("%s is %q, expected 32 hex digits: the worker is started by the engine, not by hand", worker.EnvToken, token)
	}
	os.Unsetenv(worker.EnvToken)
	os.Args = []string{programName}
	flag.CommandLine.Init(programName, flag.ExitOnError)
	out, err := newSender(token, 3)
	if err != nil {
		return nil, err
	}
	p := &process{out: out, types: sync.OnceValue(newTypeTable), libs: map[string]unsafe.Pointer{}, awaited: map[*task]bool{}, condemned: map[*task]bool{}, flags: flags{by: map[string]int64{}}}
	p.asks = &asker{out: out, turn: make(chan struct{}, 1)}
	p.standard = out.findStandard()
	this = p
	rt.PollHook, rt.VarHook, rt.FlagHook = poll, p.variables.set, p.define
	display.Seam = screen{p}
	comm.Seam = line{p}
	mendRegArgs()
	degraded := install()
	ignoreInterrupts()
	if !findListeners() {
		degraded = append(degraded, "a cell or package that listens for interrupts is stopped like any other: os/signal keeps its channels in another way")
	}
	dieWith(out.fd)
	out.send(worker.Event{Op: "ready", Degraded: degraded})
	go p.types() // the first cell is being compiled meanwhile
	return p, nil
}

// ignoreInterrupts keeps a Ctrl-C in the engine's terminal from ending the worker. The signal is received and dropped,
// not ignored: an ignored signal would stay ignored in the programs that cells start.
func ignoreInterrupts() { signal.Notify(make(chan os.Signal, 1), os.Interrupt) }

// serve reads requests until the engine closes its end. Whatever may take time runs in a goroutine of its own.
func (p *process) serve() {
	requests := json.NewDecoder(p.out.conn)
	for {
		var q worker.Request
		if err := requests.Decode(&q); err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
				fmt.Fprintln(os.Stderr, "resident worker: reading a request:", err)
			}
			return
		}
		p.handle(q)
	}
}

func (p *process) handle(q worker.Request) {
	switch q.Op {
	case "load":
		go p.load(q)
	case "run":
		p.run(q)
	case "comm":
		p.converse(q)
	case "interrupt":
		p.interrupt(q.ID)
	case "abandon":
		p.abandon(q.ID, q.Interrupts)
	case "input":
		p.asks.answer(q)
	case "gc":
		go debug.FreeOSMemory()
	case "env":
		os.Setenv(q.Name, q.Text) // the engine has looked at the name
	case "environ":
		go p.environ(q)
	case "chdir":
		os.Chdir(q.Text) // and at the folder
	case "args":
		os.Args = append(os.Args[:1:1], q.Args...)
	case "values":
		go p.values(q)
	default:
		fmt.Fprintf(os.Stderr, "resident worker: unknown request %q\n", q.Op)
	}
}

// quit ends the process for good; os.Exit ends only a run here.
func quit(code int) { syscall.RawSyscall(syscall.SYS_EXIT_GROUP, uintptr(code), 0, 0) }
