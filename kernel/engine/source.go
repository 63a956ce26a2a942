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

// held are the packages beside the standard library that the worker holds, so that cells import them at no cost. What it
// holds of the folder runtime, heldRuntime finds out.
var held = []string{
	modulePath + "/kernel/comm", modulePath + "/kernel/display", modulePath + "/kernel/widget", modulePath + "/kernel/engine/worker/child", modulePath + "/kernel/engine/worker/rt", bridgePath, modulePath + "/lessons/check",
}

// Where package reportPath can be reached, bridgePath is linked in: it shows reports in the notebook.
const (
	bridgePath = modulePath + "/bridge"
	reportPath = modulePath + "/runtime/report"
)

// heldModule is the outside module of which the worker holds packages, heldPackages, as far as they can be had.
const heldModule = "gonum.org/v1/gonum"

var heldPackages = []string{
	heldModule + "/mat", heldModule + "/floats", heldModule + "/stat", heldModule + "/stat/distuv",
	heldModule + "/blas/blas64", heldModule + "/blas/blas32", heldModule + "/optimize",
	heldModule + "/interp", heldModule + "/integrate", heldModule + "/dsp/fourier",
}

// cellFacing tells the files that cells can import, and the worker, from the rest of this program. What go:embed leaves out is not among them, so that the worker is the
// same wherever the sources are.
func cellFacing(path string) bool {
	if path == "go.mod" || path == "go.sum" {
		return true
	}
	return slices.ContainsFunc(cellRooms, func(room string) bool { return strings.HasPrefix(path, room) }) &&
		!strings.HasSuffix(path, "_test.go") && !strings.Contains(path, "/testdata/") && !strings.Contains(path, "/_") && !strings.Contains(path, "/.")
}

var cellRooms = []string{"bridge/", "kernel/comm/", "kernel/display/", "kernel/engine/worker/", "kernel/widget/", "lessons/check/", "runtime/"}

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
	ours, err := readOurModule(source)
	if err != nil {
		return fmt.Errorf("unpack the sources: %w", err)
	}
	if b.runtime, err = b.findRuntime(); err != nil {
		return fmt.Errorf("unpack the sources: %w", err)
	}
	return writeFile(filepath.Join(b.source(), "go.mod"), b.moduleFile(ours))
}

// readOurModule reads the go.mod of this program.
func readOurModule(source fs.FS) (*modfile.File, error) {
	data, err := fs.ReadFile(source, "go.mod")
	if err != nil {
		return nil, err
	}
	return modfile.Parse("go.mod", data, nil)
}

// moduleFile reduces our go.mod to what the cell-facing packages need: the held module, those that only cells bring in, and the
// versions of what these need in turn.
func (b *base) moduleFile(ours *modfile.File) []byte {
	var text strings.Builder
	fmt.Fprintf(&text, "module %s\n\ngo %s\n", modulePath, ours.Go.Version)
	for _, r := range ours.Require {
		needed := r.Indirect || b.runtime.imports(r.Mod.Path)
		if r.Mod.Path == heldModule {
			needed = !b.Lean
		}
		if needed {
			fmt.Fprintf(&text, "\nrequire %s %s\n", r.Mod.Path, r.Mod.Version)
		}
	}
	return []byte(text.String())
}

// needsLean reports whether the notebook's module asks for another version of the held module than the worker has. A
// process can hold only one, so such a notebook gets a worker without it.
func needsLean(ctx context.Context, tc *Toolchain, o *Options) (bool, error) {
	root := moduleRoot(o.Dir)
	if root == "" {
		return false, nil
	}
	ours, err := readOurModule(o.Source)
	if err != nil {
		return false, fmt.Errorf("read our own go.mod: %w", err)
	}
	for _, r := range ours.Require {
		if r.Mod.Path == heldModule && mentioned(root, r.Mod.Path) && selected(ctx, tc, o.Dir, r.Mod.Path) != r.Mod.Version {
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
