package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/sandbox"
	"github.com/resident-go/resident/nbformat"
)

// cheatingCells are cells of students who cheat, or err, and what must come of them.
var cheatingCells = []struct {
	name    string
	cells   []string
	ends    string // the last cell's error, a regular expression; default: "ok"
	says    string // in the outputs of all cells, a regular expression
	over    bool   // the session may be lost by it
	timeout time.Duration
	stops   bool // it is interrupted as soon as one of its processes is stopped
}{
	{name: "an honest cell", cells: []string{"x := 6 * 7", "fmt.Println(x)"}, says: "^42\n$"},
	{name: "a question is answered from outside", cells: []string{"var s string; fmt.Scan(&s); fmt.Println(\"got\", s)"}, says: "got an\n$"},
	{name: "a mistake", cells: []string{"fmt.Println(undefined)"}, ends: "CompileError"},
	{name: "it exits with 0", cells: []string{"os.Exit(0)"}, ends: "Exit|WorkerDied"},
	{name: "it exits in init", cells: []string{"func init() { os.Exit(0) }", "1"}, ends: "Exit|WorkerDied|ok", over: true},
	{name: "it prints marks of the protocol", cells: []string{`fmt.Printf("\x00%s:1\x00{\"Done\":{\"ID\":1}}\n", os.Getenv("RESIDENT_WORKER_TOKEN"))`}, says: `"Done"`},
	{name: "it writes to the engine's socket", ends: ".*", cells: []string{`for fd := 3; fd < 20; fd++ { syscall.Write(fd, []byte("{\"Done\":{\"ID\":1}}\n")) }`, "1 + 1"}, over: true},
	{name: "it looks for the session's socket", cells: []string{`l, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", os.Getppid())); fmt.Println(len(l), err)`}, says: "^0 .*(permission denied|no such file)"},
	{name: "it writes to the engine's memory", cells: []string{`_, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", os.Getppid()), os.O_RDWR, 0); fmt.Println(err)`}, says: "permission denied|no such file"},
	{name: "it reads the engine's environment", cells: []string{`b, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", os.Getppid())); fmt.Println(len(b), err)`}, says: "^0 .*(permission denied|no such file)"},
	{name: "it kills the engine", cells: []string{"syscall.Kill(os.Getppid(), syscall.SIGKILL)\nselect {}"}, ends: "SandboxEnded", over: true},
	{name: "it stops the engine", cells: []string{"var s string; fmt.Scan(&s); syscall.Kill(os.Getppid(), syscall.SIGSTOP)\nselect {}"}, ends: "wall clock", over: true, stops: true},
	{name: "it pokes around in memory", cells: []string{"*(*int)(unsafe.Pointer(uintptr(8))) = 1"}, ends: "panic|WorkerDied"},
	{name: "it links to what is private", cells: []string{"import _ \"unsafe\"\n//go:linkname throw runtime.throw\nfunc throw(s string)\nthrow(\"forged\")"}, ends: "WorkerDied|CompileError", over: true},

	{name: "it computes without end", cells: []string{"for i := 0; ; i++ { }"}, ends: "Interrupt|limit", over: true, timeout: 2 * time.Second},
	{name: "it compiles without end", cells: []string{"LONG"}, ends: "Interrupt|limit|CompileError|SandboxEnded", over: true, timeout: 3 * time.Second},
	{name: "it prints without end", cells: []string{`for { fmt.Println("spam") }`}, ends: "output (bytes|lines)", says: "spam", over: true},
	{name: "it shows a huge picture", cells: []string{`display.HTML(strings.Repeat("x", 64<<20))`}, ends: "output bytes|SandboxEnded|memory", over: true},
	{name: "it takes memory without end", cells: []string{"var keep [][]byte\nfor { b := make([]byte, 32<<20); for i := 0; i < len(b); i += 4096 { b[i] = 1 }; keep = append(keep, b) }"}, ends: "memory|WorkerDied", over: true},
	{name: "it starts processes without end", cells: []string{"!f() { f | f & }; f"}, ends: ".*", over: true, timeout: 3 * time.Second},
	{name: "it fills the disk", cells: []string{"!i=0; while i=$((i+1)); head -c 8000000 /dev/zero > /tmp/$i; do :; done; ls /tmp >/dev/null && echo full"}, says: "full", over: true},
	{name: "the disk is full when it is compiled", cells: []string{"!head -c 80000000 /dev/zero > /tmp/1", "x := 1"}, ends: "more disk than its limit", over: true},
	{name: "it leaves a daemon", cells: []string{"!setsid sh -c 'echo left; exec sleep 98765' &"}, says: "left|"},

	{name: "it prints a secret with a command", cells: []string{"!cat SECRET"}, ends: "exit|1"},
	{name: "it reads a secret", cells: []string{`b, err := os.ReadFile("SECRET"); fmt.Println(string(b), err)`}, says: "no such file"},
	{name: "it embeds a secret", cells: []string{"import _ \"embed\"\n//go:embed SECRET\nvar s string", "fmt.Println(s)"}, ends: ".+"},
	{name: "it embeds a link to a secret", cells: []string{"!ln -s SECRET here", "import _ \"embed\"\n//go:embed here\nvar s string\nfmt.Println(s)"}, ends: ".+"},
	{name: "it includes a secret", cells: []string{"// #include \"SECRET\"\nimport \"C\"\nfmt.Println(C.int(1))"}, ends: ".+"},
	{name: "its C code reads a secret", cells: []string{"// #include <stdio.h>\n// static int get(void) { return fopen(\"SECRET\", \"r\") != NULL; }\nimport \"C\"\nfmt.Println(\"opened\", C.get())"}, says: "opened 0"},
	{name: "it follows a link that was in the folder", cells: []string{"!cat link"}, ends: ".+"},
	{name: "it lists the cache", cells: []string{`!ls -d "CACHE"/cells-*/* 2>/dev/null | wc -l`}, says: "^[01]\n"},
	{name: "it closes the cache to the engine", cells: []string{`!chmod 0 "CACHE"/cells-*`, "1 + 1"}, ends: "the engine in the sandbox: .*permission denied", over: true},
	{name: "it writes to the worker that others use", cells: []string{`!touch "BASE/forged"`}, ends: ".+", says: "[Rr]ead-only"},
	{name: "it adds to the seed that others use", cells: []string{`!touch "SEED/forged"`}, ends: ".+", says: "[Rr]ead-only"},
	{name: "it changes the seed that others use", cells: []string{`fmt.Println(os.WriteFile("SEED/seed.json", []byte("forged"), 0o666))`, `fmt.Println(os.Remove("SEED/seed.json"), os.Chmod("SEED", 0o777))`}, says: "(?s)(read-only.*|permission denied.*){3}"},
	{name: "it mounts something over the seed", cells: []string{`fmt.Println(syscall.Mount("tmpfs", "SEED", "tmpfs", 0, ""), syscall.Unmount("SEED", 0))`}, says: "^operation not permitted operation not permitted"},
	{name: "it replaces the compiler", cells: []string{"!cp /bin/true \"$(go env GOTOOLDIR)/compile\""}, ends: ".+", says: "[Rr]ead-only|denied"},
	{name: "it writes to the module cache", cells: []string{"!touch \"$(go env GOMODCACHE)/forged\""}, ends: ".+", says: "[Rr]ead-only|No such"},
	{name: "it overwrites the lesson's data", cells: []string{"!rm -f data; echo forged > data; cat data"}, says: "forged"},
	{name: "it calls a server on the machine", cells: []string{`_, err := net.Dial("tcp", "TCP"); fmt.Println(err)`}, says: "refused"},
	{name: "it fetches from the world", cells: []string{"!go get example.com/x@latest 2>&1", "1"}, says: ""},
	{name: "it looks at the processes of the machine", cells: []string{`p, _ := filepath.Glob("/proc/[0-9]*"); fmt.Println(len(p) < 6)`}, says: "^true"},
}

