package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/build"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/resident-go/resident/kernel/cell"
)

// cgo translates files with import "C", as the go command does for a package: cgo reads the C code with the C compiler
// and writes Go and C files in place of the file.
//
// Each file is translated alone, with the C code of its cell, because two cells may define one C name differently. So the
// names that cgo makes up have to be told apart, in the package and in the process, where the first definition of
// a name wins (see package cell). The results are merged with names that identify what they mean: a type its definition,
// everything else the C code of that cell. C's own symbols are hidden in their library. Hence the C code of a cell has one
// set of variables for as long as the cell does not change, whichever cells it is copied into.
type cgo struct {
	tc  *Toolchain
	dir string // the notebook's folder: ${SRCDIR}
}

func newCgo(tc *Toolchain, dir string) (*cgo, error) {
	dir, err := filepath.Abs(dir)
	return &cgo{tc, dir}, err
}

// translated is what became of a file.
type translated struct {
	dir     string   // of all its files
	goTypes string   // Go declarations of what the file takes from C
	goFile  string   // paths: the file without C
	cFiles  []string // what calls C for it
	cflags  []string // for the C compiler
	ldflags []string // for the linker
}

// translate writes a file to a folder of its own and runs cgo on it.
func (c *cgo) translate(ctx context.Context, dir string, f cell.File) (*translated, error) {
	if err := writeFile(filepath.Join(dir, f.Name), []byte(f.Text)); err != nil {
		return nil, err
	}
	t := &translated{dir: dir}
	if err := c.flags(f, t); err != nil {
		return nil, err
	}
	args := append([]string{"-objdir", dir, "-importpath", "main", "--"}, t.cflags...)
	if err := c.tool(ctx, dir, c.tc.tool("cgo"), append(args, f.Name)...); err != nil {
		return nil, err
	}
	types, err := os.ReadFile(filepath.Join(dir, "_cgo_gotypes.go"))
	if err != nil {
		return nil, err
	}
	base := filepath.Join(dir, strings.TrimSuffix(f.Name, ".go"))
	t.goTypes, t.goFile, t.cFiles = string(types), base+".cgo1.go", []string{base + ".cgo2.c"}
	if strings.Contains(t.goTypes, "_Cfunc__Cmalloc") {
		t.cFiles = append(t.cFiles, filepath.Join(dir, "_cgo_export.c")) // where C.malloc is; there are no exports
	}
	return t, nil
}

func (c *cgo) tool(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = goEnv("GOROOT="+c.tc.Root, "GOOS="+c.tc.OS, "GOARCH="+c.tc.Arch, "CC="+c.tc.CC, "PWD="+dir, "LC_ALL=C", "CGO_LDFLAGS=")
	_, err := output(cmd)
	return cErrors(asCompileError(ctx, err))
}

// flags reads the #cgo directives of a file, which is alone in its folder.
func (c *cgo) flags(f cell.File, t *translated) error {
	b := build.Default
	b.GOOS, b.GOARCH, b.CgoEnabled = c.tc.OS, c.tc.Arch, true
	p, err := b.ImportDir(t.dir, 0)
	switch {
	case err != nil:
		return directiveError(f, "", strings.TrimPrefix(err.Error(), filepath.Join(t.dir, f.Name)+": "))
	case len(p.CgoPkgConfig) > 0:
		return directiveError(f, "pkg-config", "#cgo pkg-config is not supported in cells: write CFLAGS and LDFLAGS")
	}
	own := []string{"-O2", "-fPIC", "-pthread", "-I" + t.dir}
	if includesOwn(f) {
		own = append(own, "-I"+c.dir)
	}
	said := c.inNotebook(t.dir, append(p.CgoCPPFLAGS, p.CgoCFLAGS...))
	t.cflags, t.ldflags = append(own, said...), c.inNotebook(t.dir, p.CgoLDFLAGS)
	if err := allowed(f, "CFLAGS", said, safeCFlag, "-I, -D, -U, -O, -W, -f, -m or -std="); err != nil {
		return err
	}
	return allowed(f, "LDFLAGS", t.ldflags, safeLDFlag, "-l or -L")
}

// allowed refuses flags that a cell may not use.
func allowed(f cell.File, name string, flags []string, safe *regexp.Regexp, expected string) error {
	for _, flag := range flags {
		if !safe.MatchString(flag) {
			return directiveError(f, flag, fmt.Sprintf("#cgo %s: %s is not allowed in cells: expected %s, with what belongs to it in one word", name, flag, expected))
		}
	}
	return nil
}

// directiveError reports a #cgo directive at its place, that of the word which is wrong in it.
func directiveError(f cell.File, word, msg string) error {
	n := 0
	for l := range strings.Lines(f.Text) {
		n++
		if _, err := fmt.Sscanf(l, "//#line %d ", &n); err == nil {
			n--
		} else if strings.Contains(l, "#cgo") && strings.Contains(l, word) {
			break
		}
	}
	return &compileError{fmt.Sprintf("%s:%d:1: %s", f.Name, n, msg)}
}

