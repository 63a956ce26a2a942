package engine

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/resident-go/resident/kernel/cell"
)

// directiveAt returns the directive in whose first line a byte offset lies, and where that line begins and ends.
func directiveAt(code string, at int) (d *cell.Directive, start, end int) {
	for _, p := range cell.Cut(code) {
		if p.Directive == nil || at < p.Start {
			continue
		}
		end = p.Start + strings.IndexByte(code[p.Start:]+"\n", '\n')
		if at <= end {
			return p.Directive, p.Start, end
		}
	}
	return nil, 0, 0
}

// describeDirective is the help for the directive at an offset. One that there is not has none.
func describeDirective(code string, at int) (text string, ok bool) {
	d, _, _ := directiveAt(code, at)
	if d == nil {
		return "", false
	}
	if known := findDirective(d.Name); known != nil {
		return known.describe(), true
	}
	return "", true
}

// completeDirective returns what may stand at an offset in a directive: its name, or the last word of its arguments.
func (e *Engine) completeDirective(code string, at int) (names []cell.Name, start, end int, ok bool) {
	d, from, end := directiveAt(code, at)
	if d == nil {
		return nil, 0, 0, false
	}
	line := code[from:at]
	start = from + strings.LastIndexAny(line, " \t=") + 1
	if start == from { // no space yet: the name, behind its signs
		start += strings.LastIndexAny(line, "%!:") + 1
		if strings.HasPrefix(line, "!") {
			return nil, at, at, true
		}
		for _, known := range directives {
			names = append(names, cell.Name{Text: known.name, Type: "magic", Signature: known.args})
		}
		end = start + len(strings.TrimRight(firstWord(code[start:end]), "\r"))
	} else {
		names = e.argumentNames(d, code[start:at])
		end = start + len(firstWord(code[start:end]))
	}
	prefix := code[start:at]
	return slices.DeleteFunc(names, func(n cell.Name) bool { return !strings.HasPrefix(n.Text, prefix) }), start, end, true
}

func firstWord(s string) string {
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		return s[:i]
	}
	return s
}

// argumentNames returns what may be an argument of a directive.
func (e *Engine) argumentNames(d *cell.Directive, prefix string) (names []cell.Name) {
	switch d.Name {
	case "help":
		for _, known := range directives {
			names = append(names, cell.Name{Text: known.name, Type: "magic", Signature: known.args})
		}
	case "rm", "asm", "exec", "test", "bench", "doc":
		for _, declared := range e.current().Declared() {
			if d.Name == "rm" || d.Name == "doc" || declared.Kind == "func" {
				names = append(names, cell.Name{Text: declared.Name, Type: "function", Signature: declared.Type})
			}
		}
	case "get", "replace":
		return e.moduleNames(prefix)
	case "cd", "load", "save", "writefile", "sh", "modsh":
		return e.fileNames(prefix, d.Name == "cd")
	}
	return names
}

// fileNames returns the files that a path may go on to, as seen from the working directory of cells.
func (e *Engine) fileNames(prefix string, foldersOnly bool) (names []cell.Name) {
	folder := prefix[:strings.LastIndexByte(prefix, '/')+1]
	entries, err := os.ReadDir(e.path(folder))
	if err != nil {
		return nil
	}
	for _, f := range entries {
		name := folder + f.Name()
		if f.IsDir() {
			name += "/"
		}
		if f.IsDir() || !foldersOnly {
			names = append(names, cell.Name{Text: name, Type: "path"})
		}
	}
	return names
}

// moduleNames returns modules of the session, and what the cache of the go command holds that a path may go on to.
func (e *Engine) moduleNames(prefix string) (names []cell.Name) {
	e.analyse.Lock()
	mods := e.mods
	e.analyse.Unlock()
	if data, err := os.ReadFile(filepath.Join(mods.dir, "go.mod")); err == nil {
		if f, err := modfile.ParseLax("go.mod", data, nil); err == nil {
			for _, r := range f.Require {
				names = append(names, cell.Name{Text: r.Mod.Path, Type: "module", Signature: r.Mod.Version})
			}
		}
	}
	folder := prefix[:strings.LastIndexByte(prefix, '/')+1]
	escaped, err := module.EscapePath(strings.TrimSuffix(folder, "/"))
	if err != nil && folder != "" {
		return names
	}
	entries, err := os.ReadDir(filepath.Join(moduleCache(), "cache", "download", escaped))
	if err != nil {
		return names
	}
	for _, f := range entries {
		name, err := module.UnescapePath(folder + f.Name())
		if err != nil {
			name = folder + f.Name() // the first element alone is no module's path
		}
		if f.IsDir() && f.Name() != "@v" && f.Name() != "sumdb" {
			names = append(names, cell.Name{Text: name, Type: "module"})
		}
	}
	return names
}

// moduleCache is where the go command keeps modules.
func moduleCache() string {
	if dir := os.Getenv("GOMODCACHE"); dir != "" {
		return dir
	}
	if path := filepath.SplitList(os.Getenv("GOPATH")); len(path) > 0 {
		return filepath.Join(path[0], "pkg", "mod")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, "go", "pkg", "mod")
}
