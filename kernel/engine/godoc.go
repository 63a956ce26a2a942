package engine

import (
	"bytes"
	"fmt"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// What go doc says of a symbol, read from the package's sources by ourselves: starting the go command takes longer than a person
// should wait for what is under the mouse.

// docFile is a source file of a package.
type docFile struct {
	name string
	text []byte
}

// sourcesIn reads the files of a package that are built here.
func sourcesIn(dir string) (files []docFile, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		files = append(files, docFile{name, text})
	}
	return files, nil
}

// builtHere tells whether a file's name and constraints are for this system.
func (f docFile) builtHere() bool {
	ok, err := build.Default.MatchFile(filepath.Dir(f.name), filepath.Base(f.name))
	return ok && err == nil
}

// symbolDoc returns what the sources in dir say of a symbol: Name, Type.Method, or "" for the package. With source it is the whole
// declaration. Where there is no such symbol it is "": one that comes from an embedded type, for instance.
func symbolDoc(dir, pkgPath, symbol string, source bool) string {
	files, err := sourcesIn(dir)
	if err != nil || len(files) == 0 {
		return ""
	}
	if symbol == "" {
		return packageDoc(files, pkgPath)
	}
	typ, name, isMember := strings.Cut(symbol, ".")
	wanted := declaration(typ, name)
	for _, f := range files {
		if !bytes.Contains(f.text, []byte(typ)) || !wanted.Match(f.text) || !f.builtHere() {
			continue
		}
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, f.name, f.text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		d := &docPrinter{fset: fset, file: f, tree: tree, source: source}
		found := isMember && d.member(typ, name) || !isMember && d.top(symbol)
		if !found {
			continue
		}
		if d.typ {
			d.functionsOf(symbol, files)
		}
		return clause(tree.Name.Name, pkgPath) + strings.TrimRight(d.String(), "\n")
	}
	return ""
}

// declaration matches a line that may declare a name, a type's member if member is not empty.
func declaration(name, member string) *regexp.Regexp {
	name = regexp.QuoteMeta(name)
	if member != "" {
		return regexp.MustCompile(`(?m)^(func \([^)]*\b` + name + `\b[^)]*\) ` + regexp.QuoteMeta(member) + `\(|type ` + name + `\b|\t` + name + `\b)`)
	}
	return regexp.MustCompile(`(?m)^((func|type|var|const) |\t)([^\n=(]*, )?` + name + `\b`)
}

func clause(name, pkgPath string) string {
	return fmt.Sprintf("package %s // import %q\n\n", name, pkgPath)
}

// packageDoc is the comment on a package.
func packageDoc(files []docFile, pkgPath string) string {
	name, text := "", ""
	for _, f := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), f.name, f.text, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil || !f.builtHere() {
			continue
		}
		name = tree.Name.Name
		if more := tree.Doc.Text(); more != "" {
			text += more + "\n"
		}
	}
	if name == "" {
		return ""
	}
	return clause(name, pkgPath) + strings.TrimRight(prose(text, "", nil), "\n")
}
