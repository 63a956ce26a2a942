package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// made remembers what the cells of a session were made of.
type made struct {
	mu    sync.Mutex
	cells map[int]*madeCell
}

type madeCell struct {
	code string
	libs []string // in the cache or in a seed
}

// begin notes that a cell runs under a number. What ran under it before is forgotten.
func (m *made) begin(count int, code string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cells == nil {
		m.cells = map[int]*madeCell{}
	}
	m.cells[count] = &madeCell{code: code}
}

func (m *made) add(count int, need *needs, lib string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.cells[count]
	if c == nil { // code of ours
		return
	}
	for _, carrier := range need.carriers {
		c.libs = append(c.libs, carrier.path)
	}
	c.libs = append(c.libs, lib)
}

// of returns the libraries of those cells that are chosen by their source.
func (m *made) of(chosen func(code string) bool) (libs []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.cells {
		if chosen(c.code) {
			libs = append(libs, c.libs...)
		}
	}
	slices.Sort(libs)
	return slices.Compact(libs)
}

// WriteSeed adds to a folder what other engines need not build when they run the same cells (see Options.Seed): the libraries of those cells of
// this session that are chosen by their source, and the packages of modules that it has used. Who reads the folder can read what these cells say.
func (e *Engine) WriteSeed(dir string, chosen func(code string) bool) error {
	if err := e.Wait(context.Background(), nil); err != nil {
		return err
	}
	e.building.Lock()
	defer e.building.Unlock()
	s := openSeed(dir).of(e.base)
	if s == nil {
		s = &seed{dir: dir}
	}
	s.Key, s.Toolchain = e.base.Key, e.base.tc
	if s.Files == nil {
		s.Files = map[string]string{}
	}
	for _, lib := range e.made.of(chosen) {
		if err := s.keep(lib, libraries+filepath.Base(lib)); err != nil {
			return err
		}
	}
	if err := s.keepModules(e.mods); err != nil {
		return err
	}
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	manifest := filepath.Join(dir, seedManifest)
	if err := writeFile(manifest, data); err != nil {
		return err
	}
	return forReaders(manifest)
}

// forReaders lets others than its owner read a file, and not write to it: where a sandbox has no view of its own, this is what holds.
func forReaders(file string) error { return os.Chmod(file, 0o644) }

// keep adds a file under a name.
func (s *seed) keep(file, name string) error {
	if s.Files[name] != "" {
		return nil
	}
	to := filepath.Join(s.dir, name)
	err := os.MkdirAll(filepath.Dir(to), 0o777)
	if err == nil {
		err = linkOrCopy(file, to)
	}
	if err == nil {
		err = forReaders(to)
	}
	if err == nil {
		s.Files[name], err = digest(to)
	}
	if err != nil {
		return fmt.Errorf("write a seed: %w", err)
	}
	return nil
}

// keepModules adds the packages of modules, except those of folders that may change. Our own sources do not.
func (s *seed) keepModules(m *modules) error {
	identity := m.identity()
	if len(m.byPath) == 0 || s.Modules != "" && s.Modules != identity {
		return nil
	}
	s.Modules = identity
	for _, path := range slices.Sorted(maps.Keys(m.byPath)) {
		p := *m.byPath[path]
		if p.Stamp != "" && !strings.HasPrefix(p.Dir, m.base.source()) || slices.ContainsFunc(s.Pkgs, func(q pkg) bool { return q.Path == path }) {
			continue
		}
		name := archives + strings.ReplaceAll(p.content(), "/", "_") + ".a"
		if err := s.keep(p.Export, name); err != nil {
			return err
		}
		p.Export = name
		s.Pkgs = append(s.Pkgs, p)
	}
	if !m.own {
		return nil
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		delete(s.Files, moduleFiles+name) // the session that comes last knows what all have fetched
		if err := s.keep(filepath.Join(m.dir, name), moduleFiles+name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
