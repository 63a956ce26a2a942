package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/resident-go/resident/kernel/cell"
	"golang.org/x/sync/singleflight"
)

// phases is the time that building took, by step. Zero means that the step was not needed.
type phases struct{ Analyse, Compile, Import, Link, Load time.Duration }

// builder builds cells. It holds no state of the session but the packages that are in reach.
type builder struct {
	base  *base
	o     *Options
	cache *cache
}

// build returns the cell's library, from the cache where it can.
func (b *builder) build(ctx context.Context, u *cell.Unit, need *needs, ph *phases) (string, error) {
	suffix, err := b.cSuffix(u)
	if err != nil {
		return "", err
	}
	key := u.Key + need.suffix() + suffix + b.flagsSuffix()
	return b.cache.get(key+".so", func(out string) error {
		return b.buildIn(ctx, u, need, out, remarksOf(key+".so"), ph)
	})
}

// buildIn makes the library out, and keeps what the compiler has to say under the name remarks in the cache.
func (b *builder) buildIn(ctx context.Context, u *cell.Unit, need *needs, out, remarks string, ph *phases) error {
	work, done, err := b.workDir(u.Key)
	if err != nil {
		return err
	}
	defer done()
	start := time.Now()
	archive := filepath.Join(work, "cell.a")
	c, err := b.translate(ctx, u, work)
	if err != nil {
		return err
	}
	said, err := b.compile(ctx, u, need, c, work, archive)
	if err != nil {
		return err
	}
	if len(said) > 0 {
		if err := os.WriteFile(filepath.Join(b.cache.dir, remarks), said, 0o666); err != nil {
			return err
		}
	}
	if err := addObjects(archive, c.objects); err != nil {
		return err
	}
	ph.Compile = time.Since(start)
	if err := b.link(ctx, need, c, work, archive, out, ph); err != nil {
		return err
	}
	return plainTypeNames(out)
}

// link makes the cell's library from its archive.
func (b *builder) link(ctx context.Context, need *needs, c *cParts, work, archive, out string, ph *phases) (err error) {
	start := time.Now()
	if b.base.Mode == Slim {
		l := &sharedLink{
			base: b.base, pkgs: []*pkg{{Path: "main", Export: archive}}, reach: need.reach, carriers: need.carriers, work: work,
			args: []string{"-extld=" + oneWord(filepath.Join(b.base.dir, "ld.sh"))},
		}
		if len(c.objects) > 0 {
			l.args, l.refs = c.linkArgs(b.base.tc), []string{"_cgo_topofstack"} // of the runtime
		}
		err = l.link(ctx, out)
		ph.Import = l.imported
	} else {
		err = b.linkPlugin(ctx, need, c, work, archive, out)
	}
	ph.Link = time.Since(start) - ph.Import
	return linkErrors(asCompileError(ctx, err))
}

// workDir is where one cell is built; with Options.WorkDir it is kept.
func (b *builder) workDir(key string) (dir string, done func(), err error) {
	if b.o.WorkDir != "" {
		dir = filepath.Join(b.o.WorkDir, key)
		return dir, func() {}, os.MkdirAll(dir, 0o777)
	}
	dir, err = os.MkdirTemp(b.cache.dir, "build-*")
	return dir, func() { os.RemoveAll(dir) }, err
}

// compile writes the unit's files and has the compiler make an archive of them. It returns what the compiler printed.
func (b *builder) compile(ctx context.Context, u *cell.Unit, need *needs, c *cParts, work, archive string) (said []byte, err error) {
	cfg := &strings.Builder{}
	for _, path := range u.Imports {
		if path == "unsafe" {
			continue
		}
		p := b.base.byPath[path]
		if p == nil {
			p = need.find(path)
		}
		if p == nil {
			return nil, fmt.Errorf("package %s is imported, but was not resolved", path)
		}
		fmt.Fprintf(cfg, "packagefile %s=%s\n", path, p.Export)
	}
	if err := os.WriteFile(filepath.Join(work, "compile.cfg"), []byte(cfg.String()), 0o666); err != nil {
		return nil, err
	}
	args := []string{"-p", "main", "-dynlink", "-dwarf=false", "-importcfg", "compile.cfg", "-pack", "-o", archive}
	if len(c.objects) == 0 {
		args = append(args, "-complete") // every function has a body
	}
	args = append(args, b.o.around.compilerFlags()...)
	if b.base.Mode == Slim {
		args = append(args, "-linkshared", "-installsuffix", "dynlink")
	}
	if len(u.Embeds) > 0 {
		file, err := writeEmbeds(work, u.Embeds)
		if err != nil {
			return nil, err
		}
		args = append(args, "-embedcfg", file)
	}
	for _, f := range u.Files {
		if err := os.WriteFile(filepath.Join(work, f.Name), []byte(f.Text), 0o666); err != nil {
			return nil, err
		}
		if f.C == "" {
			args = append(args, f.Name)
		}
	}
	args = append(args, c.goFiles...)
	cmd := exec.CommandContext(ctx, b.base.tc.tool("compile"), args...)
	cmd.Dir = work
	// A compiler that lives for 15 ms need not collect garbage, unless the cell is huge.
	cmd.Env = goEnv("GOROOT="+b.base.tc.Root, "PWD="+work, "GOGC=off", "GOMEMLIMIT=512MiB")
	said, err = output(cmd)
	return said, asCompileError(ctx, err)
}

