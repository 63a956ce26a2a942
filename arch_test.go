package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// This file is the map of the house: who may import whom. DECISIONS.md says why.

const (
	module      = "github.com/resident-go/resident"
	maxFileSize = 500 // lines
)

// forbidden are paths between our packages that must not exist, direct or not. A trailing /... means the folder too.
var forbidden = []struct{ from, to, why string }{
	{"kernel/...", "runtime/...", "kernel and runtime meet only in a user's cell"},
	{"runtime/...", "kernel/...", "kernel and runtime meet only in a user's cell"},
	{"lessons/...", "kernel/...", "lessons are handed what runs their cells"},
	{"kernel/...", "lessons/...", "the kernel knows notebooks, not lessons"},
	{"runtime/...", "lessons/...", "models know nothing of lessons"},
	{"lessons/...", "runtime/...", "what shows lessons runs no models: a page that computes carries the runtime as a program, compiled from its sources"},
	{"nbformat", "kernel/...", "the document stands below all that uses it"},
	{"nbformat", "lessons/...", "the document stands below all that uses it"},
	{"kernel", "kernel/engine/...", "the kernel is handed an engine"},
	{"kernel", "kernel/gateway", "a kernel does not know who carries its messages"},
	{"kernel/gateway", "kernel", "kernels are processes of their own, started by a command that main.go gives"},
	{"kernel/gateway", "kernel/engine/...", "kernels are processes of their own"},
	{"kernel/engine/...", "kernel/wire", "the engine does not know Jupyter's protocol"},
	{"kernel/engine/...", "kernel/zmtp", "the engine does not know Jupyter's protocol"},
	{".", "bridge", "only cells are linked with it"},
	{"lessons/...", "bridge", "only cells are linked with it"},
	{"runtime/device/...", "runtime/cpu", "the contract does not know who fulfils it"},
	{"runtime/device/...", "runtime/cuda/...", "the contract does not know who fulfils it"},
}

// pure packages do no input or output beyond the readers and writers they are given.
var pure = []string{"kernel/cell", "kernel/wire", "nbformat"}

// The packages through which a program reaches the world, as far as a pure package may not import them itself.
var world = []string{"net", "net/...", "os", "os/...", "syscall", "plugin", "io/ioutil", "log", "golang.org/x/sys/..."}

// light packages are linked into the worker or into cells: the standard library and our own light packages only.
var light = []string{"bridge", "kernel/comm", "kernel/display", "kernel/engine/worker/...", "kernel/widget", "lessons/check", "runtime/device", "runtime/report"}

// devices are seen through runtime/device alone: models run on any. Package tensor imports one for its effect, so that there is
// one; interop puts the processor's kernels under other libraries.
var devices = map[string]struct{ mayUse, mayImport []string }{
	"runtime/cpu":  {mayUse: []string{"runtime/interop"}, mayImport: []string{"runtime/tensor"}},
	"runtime/cuda": {mayImport: []string{"runtime/tensor"}},
}

// withC are the packages that have C code.
var withC = []string{"kernel/engine/worker/child", "runtime/cpu", "runtime/cuda"}

// keepers are the only packages that may import an outside module. Each module has one, so that it can be replaced there.
// System calls are no such choice. Tests are free: an oracle may be any module. A module that is not listed is not used.
var keepers = map[string][]string{
	"github.com/alecthomas/chroma/v2":          {"lessons"},
	"github.com/coder/websocket":               {"kernel/gateway"},
	"github.com/elastic/go-seccomp-bpf":        {"lessons/sandbox"},
	"github.com/fsnotify/fsnotify":             {".", "lessons/live"},
	"github.com/dop251/goja":                   {"lessons/diagram", "lessons/tex"},
	"github.com/go-zeromq/zmq4":                {"kernel/zmtp"},
	"github.com/goccy/go-yaml":                 {"lessons", "lessons/course"},
	"github.com/microcosm-cc/bluemonday":       {"lessons"},
	"github.com/rogpeppe/go-internal":          {".", "lessons"},
	"github.com/santhosh-tekuri/jsonschema/v6": {"nbformat/schema"},
	"github.com/spf13/cobra":                   {"."},
	"github.com/spf13/pflag":                   {"."},
	"github.com/yuin/goldmark":                 {"lessons"},
	"golang.org/x/crypto":                      {"kernel/zmtp"},
	"golang.org/x/mod":                         {"kernel/engine"},
	"golang.org/x/text":                        {"lessons/roster", "nbformat/schema", "runtime/data/tokenizer/norm"},
	"golang.org/x/sys":                         {"kernel", "kernel/engine", "lessons/sandbox"},
	"golang.org/x/sync":                        {"kernel/engine"},
	"gonum.org/v1/gonum":                       {"runtime/cpu", "runtime/interop", "bench/peers/gonum"},
	"gorgonia.org/tensor":                      {"runtime/interop"},
}

