package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

const modulePath = "github.com/resident-go/resident"

// held are the packages beside the standard library that the worker holds, so that cells import them at no cost.
var held = []string{
	modulePath + "/kernel/display", modulePath + "/kernel/engine/worker/child", modulePath + "/kernel/engine/worker/rt",
}

// heldModules are packages of other modules, held as far as they can be had.
var heldModules = []string{
	"gonum.org/v1/gonum/mat", "gonum.org/v1/gonum/floats", "gonum.org/v1/gonum/stat", "gonum.org/v1/gonum/stat/distuv",
	"gonum.org/v1/gonum/blas/blas64", "gonum.org/v1/gonum/blas/blas32", "gonum.org/v1/gonum/optimize",
	"gonum.org/v1/gonum/interp", "gonum.org/v1/gonum/integrate", "gonum.org/v1/gonum/dsp/fourier",
}

// holdsModule reports whether the worker holds packages of a module.
func holdsModule(path string) bool {
	return slices.ContainsFunc(heldModules, func(p string) bool { return strings.HasPrefix(p, path+"/") })
}

// cellFacing tells the files that cells can import, and the worker, from the rest of this program.
func cellFacing(path string) bool {
	if path == "go.mod" || path == "go.sum" {
		return true
	}
	return (strings.HasPrefix(path, "kernel/display/") || strings.HasPrefix(path, "kernel/engine/worker/")) &&
		!strings.HasSuffix(path, "_test.go") && !strings.Contains(path, "/testdata/")
}

// unpack writes the cell-facing sources as a module, and a module for sessions that replaces ours with it.
func (b *base) unpack(source fs.FS) error {
	err := fs.WalkDir(source, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !cellFacing(path) || path == "go.mod" {
			return err
		}
		data, err := fs.ReadFile(source, path)
		if err != nil {
			return err
		}
		return writeFile(filepath.Join(b.source(), path), data)
	})
	if err != nil {
		return fmt.Errorf("unpack the sources: %w", err)
	}
	mod, err := moduleFile(source, b.Lean)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(b.source(), "go.mod"), mod)
}

// moduleFile reduces our go.mod to what the cell-facing packages need.
func moduleFile(source fs.FS, lean bool) ([]byte, error) {
	data, err := fs.ReadFile(source, "go.mod")
	if err != nil {
		return nil, fmt.Errorf("unpack the sources: %w", err)
	}
	f, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack the sources: %w", err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "module %s\n\ngo %s\n", modulePath, f.Go.Version)
	for _, r := range f.Require {
		if !lean && holdsModule(r.Mod.Path) {
			fmt.Fprintf(&b, "\nrequire %s %s\n", r.Mod.Path, r.Mod.Version)
		}
	}
	return []byte(b.String()), nil
}

// needsLean reports whether the notebook's module asks for other versions of the held modules than the worker has. A
// process can hold only one, so such a notebook gets a worker without them.
func needsLean(ctx context.Context, tc *Toolchain, o *Options) (bool, error) {
	root := moduleRoot(o.Dir)
	if root == "" {
		return false, nil
	}
	ours, err := moduleFile(o.Source, false)
	if err != nil {
		return false, err
	}
	f, err := modfile.Parse("go.mod", ours, nil)
	if err != nil {
		return false, fmt.Errorf("read our own go.mod: %w", err)
	}
	for _, r := range f.Require {
		if mentioned(root, r.Mod.Path) && selected(ctx, tc, o.Dir, r.Mod.Path) != r.Mod.Version {
			return true, nil
		}
	}
	return false, nil
}

// mentioned reports whether the module files speak of a module. It spares asking the go command.
func mentioned(root, path string) bool {
	files := []string{filepath.Join(root, "go.mod"), filepath.Join(root, "go.work")}
	if data, err := os.ReadFile(files[1]); err == nil {
		if w, err := modfile.ParseWork("go.work", data, nil); err == nil {
			for _, u := range w.Use {
				dir := filepath.FromSlash(u.Path)
				if !filepath.IsAbs(dir) {
					dir = filepath.Join(root, dir)
				}
				files = append(files, filepath.Join(dir, "go.mod"))
			}
		}
	}
	return slices.ContainsFunc(files, func(file string) bool {
		data, err := os.ReadFile(file)
		return err == nil && bytes.Contains(data, []byte(path))
	})
}

// selected returns the version of a module that the go command uses in dir; "" when it is replaced or vendored, and
// when it is not clear.
func selected(ctx context.Context, tc *Toolchain, dir, path string) string {
	m := moduleUsed(ctx, tc, dir, path)
	if m.Replace != nil || m.GoMod == "" {
		return ""
	}
	return m.Version
}

// usedModule is a module as the go command sees it from a folder.
type usedModule struct {
	Version, Dir, GoMod string
	Replace             *struct{}
}

// moduleUsed asks the go command for a module; what it does not know of stays empty.
func moduleUsed(ctx context.Context, tc *Toolchain, dir, path string) (m usedModule) {
	cmd := exec.CommandContext(ctx, tc.Go, "list", "-m", "-json", path)
	cmd.Dir, cmd.Env = dir, goEnv("PWD="+dir)
	if out, err := output(cmd); err != nil || json.Unmarshal(out, &m) != nil {
		return usedModule{}
	}
	return m
}
