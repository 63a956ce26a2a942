package engine

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/resident-go/resident/kernel/engine/worker"
)

// surroundings are what directives change around cells and commands: the environment and the working directory, in which a new
// worker is started, and how cells are built.
type surroundings struct {
	mu      sync.Mutex
	env     []string // NAME=VALUE
	dir     string   // "" before the first change
	gcflags []string // for the compiler
	tags    string   // for packages of modules
	noFetch bool     // cells import what is there
}

func (s *surroundings) get() (dir string, env []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dir, slices.Clone(s.env)
}

// startDir is the folder in which a worker starts, and the one that it was to start in, if that is gone: a session without its folder is
// better than none.
func (o *Options) startDir() (dir, gone string) {
	dir, _ = o.around.get()
	if dir == "" {
		dir = o.Dir
	}
	if info, err := os.Stat(dir); dir == "" || err == nil && info.IsDir() {
		return dir, ""
	}
	return os.TempDir(), dir
}

func (s *surroundings) set(name, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.env = slices.DeleteFunc(s.env, func(v string) bool { return strings.HasPrefix(v, name+"=") })
	s.env = append(s.env, name+"="+value)
}

func (s *surroundings) goTo(dir string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dir = dir
}

func (s *surroundings) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dir, s.env, s.gcflags, s.tags, s.noFetch = "", nil, nil, "", false
}

func (s *surroundings) compilerFlags() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gcflags
}

func (s *surroundings) buildTags() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tags
}

func (s *surroundings) setCompilerFlags(flags []string, tags string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gcflags, s.tags = flags, tags
}

// tagFlags are the build tags as the go command has them.
func (s *surroundings) tagFlags() []string {
	if tags := s.buildTags(); tags != "" {
		return []string{"-tags=" + tags}
	}
	return nil
}

// fetches tells whether modules that cells import are fetched.
func (s *surroundings) fetches() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.noFetch
}

func (s *surroundings) setFetches(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noFetch = !yes
}

// setenv sets an environment variable for cells and commands.
func (e *Engine) setenv(name, value string) error {
	if name == "" || strings.ContainsAny(name, "= \x00") || strings.Contains(value, "\x00") {
		return fmt.Errorf("%q is no name of an environment variable", name)
	}
	e.o.around.set(name, value)
	e.worker().request(worker.Request{Op: "env", Name: name, Text: value})
	return nil
}

// environ is the environment of cells, which they may have changed by themselves, as NAME=VALUE in the order of the names.
func (e *Engine) environ() []string {
	values := e.query(worker.Request{Op: "environ"})
	if values == nil { // the worker does not answer
		_, env := e.o.around.get()
		return slices.Concat(os.Environ(), env)
	}
	if os.Getenv("GOROOT") == "" && values["GOROOT"] == e.base.tc.Root {
		delete(values, "GOROOT") // only the worker has it, see startProcess
	}
	var env []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		env = append(env, name+"="+values[name])
	}
	return env
}

// getenv returns the value of an environment variable as cells have it.
func (e *Engine) getenv(name string) (value string, found bool) {
	for _, v := range e.environ() {
		if n, text, _ := strings.Cut(v, "="); n == name {
			value, found = text, true // the last counts
		}
	}
	return value, found
}

// chdir makes a folder the working directory of cells and commands.
func (e *Engine) chdir(dir string) error {
	dir = e.path(dir)
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder", dir)
	}
	e.o.around.goTo(dir)
	e.worker().request(worker.Request{Op: "chdir", Text: dir})
	e.shortValues(nil) // an answer means that it has gone there
	return nil
}

// cwd is the working directory of cells. A cell may have changed it by itself, which the system knows.
func (e *Engine) cwd() string {
	if dir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", e.worker().cmd.Process.Pid)); err == nil {
		return dir
	}
	if dir, _ := e.o.around.get(); dir != "" {
		return dir
	}
	if dir, err := filepath.Abs(e.o.Dir); err == nil {
		return dir
	}
	return e.o.Dir
}

// path returns the file that a name in a directive means, with ~ and $NAME replaced, seen from the working directory of cells.
func (e *Engine) path(name string) string {
	name = os.Expand(name, func(v string) string {
		value, _ := e.getenv(v)
		return value
	})
	if rest, ok := strings.CutPrefix(name, "~"); ok && (rest == "" || rest[0] == '/') {
		if home, err := os.UserHomeDir(); err == nil {
			name = home + rest
		}
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(e.cwd(), name)
	}
	return name
}
