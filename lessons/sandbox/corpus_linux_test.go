package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// small are limits that a cheat meets soon.
var small = Limits{Memory: 128 << 20, Disk: 32 << 20, FileSize: 8 << 20, Procs: 64, CPU: 5 * time.Minute, Wall: 10 * time.Minute, OutBytes: 1 << 20, OutLines: 10_000}

// world is what a sandbox must not reach.
type world struct {
	secret, readable, layer  string // a file, and folders that it is given
	tcp, abstract, path, pid string
	program                  string // of the cheats
	start                    func(context.Context, Command) (*Process, error)
}

// corpus are cheats and accidents, and what must happen: what the cheat prints, and how its sandbox ends.
var corpus = []struct {
	name   string
	cheat  []string
	says   string // a regular expression of all that it prints
	ends   string // of the error, "" for none
	limits func(*Limits)
}{
	{name: "a command has its arguments", cheat: []string{"args", "a", "b c"}, says: "a b c"},
	{name: "it exits early", cheat: []string{"exit"}, ends: "exited with 3"},
	{name: "its environment is what it was given", cheat: []string{"environ"}, says: "LANG=C.UTF-8;HOME=[^;]*;TMPDIR=[^;]*;"},
	{name: "it reads a file that its caller left open", cheat: []string{"open"}, says: "none"},
	{name: "it has no rights and gains none", cheat: []string{"rights"}, says: "0+ 0+ 0+ 0+ 0+ 1 2"},
	{name: "it sees no process but its own", cheat: []string{"processes"}, says: "1"},
	{name: "it reads the environment of process 1", cheat: []string{"read", "/proc/1/environ"}, says: "ENOENT"},
	{name: "it opens the memory of process 1", cheat: []string{"mem"}, says: "ENOENT"},
	{name: "it goes through the root of process 1", cheat: []string{"root"}, says: "ENOENT"},
	{name: "it traces process 1", cheat: []string{"ptrace"}, says: "EPERM"},
	{name: "it reads memory of process 1", cheat: []string{"readv"}, says: "EPERM"},
	{name: "it kills everything", cheat: []string{"killall"}, says: "|done|ESRCH", ends: "|.*SIGKILL"}, // itself, at most
	{name: "it kills who started it", cheat: []string{"kill", "PID"}, says: "ESRCH"},
	{name: "it mounts", cheat: []string{"mount"}, says: "EPERM"},
	{name: "it makes a namespace", cheat: []string{"unshare"}, says: "EPERM"},
	{name: "it starts a process in a namespace", cheat: []string{"userns"}, says: "EPERM"},
	{name: "it becomes root", cheat: []string{"setuid"}, says: "EINVAL|EPERM"},
	{name: "it asks for a kernel keyring", cheat: []string{"keyctl"}, says: "EPERM"},
	{name: "it loads a program into the kernel", cheat: []string{"bpf"}, says: "EPERM"},
	{name: "it goes around the filter by a ring", cheat: []string{"uring"}, says: "EPERM"},
	{name: "it calls what the filter does not know", cheat: []string{"newer"}, says: "EPERM"},
	{name: "it makes a file that nothing counts", cheat: []string{"memfd"}, says: "EPERM"},

	{name: "it reads a file of the machine", cheat: []string{"read", "SECRET"}, says: "ENOENT"},
	{name: "it reads the machine's users", cheat: []string{"read", "/etc/shadow"}, says: "ENOENT"},
	{name: "it lists the home of who started it", cheat: []string{"list", "HOME"}, says: "ENOENT|[^ ]*"}, // at most the way to this program
	{name: "it writes to the system", cheat: []string{"write", "/usr/forged"}, says: "EROFS|EACCES"},
	{name: "it writes to the Go installation", cheat: []string{"write", "GOROOT/forged"}, says: "EROFS|EACCES"},
	{name: "it writes to the root", cheat: []string{"write", "/forged"}, says: "EROFS|EACCES"},
	{name: "it writes to a folder it may read", cheat: []string{"write", "READABLE/forged"}, says: "EROFS|EACCES"},
	{name: "it reads a folder it may read", cheat: []string{"read", "READABLE/data"}, says: "data"},
	{name: "it overwrites through a link in its folder", cheat: []string{"write", "LAYER/link"}, says: "ENOENT|EACCES|EROFS|done"}, // at most a file of its own,
	{name: "it writes to its own layer", cheat: []string{"write", "LAYER/forged"}, says: "done"},
	{name: "it follows a link in its folder", cheat: []string{"read", "LAYER/link"}, says: "ENOENT"},
	{name: "it makes a link to a file of the machine", cheat: []string{"symlink", "SECRET"}, says: "ENOENT"},
	{name: "it writes to its home", cheat: []string{"write", Home + "/file"}, says: "done"},

	{name: "it connects to a server on the machine", cheat: []string{"dial", "tcp", "TCP"}, says: "ECONNREFUSED"},
	{name: "it connects to the world", cheat: []string{"dial", "tcp", "192.0.2.1:80"}, says: "ENETUNREACH"},
	{name: "it connects to an abstract socket", cheat: []string{"dial", "unix", "ABSTRACT"}, says: "ECONNREFUSED|EPERM"},
	{name: "it connects to a socket in a folder", cheat: []string{"dial", "unix", "SOCKET"}, says: "ENOENT"},
	{name: "it speaks to the host of a virtual machine", cheat: []string{"vsock"}, says: "EPERM"},
	{name: "it speaks to the kernel", cheat: []string{"netlink"}, says: "EPERM"},
	{name: "it has a server of its own", cheat: []string{"loopback"}, says: "done"},

	{name: "it starts processes without end", cheat: []string{"forks"}, says: "EAGAIN"},
	{name: "it takes memory without end", cheat: []string{"memory"}, says: "(?s).*", ends: "exited with 2|memory"},
	{name: "it takes shared memory without end", cheat: []string{"shared"}, says: "ENOMEM|", ends: "memory|"},
	{name: "many processes take memory", cheat: []string{"herd"}, says: "(?s).*", ends: "more memory than its limit"},
	{name: "it writes a huge file", cheat: []string{"file"}, says: "(?s)EFBIG|.*SIGXFSZ.*", ends: "|exited with 2"},
	{name: "it fills the disk", cheat: []string{"disk"}, says: "ENOSPC"},
	{name: "it makes files without end", cheat: []string{"inodes"}, says: "ENOSPC"},
	{name: "it prints without end", cheat: []string{"bytes"}, says: "x*", ends: "output bytes"},
	{name: "it prints lines without end", cheat: []string{"lines"}, says: "\n*", ends: "output lines"},
	{name: "it computes without end", cheat: []string{"loop"}, says: "(?s).*", ends: "more processor time than its limit", limits: func(l *Limits) { l.CPU = time.Second }},
	{name: "it waits without end", cheat: []string{"sleep"}, ends: "more wall clock than its limit", limits: func(l *Limits) { l.Wall = time.Second / 2 }},
	{name: "it leaves processes behind", cheat: []string{"daemon", "MARK"}, says: "done"},
}

