package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
	"golang.org/x/tools/txtar"

	"github.com/resident-go/resident/nbformat"
)

// proxy is a folder that the go command uses as its module proxy, and so the real go command fetches without a network.
type proxy struct {
	t       *testing.T
	dir     string
	modules map[string]map[string][]byte // module@version -> file -> content
}

// newProxy serves nothing yet, and after what it serves, what this machine's module cache holds.
func newProxy(t *testing.T, modules string) *proxy {
	t.Helper()
	out, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t, t.TempDir(), map[string]map[string][]byte{}}
	a, err := txtar.ParseFile(modules)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Files {
		path, rest, _ := strings.Cut(f.Name, "@")
		version, name, _ := strings.Cut(rest, "/")
		id := path + "@" + version
		if p.modules[id] == nil {
			p.modules[id] = map[string][]byte{}
		}
		p.modules[id][name] = f.Data
	}
	t.Setenv("GOPROXY", "file://"+p.dir+",file://"+filepath.Join(strings.TrimSpace(string(out)), "cache", "download"))
	t.Setenv("GOSUMDB", "off")
	mods := t.TempDir()
	t.Setenv("GOMODCACHE", mods)
	t.Cleanup(func() { // its folders are read-only
		filepath.WalkDir(mods, func(path string, d os.DirEntry, err error) error { return os.Chmod(path, 0o777) })
	})
	return p
}

// publish makes a version of a module available.
func (p *proxy) publish(path, version string) {
	p.t.Helper()
	files := p.modules[path+"@"+version]
	if files == nil {
		p.t.Fatalf("no module %s@%s", path, version)
	}
	m := module.Version{Path: path, Version: version}
	dir := filepath.Join(p.dir, filepath.FromSlash(path), "@v")
	var list []zip.File
	for name, data := range files {
		list = append(list, zipFile{name, data})
	}
	var b bytes.Buffer
	if err := zip.Create(&b, m, list); err != nil {
		p.t.Fatal(err)
	}
	known, _ := os.ReadFile(filepath.Join(dir, "list"))
	writeTestFile(p.t, filepath.Join(dir, "list"), append(known, version+"\n"...))
	writeTestFile(p.t, filepath.Join(dir, version+".info"), fmt.Appendf(nil, `{"Version":%q,"Time":"2026-01-01T00:00:00Z"}`, version))
	writeTestFile(p.t, filepath.Join(dir, version+".mod"), files["go.mod"])
	writeTestFile(p.t, filepath.Join(dir, version+".zip"), b.Bytes())
}

// zipFile is a file of a module in memory.
type zipFile struct {
	name string
	data []byte
}

func (f zipFile) Path() string                 { return f.name }
func (f zipFile) Lstat() (os.FileInfo, error)  { return f, nil }
func (f zipFile) Open() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(f.data)), nil }
func (f zipFile) Name() string                 { return filepath.Base(f.name) }
func (f zipFile) Size() int64                  { return int64(len(f.data)) }
func (f zipFile) Mode() os.FileMode            { return 0o644 }
func (f zipFile) ModTime() time.Time           { return time.Time{} }
func (f zipFile) IsDir() bool                  { return false }
func (f zipFile) Sys() any                     { return nil }

// TestFetch runs cells that import modules which the go command has to fetch first.
func TestFetch(t *testing.T) {
	p := newProxy(t, "testdata/fetch.txtar")
	p.publish("example.com/pair", "v1.0.0")
	e := newTestEngine(t, Options{})
	n := 0
	cell := func(code, want string) {
		t.Helper()
		n++
		if got := runCell(t, e, n, code); !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("cell %d:\n%s\nshowed:\n%s\nexpected:\n%s", n, code, got, want)
		}
	}
	cell("import \"example.com/pair\"\np := pair.New(1, \"a\")\nfmt.Println(p.Swap(), pair.Version)", "{a 1} v1.0.0\n")
	cell("import \"example.com/pair/more\"\nps := more.Two()\nps[0] = p\nfmt.Println(ps, pair.Made)", "[{1 a} {1 more}] 3\n")
	cell("ps[1].Swap()", "[result] {First:\"more\" Second:1}\n")

	p.publish("gonum.org/v1/gonum", "v0.99.0")
	p.publish("example.com/ahead", "v0.1.0")
	cell("import \"example.com/ahead\"", "[CompileError] Cell In[4], line 1, column 8: package gonum.org/v1/gonum/floats, which example.com/ahead needs, in version v0.99.0: the worker holds v0.17.0")

	p.publish("example.com/pair", "v1.1.0")
	p.publish("example.com/later", "v0.1.0")
	cell("import \"example.com/later\"\nlater.Version()", "[CompileError] Cell In[5], line 1, column 8: package example.com/pair, which example.com/later needs, in version v1.1.0: this session has loaded v1.0.0, and a process can hold only one: run %replay")
	cell("import \"gonum.org/v1/gonum/mat\"\nmat.NewVecDense(1, []float64{7}).AtVec(0)", "[result] 7\n")
	cell("pair.Version", "[result] \"v1.0.0\"\n")
	cell("%restart", "")
	cell("import \"example.com/later\"\nlater.Version()", "[result] \"later with pair v1.1.0\"\n")

	cell("import \"example.com/absent\"", "[CompileError] Cell In[10], line 1, column 8: package example.com/absent: module example.com/absent: ")
	t.Setenv("GOPROXY", "off")
	cell("import \"example.com/other\"", "[CompileError] Cell In[11], line 1, column 8: package example.com/other: module lookup disabled by GOPROXY=off\n")
	cell("import \"other\"", "[CompileError] Cell In[12], line 1, column 8: package other is not in std\n")
	cell("import \"example.com/pair\"\npair.Version", "[result] \"v1.1.0\"\n")
}

