package engine

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"

	"github.com/resident-go/resident/kernel/cell"
)

// errNotOwn is why modules are not added to a notebook's own module.
var errNotOwn = errors.New("the notebook's folder has a go.mod of its own, which is never written: change it with !*go get or !*go mod edit, then %restart")

// get adds modules to the session's.
func (c *call) get() error {
	words := cell.Words(c.Args)
	if len(words) == 0 {
		return c.misused()
	}
	if err := c.tooOld(words); c.mods.own && err != nil {
		return err
	}
	return c.changeModule(func() error {
		return c.goStream(append([]string{"get", "--"}, words...)...)
	})
}

// tooOld refuses versions of modules that the session's own packages need in later ones: the go command would look for other versions of these.
func (c *call) tooOld(words []string) error {
	data, err := os.ReadFile(filepath.Join(c.base.source(), "go.mod"))
	if err != nil {
		return err
	}
	f, err := modfile.ParseLax("go.mod", data, nil)
	if err != nil {
		return err
	}
	for _, w := range words {
		path, version, _ := strings.Cut(w, "@")
		for _, r := range f.Require {
			if r.Mod.Path == path && (version == "none" || semver.IsValid(version) && semver.Compare(version, r.Mod.Version) < 0) {
				return fmt.Errorf("the kernel's packages go with %s %s and later; a go.mod beside the notebook can have others", path, r.Mod.Version)
			}
		}
	}
	return nil
}

// changeModule changes the session's go.mod, which stays as it was when that fails or takes other packages than the worker holds.
func (c *call) changeModule(change func() error) error {
	if !c.mods.own {
		return errNotOwn
	}
	c.building.Lock()
	defer c.building.Unlock()
	undo, err := keepFiles(filepath.Join(c.mods.dir, "go.mod"), filepath.Join(c.mods.dir, "go.sum"))
	if err != nil {
		return err
	}
	if err = change(); err == nil {
		err = c.checkHeld()
	}
	if err != nil {
		return errors.Join(err, undo())
	}
	c.analyse.Lock()
	defer c.analyse.Unlock()
	c.mods.look()
	return nil
}

// checkHeld makes sure that the packages of modules which the worker holds are still those of its version.
func (c *call) checkHeld() error {
	held := moduleUsed(c.ctx, c.base.tc, c.base.source(), heldModule).Version
	if got := moduleUsed(c.ctx, c.base.tc, c.mods.dir, heldModule).Version; held != "" && got != held {
		return fmt.Errorf("this needs %s in version %s: the worker holds %s", heldModule, got, held)
	}
	return nil
}

// look has packages looked up again that no cell uses yet.
func (m *modules) look() {
	maps.DeleteFunc(m.byPath, func(path string, _ *pkg) bool { return !m.linked[path] })
	m.seed = nil // which knows the versions of before
	m.replaced++
}

// goStream runs the go command in the module's folder; what it says goes to the cell.
func (c *call) goStream(args ...string) error {
	cmd := exec.Command(c.base.tc.Go, args...)
	cmd.Dir, cmd.Env = c.mods.dir, c.mods.environ()
	return c.stream(cmd)
}

// readOnly are the commands of go mod that a notebook's own module allows, too.
var readOnly = []string{"graph", "why", "download", "verify"}

func (c *call) mod() error {
	words := cell.Words(c.Args)
	switch {
	case len(words) == 0:
		text, err := os.ReadFile(filepath.Join(moduleRoot(c.mods.dir), "go.mod"))
		if err != nil {
			return err
		}
		c.print(string(text))
		return nil
	case slices.Contains(readOnly, words[0]):
		return c.goStream(append([]string{"mod"}, words...)...)
	case words[0] == "edit":
		return c.changeModule(func() error { return c.goStream(append([]string{"mod"}, words...)...) })
	}
	return c.misused()
}

// replace puts a folder in a module's place.
func (c *call) replace() error {
	old, dir, found := strings.Cut(strings.ReplaceAll(c.Args, "=>", "="), "=")
	old, dir = strings.TrimSpace(old), strings.TrimSpace(dir)
	if !found || old == "" || dir == "" {
		return c.misused()
	}
	if !strings.Contains(dir, "@") { // a folder, as the working directory has it
		dir = c.path(dir)
		if !isFile(filepath.Join(dir, "go.mod")) {
			return fmt.Errorf("%s has no go.mod", dir)
		}
	}
	if err := c.changeModule(func() error { return c.goStream("mod", "edit", "-replace="+old+"="+dir) }); err != nil {
		return err
	}
	for path := range c.mods.linked {
		if path == old || strings.HasPrefix(path, old+"/") {
			return fmt.Errorf("cells use package %s already: run %%replay to start again with the other one", path)
		}
	}
	return nil
}