func TestCorpus(t *testing.T) {
	w := newWorld(t)
	for _, row := range corpus {
		t.Run(row.name, func(t *testing.T) {
			limits := small
			if row.limits != nil {
				row.limits(&limits)
			}
			w.holds(t, row.cheat, limits, row.says, row.ends)
		})
	}
	w.untouched(t)
}

// holds runs a cheat and compares what it prints and how it ends.
func (w *world) holds(t *testing.T, cheat []string, limits Limits, says, ends string) {
	t.Helper()
	said, err := w.run(t, cheat, limits)
	if !matches(says, said) {
		t.Errorf("it printed %.300q, want %q", said, says)
	}
	if got := text(err); !matches(ends, got) && !(ends != "" && regexp.MustCompile(ends).MatchString(got)) {
		t.Errorf("it ended with %q, want %q", got, ends)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func matches(pattern, s string) bool {
	return regexp.MustCompile("^(?:" + pattern + ")$").MatchString(s)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{program: program, secret: filepath.Join(dir, "secret"), readable: filepath.Join(dir, "readable"), layer: filepath.Join(dir, "layer"), path: filepath.Join(dir, "socket"), pid: fmt.Sprint(os.Getpid()), start: Start}
	for _, d := range []string{w.readable, w.layer} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for file, data := range map[string]string{w.secret: "the solution", filepath.Join(w.readable, "data"): "data", filepath.Join(w.layer, "given"): "given"} {
		if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(w.secret, filepath.Join(w.layer, "link")); err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Open(w.secret, syscall.O_RDONLY, 0) // as descriptors are that a shell hands on
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	w.tcp = listen(t, "tcp", "127.0.0.1:0")
	w.abstract = listen(t, "unix", "@resident-corpus-"+w.pid)
	listen(t, "unix", w.path)
	return w
}

func listen(t *testing.T, network, address string) string {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

// run runs a cheat in a sandbox, and holds that nothing of it is left: whatever runs has a pipe open that is closed at the end.
func (w *world) run(t *testing.T, cheat []string, limits Limits) (string, error) {
	t.Helper()
	alive, held, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer alive.Close()
	home, _ := os.UserHomeDir()
	names := strings.NewReplacer("PID", w.pid, "SECRET", w.secret, "READABLE", w.readable, "LAYER", w.layer, "TCP", w.tcp, "ABSTRACT", w.abstract, "SOCKET", w.path,
		"GOROOT", "/usr/local/go", "HOME", home, "MARK", "98765.4321")
	argv := []string{w.program, "cheat"}
	for _, a := range cheat {
		argv = append(argv, names.Replace(a))
	}
	var out bytes.Buffer
	b, err := w.start(t.Context(), Command{
		Argv: argv, Env: []string{"LANG=C.UTF-8", "HOME=" + Home, "TMPDIR=/tmp"}, Stdout: &out, Stderr: &out, Files: []*os.File{held}, Limits: limits,
		Dirs: []Dir{{Path: w.program}, {Path: w.readable}, {Path: w.layer, Access: Layered}},
	})
	held.Close()
	if err != nil {
		t.Fatal(err)
	}
	err = b.Wait()
	alive.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := alive.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("processes are left when the sandbox has ended: %v", err)
	}
	return out.String(), err
}

// untouched holds that the cheats have changed nothing outside.
func (w *world) untouched(t *testing.T) {
	t.Helper()
	if got := read(w.secret); got != "the solution" {
		t.Errorf("the secret is %q", got)
	}
	for dir, want := range map[string]string{w.readable: "data", w.layer: "given link"} {
		if got := list(dir); got != want {
			t.Errorf("%s holds %q, want %q", dir, got, want)
		}
	}
}

// Sandboxes need no root. Whoever is root runs the corpus as nobody, too.
func TestCorpusUnprivileged(t *testing.T) {
	if os.Geteuid() != 0 {
		return // TestCorpus was that
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "corpus-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	data, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "sandbox.test")
	if err := errors.Join(os.WriteFile(program, data, 0o755), os.Chmod(program, 0o755), os.Chmod(dir, 0o755), os.Mkdir(filepath.Join(dir, "tmp"), 0o777), os.Chmod(filepath.Join(dir, "tmp"), 0o777)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^(TestCorpus|TestProbe|TestCallerDies)$", "-test.v")
	cmd.Dir, cmd.Env = "/", []string{"TMPDIR=" + filepath.Join(dir, "tmp"), "HOME=/nonexistent"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: outsideID, Gid: outsideID}}
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Count(string(out), "--- PASS: TestCorpus/") != len(corpus) {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}

// keep is a caller that starts a sandbox and waits to be killed.
func keep() {
	exe, _ := os.Executable()
	b, err := Start(context.Background(), Command{Argv: []string{exe, "cheat", "sleep"}, Dirs: []Dir{{Path: exe}}, Files: []*os.File{os.NewFile(3, "alive")}})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("started")
	b.Wait()
}

// A sandbox ends with its caller, however that ends.
func TestCallerDies(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	alive, held, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer alive.Close()
	caller := exec.Command(exe, "keeper")
	caller.ExtraFiles = []*os.File{held}
	said, err := caller.StdoutPipe()
	if err == nil {
		err = caller.Start()
	}
	held.Close()
	if err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 100)
	n, _ := said.Read(line)
	if got := string(line[:n]); got != "started\n" {
		t.Fatalf("the caller said %q", got)
	}
	caller.Process.Kill()
	caller.Wait()
	alive.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := alive.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the sandbox has outlived its caller: %v", err)
	}
}

func TestProbe(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there are no sandboxes on " + runtime.GOOS)
	}
	for _, f := range Probe(t.Context()) {
		t.Logf("%s: %s%v", f.Mechanism, f.Detail, f.Err)
		if f.Err != nil && f.Fallback == "" {
			t.Errorf("%s: %v", f.Mechanism, f.Err)
		}
	}
}
