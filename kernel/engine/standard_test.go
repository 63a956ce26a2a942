package engine

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/doc"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	goPackages "golang.org/x/tools/go/packages"

	"github.com/resident-go/resident/nbformat"
)

// elsewhere are folders whose examples need what is in other files of their tests, or print how they were called.
var elsewhere = []string{"context", "crypto/rsa", "go/doc", "go/types", "net/http/cookiejar", "runtime"}

// TestStandardExamples runs the examples of the standard library as cells. What they print stands in their comments: whoever
// wrote them did not know of us.
func TestStandardExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of cells; run without -short")
	}
	t.Setenv("TZ", "America/Los_Angeles") // as Go's authors have it
	root := filepath.Join(goRoot(t), "src")
	packages := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(root, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == "cmd" || name == "vendor" || d.Name() == "internal" || d.Name() == "testdata" || slices.Contains(elsewhere, name)):
			return fs.SkipDir
		case strings.HasPrefix(d.Name(), "example") && strings.HasSuffix(d.Name(), "_test.go"):
			packages[filepath.Dir(name)] = append(packages[filepath.Dir(name)], path)
		}
		return nil
	})
	if err != nil || len(packages) == 0 {
		t.Fatal("no examples", err)
	}
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		if _, err := build.ImportDir(filepath.Join(root, name), 0); err != nil {
			continue // nothing in it is for this system, or without an experiment
		}
		t.Run(name, func(t *testing.T) { runExamples(t, filepath.Join(root, name), packages[name]) })
	}
}

func goRoot(t *testing.T) string {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// runExamples runs each file as a cell, and then, as another one, all of its examples whose output is known.
func runExamples(t *testing.T, dir string, files []string) {
	e, n := newTestEngine(t, Options{Dir: dir}), 0
	cell := func(code string) string {
		n++
		var out printer
		if err := e.Run(t.Context(), n, code, &out); err != nil {
			return out.String() + err.Error()
		}
		return out.String()
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, src, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(parsed.Name.Name, "_test") {
			continue
		}
		if got := cell(withoutPackage(string(src), parsed)); got != "" {
			t.Errorf("%s:\n%s", filepath.Base(file), got)
			continue
		}
		examples := slices.DeleteFunc(doc.Examples(parsed), func(ex *doc.Example) bool { return ex.Output == "" && !ex.EmptyOutput })
		if len(examples) == 0 {
			continue
		}
		var calls strings.Builder
		for _, ex := range examples {
			fmt.Fprintf(&calls, "Example%s()\nos.Stdout.WriteString(%q)\n", ex.Name, exampleEnd)
		}
		shown := strings.Split(cell(calls.String()), exampleEnd)
		for i, ex := range examples {
			// A cell is a package main in a file of its own.
			want := strings.ReplaceAll(ex.Output, parsed.Name.Name+".", "main.")
			got := cellFile.ReplaceAllString(shown[i], filepath.Base(file))
			if printed(got, ex.Unordered) != printed(want, ex.Unordered) {
				t.Errorf("%s, Example%s:\n%s\nexpected:\n%s", filepath.Base(file), ex.Name, got, want)
			}
			if i+1 == len(shown) {
				t.Fatalf("%s: the cell ended in Example%s", filepath.Base(file), ex.Name)
			}
		}
		if rest := shown[len(examples)]; rest != "" {
			t.Errorf("%s: behind its last example:\n%s", filepath.Base(file), rest)
		}
	}
}

// exampleEnd is printed behind each example.
const exampleEnd = "\x00the end of an example\x00"

var cellFile = regexp.MustCompile(`\bcell-[0-9a-f]+\.go\b`)

// printer keeps what a cell writes to stdout.
type printer struct{ collector }

func (p *printer) Output(o nbformat.Output) {
	if o.Name != "stderr" {
		p.collector.Output(o)
	}
}

// withoutPackage leaves the package clause out.
func withoutPackage(src string, f *ast.File) string {
	begin, end := int(f.Package)-int(f.FileStart), int(f.Name.End())-int(f.FileStart)
	return src[:begin] + src[end:]
}

// printed is what a program printed as "go test" compares it.
func printed(s string, unordered bool) string {
	s = strings.TrimSpace(s)
	if unordered {
		lines := strings.Split(s, "\n")
		slices.Sort(lines)
		s = strings.Join(lines, "\n")
	}
	return s
}

// TestStandardTypes has a cell refer to all types of each package of the standard library, and to all of their methods.
func TestStandardTypes(t *testing.T) {
	if testing.Short() {
		t.Skip("a hundred cells; run without -short")
	}
	list, err := exec.Command("go", "list", "std").Output()
	if err != nil {
		t.Fatal(err)
	}
	paths := slices.DeleteFunc(strings.Fields(string(list)), func(p string) bool {
		return strings.Contains(p, "internal") || strings.HasPrefix(p, "vendor/") || p == "unsafe" || p == "runtime/cgo"
	})
	pkgs, err := goPackages.Load(&goPackages.Config{Mode: goPackages.NeedName | goPackages.NeedTypes | goPackages.NeedImports | goPackages.NeedDeps}, paths...)
	if err != nil || len(pkgs) == 0 {
		t.Fatal("no packages", err)
	}
	e := newTestEngine(t, Options{})
	for i, p := range pkgs {
		name := fmt.Sprintf("p%d", i)
		values := valuesOf(p.Types.Scope(), name)
		if len(values) == 0 {
			continue
		}
		code := fmt.Sprintf("import %s %q\nimport \"reflect\"\nfor _, v := range []any{%s} {\n\tfor m := range reflect.TypeOf(v).Methods() {\n\t\t_ = m.Type.String()\n\t}\n}", name, p.PkgPath, strings.Join(values, ", "))
		if got := runCell(t, e, i+1, code); got != "" {
			t.Errorf("%s:\n%s", p.PkgPath, got)
		}
	}
}

// valuesOf makes an expression for each exported type of which there can be a variable.
func valuesOf(scope *types.Scope, pkg string) (values []string) {
	for _, n := range scope.Names() {
		name, ok := scope.Lookup(n).(*types.TypeName)
		if !ok || !name.Exported() {
			continue
		}
		if named, ok := name.Type().(*types.Named); ok && named.TypeParams().Len() > 0 {
			continue
		}
		if constraint, ok := name.Type().Underlying().(*types.Interface); ok && !constraint.IsMethodSet() {
			continue
		}
		values = append(values, fmt.Sprintf("new(%s.%s)", pkg, n))
	}
	return values
}
