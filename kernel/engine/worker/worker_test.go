package worker_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/resident-go/resident/kernel/engine/worker"
)

const token32 = "0123456789abcdef0123456789abcdef"

// engine is the other side of a real worker process, in its smallest form.
type engine struct {
	t        *testing.T
	cmd      *exec.Cmd
	conn     *os.File
	events   *worker.Reader
	out, err *bufio.Reader
	outEnd   *os.File
}

func startWorker(t *testing.T, host string) *engine {
	t.Helper()
	visit(t, ".", "../../display")
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	syscall.SetNonblock(pair[0], true)
	ours, theirs := os.NewFile(uintptr(pair[0]), "engine"), os.NewFile(uintptr(pair[1]), "worker")
	outR, outW, _ := os.Pipe()
	errR, errW, _ := os.Pipe()
	cmd := exec.Command(host)
	cmd.Env = append(os.Environ(), worker.EnvToken+"="+token32)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = outW, errW, []*os.File{theirs}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	outW.Close()
	errW.Close()
	e := &engine{t: t, cmd: cmd, conn: ours, events: worker.NewReader(ours), out: bufio.NewReader(outR), err: bufio.NewReader(errR), outEnd: outR}
	t.Cleanup(func() {
		ours.Close() // which ends the worker, whatever runs in it
		cmd.Wait()
		outR.Close()
		errR.Close()
	})
	if r := e.event(); r.Op != "ready" || len(r.Degraded) > 0 {
		t.Fatalf("first event %+v, expected ready without restrictions", r)
	}
	return e
}

func (e *engine) send(q worker.Request) {
	e.t.Helper()
	line, _ := json.Marshal(q)
	if _, err := e.conn.Write(append(line, '\n')); err != nil {
		e.t.Fatal(err)
	}
}

// event returns the next event. Everything printed before it must have been consumed: its marks come next on both streams.
func (e *engine) event() worker.Event {
	e.t.Helper()
	v, err := e.events.Next()
	if err != nil {
		rest, _ := io.ReadAll(e.err)
		e.t.Fatalf("reading an event: %v; stderr: %s", err, rest)
	}
	if v.Mark != 0 {
		mark := worker.Mark(token32, v.Mark)
		e.read("stdout", e.out, mark)
		e.read("stderr", e.err, mark)
	}
	return v
}

// read consumes exactly the text.
func (e *engine) read(name string, from io.Reader, text string) {
	e.t.Helper()
	got := make([]byte, len(text))
	if n, err := io.ReadFull(from, got); err != nil || string(got) != text {
		if err != nil {
			rest, _ := io.ReadAll(e.err)
			e.cmd.Wait()
			e.t.Logf("the worker is gone (%v); stderr: %s", e.cmd.ProcessState, rest)
		}
		e.t.Fatalf("%s: %q (%v), expected %q", name, got[:n], err, text)
	}
}

func (e *engine) load(library string, inits ...string) {
	e.t.Helper()
	e.send(worker.Request{Op: "load", Library: library, Inits: inits})
	if v := e.event(); v.Op != "loaded" || v.Error != "" {
		e.t.Fatalf("load: %+v", v)
	}
}

// row is a cell and its script.
type row struct {
	name   string
	script []string
}

// rows reads the comments of the cells.
func rows(t *testing.T, path string) (all []row) {
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || !strings.HasPrefix(fn.Name.Name, "Run_") {
			continue
		}
		_, script, found := strings.Cut(fn.Doc.Text(), "engine:\n")
		if !found {
			t.Fatalf("%s has no script", fn.Name.Name)
		}
		all = append(all, row{fn.Name.Name, strings.Split(strings.TrimSpace(script), "\n")})
	}
	return all
}

// play sends what the script says, and checks that all that comes back is what it says.
func (e *engine) play(library, prefix string, ids map[string]int64, r row) {
	t := e.t
	id := ids[r.name]
	e.send(worker.Request{Op: "run", ID: id, Library: library, Symbol: prefix + r.name})
	var pending []string // lines of the event that was received last and not compared yet
	for _, line := range r.script {
		line = strings.TrimSpace(line)
		op, arg, _ := strings.Cut(line, " ")
		switch op {
		case "send":
			e.send(request(arg))
			continue
		case "out", "err":
			text, err := strconv.Unquote(arg)
			if err != nil {
				t.Fatalf("%s: %q: %v", r.name, line, err)
			}
			e.read("std"+op, map[string]io.Reader{"out": e.out, "err": e.err}[op], text)
			continue
		}
		if len(pending) == 0 {
			pending = describe(e.event(), id, ids)
		}
		if pending[0] != line {
			t.Fatalf("%s: received %q, expected %q", r.name, pending, line)
		}
		pending = pending[1:]
	}
	if len(pending) > 0 {
		t.Fatalf("%s: also received %q", r.name, pending)
	}
}

