package playground

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Where things are in the sources.
const (
	program    = "runtime/playground/inbrowser"
	pretrained = "runtime/pretrained/opticks"
	excerpt    = "runtime/data/opticks.txt"
)

// Build makes the common parts of playgrounds from the sources of the runtime: files go.mod and go.sum, and a folder runtime. The program
// is compiled by the go command in PATH and kept in the folder cache. Before that takes its time, progress is told.
func Build(ctx context.Context, sources fs.FS, cache string, progress func(string)) (*Parts, error) {
	b := &build{sources: sources, cache: cache, progress: progress}
	p, err := b.parts(ctx)
	if err != nil {
		return nil, fmt.Errorf("build the playground: %w", err)
	}
	return p, nil
}

type build struct {
	sources  fs.FS
	cache    string
	progress func(string)
	goEnv    struct{ GOROOT, GOVERSION, GOEXPERIMENT string }
}

func (b *build) parts(ctx context.Context) (p *Parts, err error) {
	out, err := b.command(ctx, "env", "-json", "GOROOT", "GOVERSION", "GOEXPERIMENT")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(out, &b.goEnv); err != nil {
		return nil, fmt.Errorf("go env -json: %w", err)
	}
	p = &Parts{}
	if p.Exec, err = os.ReadFile(filepath.Join(b.goEnv.GOROOT, "lib", "wasm", "wasm_exec.js")); err != nil {
		return nil, err
	}
	text, err := fs.ReadFile(b.sources, excerpt)
	if err != nil {
		return nil, err
	}
	p.Text = string(text)
	if p.Model, err = fs.Sub(b.sources, pretrained); err != nil {
		return nil, err
	}
	p.Program, err = b.program(ctx)
	return p, err
}

// program is the compressed program, from the cache or made anew.
func (b *build) program(ctx context.Context) ([]byte, error) {
	key, err := b.key()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(b.cache, "playground-"+key+".wasm.gz")
	if data, err := os.ReadFile(file); err == nil {
		return data, nil
	}
	b.progress("compiling the playground for browsers, once")
	wasm, err := b.compile(ctx)
	if err != nil {
		return nil, err
	}
	data := compress(wasm)
	b.trim()
	return data, b.keep(file, data)
}

// keep writes a file of the cache. Another process may do the same.
func (b *build) keep(file string, data []byte) error {
	f, err := os.CreateTemp(b.cache, "playground-*.part")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// trim removes programs that were made a month ago: of other versions, most likely.
func (b *build) trim() {
	const month = 30 * 24 * time.Hour
	old, _ := filepath.Glob(filepath.Join(b.cache, "playground-*"))
	for _, file := range old {
		if info, err := os.Stat(file); err == nil && time.Since(info.ModTime()) > month {
			_ = os.Remove(file)
		}
	}
}

// compile makes the program in a folder of its own.
func (b *build) compile(ctx context.Context) (wasm []byte, err error) {
	if err := os.MkdirAll(b.cache, 0o777); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "resident-playground-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	err = b.each(func(name string, data []byte) error {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return err
		}
		return os.WriteFile(file, data, 0o666)
	})
	if err != nil {
		return nil, fmt.Errorf("unpack the sources: %w", err)
	}
	out := filepath.Join(dir, "playground.wasm")
	if _, err := b.command(ctx, "-C", dir, "build", "-trimpath", "-ldflags=-s -w", "-o", out, "./"+program); err != nil {
		return nil, err
	}
	return os.ReadFile(out)
}

// key names the program by all that it is made of.
func (b *build) key() (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, b.goEnv.GOVERSION, b.goEnv.GOEXPERIMENT)
	err := b.each(func(name string, data []byte) error {
		fmt.Fprintln(h, name, len(data))
		h.Write(data)
		return nil
	})
	return hex.EncodeToString(h.Sum(nil))[:16], err
}

// each goes through the sources that the program may need.
func (b *build) each(f func(name string, data []byte) error) error {
	return fs.WalkDir(b.sources, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == pretrained || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || strings.HasSuffix(name, "_test.go") || name != "go.mod" && name != "go.sum" && !strings.HasPrefix(name, "runtime/"):
			return nil
		}
		data, err := fs.ReadFile(b.sources, name)
		if err != nil {
			return err
		}
		return f(name, data)
	})
}

// command runs the go command for browsers, with this toolchain whatever a go.mod says, and returns what it prints.
func (b *build) command(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false", "GOTOOLCHAIN=local", "GOWORK=off")
	cmd.WaitDelay = time.Second
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}
