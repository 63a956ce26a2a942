package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/resident-go/resident/kernel/engine/implib"
)

// recipe is changed when base or cells are built differently, so that older caches are not used.
const recipe = "7"

// Modes of building cells.
const (
	Slim   = "slim"
	Plugin = "plugin"
)

const hostPath = modulePath + "/kernel/engine/worker/host"

// base is the worker as built: its library, its executable and the packages it holds.
type base struct {
	Mode   string
	Reason string // why not slim
	Lean   bool   // without heldModule
	Key    string
	Pkgs   []pkg

	tc      *Toolchain
	dir     string
	runtime runtimePackages // while the base is made
	byPath  map[string]*pkg
	order   []*pkg // Pkgs
	lib     func() (*implib.Library, error)

	release func() error // see lock
}

func (b *base) workerLib() string { return filepath.Join(b.dir, "libworker.so") }
func (b *base) manifest() string  { return filepath.Join(b.dir, "base.json") }
func (b *base) host() string      { return filepath.Join(b.dir, "worker") }
func (b *base) source() string    { return filepath.Join(b.dir, "src") }

// openBase returns the worker for the toolchain and the wanted mode ("" is slim where it works), building it when the
// cache does not hold it. It stays locked in the cache until it is released.
func openBase(ctx context.Context, tc *Toolchain, o *Options, s *seed) (*base, error) {
	for {
		b, err := findBase(ctx, tc, o, s)
		if err != nil {
			return nil, err
		}
		kept, err := b.keep(o.CacheDir)
		if err != nil {
			return nil, fmt.Errorf("lock the cached worker: %w", err)
		}
		if kept {
			trimBases(o.CacheDir)
			return b, nil
		}
	}
}

func findBase(ctx context.Context, tc *Toolchain, o *Options, s *seed) (*base, error) {
	lean, err := needsLean(ctx, tc, o)
	if err != nil {
		return nil, err
	}
	if s != nil { // who wrote it has looked at the sources
		if b, err := readBase(filepath.Join(o.CacheDir, "base-"+s.Key), tc); err == nil && b.Key == s.Key && b.Lean == lean {
			return b, nil
		}
	}
	key, err := baseKey(tc, o, lean)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(o.CacheDir, "base-"+key)
	if b, err := readBase(dir, tc); err == nil {
		return b, nil
	}
	if err := os.MkdirAll(o.CacheDir, 0o777); err != nil {
		return nil, fmt.Errorf("create the cache: %w", err)
	}
	unlock, err := lockFile(lockPath(o.CacheDir, key))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if b, err := readBase(dir, tc); err == nil { // another kernel has built it meanwhile
		return b, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("clear an unfinished worker: %w", err)
	}
	b := &base{Mode: o.Mode, Key: key, Lean: lean, tc: tc, dir: dir}
	if b.Mode == "" {
		b.Mode = Slim
		if tc.OS != "linux" || tc.Arch != "amd64" && tc.Arch != "arm64" {
			b.Mode, b.Reason = Plugin, "the slim engine needs linux on amd64 or arm64, this is "+tc.OS+"/"+tc.Arch
		}
	}
	if err := b.make(ctx, o); err != nil {
		return nil, fmt.Errorf("build the worker: %w", err)
	}
	return readBase(dir, tc)
}

