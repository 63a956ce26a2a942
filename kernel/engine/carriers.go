package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/resident-go/resident/kernel/engine/implib"
)

// carrier is a shared library of packages, linked once and loaded before the first cell that needs it.
type carrier struct {
	path string
	pkgs []*pkg
	lib  *implib.Library
}

// needs is what a cell is built with, as it was when the cell was analysed. Packages come before those that import them.
type needs struct {
	builder  *builder
	reach    []*pkg     // every package that the cell reaches
	extra    []*pkg     // those of them that the worker does not hold
	carriers []*carrier // what holds these (slim mode)
}

// carry finds what a cell with these imports needs and links what no library holds into a carrier. In plugin mode each
// cell holds its own copy, and the first one loaded is in use.
func (m *modules) carry(ctx context.Context, imports []string, b *builder) (*needs, error) {
	n := &needs{builder: b, reach: m.reach(imports), extra: m.closure(imports)}
	if m.base.Mode == Slim {
		fresh := slices.DeleteFunc(slices.Clone(n.extra), func(p *pkg) bool { return m.carrierOf(p) != nil })
		if len(fresh) > 0 {
			if err := m.link(ctx, fresh, b.cache); err != nil {
				return nil, err
			}
		}
	}
	for _, p := range n.extra {
		m.linked[p.Path] = true
	}
	n.carriers = m.carriersOf(n.extra)
	return n, nil
}

// find returns a package beyond the worker's, or nil.
func (n *needs) find(path string) *pkg {
	if i := slices.IndexFunc(n.extra, func(p *pkg) bool { return p.Path == path }); i >= 0 {
		return n.extra[i]
	}
	return nil
}

// suffix identifies what the cell is linked against beside the worker, "" when that is nothing.
func (n *needs) suffix() string {
	if len(n.extra) == 0 {
		return ""
	}
	h := sha256.New()
	for _, p := range n.extra {
		fmt.Fprintln(h, p.Path, p.content())
	}
	for _, c := range n.carriers {
		fmt.Fprintln(h, filepath.Base(c.path))
	}
	return "-" + hex.EncodeToString(h.Sum(nil)[:6])
}

func (m *modules) carrierOf(p *pkg) *carrier {
	if i := slices.IndexFunc(m.carriers, func(c *carrier) bool { return slices.Contains(c.pkgs, p) }); i >= 0 {
		return m.carriers[i]
	}
	return nil
}

// carriersOf returns the carriers of packages in the order in which they were linked, and so of their dependencies.
func (m *modules) carriersOf(pkgs []*pkg) []*carrier {
	var list []*carrier
	for _, c := range m.carriers {
		if slices.ContainsFunc(pkgs, func(p *pkg) bool { return slices.Contains(c.pkgs, p) }) {
			list = append(list, c)
		}
	}
	return list
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

// link makes a carrier of packages.
func (m *modules) link(ctx context.Context, pkgs []*pkg, c *cache) error {
	last := pkgs[len(pkgs)-1].Path
	var paths []string
	for _, p := range pkgs {
		paths = append(paths, p.Path)
	}
	below := m.carriersOf(m.closure(paths))
	name := carrierName(pkgs, below)
	path, err := slowly(ctx, "linking "+last, func() (string, error) { return c.get(name, m.linker(ctx, c.dir, name, pkgs, paths, below)) })
	if err != nil {
		return fmt.Errorf("link %s: %w", last, err)
	}
	lib, err := implib.Open(path)
	if err != nil {
		return err
	}
	m.carriers = append(m.carriers, &carrier{path, pkgs, lib})
	return nil
}

// linker returns what makes a carrier's file.
func (m *modules) linker(ctx context.Context, dir, name string, pkgs []*pkg, paths []string, below []*carrier) func(out string) error {
	return func(out string) error {
		work, err := os.MkdirTemp(dir, "build-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(work)
		// The linker keeps the name of the file it is given. As soname, it is the name that cells ask the loader for.
		lib := filepath.Join(work, name)
		l := &sharedLink{
			base: m.base, pkgs: pkgs, reach: m.reach(paths), carriers: below, work: work,
			args: []string{"-extld=" + m.base.tc.CC, "-extldflags=-Wl,-soname," + name},
		}
		if err := l.link(ctx, lib); err != nil {
			return err
		}
		return os.Rename(lib, out)
	}
}

// carrierName identifies what a carrier is made of.
func carrierName(pkgs []*pkg, below []*carrier) string {
	h := sha256.New()
	for _, c := range below {
		fmt.Fprintln(h, filepath.Base(c.path))
	}
	for _, p := range pkgs {
		fmt.Fprintln(h, p.Path, p.content())
	}
	return "libcarrier-" + hex.EncodeToString(h.Sum(nil)[:8]) + ".so"
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

// close releases the files of carriers; the worker has them open itself.
func (m *modules) close() {
	for _, c := range m.carriers {
		c.lib.Close()
	}
}
