package worker_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/resident-go/resident/kernel/engine/worker"
)

const cellsPrefix = "github.com/resident-go/resident/kernel/engine/worker/testdata/cells."

// TestLifecycle shares one build between what concerns the process and not a cell.
func TestLifecycle(t *testing.T) {
	dir := t.TempDir()
	host, cells := filepath.Join(dir, "host"), filepath.Join(dir, "cells.so")
	failing, withC := filepath.Join(dir, "failing.so"), filepath.Join(dir, "withc.so")
	buildHost(t, host)
	goBuild(t, "-buildmode=plugin", "-o", cells, "./testdata/cells")
	goBuild(t, "-buildmode=plugin", "-o", failing, "./testdata/failing")
	goBuild(t, "-buildmode=plugin", "-o", withC, "./testdata/withc")
	panics, program := filepath.Join(dir, "panics.so"), filepath.Join(dir, "panics")
	goBuild(t, "-buildmode=plugin", "-o", panics, "./testdata/panics")
	goBuild(t, "-o", program, "./testdata/panics")
	inits := pluginInits(t, "cells")
	start := func(t *testing.T) *engine {
		e := startWorker(t, host)
		e.load(cells, inits...)
		return e
	}
	t.Run("load errors", func(t *testing.T) { loadErrors(t, start(t), filepath.Join(dir, "absent.so"), failing) })
	t.Run("no such function", func(t *testing.T) { noSuchFunction(t, start(t), cells) })
	t.Run("engine gone", func(t *testing.T) { engineGone(t, start(t), cells) })
	t.Run("signals", func(t *testing.T) { signals(t, start(t), cells) })
	t.Run("C", func(t *testing.T) { printsFromC(t, start(t), withC) })
	t.Run("panic values", func(t *testing.T) { panicValues(t, start(t), panics, program) })
	t.Run("by hand", func(t *testing.T) { byHand(t, host) })
}

func loadErrors(t *testing.T, e *engine, absent, failing string) {
	for _, row := range []struct{ library, want string }{
		{absent, "open " + absent + ": "},
		{failing, "load " + failing + ": an init function panicked: not today (string)\n"},
		{failing, "load " + failing + ": an init function failed before and cannot run again"},
	} {
		e.send(worker.Request{Op: "load", Library: row.library, Inits: pluginInits(t, "failing")})
		if v := e.event(); v.Op != "loaded" || !strings.HasPrefix(v.Error, row.want) {
			t.Errorf("received %+v, expected the error %q", v, row.want)
		}
	}
}

func noSuchFunction(t *testing.T, e *engine, cells string) {
	e.send(worker.Request{Op: "run", ID: 1, Library: cells, Symbol: "main.Run_absent"})
	if v := e.event(); v.Status != "panic" || !strings.Contains(v.Value, "no such function") {
		t.Errorf("received %+v", v)
	}
}

// engineGone: the worker ends when the engine does, also under a cell that spins.
func engineGone(t *testing.T, e *engine, cells string) {
	e.send(worker.Request{Op: "run", ID: 1, Library: cells, Symbol: cellsPrefix + "Run_spin"})
	e.read("stdout", e.out, "spinning")
	e.conn.Close()
	if err := e.cmd.Wait(); err != nil {
		t.Errorf("the worker ended with %v", err)
	}
}

// signals: an interrupt from the terminal is not for the worker, a request to terminate is.
func signals(t *testing.T, e *engine, cells string) {
	e.cmd.Process.Signal(os.Interrupt)
	e.send(worker.Request{Op: "run", ID: 1, Library: cells, Symbol: cellsPrefix + "Run_no_values"})
	if v := e.event(); v.Status != "ok" {
		t.Errorf("received %+v", v)
	}
	e.cmd.Process.Signal(syscall.SIGTERM)
	e.cmd.Wait()
	if s := e.cmd.ProcessState.Sys().(syscall.WaitStatus); s.Signal() != syscall.SIGTERM {
		t.Errorf("ended with %v", e.cmd.ProcessState)
	}
}

// byHand: who starts the worker without an engine is told.
func byHand(t *testing.T, host string) {
	out, err := exec.Command(host).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "started by the engine") {
		t.Errorf("%v: %s", err, out)
	}
}

// printsFromC: what C code prints has its place among the output although C keeps it in a buffer.
func printsFromC(t *testing.T, e *engine, library string) {
	e.load(library, pluginInits(t, "withc")...)
	symbol := strings.Replace(cellsPrefix, "/cells.", "/withc.", 1) + "Run_c"
	e.send(worker.Request{Op: "run", ID: 1, Library: library, Symbol: symbol})
	e.read("stdout", e.out, "hello from C, ")
	if v := e.event(); v.Op != "result" {
		t.Errorf("received %+v", v)
	}
	e.read("stdout", e.out, "hello from Go")
	if v := e.event(); v.Status != "ok" {
		t.Errorf("received %+v", v)
	}
}

// panicValues: a panic in a cell names its value as the Go runtime does in an ordinary program.
func panicValues(t *testing.T, e *engine, library, program string) {
	e.load(library, pluginInits(t, "panics")...)
	count, _ := exec.Command(program).CombinedOutput()
	n, err := strconv.Atoi(string(count))
	if err != nil || n == 0 {
		t.Fatalf("%s values: %v", count, err)
	}
	for i := range n {
		crash, _ := exec.Command(program, strconv.Itoa(i)).CombinedOutput()
		want, _, _ := strings.Cut(strings.TrimPrefix(string(crash), "panic: "), "\n")
		e.send(worker.Request{Op: "run", ID: 1, Library: library, Symbol: strings.Replace(cellsPrefix, "/cells.", "/panics.", 1) + "Run_value"})
		if v := e.event(); v.Value != want {
			t.Errorf("%s: %q, the runtime prints %q", v.Type, v.Value, want)
		}
	}
}
