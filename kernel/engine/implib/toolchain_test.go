//go:build linux && (amd64 || arm64)

package implib_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/resident-go/resident/kernel/engine/implib"
)

// toolchain builds a worker library once per run of the tests, and cells against it, with the real Go tools.
type toolchain struct {
	dir      string // the Go module of the test, and all that is built
	worker   string // path of the worker library
	host     string
	packages []string // lines of an importcfg: packagefile PATH=FILE
	shared   []string // and packageshlib PATH=LIBRARY
}

var (
	tmp   string
	tools = sync.OnceValues(buildWorker)
)

func TestMain(m *testing.M) {
	var err error
	if tmp, err = os.MkdirTemp("", "implib"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(tmp)
	os.Exit(code)
}

func newToolchain(t testing.TB) *toolchain {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a worker library")
	}
	tc, err := tools()
	if err != nil {
		t.Fatal(err)
	}
	return tc
}

// ldScript stands in for gcc and calls the system linker at once, as the engine does.
const ldScript = `#!/bin/sh
dirs= libs= objs=
while [ $# -gt 0 ]; do
  case "$1" in
  -o) out=$2; shift ;;
  *.o) objs="$objs $1" ;;
  -L*) dirs="$dirs $1" ;;
  -lworker | -lcarrier) libs="$libs $1" ;;
  esac
  shift
done
exec ld -shared -z now -z nocopyreloc -z noexecstack -o "$out" $objs $dirs $libs
`

func buildWorker() (*toolchain, error) {
	tc := &toolchain{dir: tmp, worker: filepath.Join(tmp, "libworker.so"), host: filepath.Join(tmp, "host.exe")}
	if err := os.CopyFS(tmp, os.DirFS("testdata")); err != nil {
		return nil, err
	}
	for name, text := range map[string]string{"go.mod": "module cells\n\ngo 1.26\n", "ld.sh": ldScript} {
		if err := os.WriteFile(filepath.Join(tmp, name), []byte(text), 0o755); err != nil {
			return nil, err
		}
	}
	var err error
	if tc.packages, err = tc.list("./host"); err != nil {
		return nil, err
	}
	tc.packages = tc.packages[:len(tc.packages)-1] // without the host itself
	if err := tc.linkLibrary(tc.worker, tc.packages, tc.packages); err != nil {
		return nil, err
	}
	tc.shared = withLibrary(tc.packages, tc.worker)
	config, err := tc.config("host.cfg", tc.shared)
	if err != nil {
		return nil, err
	}
	host, err := tc.run("go", "list", "-export", "-linkshared", "-f", "{{.Export}}", "./host")
	if err != nil {
		return nil, err
	}
	return tc, tc.tool("link", "-o", tc.host, "-importcfg", config, "-buildmode=exe", "-linkshared", "-installsuffix",
		"dynlink", "-checklinkname=0", "-s", "-w", strings.TrimSpace(host))
}

// list gives the packagefile lines of packages and all they import, in dependency order.
func (tc *toolchain) list(packages ...string) ([]string, error) {
	args := append([]string{"list", "-deps", "-export", "-linkshared", "-buildmode=plugin", "-f",
		"{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}"}, packages...)
	out, err := tc.run("go", args...)
	return strings.Split(strings.TrimSpace(out), "\n"), err
}

// linkLibrary links packages into a shared library; config is what they import.
func (tc *toolchain) linkLibrary(path string, config, packages []string, flags ...string) error {
	file, err := tc.config(filepath.Base(path)+".cfg", config)
	if err != nil {
		return err
	}
	args := append([]string{"-o", path, "-importcfg", file, "-buildmode=shared", "-installsuffix", "dynlink",
		"-checklinkname=0", "-s", "-w"}, flags...)
	for _, line := range packages {
		args = append(args, strings.TrimPrefix(line, "packagefile "))
	}
	return tc.tool("link", args...)
}

// withLibrary adds to packagefile lines those that say in which library the packages are.
func withLibrary(packages []string, library string) []string {
	var lines []string
	for _, line := range packages {
		path, _, _ := strings.Cut(strings.TrimPrefix(line, "packagefile "), "=")
		lines = append(lines, line, "packageshlib "+path+"="+library)
	}
	return lines
}

// compile compiles the files of a cell, from the module's folder, as package main.
func (tc *toolchain) compile(archive string, config []string, files ...string) error {
	cfg, err := tc.config(filepath.Base(archive)+".cfg", config)
	if err != nil {
		return err
	}
	return tc.tool("compile", append([]string{"-p", "main", "-dynlink", "-linkshared", "-installsuffix", "dynlink",
		"-importcfg", cfg, "-pack", "-o", archive}, files...)...)
}

// link links a cell's archive against the libraries in config.
func (tc *toolchain) link(library, archive string, config []string) error {
	cell := []string{"packagefile main=" + archive}
	return tc.linkCell(library, append(cell, config...), cell)
}

// linkCell links packages as a cell is linked.
func (tc *toolchain) linkCell(library string, config, packages []string, flags ...string) error {
	return tc.linkLibrary(library, config, packages, append(flags, "-linkshared", "-extld="+filepath.Join(tc.dir, "ld.sh"))...)
}

// buildCell compiles a cell and links it against the import library that the package under test writes.
func (tc *toolchain) buildCell(dir string, files ...string) (library string, err error) {
	archive := filepath.Join(dir, "cell.a")
	if err := tc.compile(archive, tc.packages, files...); err != nil {
		return "", err
	}
	refs, err := implib.Refs(archive)
	if err != nil {
		return "", err
	}
	worker, err := implib.Open(tc.worker)
	if err != nil {
		return "", err
	}
	defer worker.Close()
	imports := filepath.Join(dir, filepath.Base(tc.worker))
	if err := worker.Write(imports, refs); err != nil {
		return "", err
	}
	library = filepath.Join(dir, "libcell.so")
	return library, tc.link(library, archive, withLibrary(tc.packages, imports))
}

func (tc *toolchain) config(name string, lines []string) (string, error) {
	path := filepath.Join(tc.dir, name)
	return path, os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644)
}

func (tc *toolchain) tool(name string, args ...string) error {
	_, err := tc.run("go", append([]string{"tool", name}, args...)...)
	return err
}

func (tc *toolchain) run(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = tc.dir
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+tc.dir, "GOFLAGS=")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return string(out), fmt.Errorf("%s %s: %w\n%s%s", name, strings.Join(args[:min(len(args), 4)], " "), err,
			out, stderr.String())
	}
	return string(out), nil
}
