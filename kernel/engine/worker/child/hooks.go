package child

import (
	"errors"
	"io"
	"os"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"github.com/resident-go/resident/kernel/engine/worker"
)

// Three doors of the standard library lead out of a cell's world: os.Exit ends the process, so does a panic that no
// goroutine recovers, and os.Stdin is a descriptor nobody types at. A worker cannot ask its users to go around
// them, and libraries walk through them too (log.Fatal, flag, fmt.Scan). So the functions behind the doors are
// replaced at start-up (patch.go). Where that is not possible the worker says so in its ready event, and works without.
// Writing is replaced, too, because nobody else knows in which order stdout and stderr, two pipes, were written to.

// hook is one function that is replaced, and what a cell meets when it cannot be.
type hook struct {
	name string
	old  any
	new  any
	lost string
}

func hooks() []hook {
	return []hook{
		{"os.Exit", os.Exit, exitHook, "os.Exit in a cell ends the worker"},
		{"syscall.Exit", syscall.Exit, exitHook, "syscall.Exit in a cell ends the worker"},
		{"runtime.preprintpanics", preprintpanics, panicHook, "a panic in a goroutine of a cell ends the worker"},
		{"os.(*File).Read", (*os.File).Read, readHook, "os.Stdin is empty"},
		{"os.(*File).Write", (*os.File).Write, writeHook, "what is printed to stdout and to stderr may change places"},
	}
}

// install puts the hooks in place and returns what could not be done.
func install() (degraded []string) {
	if !labelled {
		degraded = append(degraded, "goroutines are not attributed to runs: the profiler's labels have another layout")
	}
	for _, h := range hooks() {
		if err := replace(h.name, reflect.ValueOf(h.old).Pointer(), h.new); err != nil {
			degraded = append(degraded, h.lost+": "+err.Error())
			hooked = false
		}
	}
	if hooked && !probePanic() {
		degraded = append(degraded, "the value of a panic in a goroutine is not known: runtime._panic has another layout")
	}
	return degraded
}

// hooked is false when a hook could not be put in place at the start, which is known to the engine then.
var hooked = true

// installIn puts the hooks in place in a library. An ordinary plugin brings a copy of every standard function that it
// calls, the runtime's included; in slim mode there is one copy for all, and nothing to do.
func installIn(library unsafe.Pointer) error {
	if !hooked {
		return nil
	}
	for _, h := range hooks() {
		at := findFunction(library, h.name)
		if at == nil {
			continue
		}
		if err := replace(h.name, uintptr(at), h.new); err != nil {
			return err
		}
	}
	return nil
}

// exitHook stands in for os.Exit. The run ends at once, and as with the real one no deferred function runs: the
// goroutine is parked for ever, as nothing else stops a goroutine without running its deferred functions. Locks
// that it holds stay locked.
func exitHook(code int) {
	p := this
	e := worker.Event{Status: "exit", Code: code}
	if t := p.owner(); t != nil && t.end(e) {
		p.condemn(t)
	} else {
		e.Op = "panic"
		if t != nil {
			e.ID = t.run.ID
		}
		p.out.send(e)
	}
	select {}
}

//go:linkname preprintpanics runtime.preprintpanics
func preprintpanics(p *panicLink)

// panicLink is the head of runtime._panic.
type panicLink struct {
	arg  any
	link *panicLink
}

// repanicked counts the panics with the same value that this one follows.
func (q *panicLink) repanicked() (n int) {
	for ; q.link != nil && words(&q.link.arg) == words(&q.arg); q = q.link {
		n++
	}
	return n
}

var errUnknown = errors.New("a panic whose value is not known")

var (
	layoutKnown bool
	probe       func(*panicLink) // set while probePanic runs
)

// probePanic lets a goroutine die of a panic within a panic and looks where the hook finds the two values, word by word:
// nothing is taken for a value or a pointer before it is known to be one.
func probePanic() bool {
	var first, second any = new(int), new(int)
	found := make(chan bool)
	probe = func(q *panicLink) { found <- holds(unsafe.Pointer(q), words(&first), words(&second)) }
	go func() {
		defer func() { panic(second) }()
		panic(first)
	}()
	layoutKnown = <-found
	probe = nil
	return layoutKnown
}

// holds reports whether q has the layout of panicLink, with these values. The link must lie on the same stack.
//
//go:nosplit
func holds(q unsafe.Pointer, first, second [2]uintptr) bool {
	const stack = 64 << 10
	w := (*[3]uintptr)(q)
	if distance := w[2] - uintptr(q); *(*[2]uintptr)(q) != second || distance > stack && -distance > stack {
		return false
	}
	return **(**[2]uintptr)(unsafe.Add(q, unsafe.Offsetof(panicLink{}.link))) == first
}

// words are the two words of an interface value, which compare without regard to what they point to.
func words(v *any) [2]uintptr { return *(*[2]uintptr)(unsafe.Pointer(v)) }