// includesOwn reports whether the C code asks for headers that are not the system's: they are in the notebook's folder.
func includesOwn(f cell.File) bool { return strings.Contains(f.C, `#include "`) }

var folderFlag = regexp.MustCompile(`[ \t]-[IL](\S+)`)

// stamp identifies the state of the headers and libraries that a file's C code may use beside the system's, "" when there
// are none.
func (c *cgo) stamp(f cell.File) string {
	var dirs []string
	if includesOwn(f) {
		dirs = append(dirs, c.dir)
	}
	for l := range strings.Lines(f.C) {
		if strings.Contains(l, "#cgo ") {
			for _, m := range folderFlag.FindAllStringSubmatch(l, -1) {
				dirs = append(dirs, strings.ReplaceAll(m[1], "${SRCDIR}", c.dir))
			}
		}
	}
	if len(dirs) == 0 {
		return ""
	}
	h := sha256.New()
	for _, dir := range dirs {
		for _, pattern := range []string{"*.h", "*.c", "*.inc", "*.a", "*.so"} {
			files, _ := filepath.Glob(filepath.Join(dir, pattern)) // a folder that cannot be read is the C compiler's to report
			for _, file := range files {
				if info, err := os.Stat(file); err == nil {
					fmt.Fprintln(h, file, info.Size(), info.ModTime().UnixNano())
				}
			}
		}
	}
	return "-" + hex.EncodeToString(h.Sum(nil)[:6])
}

// The flags that cannot run programs or write files; the go command's lists are longer.
var (
	safeCFlag  = regexp.MustCompile(`^-([IDU][^@-].*|O[0-3sgz]?|Ofast|g|W|W(all|extra|error|pedantic|no-[\w-]+|[^alp,][^,]*)|std=[\w+:]+|pthread|pedantic|f(PIC|(no-)?[a-z][a-z0-9-]*)|m(arch|tune|cpu)=[\w.+-]+|m(avx|sse|fma|bmi)[\w.]*)$`)
	safeLDFlag = regexp.MustCompile(`^-(l[\w.+][^,]*|L[^@-].*|pthread)$`)
)

// inNotebook lets ${SRCDIR}, which is the folder of the translation to go/build, be the notebook's.
func (c *cgo) inNotebook(dir string, flags []string) []string {
	var list []string
	for _, f := range flags {
		list = append(list, strings.ReplaceAll(f, dir, c.dir))
	}
	return list
}

// compile makes objects of a file's C part. Their symbols are of their library alone, as those of a cell that was run
// before must not take their place; beside the C code of other cells, they are as far as possible of their object alone.
func (c *cgo) compile(ctx context.Context, t *translated, beside bool) ([]string, error) {
	var objects []string
	for _, f := range t.cFiles {
		object := strings.TrimSuffix(f, ".c") + ".o"
		args := append([]string{"-fvisibility=hidden", "-c", "-o", object}, t.cflags...)
		if err := c.tool(ctx, t.dir, c.tc.CC, append(args, f)...); err != nil {
			return nil, err
		}
		if beside && c.tc.OS == "linux" {
			if err := c.isolate(ctx, t, object); err != nil {
				return nil, err
			}
		}
		objects = append(objects, object)
	}
	return objects, nil
}

var staticImport = regexp.MustCompile(`(?m)^//go:cgo_import_static (\S+)$`)

// isolate hides all of an object but what its Go part refers to: the C code of two cells may define the same names.
func (c *cgo) isolate(ctx context.Context, t *translated, object string) error {
	args := []string{object}
	for _, m := range staticImport.FindAllStringSubmatch(t.goTypes, -1) {
		args = append(args, "-G", m[1])
	}
	return c.tool(ctx, t.dir, c.tc.program(ctx, "objcopy"), args...)
}

var (
	cErrorLine = regexp.MustCompile(`^(cell-[0-9a-f]+\.go:\d+:.*|[^:]+:\d+:\d+: (fatal )?error: .*)$`)
	cAside     = regexp.MustCompile(`^[^:]+:\d+(:\d+)?: (note|warning): `)
	cDetail    = regexp.MustCompile(`^(.*:\d+):\d+: (?:fatal )?error: `)
)

// cErrors reduces what cgo and the C compiler print to the errors, one a line, with their places.
func cErrors(err error) error {
	ce, ok := err.(*compileError)
	if !ok {
		return err
	}
	var lines []string
	seen := map[string]bool{}
	for l := range strings.Lines(ce.output) {
		l = strings.TrimSpace(l)
		if i := strings.LastIndex(l, "/cell-"); i >= 0 && strings.HasPrefix(l, "/") {
			l = l[i+1:]
		}
		if !cErrorLine.MatchString(l) || cAside.MatchString(l) || seen[l] {
			continue
		}
		seen[l] = true
		lines = append(lines, cDetail.ReplaceAllString(l, "$1:1: "))
	}
	if len(lines) == 0 {
		return err
	}
	return &compileError{strings.Join(lines, "\n")}
}