func (b *base) make(ctx context.Context, o *Options) error {
	if err := os.MkdirAll(b.dir, 0o777); err != nil {
		return err
	}
	if err := b.unpack(o.Source); err != nil {
		return err
	}
	if err := writeExecutable(b.toolScript(), toolScript); err != nil {
		return err
	}
	if err := b.compile(ctx, o); err != nil {
		return err
	}
	b.index()
	err := b.link(ctx, o)
	if err == nil && b.Mode == Slim && o.Mode == "" {
		o.progress("testing the slim engine")
		if err = b.selfTest(ctx, o); err != nil {
			b.Reason = fmt.Sprintf("the slim engine's self-test failed: %v", err)
		}
	}
	if err != nil && b.Mode == Slim && o.Mode == "" && ctx.Err() == nil {
		if b.Reason == "" {
			b.Reason = fmt.Sprintf("the slim worker could not be linked: %v", err)
		}
		b.Mode = Plugin
		if err = b.compile(ctx, o); err == nil {
			b.index()
			err = b.link(ctx, o)
		}
	}
	if err != nil {
		return err
	}
	data, err := json.Marshal(b)
	if err != nil {
		return err
	}
	return writeFile(b.manifest(), data)
}

// baseKey identifies everything that the worker is made from.
func baseKey(tc *Toolchain, o *Options, lean bool) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, recipe, tc.Version, tc.Root, tc.OS, tc.Arch, tc.Level, tc.CC, o.Mode, lean)
	err := fs.WalkDir(o.Source, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !cellFacing(path) {
			return err
		}
		data, err := fs.ReadFile(o.Source, path)
		fmt.Fprintf(h, "%s %x\n", path, sha256.Sum256(data))
		return err
	})
	return hex.EncodeToString(h.Sum(nil)[:10]), err
}

// compile has the go command compile what the worker holds and records where the results are.
func (b *base) compile(ctx context.Context, o *Options) error {
	o.progress("compiling the standard library for cells (once)")
	std, err := b.list(ctx, o, "-f", "{{.ImportPath}}", "std")
	if err != nil {
		return err
	}
	var want []string
	for _, p := range strings.Fields(string(std)) {
		if !strings.Contains(p, "internal/") && !strings.HasPrefix(p, "vendor/") && !strings.HasSuffix(p, "/internal") && p != "internal" {
			want = append(want, p)
		}
	}
	want = append(want, held...)
	if b.Pkgs, err = b.exportMost(ctx, o, want); err != nil {
		return err
	}
	return b.keepExports()
}

func (b *base) list(ctx context.Context, o *Options, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, b.tc.Go, append([]string{"list"}, args...)...)
	cmd.Dir = b.source()
	cmd.Env = goEnv("GOWORK=off", b.tc.cFlags())
	return output(cmd)
}

// export compiles packages with all they import and lists the results.
func (b *base) export(ctx context.Context, o *Options, paths []string) ([]pkg, error) {
	flags := append([]string{"-mod=mod", "-deps", "-export", listFields}, b.buildFlags(b.source())...)
	out, err := b.list(ctx, o, append(flags, paths...)...)
	if err != nil {
		return nil, err
	}
	return decodePkgs(out)
}

// keepExports links the archives into the base, because the go command trims its own cache.
func (b *base) keepExports() error {
	dir := filepath.Join(b.dir, "pkg-"+b.Mode)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for i := range b.Pkgs {
		to := filepath.Join(dir, fmt.Sprintf("%03d.a", i))
		if err := linkOrCopy(b.Pkgs[i].Export, to); err != nil {
			return fmt.Errorf("keep %s: %w", b.Pkgs[i].Path, err)
		}
		b.Pkgs[i].Export = to
	}
	return nil
}

func (b *base) index() {
	b.byPath, b.order = map[string]*pkg{}, nil
	for i := range b.Pkgs {
		b.byPath[b.Pkgs[i].Path] = &b.Pkgs[i]
		b.order = append(b.order, &b.Pkgs[i])
	}
	b.lib = sync.OnceValues(func() (*implib.Library, error) { return implib.Open(b.workerLib()) })
}

func readBase(dir string, tc *Toolchain) (*base, error) {
	data, err := os.ReadFile((&base{dir: dir}).manifest())
	if err != nil {
		return nil, err
	}
	b := &base{tc: tc, dir: dir}
	if err := json.Unmarshal(data, b); err != nil {
		return nil, err
	}
	if !isFile(b.host()) || len(b.Pkgs) == 0 || !isFile(b.Pkgs[0].Export) {
		return nil, errors.New("the cached worker is incomplete")
	}
	b.index()
	return b, nil
}

