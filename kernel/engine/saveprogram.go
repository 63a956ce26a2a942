package engine

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/resident-go/resident/kernel/cell"
)

// savedModule begins a go.mod that was written for a saved program, and that may be written again.
const savedModule = "// Of a program saved by %save.\n"

// save writes the session as a program, as it is at this place in the cell: a file, or a folder that is a module and can be built where it lies.
func (c *call) save() error {
	words := cell.Words(c.Args)
	if len(words) != 1 {
		return c.misused()
	}
	text, err := c.program(false)
	if err != nil {
		return err
	}
	path := c.path(words[0])
	info, err := os.Stat(path)
	if !strings.HasSuffix(words[0], "/") && (err != nil || !info.IsDir()) {
		return os.WriteFile(path, []byte(text), 0o666)
	}
	if err := writeFile(filepath.Join(path, "main.go"), []byte(text)); err != nil {
		return err
	}
	return c.saveModule(path)
}

// saveModule writes the module files of a program that lies in a folder, unless the folder is a part of a module of somebody's.
func (c *call) saveModule(dir string) error {
	file := filepath.Join(dir, "go.mod")
	if old, err := os.ReadFile(file); err == nil && !strings.HasPrefix(string(old), savedModule) || err != nil && moduleRoot(dir) != "" {
		return nil
	}
	mod, err := os.ReadFile(filepath.Join(moduleRoot(c.mods.dir), "go.mod"))
	if err != nil {
		return err
	}
	f, err := modfile.Parse("go.mod", mod, nil)
	if err != nil {
		return err
	}
	if err := f.AddModuleStmt(cmp.Or(strings.Trim(notModule.ReplaceAllString(filepath.Base(dir), "-"), "-."), "session")); err != nil {
		return err
	}
	if sum, err := os.ReadFile(filepath.Join(moduleRoot(c.mods.dir), "go.sum")); err == nil {
		if err := writeFile(filepath.Join(dir, "go.sum"), sum); err != nil {
			return err
		}
	}
	if err := writeModule(file, f); err != nil {
		return err
	}
	used, err := c.modulesOf(dir)
	if err != nil {
		return err
	}
	for _, r := range slices.Clone(f.Require) {
		if !slices.Contains(used, r.Mod.Path) {
			f.DropRequire(r.Mod.Path)
		}
	}
	for _, r := range slices.Clone(f.Replace) {
		if !slices.Contains(used, r.Old.Path) {
			f.DropReplace(r.Old.Path, r.Old.Version)
		}
	}
	return writeModule(file, f)
}

// notModule is what no element of a module's path has.
var notModule = regexp.MustCompile(`[^A-Za-z0-9._~-]+`)

func writeModule(file string, f *modfile.File) error {
	f.Cleanup()
	f.SortBlocks()
	text, err := f.Format()
	if err != nil {
		return err
	}
	return writeFile(file, append([]byte(savedModule), text...))
}

// modulesOf lists the modules that the program in a folder is made of.
func (c *call) modulesOf(dir string) ([]string, error) {
	m := *c.mods
	m.dir = dir
	out, err := m.goCommand(c.ctx, anything, append([]string{"list", "-deps", "-mod=mod", "-f", "{{with .Module}}{{.Path}}{{end}}"}, append(c.o.around.tagFlags(), ".")...)...)
	return strings.Fields(string(out)), err
}
