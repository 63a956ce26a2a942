package engine

import (
	"context"
	"errors"
	"go/build"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// runtimePackages are the packages in our folder runtime that cells can import, with what each imports.
type runtimePackages map[string][]string

// findRuntime reads the unpacked sources. Programs are not among the packages, nor what imports package testing: that is for
// those who write another device.
func (b *base) findRuntime() (runtimePackages, error) {
	ctx := build.Default
	ctx.GOOS, ctx.GOARCH, ctx.CgoEnabled = b.tc.OS, b.tc.Arch, true
	found := runtimePackages{}
	err := filepath.WalkDir(filepath.Join(b.source(), "runtime"), func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		p, err := ctx.ImportDir(dir, 0)
		if _, none := errors.AsType[*build.NoGoError](err); none {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(b.source(), dir)
		if p.Name != "main" && !slices.Contains(p.Imports, "testing") {
			found[modulePath+"/"+filepath.ToSlash(rel)] = p.Imports
		}
		return err
	})
	return found, err
}

// imports reports whether some package imports one of a module.
func (r runtimePackages) imports(module string) bool {
	for _, list := range r {
		if slices.ContainsFunc(list, func(path string) bool { return path == module || strings.HasPrefix(path, module+"/") }) {
			return true
		}
	}
	return false
}

// held returns the packages that the worker holds: those that stand on the standard library, on each other and, with
// modules, on heldModule. Others are built when a cell imports them, with the version of a module that the
// session has: a process can hold only one, and which one is not ours to say.
func (r runtimePackages) held(modules bool) []string {
	var stands func(path string) bool
	stands = func(path string) bool {
		list, ours := r[path]
		switch first, _, _ := strings.Cut(path, "/"); {
		case ours:
			return !slices.ContainsFunc(list, func(i string) bool { return !stands(i) })
		case !strings.Contains(first, "."):
			return true
		}
		return modules && strings.HasPrefix(path, heldModule+"/")
	}
	var paths []string
	for path := range r {
		if stands(path) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// exportMost compiles these packages and as many more as can be had.
func (b *base) exportMost(ctx context.Context, o *Options, want []string) (pkgs []pkg, err error) {
	type choice struct {
		more   []string
		excuse string
	}
	choices := []choice{
		{slices.Concat(b.runtime.held(true), heldPackages), ""},
		{b.runtime.held(false), "gonum is not at hand, the worker goes without it: "},
		{nil, "the packages of runtime cannot be compiled, the worker goes without them: "},
	}
	if b.Lean {
		choices = choices[1:]
	}
	for i, c := range choices {
		if i > 0 {
			o.progress(c.excuse + firstLine(err.Error()))
		}
		if pkgs, err = b.export(ctx, o, slices.Concat(want, c.more)); err == nil || ctx.Err() != nil {
			break
		}
	}
	return pkgs, err
}