func request(text string) worker.Request {
	op, arg, _ := strings.Cut(text, " ")
	switch op {
	case "eof":
		return worker.Request{Op: "input", EOF: true}
	case "error":
		return worker.Request{Op: "input", Error: arg}
	}
	return worker.Request{Op: op, Text: arg}
}

// describe writes an event as the lines of a script.
func describe(v worker.Event, id int64, ids map[string]int64) (lines []string) {
	if v.Status == "panic" {
		lines = append(lines, "panic "+v.Type+": "+v.Value)
		for _, f := range v.Frames {
			lines = append(lines, "at "+place(f))
		}
		if !strings.Contains(v.Stack, "goroutine ") {
			lines = append(lines, "no stack")
		}
	}
	if v.ID != id {
		for name, other := range ids {
			if other == v.ID {
				lines = append(lines, "of "+name)
			}
		}
	}
	switch v.Op {
	case "panic":
	case "turn", "asked":
		lines = append(lines, v.Op)
	case "done":
		line := "done " + v.Status
		if v.Status == "exit" {
			line += fmt.Sprint(" ", v.Code)
		}
		lines = append(lines, line)
	case "result":
		lines = append(lines, fmt.Sprintf("result %v", v.Data["text/plain"]))
	case "display":
		lines = append(lines, fmt.Sprintf("display text/html %v", v.Data["text/html"]))
	case "clear":
		lines = append(lines, strings.TrimSpace("clear "+map[bool]string{true: "wait"}[v.Wait]))
	case "input":
		lines = append(lines, strings.TrimSpace(map[bool]string{false: "input ", true: "password "}[v.Password]+v.Prompt))
	default:
		lines = append(lines, fmt.Sprintf("%+v", v))
	}
	return lines
}

// place is the function of a frame, and the source line when it is a cell's.
func place(f worker.Frame) string {
	name := f.Func[strings.LastIndexByte(f.Func, '/')+1:]
	for _, prefix := range []string{"cells.", "main."} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			src, _ := os.ReadFile(f.File)
			lines := bytes.Split(src, []byte("\n"))
			if f.Line > len(lines) {
				return fmt.Sprintf("%s: no line %d in %s", rest, f.Line, f.File)
			}
			return rest + ": " + strings.TrimSpace(string(lines[f.Line-1]))
		}
	}
	return name
}

// TestPlugin runs the rows in a worker that is an ordinary program, with the cells as a plugin.
func TestPlugin(t *testing.T) {
	dir := t.TempDir()
	host, library := filepath.Join(dir, "host"), filepath.Join(dir, "cells.so")
	buildHost(t, host)
	goBuild(t, "-buildmode=plugin", "-o", library, "./testdata/cells")
	playAll(t, host, library, cellsPrefix, pluginInits(t, "cells")...)
}

func buildHost(t *testing.T, path string) {
	t.Helper()
	goBuild(t, hostTag, "-ldflags=-checklinkname=0", "-o", path, "./host")
}

// hostTag makes the host a program; without it, it is nothing, since no ordinary link of it works.
const hostTag = "-tags=residentworker"

// pluginInits lists the init tasks of a package under testdata built as a plugin: its own, and those of what it brings
// along that the host does not have.
func pluginInits(t *testing.T, name string) (tasks []string) {
	t.Helper()
	const path = "{{.ImportPath}}"
	host := goList(t, hostTag, "-deps", "-f", path, "./host")
	for _, p := range goList(t, "-deps", "-f", path, "./testdata/"+name) {
		if !slices.Contains(host, p) {
			tasks = append(tasks, p+"..inittask")
		}
	}
	return tasks
}

// visit looks at every source that the tests build with a process of their own, so that go test knows what its cached
// results rest on.
func visit(t *testing.T, dirs ...string) {
	t.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err == nil {
				_, err = os.Stat(path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func goBuild(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("go", append([]string{"build"}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("go build %v: %v\n%s", args, err, out)
	}
}

func playAll(t *testing.T, host, library, prefix string, inits ...string) {
	e := startWorker(t, host)
	e.load(library, inits...)
	all := rows(t, "testdata/cells/cells.go")
	ids := map[string]int64{}
	for i, r := range all {
		ids[r.name] = int64(i + 1)
	}
	for _, r := range all {
		if !t.Run(r.name, func(t *testing.T) {
			e.t = t
			e.play(library, prefix, ids, r)
		}) {
			return // the streams are out of step
		}
	}
}
