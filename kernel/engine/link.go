package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/resident-go/resident/kernel/engine/implib"
)

// ldScript stands in for the C compiler as the linker's linker: for 50 kB of output the driver costs more than the work.
// Before it links, the Go linker tries some flags out on a C file; they are refused without asking the system linker.
const ldScript = `#!/bin/sh
# Calls the system linker at once for a cell's library.
n=$#
while [ $n -gt 0 ]; do
	arg=$1 n=$((n - 1))
	shift
	case "$arg" in
	-o) out=$1 n=$((n - 1)); shift ;;
	*.c) exit 1 ;;
	*.o|-L*|-lworker|-lcarrier-*) set -- "$@" "$arg" ;;
	esac
done
exec '%s' -shared -z now -z nocopyreloc -z noexecstack -o "$out" "$@"
`

var linkFlags = []string{"-checklinkname=0", "-s", "-w", "-compressdwarf=false"}

// linkPlugin links a cell with a copy of everything that it reaches.
func (b *builder) linkPlugin(ctx context.Context, need *needs, c *cParts, work, archive, out string) error {
	cfg := &strings.Builder{}
	packageFiles(cfg, b.base.order)
	packageFiles(cfg, need.extra)
	packageFiles(cfg, []*pkg{{Path: "main", Export: archive}})
	list := filepath.Join(work, "link.cfg")
	if err := os.WriteFile(list, []byte(cfg.String()), 0o666); err != nil {
		return err
	}
	args := append([]string{"-o", out, "-importcfg", list, "-buildmode=plugin", "-pluginpath=main"}, c.linkArgs(b.base.tc)...)
	return b.base.toolLink(ctx, slices.Concat(linkFlags, args, []string{archive})...)
}

// sharedLink is the making of a shared library, of a cell or a carrier, against the worker's and carriers.
type sharedLink struct {
	base     *base
	pkgs     []*pkg     // what it holds
	reach    []*pkg     // what these reach, dependencies first
	carriers []*carrier // what holds that, beside the worker
	refs     []string   // symbols that its C objects refer to
	work     string     // folder for what the linker reads
	args     []string
	imported time.Duration // the time that import libraries took
}

// link links against import libraries (see implib) instead of the libraries themselves.
//
// The Go linker refuses a library when the method table of a type in it needs a method that only an imported package has
// compiled (see implib, "A limit of the Go linker"). Such packages are linked into the library, too: their code is there
// twice then, but the loader binds their variables and types to what was loaded first.
func (l *sharedLink) link(ctx context.Context, out string) error {
	var copies []*pkg
	for {
		err := l.linkWith(ctx, copies, out)
		var te *toolError
		if !errors.As(err, &te) || ctx.Err() != nil {
			return err
		}
		more, ferr := l.holders(copies, te.output)
		if ferr != nil {
			return ferr
		}
		if len(more) == 0 {
			return err
		}
		copies = append(copies, more...)
	}
}

func (l *sharedLink) linkWith(ctx context.Context, copies []*pkg, out string) error {
	start := time.Now()
	libs, err := l.importLibraries(copies)
	if err != nil {
		return err
	}
	l.imported += time.Since(start)
	cfg := &strings.Builder{}
	sharedConfig(cfg, libs[0], without(l.base.order, copies))
	for i, c := range l.carriers {
		sharedConfig(cfg, libs[i+1], without(c.pkgs, copies))
	}
	packageFiles(cfg, copies)
	packageFiles(cfg, l.pkgs)
	list := filepath.Join(l.work, "link.cfg")
	if err := os.WriteFile(list, []byte(cfg.String()), 0o666); err != nil {
		return err
	}
	args := slices.Concat(linkFlags, []string{"-o", out, "-importcfg", list, "-buildmode=shared", "-linkshared", "-installsuffix", "dynlink", "-L", l.work}, l.args)
	for _, p := range slices.Concat(l.pkgs, copies) { // copies are named, since the linker looks for no imports of what is in a library
		args = append(args, p.Path+"="+p.Export)
	}
	return l.base.toolLink(ctx, args...)
}

// importLibraries writes what the Go linker reads in place of the worker's library and the carriers.
func (l *sharedLink) importLibraries(copies []*pkg) ([]string, error) {
	refs := slices.Clone(l.refs)
	for _, p := range slices.Concat(l.pkgs, copies) {
		more, err := implib.Refs(p.Export)
		if err != nil {
			return nil, err
		}
		refs = append(refs, more...)
	}
	lib, err := l.base.lib()
	if err != nil {
		return nil, err
	}
	libs := []*implib.Library{lib}
	for _, c := range l.carriers {
		libs = append(libs, c.lib)
	}
	return implib.WriteAll(l.work, refs, libs...)
}

var missingMethod = regexp.MustCompile(`cannot target DYNIMPORT sym in section-relative reloc: (.*)`)

// single reports whether a process can hold a package only once: the runtime's own state is in more than its variables.
func single(path string) bool {
	return path == "runtime" || path == "syscall" || path == "internal/abi" || strings.HasPrefix(path, "internal/runtime/")
}

// holders returns packages that define the methods which the linker misses in the library, other than those it has.
func (l *sharedLink) holders(have []*pkg, complaint string) ([]*pkg, error) {
	missing := map[string]bool{}
	for _, m := range missingMethod.FindAllStringSubmatch(complaint, -1) {
		missing[m[1]] = true
	}
	var found []*pkg
	for i := len(l.reach) - 1; i >= 0 && len(missing) > 0; i-- { // what is imported directly comes last
		p := l.reach[i]
		if p.Path == "unsafe" || single(p.Path) || slices.Contains(have, p) || slices.Contains(l.pkgs, p) {
			continue
		}
		defs, err := implib.Defs(p.Export)
		if err != nil {
			return nil, err
		}
		before := len(missing)
		for _, d := range defs {
			delete(missing, d)
		}
		if len(missing) < before {
			found = append(found, p)
		}
	}
	return found, nil
}

func without(pkgs, less []*pkg) []*pkg {
	if len(less) == 0 {
		return pkgs
	}
	return slices.DeleteFunc(slices.Clone(pkgs), func(p *pkg) bool { return slices.Contains(less, p) })
}

// packageFiles tells the linker where packages are.
func packageFiles(cfg *strings.Builder, pkgs []*pkg) {
	for _, p := range pkgs {
		fmt.Fprintf(cfg, "packagefile %s=%s\n", p.Path, p.Export)
	}
}

// sharedConfig tells the linker that packages are in a library.
func sharedConfig(cfg *strings.Builder, lib string, pkgs []*pkg) {
	for _, p := range pkgs {
		fmt.Fprintf(cfg, "packagefile %s=%s\npackageshlib %s=%s\n", p.Path, p.Export, p.Path, lib)
	}
}
