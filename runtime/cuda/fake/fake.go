// Package fake builds a libcuda.so.1 for machines without a GPU: NVIDIA's entry points with the kernels of this project compiled for the host, where the threads of a
// block are fibres. It also has cublasLt's, with products on the host. Package cuda runs on it unchanged, so its tests run everywhere. What it is strict about is in
// src/fake.h and src/lt.cpp.
package fake

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// Use makes package cuda load the fake driver, unless there is a GPU. It has to be called before the process opens a device for the first time.
func Use(t testing.TB) {
	t.Helper()
	if _, err := os.Stat("/dev/nvidiactl"); err == nil || os.Getenv("RESIDENT_CUDA_DRIVER") != "" {
		return
	}
	os.Setenv("RESIDENT_CUDA_DRIVER", Library(t)) // for the whole process: the driver is loaded once
	os.Setenv("RESIDENT_CUBLASLT", Library(t))    // a real one would look for a real driver
}

// Library is Build for tests.
func Library(t testing.TB) string {
	t.Helper()
	path, err := Build()
	if err != nil {
		t.Fatalf("build the fake driver: %v", err)
	}
	return path
}

// Build builds the library, if it is not in the user's cache, and returns its path. It needs a C++ compiler: CXX, else c++; and the sources of this package.
var Build = sync.OnceValues(func() (string, error) {
	b, err := newBuild()
	if err != nil {
		return "", err
	}
	return b.library()
})

// build compiles sources into a folder of the user's cache, where the name of each file is the hash of all that it is made from.
type build struct {
	here, kernels string // folders
	cache         string
	compiler      string
	headers       []byte
}

func newBuild() (*build, error) {
	_, file, _, _ := runtime.Caller(0)
	b := &build{here: filepath.Join(filepath.Dir(file), "src"), kernels: filepath.Join(filepath.Dir(filepath.Dir(file)), "kernels"), compiler: os.Getenv("CXX")}
	if b.compiler == "" {
		b.compiler = "c++"
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	b.cache = filepath.Join(cache, "resident", "fake-cuda")
	if err := os.MkdirAll(b.cache, 0o755); err != nil {
		return nil, err
	}
	// What the compiler defines by itself says which version it is, and what the processor has that it compiles for.
	defined, err := exec.Command(b.compiler, append([]string{"-dM", "-E", "-x", "c++", "/dev/null"}, flags...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("%s for this processor: %w", b.compiler, err)
	}
	b.headers = append(defined, strings.Join(flags, " ")...)
	for _, path := range append(list(b.here, "*.h"), list(b.kernels, "*.h")...) {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		b.headers = append(b.headers, text...)
	}
	return b, nil
}

func list(folder, pattern string) []string {
	all, _ := filepath.Glob(filepath.Join(folder, pattern)) // the pattern is well formed
	return all
}

// flags compile for the processor at hand, where a fused multiplication and addition is an instruction. Nothing is fused that the sources do not fuse.
var flags = []string{"-O3", "-march=native", "-std=c++17", "-fPIC", "-fno-strict-aliasing", "-ffp-contract=off", "-fvisibility=hidden", "-Wall", "-Werror", "-Wno-unused-function", "-Wno-unknown-pragmas"}

// source is the text of a translation unit.
type source struct {
	name string
	text []byte
}

// sources are the driver's, and the kernels', of which each family gets a namespace of its own, so that functions of one name do not meet.
func (b *build) sources() (all []source, err error) {
	for _, path := range list(b.here, "*.cpp") {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		all = append(all, source{filepath.Base(path), text})
	}
	for _, path := range list(b.kernels, "*.cu") {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		family := strings.TrimSuffix(filepath.Base(path), ".cu")
		head := fmt.Sprintf("#include \"simt.h\"\n#include \"fn.h\"\nnamespace family_%s {\n#line 1 \"%s.cu\"\n", family, family)
		all = append(all, source{family + ".cu", append(append([]byte(head), text...), "\n}\n"...)})
	}
	return all, nil
}

func (b *build) library() (string, error) {
	all, err := b.sources()
	if err != nil {
		return "", err
	}
	objects, errs := make([]string, len(all)), make([]error, len(all))
	free := make(chan struct{}, runtime.NumCPU())
	var wait sync.WaitGroup
	for i, s := range all {
		wait.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			objects[i], errs[i] = b.object(s)
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return "", err
	}
	folder := filepath.Join(b.cache, hash([]byte(strings.Join(objects, " "))))
	path := filepath.Join(folder, "libcuda.so.1")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	return path, b.make(path, nil, append([]string{"-shared", "-Wl,--no-undefined"}, append(objects, "-ldl", "-lpthread")...)...)
}

func (b *build) object(s source) (string, error) {
	path := filepath.Join(b.cache, hash(b.headers, s.text)+".o")
	args := append([]string{"-I", b.here, "-I", b.kernels, "-x", "c++", "-c", "-"}, flags...)
	if err := b.make(path, s.text, args...); err != nil {
		return "", fmt.Errorf("%s: %w", s.name, err)
	}
	return path, nil
}

// make runs the compiler unless its result is there. Others may be at the same, so the result appears at once.
func (b *build) make(path string, stdin []byte, args ...string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	part := fmt.Sprintf("%s.%d", path, os.Getpid())
	cmd := exec.Command(b.compiler, append(args, "-o", part)...)
	cmd.Dir, cmd.Stdin = b.here, bytes.NewReader(stdin) // what stands in quotes is looked for there first, and not where a test happens to run
	if out, err := cmd.CombinedOutput(); err != nil {
		os.Remove(part)
		return fmt.Errorf("%s: %w\n%s", b.compiler, err, out)
	}
	return os.Rename(part, path)
}

func hash(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d ", len(p))
		h.Write(p)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:12])
}