// TestInterruptedFetch interrupts a cell while its module is being fetched, from a proxy that does not answer.
func TestInterruptedFetch(t *testing.T) {
	asked := make(chan bool, 100)
	gone := make(chan bool)
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- true
		select {
		case <-r.Context().Done():
		case <-gone:
		}
	}))
	defer proxy.Close()
	defer close(gone)
	t.Setenv("GOPROXY", proxy.URL)
	t.Setenv("GOSUMDB", "off")
	e := newTestEngine(t, Options{})
	if e.Prepare("import \"example.com/slow\""); len(asked) > 0 {
		t.Error("a hint was enough to ask the proxy")
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	err := e.Run(ctx, 1, "import \"example.com/slow\"", &recorder{})
	var ce *nbformat.CellError
	if !errors.As(err, &ce) || ce.EName != "Interrupted" {
		t.Errorf("the cell ended with %v", err)
	}
	if got := runCell(t, e, 2, "1 + 1"); got != "[result] 2\n" {
		t.Errorf("the next cell showed %q", got)
	}
}

// TestOwnModule has packages of the notebook's module use ours: the notebook's module brings its own copies of these, which
// are the worker's all the same. Some of what they rest on is written in C.
func TestOwnModule(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(mod), "module "+modulePath, "module example.com/notebook", 1)
	text += fmt.Sprintf("\nrequire %s v0.0.0\n\nreplace %s => %s\n", modulePath, modulePath, root)
	writeTestFile(t, filepath.Join(dir, "go.mod"), []byte(text))
	writeTestFile(t, filepath.Join(dir, "go.sum"), sum)
	writeTestFile(t, filepath.Join(dir, "show", "show.go"), []byte("package show\n\nimport \""+modulePath+"/kernel/display\"\n\nfunc It(v any) { display.Show(v) }\n"))
	writeTestFile(t, filepath.Join(dir, "more", "more.go"), []byte("package more\n\nimport \""+modulePath+"/runtime/tensor\"\n\nfunc Doubled(t *tensor.Tensor) *tensor.Tensor { return t.Scale(2) }\n"))
	e := newTestEngine(t, Options{Dir: dir})
	if got := runCell(t, e, 1, "import \"example.com/notebook/show\"\nshow.It(42)"); got != "[display] 42\n" {
		t.Error(got)
	}
	rec := &recorder{} // compiling the C code may take longer than a cell should
	if err := e.Run(t.Context(), 2, "import \"example.com/notebook/more\"\nmore.Doubled(tensor.Vector(1, 2)).Ints()", rec); err != nil || !strings.HasSuffix(rec.String(), "[result] [2 4]\n") {
		t.Error(err, rec)
	}
	if got := runCell(t, e, 3, "import \"gonum.org/v1/gonum/floats\"\nfloats.Sum([]float64{1, 2})"); got != "[result] 3\n" {
		t.Error(got)
	}
}

// TestInterop imports a package of ours that the worker does not hold, because it needs modules that others may want in
// another version. What it puts into gonum, which the worker holds, is in use there.
func TestInterop(t *testing.T) {
	e := newTestEngine(t, Options{})
	rec := &recorder{} // the first time, it is compiled and linked
	code := `import "github.com/resident-go/resident/runtime/interop"
interop.UseBLAS()
dense, err := interop.Dense([]float32{1, 2, 3, 4}, 2, 2)
fmt.Printf("%v %v %T\n", dense.Data(), err, blas64.Implementation())`
	if err := e.Run(t.Context(), 1, code, rec); err != nil {
		t.Fatal(err)
	}
	if got := rec.String(); !strings.HasSuffix(got, "[1 2 3 4] <nil> interop.BLAS\n") {
		t.Errorf("showed %s", got)
	}
	if got := runCell(t, e, 2, "a := mat.NewDense(40, 40, nil)\na.Set(1, 2, 3)\nvar b mat.Dense\nb.Mul(a, a.T())\nb.At(1, 1)"); got != "[result] 9\n" {
		t.Errorf("gonum's product: %s", got)
	}
}