// asCompileError takes what a tool complains of for a mistake in the cell.
func asCompileError(ctx context.Context, err error) error {
	var te *toolError
	if errors.As(err, &te) && ctx.Err() == nil {
		return &compileError{te.output}
	}
	return err
}

// compileError is what the compiler or the linker found in a package that go/types had passed.
type compileError struct{ output string }

func (e *compileError) Error() string { return e.output }

// cache is the folder of built libraries, shared by every kernel of the user.
type cache struct {
	dir    string
	limit  int64 // bytes
	seed   *seed // what need not be made, nil without
	making singleflight.Group
}

// openCache makes the folder and removes the libraries used longest ago while they exceed the limit. A library in use
// elsewhere may be removed: its process holds it open.
func openCache(dir string, limit int64) (*cache, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("create the cell cache: %w", err)
	}
	c := &cache{dir: dir, limit: limit}
	return c, c.trim()
}

// get returns the path of a library, making it when it is not there: once, if it is asked for again meanwhile (a cell
// that is prepared when its turn comes). Two kernels may make it at once; one rename wins.
func (c *cache) get(name string, make func(out string) error) (string, error) {
	path, err, _ := c.making.Do(name, func() (any, error) { return c.find(name, make) })
	return path.(string), err
}

func (c *cache) find(name string, make func(out string) error) (string, error) {
	path := filepath.Join(c.dir, name)
	if isFile(path) {
		now := time.Now()
		os.Chtimes(path, now, now) // for trim; a failure costs a rebuild some day
		return path, nil
	}
	if seeded := c.seed.file(libraries + name); seeded != "" {
		return seeded, nil
	}
	tmp, err := os.CreateTemp(c.dir, "new-*")
	if errors.Is(err, fs.ErrNotExist) && os.MkdirAll(c.dir, 0o777) == nil { // somebody has cleared the cache
		tmp, err = os.CreateTemp(c.dir, "new-*")
	}
	if err != nil {
		return "", fmt.Errorf("write the cell cache: %w", err)
	}
	tmp.Close()
	defer os.Remove(tmp.Name())
	if err := make(tmp.Name()); err != nil {
		return "", err
	}
	return path, os.Rename(tmp.Name(), path)
}

func (c *cache) trim() error {
	type entry struct {
		path string
		size int64
		used time.Time
	}
	var list []entry
	var total int64
	files, err := os.ReadDir(c.dir)
	if err != nil {
		return fmt.Errorf("read the cell cache: %w", err)
	}
	for _, f := range files {
		info, err := f.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		path := filepath.Join(c.dir, f.Name())
		if strings.HasPrefix(f.Name(), "build-") || strings.HasPrefix(f.Name(), "new-") {
			if time.Since(info.ModTime()) > time.Hour { // left behind by a kernel that was killed
				os.RemoveAll(path)
			}
			continue
		}
		list = append(list, entry{path, info.Size(), info.ModTime()})
		total += info.Size()
	}
	if total <= c.limit {
		return nil
	}
	// Down to three quarters, so that not every start trims.
	slices.SortFunc(list, func(a, b entry) int { return a.used.Compare(b.used) })
	for _, e := range list {
		if total <= c.limit*3/4 {
			break
		}
		if os.Remove(e.path) == nil {
			total -= e.size
		}
	}
	return nil
}