// goPackage is what we read of "go list -json".
type goPackage struct {
	ImportPath, Dir, Name     string
	Standard                  bool
	Module                    *struct{ Path string }
	GoFiles, CgoFiles         []string
	Imports, Deps             []string
	TestImports, XTestImports []string
}

// house is all that ./... consists of and depends on.
type house struct {
	ours []*goPackage
	all  map[string]*goPackage
}

func openHouse(t *testing.T) *house {
	t.Helper()
	// The tag is that of the worker's executable.
	cmd := exec.Command("go", "list", "-e", "-deps", "-tags=residentworker", "-json=ImportPath,Dir,Name,Standard,Module,GoFiles,CgoFiles,Imports,Deps,TestImports,XTestImports", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	h := &house{all: map[string]*goPackage{}}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(goPackage)
		if err := d.Decode(p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		h.all[p.ImportPath] = p
		if p.Module != nil && p.Module.Path == module {
			h.ours = append(h.ours, p)
		}
	}
	if len(h.ours) < 10 {
		t.Fatalf("go list found %d packages of ours", len(h.ours))
	}
	return h
}

// room is a package's place in the tree, "." for the command line.
func (p *goPackage) room() string {
	if p.ImportPath == module {
		return "."
	}
	return strings.TrimPrefix(p.ImportPath, module+"/")
}

// in tells whether a path is one of these patterns.
func in(path string, patterns ...string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		folder, whole := strings.CutSuffix(pattern, "/...")
		return path == folder || whole && strings.HasPrefix(path, folder+"/")
	})
}

func TestForbiddenPaths(t *testing.T) {
	h := openHouse(t)
	for _, p := range h.ours {
		for _, rule := range forbidden {
			if !in(p.room(), rule.from) {
				continue
			}
			for _, dep := range p.Deps {
				if to, ours := strings.CutPrefix(dep, module+"/"); ours && in(to, rule.to) {
					t.Errorf("%s depends on %s: %s", p.room(), to, rule.why)
				}
			}
		}
	}
}

func TestPurePackages(t *testing.T) {
	h := openHouse(t)
	for _, room := range pure {
		p := h.all[module+"/"+room]
		if p == nil {
			t.Errorf("%s is gone", room)
			continue
		}
		for _, i := range p.Imports {
			if in(i, world...) {
				t.Errorf("%s imports %s, but does no input or output of its own", room, i)
			}
		}
	}
}

func TestLightPackages(t *testing.T) {
	h := openHouse(t)
	for _, p := range h.ours {
		if !in(p.room(), light...) {
			continue
		}
		for _, dep := range p.Deps {
			q := h.all[dep]
			ours, isOurs := strings.CutPrefix(dep, module+"/")
			if !q.Standard && !(isOurs && in(ours, light...)) {
				t.Errorf("%s depends on %s: what cells import stands on the standard library alone", p.room(), dep)
			}
		}
	}
}

func TestDevices(t *testing.T) {
	h := openHouse(t)
	for _, p := range h.ours {
		for room, rule := range devices {
			if !in(p.room(), "runtime/...") || slices.Contains(rule.mayUse, p.room()) || !slices.Contains(p.Imports, module+"/"+room) {
				continue
			}
			if !slices.Contains(rule.mayImport, p.room()) || !p.importsBlank(t, module+"/"+room) {
				t.Errorf("%s imports %s: devices are seen through runtime/device", p.room(), room)
			}
		}
	}
}

// importsBlank tells whether every import of a path is for its effect.
func (p *goPackage) importsBlank(t *testing.T, path string) bool {
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			if i.Path.Value == strconv.Quote(path) && (i.Name == nil || i.Name.Name != "_") {
				return false
			}
		}
	}
	return true
}

func TestC(t *testing.T) {
	for _, p := range openHouse(t).ours {
		if len(p.CgoFiles) > 0 && !slices.Contains(withC, p.room()) {
			t.Errorf("%s has C code: only %v may", p.room(), withC)
		}
	}
}

func TestOutsideModules(t *testing.T) {
	h := openHouse(t)
	for _, p := range h.ours {
		for _, i := range p.Imports {
			q := h.all[i]
			if q == nil || q.Standard || q.Module == nil || q.Module.Path == module {
				continue
			}
			if !slices.Contains(keepers[q.Module.Path], p.room()) {
				t.Errorf("%s imports %s: only %v may", p.room(), i, keepers[q.Module.Path])
			}
		}
	}
}

// Files are read by people, from top to bottom.
func TestFileSizes(t *testing.T) {
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"testdata", "node_modules"}, d.Name())):
			return fs.SkipDir
		case path.Ext(name) != ".go":
			return nil
		}
		src, err := os.ReadFile(name)
		if lines := bytes.Count(src, []byte("\n")); lines > maxFileSize {
			t.Errorf("%s has %d lines, at most %d are allowed", name, lines, maxFileSize)
		}
		return err
	})
	if err != nil {
		t.Fatal(fmt.Errorf("read the tree: %w", err))
	}
}
