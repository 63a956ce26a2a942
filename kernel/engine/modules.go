package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/resident-go/resident/kernel/engine/implib"
)

// modules are the packages of a session that the worker does not hold.
type modules struct {
	base     *base
	o        *Options
	dir      string // where the go command resolves imports
	own      bool   // dir is the session's, not the notebook's: modules may be added
	byPath   map[string]*pkg
	order    []*pkg // dependencies first
	carriers []*carrier
}

// carrier is a shared library of packages, linked once and loaded before the first cell that needs it.
type carrier struct {
	path string
	pkgs []*pkg
	lib  *implib.Library
}

// newModules finds the notebook's go.mod or go.work; without one the session gets a module of its own.
func newModules(b *base, o *Options, scratch string) (*modules, error) {
	m := &modules{base: b, o: o, byPath: map[string]*pkg{}}
	if dir := moduleRoot(o.Dir); dir != "" {
		m.dir = o.Dir
		return m, nil
	}
	m.dir, m.own = filepath.Join(scratch, "module"), true
	mod, err := os.ReadFile(filepath.Join(b.source(), "go.mod"))
	if err != nil {
		return nil, err
	}
	// The same versions as the worker holds, so that what is added agrees with them.
	text := strings.Replace(string(mod), "module "+modulePath, "module session", 1)
	text += fmt.Sprintf("\nrequire %s v0.0.0\nreplace %s => %s\n", modulePath, modulePath, b.source())
	if err := writeFile(filepath.Join(m.dir, "go.mod"), []byte(text)); err != nil {
		return nil, err
	}
	if sum, err := os.ReadFile(filepath.Join(b.source(), "go.sum")); err == nil {
		return m, writeFile(filepath.Join(m.dir, "go.sum"), sum)
	}
	return m, nil
}

// moduleRoot returns the folder at or above dir that has a go.mod or go.work, or "".
func moduleRoot(dir string) string {
	if dir == "" {
		return ""
	}
	for d := dir; ; d = filepath.Dir(d) {
		if isFile(filepath.Join(d, "go.work")) || isFile(filepath.Join(d, "go.mod")) {
			return d
		}
		if d == filepath.Dir(d) {
			return ""
		}
	}
}

func (m *modules) find(path string) *pkg { return m.byPath[path] }

func (m *modules) packages() []*pkg { return m.order }

func (m *modules) libraries() []*implib.Library {
	var libs []*implib.Library
	for _, c := range m.carriers {
		libs = append(libs, c.lib)
	}
	return libs
}

// suffix identifies the versions of the given packages, for the key of a cell that imports them.
func (m *modules) suffix(imports []string) string {
	h := sha256.New()
	n := 0
	for _, path := range imports {
		if p := m.byPath[path]; p != nil {
			fmt.Fprintln(h, p.Path, p.Export)
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return "-" + hex.EncodeToString(h.Sum(nil)[:6])
}

// resolve makes a package known, with all it imports. When the session has its own module, what is missing is fetched.
func (m *modules) resolve(ctx context.Context, path string) (*pkg, error) {
	if p := m.base.byPath[path]; p != nil {
		return p, nil
	}
	if p := m.byPath[path]; p != nil {
		return p, nil
	}
	out, err := m.list(ctx, path)
	if err != nil && m.own && strings.Contains(path, ".") {
		m.o.progress("fetching " + path)
		cmd := exec.CommandContext(ctx, m.base.tc.Go, "get", path)
		cmd.Dir, cmd.Env = m.dir, goEnv("GOWORK=off")
		if _, gerr := output(cmd); gerr != nil {
			return nil, packageError(path, gerr)
		}
		out, err = m.list(ctx, path)
	}
	if err != nil {
		return nil, packageError(path, err)
	}
	list, err := decodePkgs(out)
	if err != nil {
		return nil, err
	}
	return m.add(path, list)
}

func (m *modules) list(ctx context.Context, path string) ([]byte, error) {
	args := append([]string{"list", "-deps", "-export", "-json=ImportPath,Name,Export,Standard,Imports"}, m.base.buildFlags()...)
	if m.own {
		args = append(args, "-mod=mod")
	}
	cmd := exec.CommandContext(ctx, m.base.tc.Go, append(args, path)...)
	cmd.Dir, cmd.Env = m.dir, goEnv()
	if m.own {
		cmd.Env = append(cmd.Env, "GOWORK=off")
	}
	return output(cmd)
}

// add enters listed packages, after making sure that those the worker or the session holds already are the same.
func (m *modules) add(path string, list []pkg) (*pkg, error) {
	var found *pkg
	var fresh []*pkg
	for i := range list {
		p := &list[i]
		known := m.base.byPath[p.Path]
		if known == nil {
			known = m.byPath[p.Path]
		}
		switch {
		case known == nil:
			fresh = append(fresh, p)
		case !known.Standard && !sameFile(known.Export, p.Export):
			return nil, fmt.Errorf("package %s needs another version of %s than the one this session has loaded, and a process can hold only one: restart the kernel and run the cells again", path, p.Path)
		}
		if p.Path == path {
			found = p
		}
	}
	if found == nil {
		return nil, fmt.Errorf("package %s: the go command built nothing for it", path)
	}
	for _, p := range fresh {
		m.byPath[p.Path] = p
		m.order = append(m.order, p)
	}
	return found, nil
}

func sameFile(a, b string) bool {
	x, err1 := os.ReadFile(a)
	y, err2 := os.ReadFile(b)
	return err1 == nil && err2 == nil && sha256.Sum256(x) == sha256.Sum256(y)
}

// packageError shortens what the go command says of a package it cannot find.
func packageError(path string, err error) error {
	var te *toolError
	if !errors.As(err, &te) {
		return err
	}
	msg := te.output
	switch {
	case strings.Contains(msg, "is not in std"):
		return fmt.Errorf("package %s is not in std", path)
	case strings.Contains(msg, "no required module provides package"):
		return fmt.Errorf("no module in this notebook's go.mod provides package %s; add it with: go get %s", path, path)
	}
	for line := range strings.Lines(msg) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "go: downloading") && !strings.HasPrefix(line, "go: finding") {
			return fmt.Errorf("package %s: %s", path, line)
		}
	}
	return fmt.Errorf("package %s: %w", path, err)
}

