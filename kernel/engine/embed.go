package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/resident-go/resident/kernel/cell"
)

// embedFiles reads the files that a pattern of a go:embed directive means. The rules are the go command's: a folder
// stands for the files below it, without those that begin with . or _ unless the pattern begins with "all:"; and what is
// outside the module, or no regular file, cannot be embedded.
func embedFiles(dir fs.FS, pattern string) ([]cell.EmbedFile, error) {
	files, err := matchEmbed(dir, pattern)
	if err != nil {
		return nil, fmt.Errorf("pattern %s: %w", pattern, err)
	}
	return files, nil
}

func matchEmbed(dir fs.FS, pattern string) ([]cell.EmbedFile, error) {
	glob, all := strings.CutPrefix(pattern, "all:")
	if _, err := path.Match(glob, ""); err != nil || glob == "." || !fs.ValidPath(glob) {
		return nil, errors.New("invalid pattern syntax")
	}
	names, err := fs.Glob(dir, glob)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, name := range names {
		if err := matchOne(dir, name, all, found); err != nil {
			return nil, err
		}
	}
	if len(found) == 0 {
		return nil, errors.New("no matching files found")
	}
	var files []cell.EmbedFile
	for name := range found {
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		files = append(files, cell.EmbedFile{Name: name, Data: data})
	}
	slices.SortFunc(files, func(a, b cell.EmbedFile) int { return strings.Compare(a.Name, b.Name) })
	return files, nil
}

// matchOne adds a file, or the files of a folder.
func matchOne(dir fs.FS, name string, all bool, found map[string]bool) error {
	info, err := fs.Lstat(dir, name)
	if err != nil {
		return err
	}
	what := "file"
	if info.IsDir() {
		what = "directory"
	}
	for at := name; at != "."; at = path.Dir(at) {
		if base := path.Base(at); badEmbedName(base) && at == name {
			return fmt.Errorf("cannot embed %s %s: invalid name %s", what, name, base)
		} else if badEmbedName(base) {
			return fmt.Errorf("cannot embed %s %s: in invalid directory %s", what, name, base)
		}
		if isModule(dir, at) {
			return fmt.Errorf("cannot embed %s %s: in different module", what, name)
		}
	}
	switch {
	case info.Mode().IsRegular():
		found[name] = true
		return nil
	case !info.IsDir():
		return fmt.Errorf("cannot embed irregular file %s", name)
	}
	before := len(found)
	err = fs.WalkDir(dir, name, func(at string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || at == name:
			return err
		case badEmbedName(d.Name()) || !all && strings.ContainsAny(d.Name()[:1], "._"):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir():
			if isModule(dir, at) {
				return fs.SkipDir
			}
		case d.Type().IsRegular():
			found[at] = true
		}
		return nil
	})
	if err == nil && len(found) == before {
		err = fmt.Errorf("cannot embed directory %s: contains no embeddable files", name)
	}
	return err
}

func isModule(dir fs.FS, name string) bool {
	_, err := fs.Stat(dir, path.Join(name, "go.mod"))
	return err == nil
}

func badEmbedName(name string) bool {
	return name == "" || slices.Contains([]string{".bzr", ".hg", ".git", ".svn"}, name) || strings.ContainsAny(name, `"*<>?`+"`"+`|/\:`)
}

// writeEmbeds writes embedded files as they were when the cell was analysed, and the configuration that tells the
// compiler where they are.
func writeEmbeds(work string, embeds map[string][]cell.EmbedFile) (config string, err error) {
	var cfg struct {
		Patterns map[string][]string
		Files    map[string]string
	}
	cfg.Patterns, cfg.Files = map[string][]string{}, map[string]string{}
	for pattern, files := range embeds {
		for _, f := range files {
			cfg.Patterns[pattern] = append(cfg.Patterns[pattern], f.Name)
			if cfg.Files[f.Name] != "" {
				continue
			}
			cfg.Files[f.Name] = filepath.Join(work, "embedded", fmt.Sprint(len(cfg.Files)))
			if err := writeFile(cfg.Files[f.Name], f.Data); err != nil {
				return "", err
			}
		}
	}
	data, err := json.Marshal(cfg)
	if err != nil {
		return "", err
	}
	config = filepath.Join(work, "embed.cfg")
	return config, os.WriteFile(config, data, 0o666)
}
