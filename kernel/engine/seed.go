package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// seed is what a trusted session leaves for others on the same machine, so that they need not build it: libraries of cells and carriers, and
// the packages of modules as compiled. It is a folder that its users only read. Libraries have the names that the cache gives them, a hash of all they are
// made of; a package is in use where the module files are the same. Whatever the folder says, a file is taken only if it has the
// digest that was written down for it.
//
// A nil seed has nothing.
type seed struct {
	dir string

	Key       string            // of the worker that libraries are for
	Toolchain *Toolchain        // found once for all
	Files     map[string]string // SHA-256 by path in the folder
	Modules   string            // what module files the packages belong to, see modules.identity
	Pkgs      []pkg             // of modules; Export is a path in the folder
}

// The parts of a seed's folder.
const (
	libraries    = "lib/"
	archives     = "pkg/"
	moduleFiles  = "module/" // of the session's own module
	seedManifest = "seed.json"
)

// openSeed reads a seed; one that cannot be read is none.
func openSeed(dir string) *seed {
	if dir == "" {
		return nil
	}
	data, err := os.ReadFile(filepath.Join(dir, seedManifest))
	s := &seed{dir: dir}
	if err != nil || json.Unmarshal(data, s) != nil {
		return nil
	}
	return s
}

// toolchain returns what the seed was built with, as long as it is there.
func (s *seed) toolchain(ctx context.Context) (*Toolchain, error) {
	if s != nil && s.Toolchain != nil && isFile(s.Toolchain.Go) && isFile(s.Toolchain.tool("compile")) {
		return s.Toolchain, nil
	}
	return FindToolchain(ctx)
}

// of returns the seed if it is for this worker.
func (s *seed) of(b *base) *seed {
	if s == nil || s.Key != b.Key {
		return nil
	}
	return s
}

// file returns where a file of the seed is, "" when it is not there or is not what it was.
func (s *seed) file(name string) string {
	if s == nil || s.Files[name] == "" {
		return ""
	}
	path := filepath.Join(s.dir, name)
	if sum, err := digest(path); err != nil || sum != s.Files[name] {
		return ""
	}
	return path
}

func digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}

// packages returns a package with all that it imports beyond the worker's, or nil.
func (s *seed) packages(path string, m *modules) []pkg {
	if s == nil || s.Modules != m.identity() {
		return nil
	}
	var list []pkg
	seen := map[string]bool{}
	var visit func(path string) bool
	visit = func(path string) bool {
		if path == "unsafe" || m.base.byPath[path] != nil || seen[path] {
			return true
		}
		seen[path] = true
		i := slices.IndexFunc(s.Pkgs, func(p pkg) bool { return p.Path == path })
		if i < 0 {
			return false
		}
		p := s.Pkgs[i]
		if p.Export = s.file(p.Export); p.Export == "" || slices.ContainsFunc(p.Imports, func(i string) bool { return !visit(i) }) {
			return false
		}
		list = append(list, p)
		return true
	}
	if !visit(path) {
		return nil
	}
	return list
}

// module writes the seed's module files into the folder of the session's own module, if the seed has some.
func (s *seed) module(dir string) (bool, error) {
	for _, name := range []string{"go.mod", "go.sum"} {
		from := s.file(moduleFiles + name)
		if from == "" {
			return false, nil
		}
		data, err := os.ReadFile(from)
		if err == nil {
			err = writeFile(filepath.Join(dir, name), data)
		}
		if err != nil {
			return false, fmt.Errorf("begin with the seed's module: %w", err)
		}
	}
	return true, nil
}

// identity tells sets of module files apart. Sessions with modules of their own begin with the seed's.
func (m *modules) identity() string {
	if m.own {
		return "the session's own"
	}
	h := sha256.New()
	root := moduleRoot(m.o.Dir)
	for _, name := range []string{"go.work", "go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(root, name))
		fmt.Fprintf(h, "%s %v %d\n%s", name, err == nil, len(data), data)
	}
	return hex.EncodeToString(h.Sum(nil))
}