// panicHook stands in for the first step of runtime.gopanic after it has run all deferred functions of the goroutine
// and found that none recovers. (The last step, runtime.fatalpanic, sees error values as text already.) The goroutine's
// stack is whole. It ends here: by runtime.Goexit, which finds no deferred function left and lets the runtime have the
// goroutine back, or parked if C code called into it.
func panicHook(q *panicLink) {
	if probe != nil {
		probe(q)
		runtime.Goexit()
	}
	pcs := callers()
	if layoutKnown {
		this.died(ending(q.arg, pcs, q.repanicked()))
	} else {
		this.died(ending(errUnknown, pcs, 0))
	}
	if fromC(pcs) {
		select {}
	}
	runtime.Goexit()
}

// died ends the run of a goroutine that panicked, or reports the panic when the run is over.
func (p *process) died(e worker.Event) {
	t := p.owner()
	if t != nil && t.end(e) {
		p.condemn(t)
		return
	}
	if t != nil && t.state.Load() == condemned {
		return
	}
	e.Op = "panic"
	if t != nil {
		e.ID = t.run.ID
	}
	p.out.send(e)
}

func fromC(pcs []uintptr) bool {
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "runtime.cgocallback") {
			return true
		}
		if !more {
			return false
		}
	}
}

// readHook stands in for (*os.File).Read: the same, except for os.Stdin.
func readHook(f *os.File, b []byte) (int, error) {
	if f == nil {
		return 0, os.ErrInvalid
	}
	if isStdin(f) {
		return this.readStdin(b)
	}
	n, err := fileRead(f, b)
	return n, fileWrapErr(f, "read", err)
}

//go:linkname fileRead os.(*File).read
func fileRead(f *os.File, b []byte) (int, error)

//go:linkname fileWrapErr os.(*File).wrapErr
func fileWrapErr(f *os.File, op string, err error) error

// writeHook stands in for (*os.File).Write: the same, except that it marks where the output turns from stdout to stderr or
// back, and from one run to another. What C code and other programs write is not seen, and has no order between the two.
func writeHook(f *os.File, b []byte) (int, error) {
	if f == nil {
		return 0, os.ErrInvalid
	}
	if p := this; p != nil && (f == originalStdout || f == originalStderr) {
		p.printing.Lock() // so that nobody else writes between the mark and what it is for
		defer p.printing.Unlock()
		p.turnTo(f)
	}
	n, err := fileWrite(f, b)
	n = max(n, 0)
	epipeCheck(f, err)
	switch {
	case err != nil:
		return n, fileWrapErr(f, "write", err)
	case n != len(b):
		return n, io.ErrShortWrite
	}
	return n, nil
}

// turnTo says where the output turns to another stream or another run; p.printing is held.
func (p *process) turnTo(f *os.File) {
	before, by := p.out.printed.Swap(f), p.printer()
	if before != nil && before != f || by != p.printed {
		p.printed = by
		p.out.send(worker.Event{Op: "turn", ID: by})
		p.out.printed.Store(f)
	}
}

// printer is the number of the run that this goroutine prints for. While there is only one, it is not said, 0.
func (p *process) printer() int64 {
	if p.printers.Load() <= 1 {
		return 0
	}
	if t := mine(); t != nil && !t.ended.Load() {
		return t.run.ID
	}
	return 0
}

//go:linkname fileWrite os.(*File).write
func fileWrite(f *os.File, b []byte) (int, error)

//go:linkname epipeCheck os.epipecheck
func epipeCheck(f *os.File, err error)

var originalStdout, originalStderr = os.Stdout, os.Stderr

// originalStdin is the file that os.Stdin is at the start; a cell may assign another to the variable and means it.
var originalStdin = os.Stdin

// isStdin reports whether f reads descriptor 0 of this process. While os.Stdin is open on it, no other file can have
// that descriptor without meaning the same; once it is closed, 0 is a number like any other.
func isStdin(f *os.File) bool {
	if sysfdAt == 0 {
		return f == originalStdin
	}
	return descriptor(originalStdin) == 0 && descriptor(f) == 0
}

// descriptor reads the number of an open file without the side effects of Fd.
func descriptor(f *os.File) int {
	return *(*int)(unsafe.Add(*(*unsafe.Pointer)(unsafe.Pointer(f)), sysfdAt))
}

// sysfdAt is where the struct that an os.File points to keeps its descriptor, 0 when that cannot be told.
var sysfdAt = findSysfd()

func findSysfd() uintptr {
	t := reflect.TypeFor[os.File]()
	if t.NumField() != 1 || t.Field(0).Type.Kind() != reflect.Pointer {
		return 0
	}
	pfd, ok := t.Field(0).Type.Elem().FieldByName("pfd")
	if !ok {
		return 0
	}
	fd, ok := pfd.Type.FieldByName("Sysfd")
	if !ok || fd.Type.Kind() != reflect.Int {
		return 0
	}
	return pfd.Offset + fd.Offset
}
