package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/resident-go/resident/kernel/cell"
)

// cParts are what a cell's package is made of in place of its files with import "C".
type cParts struct {
	goFiles []string
	objects []string // of the C compiler
}

// translate runs cgo and the C compiler on those files of a unit that import "C".
func (b *builder) translate(ctx context.Context, u *cell.Unit, work string) (*cParts, error) {
	parts, m, ldflags := &cParts{}, &cgoMerger{}, []string(nil)
	c := &cgo{b.base.tc, b.o.Dir}
	withC := 0
	for _, f := range u.Files {
		if f.C != "" {
			withC++
		}
	}
	for _, f := range u.Files {
		if f.C == "" {
			continue
		}
		dir := filepath.Join(work, "cgo-"+strings.TrimSuffix(f.Name, ".go"))
		t, err := c.translate(ctx, dir, f)
		if err != nil {
			return nil, err
		}
		if err := m.addFile(t, f.C); err != nil {
			return nil, err
		}
		objects, err := c.compile(ctx, dir, t)
		if err != nil {
			return nil, err
		}
		if withC > 1 && b.base.tc.OS == "linux" {
			for _, o := range objects {
				if err := c.isolate(ctx, dir, t, o); err != nil {
					return nil, err
				}
			}
		}
		parts.goFiles, parts.objects = append(parts.goFiles, t.goFile), append(parts.objects, objects...)
		ldflags = append(ldflags, t.ldflags...)
	}
	if len(parts.objects) == 0 {
		return parts, nil
	}
	// The compiler takes cgo's directives, those for the linker among them, in files that are named like cgo's own.
	file := filepath.Join(work, "_cgo_gotypes.go")
	parts.goFiles = append(parts.goFiles, file)
	return parts, os.WriteFile(file, []byte(m.text()+linkerFlags(ldflags)), 0o666)
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

func linkerFlags(flags []string) string {
	var b strings.Builder
	for _, f := range flags {
		fmt.Fprintf(&b, "//go:cgo_ldflag %q\n", f)
	}
	return b.String()
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
