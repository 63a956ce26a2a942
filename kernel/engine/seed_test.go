package engine

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// seedCells are a lesson's cells and, from the third on, what a student wrote.
var seedCells = []string{
	"type point struct{ x, y int }\nfunc (p point) sum() int { return p.x + p.y }",
	"import \"example.com/pair\"\nswapped := pair.New(3, \"three\").Swap()\nfmt.Println(swapped.First, point{1, 2}.sum())",
	"func twice(p point) int { return 2 * p.sum() }",
	"fmt.Println(twice(point{3, 4}), swapped.Second, pair.Made)",
}

const seedShown = "three 3\n14 3 1\n"

var compiled = regexp.MustCompile(`(?m)^cell (\d+) .* compile ([^,]+),`)

// seeded runs the cells in an engine whose cache has the worker alone, and returns what they showed and the numbers of those that were compiled.
func seeded(t *testing.T, from *Engine, dir string) (shown string, built []string) {
	t.Helper()
	cache := t.TempDir()
	if err := os.Symlink(from.Base(), filepath.Join(cache, filepath.Base(from.Base()))); err != nil {
		t.Fatal(err)
	}
	var trace bytes.Buffer
	e := newTestEngine(t, Options{CacheDir: cache, Seed: dir, Trace: &trace})
	for i, code := range seedCells {
		shown += runCell(t, e, i+1, code)
	}
	for _, m := range compiled.FindAllStringSubmatch(trace.String(), -1) {
		if m[2] != "0s" {
			built = append(built, m[1])
		}
	}
	return shown, built
}

// TestSeedOfCells runs the same cells with seeds in several states: what they show is always the same.
func TestSeedOfCells(t *testing.T) {
	p := newProxy(t, "testdata/fetch.txtar")
	p.publish("example.com/pair", "v1.0.0")
	author := newTestEngine(t, Options{})
	seed := t.TempDir()
	for i, code := range seedCells[:3] {
		runCell(t, author, i+1, code)
	}
	if err := author.WriteSeed(seed, func(code string) bool { return slices.Contains(seedCells[:2], code) }); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(seed, func(path string, d os.DirEntry, err error) error {
		if info, ierr := d.Info(); ierr == nil && !d.IsDir() && info.Mode().Perm() != 0o644 {
			t.Errorf("%s has mode %v: others can write to it, or not read it", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// The module is to be had from the seed alone.
	t.Setenv("GOPROXY", "off")
	modules := os.Getenv("GOMODCACHE")
	t.Setenv("GOMODCACHE", t.TempDir())
	for _, row := range []struct {
		name  string
		harm  func(dir string) error
		built string // numbers of the cells that are compiled
		fetch bool   // the module has to be fetched again
	}{
		{"as written", func(string) error { return nil }, "3 4", false},
		{"without a manifest", func(dir string) error { return os.Remove(filepath.Join(dir, seedManifest)) }, "1 2 3 4", true},
		{"with a manifest that is cut off", func(dir string) error { return os.Truncate(filepath.Join(dir, seedManifest), 100) }, "1 2 3 4", true},
		{"for another worker", replaced(seedManifest, `"Key":"`, `"Key":"0`), "1 2 3 4", true},
		{"with libraries that are cut off", each("lib/*", func(file string) error { return os.Truncate(file, 1000) }), "1 2 3 4", false},
		{"with libraries that are other ones", each("lib/*", func(file string) error { return os.WriteFile(file, []byte("forged"), 0o666) }), "1 2 3 4", false},
		{"with archives that are other ones", each("pkg/*", func(file string) error { return os.WriteFile(file, []byte("forged"), 0o666) }), "3 4", true}, // what they are made into has not changed
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(seed)); err != nil {
				t.Fatal(err)
			}
			if err := row.harm(dir); err != nil {
				t.Fatal(err)
			}
			if row.fetch {
				t.Setenv("GOPROXY", "file://"+p.dir)
				t.Setenv("GOMODCACHE", modules)
			}
			shown, built := seeded(t, author, dir)
			if got := strings.Join(built, " "); shown != seedShown || got != row.built {
				t.Errorf("showed %q, want %q; compiled %s, want %s", shown, seedShown, got, row.built)
			}
		})
	}
}

// each does something to files of a folder.
func each(pattern string, harm func(file string) error) func(dir string) error {
	return func(dir string) error {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(files) == 0 {
			return os.ErrNotExist
		}
		for _, file := range files {
			if err := harm(file); err != nil {
				return err
			}
		}
		return nil
	}
}

// replaced replaces a text in a file of a folder.
func replaced(name, old, new string) func(dir string) error {
	return func(dir string) error {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name), bytes.Replace(data, []byte(old), []byte(new), 1), 0o666)
	}
}
