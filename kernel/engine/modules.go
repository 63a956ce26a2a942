package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// modules are the packages of a session that the worker does not hold.
//
// They come from the notebook's own go.mod or go.work, or, without one, from a module of the session's to which the
// go command adds what cells import. The notebook's module files are read and never written.
type modules struct {
	base     *base
	o        *Options
	dir      string // where the go command resolves imports
	own      bool   // dir is the session's, not the notebook's: modules may be added
	module   string // the path of the module that the notebook's folder is in, "" outside of modules
	ours     string // where our own module is, "" when the notebook's module does not know it
	home     string // the import path that this folder would have
	byPath   map[string]*pkg
	carriers []*carrier
	linked   map[string]bool   // packages that cells are built against: the worker has them, or is about to
	replaced int               // counts packages that were resolved anew
	seed     *seed             // packages that need not be compiled, nil without
	told     map[string]string // what outdated has found, by path: stamps
}

// newModules finds the notebook's go.mod or go.work; without one the session gets a module of its own.
func newModules(ctx context.Context, b *base, o *Options, scratch string, s *seed) (*modules, error) {
	m := &modules{base: b, o: o, byPath: map[string]*pkg{}, linked: map[string]bool{}, seed: s, told: map[string]string{}}
	if root := moduleRoot(o.Dir); root != "" {
		m.dir = o.Dir
		m.module, m.home = importPath(o.Dir)
		if mentioned(root, modulePath) {
			m.ours = moduleUsed(ctx, b.tc, o.Dir, modulePath).Dir
		}
		return m, nil
	}
	m.dir, m.own, m.ours = filepath.Join(scratch, "module"), true, b.source()
	if isFile(filepath.Join(m.dir, "go.mod")) {
		return m, nil // the session starts again
	}
	if done, err := s.module(m.dir); done || err != nil {
		return m, err
	}
	mod, err := os.ReadFile(filepath.Join(b.source(), "go.mod"))
	if err != nil {
		return nil, err
	}
	// The same versions as the worker holds, so that what is added agrees with them.
	text := strings.Replace(string(mod), "module "+modulePath, "module session", 1)
	text += fmt.Sprintf("\nrequire %s v0.0.0\nreplace %s => %s\n", modulePath, modulePath, modfile.AutoQuote(b.source()))
	if err := writeFile(filepath.Join(m.dir, "go.mod"), []byte(text)); err != nil {
		return nil, err
	}
	if sum, err := os.ReadFile(filepath.Join(b.source(), "go.sum")); err == nil {
		return m, writeFile(filepath.Join(m.dir, "go.sum"), sum)
	}
	return m, nil
}

// moduleRoot returns the folder at or above dir that has one of the files, by default go.work or go.mod, or "".
func moduleRoot(dir string, names ...string) string {
	if dir == "" {
		return ""
	}
	if len(names) == 0 {
		names = []string{"go.work", "go.mod"}
	}
	for d := dir; ; d = filepath.Dir(d) {
		if slices.ContainsFunc(names, func(n string) bool { return isFile(filepath.Join(d, n)) }) {
			return d
		}
		if d == filepath.Dir(d) {
			return ""
		}
	}
}

// importPath returns the path of the module that a folder is in, and the folder's own import path.
func importPath(dir string) (module, path string) {
	root := moduleRoot(dir, "go.mod")
	data, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if root == "" || err != nil {
		return "", ""
	}
	module = modfile.ModulePath(data)
	rel, err := filepath.Rel(root, dir)
	if err != nil || rel == "." {
		return module, module
	}
	return module, module + "/" + filepath.ToSlash(rel)
}

func (m *modules) find(path string) *pkg { return m.byPath[path] }

// effort is what an analysis may do to find a package.
type effort int

const (
	knownOnly effort = iota // nothing: a cell prepared ahead must not be in the way of one that runs
	offline                 // ask the go command, without a network: a person waits for the names to choose from
	anything
)

