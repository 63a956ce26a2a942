package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/resident-go/resident/nbformat"
)

// interruptCell runs a cell, interrupts it once it has printed "ready", and returns its error.
func interruptCell(t *testing.T, e *Engine, n int, code string) *nbformat.CellError {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rec := &recorder{onText: func(s string) {
		if strings.Contains(s, "ready") {
			cancel()
		}
	}}
	err := e.Run(ctx, n, code, rec)
	var ce *nbformat.CellError
	if !errors.As(err, &ce) {
		t.Fatalf("an interrupted cell ended with %v", err)
	}
	return ce
}

// ages is the grace of engines whose cells stop by themselves, however busy the machine is.
const ages = time.Minute

func TestInterrupt(t *testing.T) {
	e := newTestEngine(t, Options{Grace: ages})
	runCell(t, e, 99, "n := 1")
	for i, row := range []struct{ name, code string }{
		{"busy loop", "fmt.Println(\"ready\")\nfor { n++ }"},
		{"busy function", "func spin() { for { n++ } }\nfmt.Println(\"ready\")\nspin()"},
		{"recursion", "func deep(i int) int { if i > 100 { return 1 }; return deep(i+1) + deep(i+2) }\nfmt.Println(\"ready\")\ndeep(0)"},
		{"closure", "f := func() { for i := 0; ; i++ { n += i & 1 } }\nfmt.Println(\"ready\")\nf()"},
		{"printing", "for { fmt.Println(\"ready\"); n++ }"},
		{"library loop calling back", "fmt.Println(\"ready\")\nslices.IndexFunc(make([]int, 1<<40>>20), func(int) bool { for { n++ } })"},
		{"goroutines", "fmt.Println(\"ready\")\nvar wg sync.WaitGroup\nfor range 4 { wg.Go(func() { for { n++ } }) }\nwg.Wait()"},
		{"busy loop after all that", "fmt.Println(\"ready\")\nfor { n++ }"},
	} {
		ce := interruptCell(t, e, i+1, row.code)
		if ce.EName != "Interrupted" || !strings.Contains(ce.EValue, "its variables keep") {
			t.Errorf("%s: ended with %s: %s\n%s", row.name, ce.EName, ce.EValue, strings.Join(ce.Traceback, "\n"))
		}
		if got := runCell(t, e, 100+i, "fmt.Println(n > 0)"); got != "true\n" {
			t.Errorf("%s: the variable afterwards: %q", row.name, got)
		}
	}
}

// TestLeftBehind interrupts cells that never stop. Each is one statement: between two, the cell would stop in order.
func TestLeftBehind(t *testing.T) {
	e := newTestEngine(t, Options{})
	runCell(t, e, 99, "n := 1")
	for i, code := range []string{
		"func() { fmt.Println(\"ready\"); time.Sleep(time.Hour) }()",
		"func() { fmt.Println(\"ready\"); <-make(chan int) }()",
	} {
		if ce := interruptCell(t, e, i+1, code); ce.EName != "Interrupted" || !strings.Contains(ce.EValue, "left behind") {
			t.Errorf("%s: ended with %s: %s", code, ce.EName, ce.EValue)
		}
	}
	if ce := interruptCell(t, e, 3, "for { if n++; n == 2 { fmt.Println(\"ready\") } }"); ce.EName != "Interrupted" {
		t.Errorf("a loop after all that ended with %s: %s", ce.EName, ce.EValue)
	}
	if got := runCell(t, e, 4, "fmt.Println(n > 1)"); got != "true\n" {
		t.Errorf("the variable afterwards: %q", got)
	}
}

// TestAbandoned checks that a cell that was left behind stops at its next statement, and that its output is not mixed
// into later cells.
func TestAbandoned(t *testing.T) {
	e := newTestEngine(t, Options{})
	runCell(t, e, 1, "wake := make(chan int)\nreached := false")
	if ce := interruptCell(t, e, 2, "func() { fmt.Println(\"ready\"); <-wake }()\nreached = true\nfmt.Println(\"too late\")"); !strings.Contains(ce.EValue, "left behind") {
		t.Fatal(ce)
	}
	if got := runCell(t, e, 3, "wake <- 1\nruntime.Gosched()\nfmt.Println(\"next\", reached)"); got != "next false\n" {
		t.Errorf("the cell after it showed %q", got)
	}
}