const secret = "the solution"

// victim is what the cells are about to attack.
type victim struct{ dir, secret, tcp, base, seed string }

func newVictim(t *testing.T, base string) *victim {
	t.Helper()
	root := t.TempDir()
	w := &victim{dir: filepath.Join(root, "lesson"), secret: filepath.Join(root, "solution.txt"), base: base, seed: filepath.Join(root, "seed")}
	if err := errors.Join(os.Mkdir(w.dir, 0o755), os.Mkdir(w.seed, 0o755), os.WriteFile(filepath.Join(w.seed, "seed.json"), []byte("{}"), 0o644), os.WriteFile(w.secret, []byte(secret), 0o644),
		os.WriteFile(filepath.Join(w.dir, "data"), []byte("data"), 0o644), os.Symlink(w.secret, filepath.Join(w.dir, "link"))); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	w.tcp = l.Addr().String()
	return w
}

func (w *victim) fill(cell string) string {
	if cell == "LONG" {
		return longToCompile()
	}
	return strings.NewReplacer("SECRET", w.secret, "TCP", w.tcp, "BASE", w.base, "SEED", w.seed, "CACHE", filepath.Dir(w.base)).Replace(cell)
}

// longToCompile is a function that the compiler thinks about for very long.
func longToCompile() string {
	var b strings.Builder
	b.WriteString("func long(x, y int) int {\n")
	for i := range 60_000 {
		fmt.Fprintf(&b, "if x%%%d == y { x, y = y*x+%d, x^y }\n", i+2, i)
	}
	b.WriteString("return x }\nlong(1, 2)")
	return b.String()
}

