package kernel

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func writeConnection(t *testing.T, change func(dict)) string {
	t.Helper()
	dir := t.TempDir()
	c := dict{"transport": "ipc", "ip": filepath.Join(dir, "k"), "shell_port": 1, "iopub_port": 2, "stdin_port": 3,
		"control_port": 4, "hb_port": 5, "key": testKey, "signature_scheme": "hmac-sha256", "kernel_name": "resident"}
	change(c)
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "connection.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestParentDies: a kernel whose parent is killed ends, with all that it has started, also while its worker is being built. Every process of the
// kernel holds the write end of a pipe, so the pipe ends when all of them have.
func TestParentDies(t *testing.T) {
	rows := []struct {
		name  string
		env   func(empty string) []string
		until func(socket, empty string) string // exists when the parent is killed
	}{
		{"at once", func(string) []string { return nil }, func(socket, _ string) string { return socket }},
		{"while the worker is built", func(empty string) []string {
			return []string{"XDG_CACHE_HOME=" + empty, "GOCACHE=" + filepath.Join(empty, "go"), "TMPDIR=" + empty}
		},
			func(_, empty string) string { return filepath.Join(empty, "go-build*", "b*", "_pkg_.a") }},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			empty := t.TempDir()
			file := writeConnection(t, func(dict) {})
			socket := filepath.Join(filepath.Dir(file), "k-1") // bound last
			parent, alive := startOrphan(t, file, r.env(empty))
			for _, path := range []string{socket, r.until(socket, empty)} {
				awaitFile(t, path)
			}
			if err := parent.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			parent.Wait()
			if err := alive.SetReadDeadline(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(alive); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(socket); err == nil {
				t.Error("the kernel left its socket file behind")
			}
		})
	}
}

// startOrphan starts a kernel as the child of a shell, and returns the shell and a pipe that ends with the last of their processes.
func startOrphan(t *testing.T, connection string, env []string) (parent *exec.Cmd, alive *os.File) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	source, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	parent = exec.Command("sh", "-c", `JPY_PARENT_PID=$$ "$0" kernel "$1" & exec sleep 1000`, program, connection)
	parent.Env = slices.Concat(os.Environ(), []string{"RESIDENT_TEST_SOURCE=" + source}, env)
	alive, held, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { alive.Close() })
	parent.ExtraFiles = []*os.File{held}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	held.Close()
	return parent, alive
}

// awaitFile waits until a file exists that a pattern names.
func awaitFile(t *testing.T, pattern string) {
	t.Helper()
	for over := deadlineIn(patience); ; {
		if found, err := filepath.Glob(pattern); err != nil || len(found) > 0 {
			return
		}
		if over() {
			t.Fatalf("there is no %s: the kernel did not start", pattern)
		}
	}
}

func TestBadConnectionFiles(t *testing.T) {
	rows := []struct {
		name   string
		change func(dict)
		want   string
	}{
		{"transport", func(c dict) { c["transport"] = "inproc" }, `transport is "inproc", expected tcp or ipc`},
		{"scheme", func(c dict) { c["signature_scheme"] = "hmac-md5" }, `signature_scheme is "hmac-md5", expected hmac-sha256`},
		{"no port", func(c dict) { delete(c, "hb_port") }, "hb_port is 0, expected 1 to 65535"},
		{"port too large", func(c dict) { c["shell_port"] = 70000 }, "shell_port is 70000"},
		{"port as text", func(c dict) { c["shell_port"] = "1" }, "shell_port"},
		{"CURVE", func(c dict) { c["curve_publickey"] = "x" }, "the public CURVE key is not 40 characters in Z85"},
		{"CURVE without the secret key", func(c dict) { c["curve_publickey"] = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7" }, "the secret CURVE key is not 40 characters in Z85"},
		{"no such folder", func(c dict) { c["ip"] = "/does/not/exist" }, "bind REP socket to ipc:///does/not/exist-5"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			file := writeConnection(t, r.change)
			err := Serve(t.Context(), Config{ConnectionFile: file, HistoryFile: filepath.Join(t.TempDir(), "h"), Log: io.Discard})
			if err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got error %v, want one with %q", err, r.want)
			}
		})
	}
	for name, content := range map[string]string{"empty": "", "half": `{"ip":"x`, "list": "[]"} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Serve(t.Context(), Config{ConnectionFile: file}); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: got error %v, want one that names %s", name, err, file)
		}
	}
	if err := Serve(t.Context(), Config{ConnectionFile: "/does/not/exist"}); err == nil || !strings.Contains(err.Error(), "/does/not/exist") {
		t.Errorf("missing file: got error %v", err)
	}
}