// link makes the worker's library and its executable.
func (b *base) link(ctx context.Context, o *Options) error {
	o.progress("linking the worker (once)")
	if b.Mode == Plugin {
		return b.linkPluginHost(ctx)
	}
	cfg := &strings.Builder{}
	var shared, parts []string
	for _, p := range b.Pkgs {
		fmt.Fprintf(cfg, "packagefile %s=%s\n", p.Path, p.Export)
		shared = append(shared, fmt.Sprintf("packageshlib %s=%s", p.Path, b.workerLib()))
		parts = append(parts, p.Path+"="+p.Export)
	}
	plain := filepath.Join(b.dir, "importcfg."+b.Mode)
	if err := writeFile(plain, []byte(cfg.String())); err != nil {
		return err
	}
	flags := []string{"-checklinkname=0", "-s", "-w", "-extld=" + b.tc.CC}
	if err := b.linkLibrary(ctx, append(slices.Clone(flags), "-importcfg", plain), parts); err != nil {
		return err
	}
	cfg.WriteString(strings.Join(shared, "\n") + "\n")
	withShared := filepath.Join(b.dir, "importcfg.shared")
	if err := writeFile(withShared, []byte(cfg.String())); err != nil {
		return err
	}
	if err := writeExecutable(filepath.Join(b.dir, "ld.sh"), fmt.Sprintf(ldScript, b.tc.program(ctx, "ld"))); err != nil {
		return err
	}
	host, err := b.list(ctx, o, "-mod=mod", "-tags=residentworker", "-export", "-linkshared", "-f", "{{.Export}}", hostPath)
	if err != nil {
		return err
	}
	return b.toolLink(ctx, append(flags, "-o", b.host(), "-importcfg", withShared, "-buildmode=exe", "-linkshared", "-installsuffix", "dynlink", "-r", b.dir, strings.TrimSpace(string(host)))...)
}

// unbound are the symbols to which the loader binds the library's references, in the format of the linker's --dynamic-list:
// types, because relocations that name them tell the Go linker what a type is made of (see implib). All other references
// of the library to itself are bound as it is linked, so that its code need not load the address of each variable.
const unbound = "{ type?*; };\n"

// linkLibrary makes the worker's library of packages.
func (b *base) linkLibrary(ctx context.Context, flags, packages []string) error {
	const list = "unbound.list" // without its folder, whose name may hold what divides flags
	if err := writeFile(filepath.Join(b.dir, list), []byte(unbound)); err != nil {
		return err
	}
	args := slices.Concat(flags, []string{"-o", b.workerLib(), "-buildmode=shared", "-extldflags=-Wl,--dynamic-list=" + list}, packages)
	return b.toolLinkIn(ctx, b.dir, args...)
}

// linkPluginHost makes the worker for plugins: an ordinary program that holds the packages.
func (b *base) linkPluginHost(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, b.tc.Go, "build", "-mod=mod", "-tags=residentworker", "-gcflags=all="+keepMaps, "-ldflags=-checklinkname=0", "-o", b.host(), hostPath)
	cmd.Dir, cmd.Env = b.source(), goEnv("GOWORK=off")
	_, err := output(cmd)
	return err
}

func (b *base) toolLink(ctx context.Context, args ...string) error {
	return b.toolLinkIn(ctx, "", args...)
}

// toolLinkIn runs the Go linker in a folder.
func (b *base) toolLinkIn(ctx context.Context, dir string, args ...string) error {
	cmd := exec.CommandContext(ctx, b.tc.tool("link"), args...)
	cmd.Dir = dir
	cmd.Env = goEnv("GOROOT=" + b.tc.Root)
	_, err := output(cmd)
	return err
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