func TestCheatingCells(t *testing.T) {
	p := &Program{Stdin: strings.NewReader(""), Stdout: t.Output(), Stderr: t.Output()}
	o, err := p.engineOptions(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	base, err := p.builtBase(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	w := newVictim(t, base)
	start, _, err := p.sandboxed(t.Context(), w.dir, w.seed, sandbox.Strict, sandbox.Limits{Memory: 1 << 30, Disk: 64 << 20, Procs: 200, Wall: 10 * time.Minute, OutBytes: 4 << 20, OutLines: 20_000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.untouched(t) }) // after all rows
	for _, row := range cheatingCells {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			runner, end, err := start(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer end()
			sink := nbformat.NewCollector(nil)
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			sink.Ask = func(string, bool) (string, error) {
				if row.stops {
					go func() {
						for ctx.Err() == nil && !stoppedBelow(os.Getpid()) {
							<-time.After(10 * time.Millisecond)
						}
						interrupt()
					}()
				}
				return "an answer", nil
			}
			var last error
			for i, code := range row.cells {
				last = runCell(ctx, runner, i+1, w.fill(code), sink, row.timeout)
			}
			said, ended := shown(sink), errorText(last)
			if !regexp.MustCompile(cmp.Or(row.ends, "^ok$")).MatchString(ended) {
				t.Errorf("it ended with %q, want %q; it said %.300q", ended, row.ends, said)
			}
			if !regexp.MustCompile(row.says).MatchString(said) {
				t.Errorf("it said %.300q, want %q", said, row.says)
			}
			if strings.Contains(said+ended, secret) {
				t.Errorf("it got at the secret: %.300q %v", said, last)
			}
			if err := runCell(t.Context(), runner, 99, `fmt.Println("still here")`, sink, 0); !row.over && err != nil {
				t.Errorf("the next cell failed: %v", err)
			}
		})
	}
}

func runCell(ctx context.Context, r lessons.Runner, count int, code string, sink nbformat.Sink, timeout time.Duration) error {
	if timeout == 0 {
		timeout = 5 * time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return r.Run(ctx, count, code, sink)
}

func errorText(err error) string {
	if err == nil {
		return "ok"
	}
	if cell := (*nbformat.CellError)(nil); errors.As(err, &cell) {
		return cell.Error() + "\n" + strings.Join(cell.Traceback, "\n")
	}
	return fmt.Sprint(err)
}

// untouched holds that outside nothing has changed, and nothing has been left.
func (w *victim) untouched(t *testing.T) {
	t.Helper()
	if data, err := os.ReadFile(filepath.Join(w.dir, "data")); err != nil || string(data) != "data" {
		t.Errorf("the lesson's data is %q, %v", data, err)
	}
	if entries, _ := os.ReadDir(w.dir); len(entries) != 2 {
		t.Errorf("the lesson's folder holds %v", entries)
	}
	for _, file := range []string{filepath.Join(w.base, "forged"), "/usr/local/go/forged"} {
		if exists(file) {
			t.Errorf("%s was written", file)
		}
	}
	for _, file := range running(t) {
		data, _ := os.ReadFile(file)
		if strings.Contains(string(data), "sleep\x0098765\x00") {
			t.Errorf("a daemon is left: %s", file)
		}
	}
}

func running(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// stoppedBelow reports whether one of the processes that a process has started, or these, is stopped.
func stoppedBelow(pid int) bool {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, file := range files {
		children, _ := os.ReadFile(file)
		for _, child := range strings.Fields(string(children)) {
			stat, _ := os.ReadFile("/proc/" + child + "/stat")
			if _, state, _ := strings.Cut(string(stat), ") "); strings.HasPrefix(state, "T") {
				return true
			}
			if n, err := strconv.Atoi(child); err == nil && stoppedBelow(n) {
				return true
			}
		}
	}
	return false
}

// shown is all that cells have shown, as text.
func shown(c *nbformat.Collector) string {
	var b strings.Builder
	for _, o := range c.Outputs() {
		if o.Type == nbformat.Stream {
			b.WriteString(o.Text)
		} else {
			b.WriteString(lessons.PlainText(o))
		}
	}
	return b.String()
}
