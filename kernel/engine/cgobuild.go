package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/resident-go/resident/kernel/cell"
)

// cParts are what a cell's package is made of in place of its files with import "C".
type cParts struct {
	goFiles []string
	objects []string // of the C compiler
}

// linkArgs have the C compiler link, which knows where C's libraries are. What C code lacks is an error at once then, and
// not when the library is loaded.
func (c *cParts) linkArgs(tc *Toolchain) []string {
	args := []string{"-extld=" + tc.CC}
	if len(c.objects) > 0 && tc.OS == "linux" {
		args = append(args, "-extldflags=-Wl,-z,defs")
	}
	return args
}

var linkError = regexp.MustCompile("(?m)(cannot find -l[^:\\s]+|undefined reference to [`'].*)")

// linkErrors reduces what the C compiler says of C code that it cannot link.
func linkErrors(err error) error {
	ce, ok := err.(*compileError)
	if !ok {
		return err
	}
	lines := linkError.FindAllString(ce.output, -1)
	if len(lines) == 0 {
		return err
	}
	slices.Sort(lines)
	return &compileError{strings.Join(slices.Compact(lines), "\n")}
}

// translate runs cgo and the C compiler on those files of a unit that import "C".
func (b *builder) translate(ctx context.Context, u *cell.Unit, work string) (*cParts, error) {
	parts := &cParts{}
	files := slices.DeleteFunc(slices.Clone(u.Files), func(f cell.File) bool { return f.C == "" })
	if len(files) == 0 {
		return parts, nil
	}
	c, err := newCgo(b.base.tc, b.o.Dir)
	if err != nil {
		return nil, err
	}
	m, ldflags := &cgoMerger{}, ""
	for _, f := range files {
		t, err := c.translate(ctx, filepath.Join(work, "cgo-"+strings.TrimSuffix(f.Name, ".go")), f)
		if err != nil {
			return nil, err
		}
		if err := m.addFile(t, f.C+c.stamp(f)); err != nil {
			return nil, err
		}
		objects, err := c.compile(ctx, t, len(files) > 1)
		if err != nil {
			return nil, err
		}
		parts.goFiles, parts.objects = append(parts.goFiles, t.goFile), append(parts.objects, objects...)
		for _, flag := range t.ldflags {
			ldflags += fmt.Sprintf("//go:cgo_ldflag %q\n", flag)
		}
	}
	// The compiler takes cgo's directives, those for the linker among them, in files that are named like cgo's own.
	file := filepath.Join(work, "_cgo_gotypes.go")
	parts.goFiles = append(parts.goFiles, file)
	return parts, os.WriteFile(file, []byte(m.text()+ldflags), 0o666)
}

// cSuffix identifies what the C code of a unit is compiled with, "" when that is nothing but the system's.
func (b *builder) cSuffix(u *cell.Unit) (string, error) {
	c, err := newCgo(b.base.tc, b.o.Dir)
	suffix := ""
	for _, f := range u.Files {
		if f.C != "" {
			suffix += c.stamp(f)
		}
	}
	return suffix, err
}

// addFile adds what a file takes from C, and gives it its final names in the file, too.
func (m *cgoMerger) addFile(t *translated, code string) error {
	decls, err := cDecls(t.goTypes)
	if err != nil {
		return err
	}
	names := finalNames(decls, code)
	if err := m.add(decls, names); err != nil {
		return err
	}
	text, err := os.ReadFile(t.goFile)
	if err != nil {
		return err
	}
	return os.WriteFile(t.goFile, []byte(renamedBy(string(text), names)), 0o666)
}

// addObjects appends object files to an archive, for the linker to hand on. The format is that of ar.
func addObjects(archive string, objects []string) error {
	if len(objects) == 0 {
		return nil
	}
	f, err := os.OpenFile(archive, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	for i, o := range objects {
		data, err := os.ReadFile(o)
		if err != nil {
			return err
		}
		size := len(data)
		if size%2 == 1 {
			data = append(data, 0) // members begin at even places
		}
		if _, err := fmt.Fprintf(f, "%-16s%-12d%-6d%-6d%-8o%-10d`\n%s", fmt.Sprintf("c%d.o", i), 0, 0, 0, 0o644, size, data); err != nil {
			return err
		}
	}
	return f.Close()
}
