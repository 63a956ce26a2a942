package engine

import (
	"encoding/xml"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/resident-go/resident/nbformat"
)

// savedSessions are cells with what a program of them has to print, too. Cells whose last expression is shown are left out: a
// program shows it in fmt's way.
var savedSessions = map[string][]string{
	"declarations in any order": {
		"fmt.Println(area(2))\nfunc area(r float64) float64 { return pi * r * r }\nconst pi = 3",
		"x, y := 1, 2.5\nvar s []string\nfmt.Println(x, y, s == nil)",
		"x += 4\ns = append(s, \"a\")\nfmt.Println(x, s)",
		"for i := range 3 {\n\tdefer fmt.Println(\"deferred\", i)\n}\nfmt.Println(\"end\")",
		"func init() { fmt.Println(\"init\") }\nfunc main() { fmt.Println(\"main\", x) }",
	},
	"declared again": {
		"const n = 3\nx := n\nfunc f() int { return n }\nfunc g() int { return f() * 10 }\nfmt.Println(f(), g())",
		"const n = 4\nfmt.Println(f(), g(), x)",
		"func f() int { return -n }\nfmt.Println(f(), g())",
		"x := fmt.Sprint(x, \"as text\")\nfmt.Println(x, len(x))",
		"f := 7\nfmt.Println(f, n)",
	},
	"types and methods": {
		"type point struct{ X, Y int }\np := point{1, 2}\nfunc shift(p point, by int) point { return point{p.X + by, p.Y + by} }",
		"func (p point) String() string { return fmt.Sprintf(\"<%d %d>\", p.X, p.Y) }\nfmt.Println(p)",
		"fmt.Println(shift(p, 3))",
		"type list[T any] []T\nfunc (l *list[T]) add(v T) { *l = append(*l, v) }\nvar points list[point]\npoints.add(p)\nfmt.Println(points)",
		"Big := 1\nvar Shown = map[string]point{\"a\": p}\nfmt.Println(Big, Shown)",
	},
	"imports": {
		"import \"math/rand/v2\"\nr := rand.New(rand.NewPCG(1, 2))\nfmt.Println(r.IntN(1000))",
		"import mrand \"math/rand\"\nfmt.Println(mrand.New(mrand.NewSource(1)).Intn(100))",
		"import str \"strings\"\nstrings := str.Fields(\"a b c\")\nfmt.Println(len(strings), str.ToUpper(\"x\"))",
		"import . \"math\"\nfmt.Println(Floor(2.5))",
		"func half(x float64) float64 { return Floor(x / 2) }\nmath := Sqrt(81)",
		"func Floor(x float64) string { return \"mine\" }\nfmt.Println(half(math), Floor(Pi))",
		"var buf bytes.Buffer\nbuf.WriteString(\"text\")\nfmt.Println(buf.String(), time.Duration(1500)*time.Microsecond)",
	},
	"flags defined again": {
		"n := flag.Int(\"n\", 1, \"a number\")\nfmt.Println(*n)",
		"n := flag.Int(\"n\", 2, \"a number\")\nfmt.Println(*n, flag.Lookup(\"n\").DefValue)",
		"func number(name string) *int { return flag.Int(name, 3, \"\") }\nfmt.Println(*number(\"m\"))",
		"for _, name := range []string{\"m\", \"k\"} {\n\tflag.Int(name, 4, \"\")\n}\nfmt.Println(flag.Lookup(\"m\").DefValue)",
	},
	"nothing imported": {"x := 1", "func f() int { return x }\nx = f() + 1", "if x != 2 {\n\tpanic(x)\n}"},
	"what fails leaves no statements": {
		"a := 1\nfmt.Println(a)",
		"a = undefined",
		"func later() int { return a }\nfmt.Println(later())",
	},
}