// carry links what the imports need and no library holds into a carrier, and returns the libraries to load.
func (m *modules) carry(ctx context.Context, imports []string, c *cache) ([]library, error) {
	need := m.closure(imports)
	if len(need) == 0 {
		return nil, nil
	}
	if m.base.Mode == Plugin {
		return nil, nil // each cell holds its own copy; the first one loaded is the one in use
	}
	var fresh []*pkg
	for _, p := range need {
		if !slices.ContainsFunc(m.carriers, func(c *carrier) bool { return slices.Contains(c.pkgs, p) }) {
			fresh = append(fresh, p)
		}
	}
	if len(fresh) > 0 {
		if err := m.link(ctx, fresh, c); err != nil {
			return nil, err
		}
	}
	var libs []library
	for _, c := range m.carriers {
		libs = append(libs, library{path: c.path}) // its packages are initialised by the cells that reach them
	}
	return libs, nil
}

// reach returns every package that the imports reach, dependencies first.
func (m *modules) reach(imports []string) []*pkg {
	seen := map[string]bool{}
	var list []*pkg
	var visit func(path string)
	visit = func(path string) {
		p := m.base.byPath[path]
		if p == nil {
			p = m.byPath[path]
		}
		if p == nil || seen[path] {
			return
		}
		seen[path] = true
		for _, i := range p.Imports {
			visit(i)
		}
		list = append(list, p)
	}
	for _, path := range imports {
		visit(path)
	}
	return list
}

// closure returns the packages beyond the worker's that the imports reach, dependencies first.
func (m *modules) closure(imports []string) []*pkg {
	return slices.DeleteFunc(m.reach(imports), func(p *pkg) bool { return m.byPath[p.Path] != p })
}

func (m *modules) link(ctx context.Context, pkgs []*pkg, c *cache) error {
	m.o.progress("linking " + pkgs[len(pkgs)-1].Path + " (once)")
	h := sha256.New()
	cfg, parts := &strings.Builder{}, []string{}
	for _, p := range m.base.Pkgs {
		fmt.Fprintf(cfg, "packagefile %s=%s\npackageshlib %s=%s\n", p.Path, p.Export, p.Path, m.base.workerLib())
	}
	for _, c := range m.carriers {
		for _, p := range c.pkgs {
			fmt.Fprintf(cfg, "packagefile %s=%s\npackageshlib %s=%s\n", p.Path, p.Export, p.Path, c.path)
		}
		fmt.Fprintln(h, c.path)
	}
	for _, p := range pkgs {
		fmt.Fprintln(h, p.Path, p.Export)
		fmt.Fprintf(cfg, "packagefile %s=%s\n", p.Path, p.Export)
		parts = append(parts, p.Path+"="+p.Export)
	}
	name := "libcarrier-" + hex.EncodeToString(h.Sum(nil)[:8]) + ".so"
	path, err := c.get(name, func(out string) error {
		work, err := os.MkdirTemp(c.dir, "build-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(work)
		list := filepath.Join(work, "link.cfg")
		if err := os.WriteFile(list, []byte(cfg.String()), 0o666); err != nil {
			return err
		}
		lib := filepath.Join(work, name) // the linker keeps the name it is given
		args := append([]string{"-o", lib, "-importcfg", list, "-checklinkname=0", "-s", "-w", "-buildmode=shared", "-linkshared",
			"-installsuffix", "dynlink", "-extld=" + m.base.tc.CC}, parts...)
		if err := m.base.toolLink(ctx, args...); err != nil {
			return err
		}
		return os.Rename(lib, out)
	})
	if err != nil {
		return fmt.Errorf("link %s: %w", pkgs[len(pkgs)-1].Path, err)
	}
	lib, err := implib.Open(path)
	if err != nil {
		return err
	}
	m.carriers = append(m.carriers, &carrier{path, pkgs, lib})
	return nil
}

// pathPrefix is how the linker spells an import path in symbols (cmd/internal/objabi.PathToPrefix): dots in the last
// element, and characters that symbols cannot hold, are escaped.
func pathPrefix(path string) string {
	slash := strings.LastIndexByte(path, '/')
	var b strings.Builder
	for i := range len(path) {
		c := path[i]
		if c <= ' ' || c == '%' || c == '"' || c >= 0x7f || c == '.' && i > slash {
			fmt.Fprintf(&b, "%%%02x", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