// resolve makes a package known, with all it imports. When the session has its own module, what is missing is fetched.
func (m *modules) resolve(ctx context.Context, path string, may effort) (*pkg, error) {
	if err := m.mayImport(path); err != nil {
		return nil, err
	}
	if p := m.base.byPath[path]; p != nil {
		return p, nil
	}
	if p := m.byPath[path]; p != nil && (may == knownOnly || !m.stale(path)) {
		return p, nil
	}
	if list := m.seed.packages(path, m); list != nil {
		return m.add(path, list)
	}
	if may == knownOnly {
		return nil, fmt.Errorf("package %s was not imported before", path)
	}
	if !m.o.around.fetches() {
		may = min(may, offline)
	}
	out, err := slowly(ctx, "building "+path, func() ([]byte, error) { return m.list(ctx, path, may) })
	if err != nil && m.own && may == anything && strings.Contains(path, ".") && !isThere(err) && ctx.Err() == nil {
		if out, err = slowly(ctx, "fetching "+path, func() ([]byte, error) { return m.fetch(ctx, path) }); err != nil {
			return nil, err
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, m.packageError(path, err)
	}
	list, err := decodePkgs(out)
	if err != nil {
		return nil, err
	}
	return m.add(path, list)
}

// isThere reports whether an error of the go command is one of a compiler, whose words stand below "# PACKAGE": what is there need not be fetched.
func isThere(err error) bool {
	var te *toolError
	return errors.As(err, &te) && strings.Contains("\n"+te.output, "\n# ")
}

// stale reports whether the sources of a package, or of one that it reaches, have changed since it was resolved.
func (m *modules) stale(path string) bool {
	return slices.ContainsFunc(m.closure([]string{path}), func(p *pkg) bool { return p.Stamp != "" && p.Stamp != stamp(p.Dir) })
}

// used are the packages beyond the worker's that cells use.
func (m *modules) used() (pkgs []*pkg) {
	for _, path := range slices.Sorted(maps.Keys(m.linked)) {
		if p := m.byPath[path]; p != nil {
			pkgs = append(pkgs, p)
		}
	}
	return pkgs
}

// outdated names those of the packages whose sources are no longer what the session has loaded, once for each change.
func (m *modules) outdated(pkgs []*pkg) (paths []string) {
	for _, p := range pkgs {
		if p.Stamp == "" {
			continue
		}
		if now := stamp(p.Dir); now != p.Stamp && now != m.told[p.Path] {
			m.told[p.Path] = now
			paths = append(paths, p.Path)
		}
	}
	return paths
}

// list has the go command compile a package and all that it imports. It writes no module file but those of the session.
func (m *modules) list(ctx context.Context, path string, may effort) ([]byte, error) {
	args := slices.Concat([]string{"list", "-deps", "-export", listFields}, m.base.buildFlags(m.ours), m.o.around.tagFlags())
	if m.own {
		args = append(args, "-mod=mod")
	}
	return m.goCommand(ctx, may, append(args, "--", path)...)
}

func (m *modules) goCommand(ctx context.Context, may effort, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, m.base.tc.Go, args...)
	cmd.Dir, cmd.Env = m.dir, m.environ()
	if may != anything {
		cmd.Env = append(cmd.Env, "GOPROXY=off")
	}
	return output(cmd)
}

// environ is the environment for the go command: what people set decides where modules come from, not how cells are built.
func (m *modules) environ() []string {
	_, set := m.o.around.get()
	env := slices.Concat(os.Environ(), set, goSettings, []string{"PWD=" + m.dir, m.base.tc.cFlags()})
	if m.own {
		env = append(env, "GOWORK=off")
	}
	return env
}

// fetch adds the module of a package to the session's own module. When it cannot be used, the module stays as it was.
func (m *modules) fetch(ctx context.Context, path string) ([]byte, error) {
	undo, err := keepFiles(filepath.Join(m.dir, "go.mod"), filepath.Join(m.dir, "go.sum"))
	if err != nil {
		return nil, err
	}
	_, err = m.goCommand(ctx, anything, "get", "--", path)
	var out []byte
	if err == nil {
		out, err = m.list(ctx, path, anything)
	}
	if err == nil {
		return out, m.agrees(path, out, undo)
	}
	if uerr := undo(); uerr != nil {
		return nil, uerr
	}
	return nil, m.packageError(path, err)
}

// agrees takes back a fetch that would need other packages than the worker's own.
func (m *modules) agrees(path string, out []byte, undo func() error) error {
	list, err := decodePkgs(out)
	if err != nil {
		return err
	}
	for i := range list {
		if known := m.base.byPath[list[i].Path]; known != nil && !same(known, &list[i]) {
			return errors.Join(undo(), m.clash(path, known, &list[i]))
		}
	}
	return nil
}

// keepFiles reads files and returns a function that puts them back.
func keepFiles(paths ...string) (undo func() error, err error) {
	before := make([][]byte, len(paths))
	for i, path := range paths {
		if before[i], err = os.ReadFile(path); err != nil && !os.IsNotExist(err) {
			return nil, err
		}
	}
	return func() error {
		for i, path := range paths {
			if err := writeFile(path, before[i]); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// add enters listed packages, after making sure that those the worker or the session holds already are the same.
func (m *modules) add(path string, list []pkg) (*pkg, error) {
	var found *pkg
	var fresh []*pkg
	for i := range list {
		p := &list[i]
		if p.Name == "main" && p.Path == path {
			return nil, fmt.Errorf("package %s is a program, not an importable package", path)
		}
		if held := m.base.byPath[p.Path]; held != nil {
			if !same(held, p) {
				return nil, m.clash(path, held, p)
			}
			continue
		}
		known := m.byPath[p.Path]
		if known != nil && m.linked[p.Path] && known.content() != p.content() {
			return nil, m.clash(path, known, p)
		}
		if p.Path == path {
			found = p
		}
		fresh = append(fresh, p)
	}
	if found == nil {
		return nil, fmt.Errorf("package %s: the go command built nothing for it", path)
	}
	m.forget(fresh)
	for _, p := range fresh {
		if known := m.byPath[p.Path]; known != nil {
			known.Stamp = p.Stamp // carriers hold the known one
		} else {
			m.byPath[p.Path] = p
		}
	}
	return m.byPath[path], nil
}

// forget drops packages that have been compiled anew, and with them whatever no cell uses: it may rest on them.
func (m *modules) forget(fresh []*pkg) {
	changed := slices.ContainsFunc(fresh, func(p *pkg) bool { return m.byPath[p.Path] != nil && m.byPath[p.Path].content() != p.content() })
	if changed {
		maps.DeleteFunc(m.byPath, func(path string, _ *pkg) bool { return !m.linked[path] })
		m.replaced++
	}
}

// same reports whether p is the package that the worker holds.
func same(held, p *pkg) bool {
	if held.Standard {
		return true
	}
	a, err1 := contentID(held.Export)
	b, err2 := contentID(p.Export)
	return err1 == nil && err2 == nil && a == b
}
