package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Toolchain is the Go installation that builds cells.
type Toolchain struct {
	Go      string // the go command
	Root    string
	Version string // go1.26.8
	OS      string
	Arch    string
	CC      string
	Tools   string // the folder of its compiler and linker
	Level   string // GOAMD64 and such: what else decides the code
	CFlags  string // CGO_CFLAGS
}

// FindToolchain looks the go command up and asks it for its configuration.
func FindToolchain(ctx context.Context) (*Toolchain, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		if path = "/usr/local/go/bin/go"; !isFile(path) {
			return nil, errors.New("the go command was not found in PATH: cells are compiled by the Go toolchain, install Go 1.26 or later")
		}
	}
	cmd := exec.CommandContext(ctx, path, "env", "-json", "GOROOT", "GOVERSION", "GOOS", "GOARCH", "GOTOOLDIR", "CC", "CGO_ENABLED", "GOAMD64", "GOARM64", "GOEXPERIMENT", "CGO_CFLAGS")
	cmd.Env = goEnv()
	out, err := output(cmd)
	if err != nil {
		return nil, fmt.Errorf("ask the go command for its environment: %w", err)
	}
	var v struct{ GOROOT, GOVERSION, GOOS, GOARCH, GOTOOLDIR, CC, CGO_ENABLED, GOAMD64, GOARM64, GOEXPERIMENT, CGO_CFLAGS string }
	if err := json.Unmarshal(out, &v); err != nil {
		return nil, fmt.Errorf("go env -json: %w", err)
	}
	t := &Toolchain{
		Go: path, Root: v.GOROOT, Version: v.GOVERSION, OS: v.GOOS, Arch: v.GOARCH, CC: v.CC, Tools: v.GOTOOLDIR,
		Level: strings.Join([]string{v.GOAMD64, v.GOARM64, v.GOEXPERIMENT, v.CGO_CFLAGS}, ","), CFlags: v.CGO_CFLAGS,
	}
	if _, err := exec.LookPath(t.CC); err != nil {
		return nil, fmt.Errorf("the C compiler %q was not found: the worker is linked with it, install gcc", t.CC)
	}
	return t, nil
}

// program returns a program that belongs to the C compiler, as the system linker, ld, does.
func (t *Toolchain) program(ctx context.Context, name string) string {
	out, err := output(exec.CommandContext(ctx, t.CC, "-print-prog-name="+name))
	if path := strings.TrimSpace(string(out)); err == nil && path != "" {
		return path
	}
	return name
}

func (t *Toolchain) tool(name string) string { return filepath.Join(t.Tools, name) }

// goSettings are for the go command: cgo on, this toolchain whatever a go.mod says, and no flags of the user's that
// change what is built.
var goSettings = []string{"CGO_ENABLED=1", "GOFLAGS=-buildvcs=false", "GOTOOLCHAIN=local"}

// goEnv is the environment for the go command.
func goEnv(more ...string) []string { return slices.Concat(os.Environ(), goSettings, more) }

// output runs a command and returns its standard output; a failure carries what it wrote to standard error.
func output(cmd *exec.Cmd) ([]byte, error) {
	if cmd.Cancel != nil {
		// The go command leaves its compilers behind when it is killed alone.
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout = &stdout
	if cmd.Stderr == nil {
		cmd.Stderr = &stderr
	}
	cmd.WaitDelay = time.Second // when it was killed, what it started may still hold the pipes
	if err := cmd.Run(); err != nil {
		return nil, &toolError{filepath.Base(cmd.Path), err, strings.TrimSpace(stderr.String() + stdout.String())}
	}
	return stdout.Bytes(), nil
}

// toolError is a tool that failed, with what it said.
type toolError struct {
	tool   string
	err    error
	output string
}

func (e *toolError) Error() string {
	if e.output == "" {
		return fmt.Sprintf("%s: %v", e.tool, e.err)
	}
	return fmt.Sprintf("%s: %v: %s", e.tool, e.err, e.output)
}

func (e *toolError) Unwrap() error { return e.err }

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