// TestSave saves sessions as programs, which the go command has to build, and which have to print the same.
func TestSave(t *testing.T) {
	for name, cells := range savedSessions {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			e := newTestEngine(t, Options{Dir: dir})
			want := ""
			for i, code := range cells {
				out := runCell(t, e, i+1, code)
				if !strings.HasPrefix(out, "[CompileError]") {
					want += out
				}
			}
			if out := runCell(t, e, 99, "%save program.go"); out != "" {
				t.Fatal(out)
			}
			cmd := exec.Command("go", "run", "program.go")
			cmd.Dir = dir
			got, err := cmd.CombinedOutput()
			if text, _ := os.ReadFile(filepath.Join(dir, "program.go")); err != nil || string(got) != want {
				t.Errorf("the program prints %q, %v\nexpected %q\n%s", got, err, want, text)
			}
		})
	}
}

// TestSaveFolder saves a session with the modules that it uses, and no others, twice: what somebody else has written stays.
func TestSaveFolder(t *testing.T) {
	dir := t.TempDir()
	writeTestFile(t, filepath.Join(dir, "lib", "go.mod"), []byte("module example.com/lib\n\ngo 1.26\n"))
	writeTestFile(t, filepath.Join(dir, "lib", "lib.go"), []byte("package lib\n\nconst Answer = 42\n"))
	writeTestFile(t, filepath.Join(dir, "theirs", "go.mod"), []byte("module theirs\n"))
	e := newTestEngine(t, Options{Dir: dir})
	for i, code := range []string{
		"fmt.Println(1)\n%save out/a+b/", "%replace example.com/lib=lib\nimport \"example.com/lib\"\nfmt.Println(lib.Answer)", "%save out/a+b\n%save theirs",
	} {
		if out := runCell(t, e, i+1, code); strings.Contains(out, "Error") {
			t.Fatal(out)
		}
	}
	cmd := exec.Command("go", "run", ".")
	cmd.Dir, cmd.Env = filepath.Join(dir, "out", "a+b"), append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly")
	if got, err := cmd.CombinedOutput(); err != nil || string(got) != "1\n42\n" {
		t.Errorf("the program prints %q, %v", got, err)
	}
	mod, err := os.ReadFile(filepath.Join(cmd.Dir, "go.mod"))
	if err != nil || !strings.Contains(string(mod), "module a-b\n") || strings.Count(string(mod), "require") != 1 || strings.Count(string(mod), "replace") != 1 {
		t.Errorf("go.mod, %v:\n%s", err, mod)
	}
	if mod, err := os.ReadFile(filepath.Join(dir, "theirs", "go.mod")); err != nil || string(mod) != "module theirs\n" {
		t.Errorf("another's go.mod is %q, %v", mod, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "theirs", "main.go")); err != nil {
		t.Error(err)
	}
}

// TestSavePlace saves a session in the middle of a cell: what stands below has not happened yet. A cell that fails below has
// saved, and one that fails above has not.
func TestSavePlace(t *testing.T) {
	dir := t.TempDir()
	e := newTestEngine(t, Options{Dir: dir})
	rows := []struct{ code, file, prints string }{
		{"fmt.Println(1)", "", ""},
		{"%save first.go\nfmt.Println(2)", "first.go", "1\n"},
		{"fmt.Println(3)\n%save second.go\nfmt.Println(4)\n!true\nfmt.Println(5)\n%save third.go", "second.go", "1\n2\n3\n"},
		{"", "third.go", "1\n2\n3\n4\n5\n"},
		{"fmt.Println(6)\n%save fourth.go\npanic(7)", "fourth.go", "1\n2\n3\n4\n5\n6\n"},
		{"panic(8)\n%save fifth.go", "", ""},
	}
	for i, row := range rows {
		runCell(t, e, i+1, row.code)
		if row.file == "" {
			continue
		}
		cmd := exec.Command("go", "run", row.file)
		cmd.Dir = dir
		if got, err := cmd.CombinedOutput(); err != nil || string(got) != row.prints {
			t.Errorf("%s prints %q, %v, expected %q", row.file, got, err, row.prints)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "fifth.go")); !os.IsNotExist(err) {
		t.Errorf("a session was saved below a panic: %v", err)
	}
}

