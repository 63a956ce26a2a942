// Package worker is the protocol between the engine and the child process in which cells run.
//
// The engine starts it with a socket as descriptor 3 and talks to it in [Request] and [Event] values, one JSON
// document a line; long texts to show stand behind it, as they are. What the cells print goes to descriptors 1 and 2, which are pipes. So that the engine can put the three
// streams in order without ever guessing, the worker writes a mark (see [Mark]) to 1 and 2 before each event that has
// a place among the output; the event carries the mark's number.
//
// The process itself is package child.
package worker

import (
	"strconv"

	"github.com/resident-go/resident/kernel/comm"
)

// Request is one message from the engine. Op says which fields count.
type Request struct {
	Op string // "load", "run", "comm", "interrupt", "abandon", "input", "gc", "env", "environ", "chdir", "args", "values"

	// load: open the library, then run these init tasks ("pkg/path..inittask") in order. Init tasks that have run
	// already or have no functions are skipped.
	Library string   `json:",omitempty"`
	Inits   []string `json:",omitempty"`

	// run: call the function with this symbol of that library, in a goroutine of its own. ID names the run, Parent is the id
	// of the front end's request. Several runs may go on at the same time.
	ID     int64  `json:",omitempty"`
	Symbol string `json:",omitempty"`
	Parent string `json:",omitempty"`

	// What the run is under: where the shared random numbers of math/rand start from, and how many bytes the garbage collector may let it take.
	Seed   *uint64 `json:",omitempty"`
	Memory int64   `json:",omitempty"`

	// abandon: how many interrupts of the run were sent before. One that crosses the event "asked" is not obeyed.
	Interrupts int `json:",omitempty"`

	// comm: hand this message to whom it is for. That is a run, too, with ID and Parent.
	Comm *comm.Message `json:",omitempty"`

	// input: the answer to the last "input" event.
	Text  string `json:",omitempty"`
	EOF   bool   `json:",omitempty"`
	Error string `json:",omitempty"`

	// env: set the environment variable Name to Text. chdir: make Text the working directory. args: what follows the
	// program's name in os.Args. None of them is answered; they hold for what is requested after them.
	Name string   `json:",omitempty"`
	Args []string `json:",omitempty"`

	// values: the short values of variables, by Args. environ: the environment. ID names the answer.
}

// Event is one message from the worker.
type Event struct {
	// Op says what it is: "ready", "loaded", "display", "result", "clear", "comm", "input", "next", "done", "panic", "values"; or "turn": what is
	// printed next goes to the other stream, or belongs to the run ID (0: to the one that began first); or "asked", the answer to an interrupt of a run that listens
	// for interrupts itself: it was told and not stopped, the next one will do that.
	Op   string
	ID   int64 `json:",omitempty"` // the run it belongs to, 0 when unknown
	Mark int64 `json:",omitempty"` // number of the mark written to stdout and stderr just before

	Error string `json:",omitempty"` // loaded: why it failed

	// ready: what this worker cannot do on this machine, one sentence each, such as that os.Exit in a cell ends it.
	Degraded []string `json:",omitempty"`

	// display, result: what to show. Data holds strings for text and base64 types, JSON values for JSON types.
	Data      map[string]any `json:",omitempty"`
	Long      map[string]int `json:",omitempty"` // on its way: texts of Data that follow the line, in the order of their types, and their bytes
	Metadata  map[string]any `json:",omitempty"`
	DisplayID string         `json:",omitempty"`
	Update    bool           `json:",omitempty"`
	Wait      bool           `json:",omitempty"` // clear

	Comm *comm.Message `json:",omitempty"` // comm

	Text string `json:",omitempty"` // next: code for the cell that follows

	Prompt   string `json:",omitempty"` // input
	Password bool   `json:",omitempty"`

	// done: how the run ended. panic: a goroutine that nobody waits for died (Frames and so on as for done), or,
	// with Status "exit", called os.Exit after its run had ended.
	Status string  `json:",omitempty"` // "ok", "panic", "exit", "interrupted", "abandoned"
	Type   string  `json:",omitempty"` // panic: the value's type, such as runtime.boundsError or *errors.errorString
	Value  string  `json:",omitempty"` // panic: the value as the Go runtime would print it
	Code   int     `json:",omitempty"` // exit: the status
	Frames []Frame `json:",omitempty"` // panic: innermost first, from the panicking call down to the cell's Run
	Stack  string  `json:",omitempty"` // panic: the whole goroutine trace as text

	// done: how long the run took, and how much processor time the whole process spent meanwhile, in nanoseconds.
	Wall int64 `json:",omitempty"`
	CPU  int64 `json:",omitempty"`

	Values map[string]string `json:",omitempty"` // values: by variable, of cells or of the environment
}

// Frame is one line of a panic's trace.
type Frame struct {
	Func string
	File string
	Line int
}

// Mark is what the worker writes to stdout and stderr to separate what came before from what comes after:
// NUL, the token, ':', the number, NUL. The token is 32 random hex digits that the engine hands over in the environment.
func Mark(token string, n int64) string {
	return "\x00" + token + ":" + strconv.FormatInt(n, 10) + "\x00"
}

// EnvToken is the environment variable in which the engine hands over the token of marks.
const EnvToken = "RESIDENT_WORKER_TOKEN"
