package engine

import (
	"context"
	"errors"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/resident-go/resident/kernel/cell"
)

// packages answers the analysis' questions from export data. It must be used by one analysis at a time.
type packages struct {
	ctx   context.Context // of the analysis under way
	may   effort
	base  *base
	mods  *modules
	imp   types.Importer
	names map[string][]string
	seen  int                // modules.replaced when imp was made
	cgo   map[string][]cDecl // what cgo wrote, by file
}

func newPackages(b *base, m *modules) *packages {
	p := &packages{ctx: context.Background(), base: b, mods: m, names: map[string][]string{"unsafe": {"unsafe"}}, cgo: map[string][]cDecl{}}
	p.forget()
	for _, k := range b.Pkgs {
		if importable(k.Path) {
			p.names[k.Name] = append(p.names[k.Name], k.Path)
		}
	}
	for _, paths := range p.names {
		slices.SortFunc(paths, func(x, y string) int { return rank(x) - rank(y) })
	}
	return p
}

// forget drops what was read so far.
func (p *packages) forget() {
	p.seen = p.mods.replaced
	p.imp = importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		if known := p.base.byPath[path]; known != nil {
			return os.Open(known.Export)
		}
		if known := p.mods.find(path); known != nil {
			return os.Open(known.Export)
		}
		return nil, fmt.Errorf("package %s is not known", path)
	})
}

// Import returns a package, resolving and fetching it when need be.
func (p *packages) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if _, err := p.mods.resolve(p.ctx, path, p.may); err != nil {
		return nil, err
	}
	return p.load(path)
}

// Imported returns a package as the session knows it, even if its sources have changed since.
func (p *packages) Imported(path string) (*types.Package, error) {
	if p.base.byPath[path] == nil && p.mods.find(path) == nil {
		return p.Import(path)
	}
	return p.load(path)
}

func (p *packages) load(path string) (*types.Package, error) {
	if p.seen != p.mods.replaced {
		p.forget()
	}
	return p.imp.Import(path)
}

// Embed returns the files of the notebook's folder that a pattern means.
func (p *packages) Embed(pattern string) ([]cell.EmbedFile, error) {
	dir := p.mods.o.Dir
	if dir == "" {
		dir = "."
	}
	return embedFiles(os.DirFS(dir), pattern)
}

// Cgo returns what cgo declares for files that import "C".
func (p *packages) Cgo(files []cell.File) (string, error) {
	m := &cgoMerger{}
	for _, f := range files {
		decls, err := p.cgoDecls(f)
		if err != nil {
			return "", err
		}
		if err := m.add(decls, draftNames(decls)); err != nil {
			return "", err
		}
	}
	return m.text(), nil
}

// cgoDecls runs cgo on a draft. The C compiler takes its time, so nobody who only looks for names waits for it.
func (p *packages) cgoDecls(f cell.File) ([]cDecl, error) {
	c, err := newCgo(p.base.tc, p.mods.o.Dir)
	if err != nil {
		return nil, err
	}
	key := f.Text + c.stamp(f)
	if decls, ok := p.cgo[key]; ok {
		return decls, nil
	}
	if p.may != anything {
		return nil, errors.New("the C code was not analysed before")
	}
	dir, err := os.MkdirTemp("", "resident-cgo-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	t, err := c.translate(p.ctx, dir, f)
	if err != nil {
		return nil, err
	}
	decls, err := cDecls(t.goTypes)
	if err == nil {
		p.cgo[key] = decls
	}
	return decls, err
}

// Find returns the packages of that name that need no module to be added.
func (p *packages) Find(name string) []string { return p.names[name] }

// Beside returns the packages to link into a cell with these imports.
func (p *packages) Beside(imports []string) []string {
	if slices.ContainsFunc(p.mods.reach(imports), func(q *pkg) bool { return q.Path == reportPath }) {
		return []string{bridgePath}
	}
	return nil
}

// Names returns the names that Find knows packages for.
func (p *packages) Names() []string { return slices.Collect(maps.Keys(p.names)) }

// Paths returns the import paths of the packages that are known: the worker's, and those of the session's modules that were used.
func (p *packages) Paths() []string {
	paths := slices.Concat(slices.Collect(maps.Values(p.names))...)
	for path := range p.mods.byPath {
		if importable(path) {
			paths = append(paths, path)
		}
	}
	return paths
}

func importable(path string) bool {
	return !strings.HasPrefix(path, "vendor/") && !strings.HasPrefix(path, "internal/") &&
		!strings.Contains(path, "/internal/") && !strings.HasSuffix(path, "/internal") && !strings.HasPrefix(path, modulePath+"/kernel/engine/") && path != bridgePath
}

// preferred decides between packages of one name, as people mostly mean them.
var preferred = []string{"math/rand/v2", "math/rand", "text/template", "html/template", "crypto/rand", "go/scanner", "text/scanner"}

func rank(path string) int {
	if i := slices.Index(preferred, path); i >= 0 {
		return i
	}
	switch {
	case strings.HasPrefix(path, modulePath+"/"):
		return 1000 + strings.Count(path, "/")
	case strings.Contains(path, "."):
		return 2000 + strings.Count(path, "/")
	}
	return 100 + strings.Count(path, "/")
}