func TestFlood(t *testing.T) {
	e := newTestEngine(t, Options{})
	got := runCell(t, e, 1, "for i := range 100000 { fmt.Printf(\"line %06d of the flood\\n\", i) }")
	var want strings.Builder
	for i := range 100000 {
		fmt.Fprintf(&want, "line %06d of the flood\n", i)
	}
	if got != want.String() {
		t.Errorf("got %d bytes, want %d", len(got), want.Len())
	}
}

// TestOrder checks that stdout, displays and results come in the order in which the cell made them, and that nothing
// comes after its end.
func TestOrder(t *testing.T) {
	e := newTestEngine(t, Options{})
	code := `import "github.com/resident-go/resident/kernel/display"
for i := range 200 {
	fmt.Print("a", i, " ")
	display.Show(fmt.Sprintf("d%d", i))
}
fmt.Print("\x00 odd bytes \x00")
"end"`
	var want strings.Builder
	for i := range 200 {
		fmt.Fprintf(&want, "a%d [display] \"d%d\"\n", i, i)
	}
	want.WriteString("\x00 odd bytes \x00[result] \"end\"\n")
	if got := runCell(t, e, 1, code); got != want.String() {
		t.Errorf("got  %.300q\nwant %.300q", got, want.String())
	}
}

// TestTurns checks that what a cell prints to stdout and to stderr in turns arrives in that order.
func TestTurns(t *testing.T) {
	e := newTestEngine(t, Options{})
	var want strings.Builder
	for i := range 300 {
		fmt.Fprintf(&want, "a%d [stderr]b%d ", i, i)
	}
	got := runCell(t, e, 1, "for i := range 300 {\n\tfmt.Print(\"a\", i, \" \")\n\tfmt.Fprintf(os.Stderr, \"b%d \", i)\n}")
	if got != want.String() {
		t.Errorf("got  %.300q\nwant %.300q", got, want.String())
	}
}

func TestCrash(t *testing.T) {
	rows := []struct{ name, code, cause string }{
		{"stack overflow", "debug.SetMaxStack(1 << 20)\nfunc forever(i int) int { return forever(i+1) + 1 }\nforever(0)", "fatal error: stack overflow\nCell In[2], line 2, in forever\n      1 debug.SetMaxStack(1 << 20)\n-->   2 func forever(i int) int { return forever(i+1) + 1 }\n      3 forever(0)\n    ... and so on, again and again\nCell In[2], line 3"},
		{"concurrent map writes", "m := map[int]int{}\nfor i := range 8 { go func() { for { m[i] = i } }() }\nselect {}", "-->   2 for i := range 8 { go func() { for { m[i] = i } }() }\n      3 select {}\nhint: a map is not for several goroutines"},
		{"killed", "syscall.Kill(os.Getpid(), syscall.SIGKILL)\nselect {}", "signal: killed"},
		{"bad pointer", "p := (*int)(unsafe.Pointer(uintptr(0x1234567812345)))\n*p = 1", "fault"},
	}
	e := newTestEngine(t, Options{})
	for i, row := range rows {
		runCell(t, e, 3*i+1, "x := "+strconv.Itoa(i+7))
		got := runCell(t, e, 3*i+2, row.code)
		if !strings.Contains(got, row.cause) || strings.Contains(got, "[stderr]") {
			t.Errorf("%s: showed %.2000s", row.name, got)
		}
		if strings.Contains(got, "WorkerDied") {
			if !strings.Contains(got, "%replay") {
				t.Errorf("%s: the message does not say what to do: %s", row.name, got)
			}
			runCell(t, e, 3*i+2, "%replay")
		}
		if got := runCell(t, e, 3*i+3, "x"); got != fmt.Sprintf("[result] %d\n", i+7) {
			t.Errorf("%s: after replay x is %q", row.name, got)
		}
	}
}

// TestSameCell checks that a cell executed again is not built again, and works on the same variables.
func TestSameCell(t *testing.T) {
	var trace strings.Builder
	e := newTestEngine(t, Options{CacheDir: testCache(t), Trace: &trace})
	unique := "// " + t.TempDir() + "\n"
	runCell(t, e, 1, "n := 0\np := &n")
	for i := range 3 {
		if got, want := runCell(t, e, 2+i, unique+"n++\nfmt.Println(n, p == &n)"), fmt.Sprintf("%d true\n", i+1); got != want {
			t.Errorf("run %d: %q, want %q", i, got, want)
		}
	}
	lines := strings.Split(strings.TrimSpace(trace.String()), "\n")
	for i, line := range lines[1:] {
		if built := !strings.Contains(line, "compile 0s"); built != (i == 0) {
			t.Errorf("run %d: %s", i+1, line)
		}
	}
	// Another session takes it from the cache.
	trace.Reset()
	e2 := newTestEngine(t, Options{Trace: &trace})
	runCell(t, e2, 1, "n := 0\np := &n")
	runCell(t, e2, 2, unique+"n++\nfmt.Println(n, p == &n)")
	if strings.Count(trace.String(), "compile 0s") != 2 {
		t.Errorf("a new session built again:\n%s", trace.String())
	}
}

