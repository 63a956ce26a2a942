package cell

import (
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

type testPackages struct{ imp types.Importer }

func (p testPackages) Import(path string) (*types.Package, error) { return p.imp.Import(path) }
func (p testPackages) Names() []string                            { return nil }
func (p testPackages) Find(name string) []string {
	return map[string][]string{"strings": {"strings"}, "fmt": {"fmt"}, "rand": {"math/rand/v2", "math/rand"}}[name]
}

// lookup finds export data as the go command builds it.
func lookup(t *testing.T) func(path string) (io.ReadCloser, error) {
	out, err := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}", rtPath, "fmt", "strings", "os", "math/rand/v2", "errors", "sort", "net/http", "embed", "net/url", "path").Output()
	if err != nil {
		t.Fatal(err)
	}
	exports := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		exports[path] = file
	}
	return func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("package %s is not in std", path)
		}
		return os.Open(exports[path])
	}
}

func TestTry(t *testing.T) {
	pk := testPackages{importer.ForCompiler(token.NewFileSet(), "gc", lookup(t))}
	s := NewSession()
	for i, src := range []string{
		"import \"fmt\"\nx := 1\ntype sq struct{ s float64; next *sq }\nfunc (q sq) area() float64 { return q.s * q.s }\nfunc f(n int) int { for i := range n { x += i }; return x }\nfmt.Println(x)",
		"x := \"a\" + strings.Repeat(fmt.Sprint(x), 3)\nq := sq{s: 2}\nq.area()",
		"func (q sq) half() float64 { return q.s / 2 }\nq.half()",
		"func f(n int) int { return len(x) }\nf(3)",
		"y, err := fmt.Sscan(x)\nz, err := fmt.Sscan(x)\nz\nerr",
		"package main\nvar a = b + 1\nvar b = 2\nfunc init() { a++ }\nfunc main() { fmt.Println(a, b) }",
		"foo(1)\nxx",
	} {
		u, err := s.Compile(fmt.Sprintf("cell%d.go", i+1), src, pk)
		if err != nil {
			fmt.Println(err)
			if e, ok := err.(*Error); ok {
				for _, d := range e.List {
					fmt.Println(d.Message, d.Hint, d.Line())
				}
			}
			continue
		}
		fmt.Println("=====", i+1, u.Notes, u.Imports)
		for _, f := range u.Files {
			fmt.Println("---", f.Name)
			fmt.Println(f.Text)
		}
		s = u.Next
	}
}