// TestSaveRefused has a session that no program can be.
func TestSaveRefused(t *testing.T) {
	e := newTestEngine(t, Options{})
	runCell(t, e, 1, "type t struct{ A int }\nv := t{1}")
	runCell(t, e, 2, "type t struct{ A int `json:\"a\"` }\nv.A")
	if got := runCell(t, e, 3, "%save program.go"); !strings.Contains(got, "%save: cell In[2] declares the type of v again, which keeps its value: no program can do that") {
		t.Error(got)
	}
}

// TestProgramDirectives has directives that have the go command look at the session, with a pattern of what they show.
func TestProgramDirectives(t *testing.T) {
	e := newTestEngine(t, Options{})
	rows := []struct{ code, want string }{
		{"func sum(xs []float64) (s float64) {\n\tfor _, x := range xs {\n\t\ts += x\n\t}\n\treturn\n}", `^$`},
		{"%vet", `^$`},
		{"%asm sum", `(?s)main\.sum STEXT.*ADDSD|FADDD`},
		{"%asm nothing", `the session has no function "nothing"`},
		{"func bad() { fmt.Printf(\"%d\\n\", \"text\") }\n%vet", `(?s)Cell In\[5\], line 1:\d+: fmt.Printf format %d has arg "text" of wrong type string.*DirectiveError`},
		{"%rm bad", `^$`},
		{"%time\nstart := time.Now()\nfor time.Since(start) < 30*time.Millisecond {\n}", `^time: ((3\d|[4-9]\d|\d{3,})(\.\d+)?ms|\d+(\.\d+)?s), processor \d`},
		{"%pprof\nbusy := 0.0\nfor range 400_000 {\n\tbusy += sum([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, float64(len(os.Args))})\n}\nxs := make([]float64, 10000)\nfor range 30_000 {\n\tbusy += sum(xs)\n}", `(?s)\[display\] Showing nodes accounting for.*main\.sum`},
	}
	for i, row := range rows {
		if got := runCell(t, e, i+1, row.code); !regexp.MustCompile(row.want).MatchString(got) {
			t.Errorf("cell %d:\n%s\nshowed:\n%.3000s\nexpected a match of %s", i+1, row.code, got, row.want)
		}
	}
}

// TestRaceDirective has a session whose goroutines write to one variable: the race detector names the cell and the line.
func TestRaceDirective(t *testing.T) {
	e := newTestEngine(t, Options{})
	runCell(t, e, 1, "shared := 0\nvar wg sync.WaitGroup")
	runCell(t, e, 2, "for range 2 {\n\twg.Go(func() {\n\t\tfor range 1000 {\n\t\t\tshared++\n\t\t}\n\t})\n}\nwg.Wait()")
	want := regexp.MustCompile(`(?s)WARNING: DATA RACE.*Cell In\[2\], line 4`)
	if got := runCell(t, e, 3, "%race"); !want.MatchString(got) {
		t.Errorf("got\n%s\nexpected a match of %s", got, want)
	}
}

// drawing keeps the last drawing that a cell shows.
type drawing struct {
	nowhere
	svg string
}

func (d *drawing) Output(o nbformat.Output) {
	if svg, ok := o.Data["image/svg+xml"].(string); ok {
		d.svg = svg
	}
}

// TestProfileGraph: where Graphviz is installed, a profile is drawn, too.
func TestProfileGraph(t *testing.T) {
	if _, err := exec.LookPath("dot"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("Graphviz's dot is not installed")
		}
		t.Skip("Graphviz's dot is not installed")
	}
	e := newTestEngine(t, Options{})
	runCell(t, e, 1, "func burn(xs []float64) (s float64) {\n\tfor range 100_000 {\n\t\tfor _, x := range xs {\n\t\t\ts += x * x\n\t\t}\n\t}\n\treturn s\n}")
	var d drawing
	if err := e.Run(t.Context(), 2, "%pprof\nburn(make([]float64, 3000))", &d); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(d.svg, "burn") {
		t.Errorf("the drawing has no burn: %q", regexp.MustCompile("<text[^>]*>([^<]*)").FindAllString(d.svg, -1))
	}
	for in := xml.NewDecoder(strings.NewReader(d.svg)); ; {
		if _, err := in.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("the drawing is no XML: %v", err)
		}
	}
}