// TestPrepare checks that a cell prepared while another runs is not compiled when its turn comes.
func TestPrepare(t *testing.T) {
	var trace strings.Builder
	e := newTestEngine(t, Options{Trace: &trace})
	unique := "// " + t.TempDir() + "\n"
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan string)
	started := make(chan bool)
	go func() {
		rec := &recorder{onText: func(s string) {
			if strings.Contains(s, "started") {
				close(started)
			}
		}}
		e.Run(t.Context(), 2, "y := 20\nfmt.Println(\"started\")\nos.ReadFile("+strconv.Quote(fifo)+")", rec)
		done <- rec.String()
	}()
	<-started
	e.Prepare(unique + "y + 1")
	if err := os.WriteFile(fifo, []byte("go on"), 0o600); err != nil {
		t.Fatal(err)
	}
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("the first cell did not end")
	}
	trace.Reset()
	if got := runCell(t, e, 3, unique+"y + 1"); got != "[result] 21\n" {
		t.Errorf("got %q", got)
	}
	if !strings.Contains(trace.String(), "compile 0s") {
		t.Errorf("it was compiled again: %s", trace.String())
	}
}

// TestWorkerDies kills a program that runs an engine and checks that its worker goes, too, even if it is busy.
func TestWorkerDies(t *testing.T) {
	if os.Getenv("RESIDENT_TEST_VICTIM") != "" {
		victim()
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestWorkerDies$", "-engine="+*mode)
	cmd.Env = append(os.Environ(), "RESIDENT_TEST_VICTIM=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscanf(out, "worker %d\n", &pid); err != nil {
		t.Fatal(err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	for deadline := time.Now().Add(time.Minute); alive(pid); {
		if time.Now().After(deadline) {
			t.Fatalf("worker %d outlived its engine", pid)
		}
		<-time.After(time.Millisecond)
	}
}

// alive reports whether a process exists and is not a zombie.
func alive(pid int) bool {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return syscall.Kill(pid, 0) == nil
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	return !strings.HasPrefix(rest, "Z")
}

func victim() {
	e, err := New(Options{Source: os.DirFS("../.."), Mode: *mode})
	if err != nil {
		panic(err)
	}
	e.Run(context.Background(), 1, "fmt.Println(\"worker\", os.Getpid())\nfor { }", stdout{})
}

// stdout passes on what cells print.
type stdout struct{}

func (stdout) Output(o nbformat.Output)           { os.Stdout.WriteString(o.Text) }
func (stdout) ClearOutput(bool)                   {}
func (stdout) Input(string, bool) (string, error) { return "", errors.New("no input") }

func TestCacheIsBounded(t *testing.T) {
	dir := t.TempDir()
	for i := range 10 {
		path := filepath.Join(dir, fmt.Sprintf("%d.so", i))
		if err := os.WriteFile(path, make([]byte, 1000), 0o666); err != nil {
			t.Fatal(err)
		}
		used := time.Now().Add(time.Duration(i-10) * time.Minute)
		if err := os.Chtimes(path, used, used); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := openCache(dir, 8000); err != nil {
		t.Fatal(err)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*.so"))
	if len(left) != 6 || filepath.Base(left[0]) != "4.so" {
		t.Errorf("left %v, want the six used last", left)
	}
}

// TestKernelsShareACache starts two engines on one empty cell cache and runs the same cells in both at once.
func TestKernelsShareACache(t *testing.T) {
	unique := "// " + t.TempDir() + "\n"
	done := make(chan string)
	for range 2 {
		e := newTestEngine(t, Options{})
		go func() {
			var out strings.Builder
			for i := range 8 {
				rec := &recorder{}
				if err := e.Run(t.Context(), i+1, fmt.Sprintf("%sfunc f%d() int { return %d }\nfmt.Println(f%d())", unique, i, i, i), rec); err != nil {
					fmt.Fprintln(&out, err)
				}
				out.WriteString(rec.String())
			}
			done <- out.String()
		}()
	}
	for range 2 {
		if got := <-done; got != "0\n1\n2\n3\n4\n5\n6\n7\n" {
			t.Errorf("got %q", got)
		}
	}
}
