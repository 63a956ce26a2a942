package engine

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/resident-go/resident/kernel/cell"
)

// TestComplete has rows of a cell with the cursor at ‸, names that must be offered, and names that must not.
func TestComplete(t *testing.T) {
	e := newTestEngine(t, Options{})
	runCell(t, e, 1, "type point struct{ x, yy int }\nfunc (p *point) norm() float64 { return 0 }\nfunc newPoint() *point { return &point{} }\norigin := point{}\nimport str \"strings\"\nimport . \"text/tabwriter\"")
	rows := []struct{ code, want, not string }{
		{"fmt.Pri‸", "Print Printf Println", "Sprint Fprint"},
		{"strings.‸", "ToUpper Builder Cut", "append"},
		{"str.ToU‸", "ToUpper", ""},
		{"ori‸", "origin", "newPoint"},
		{"origin.‸", "x yy norm", ""},
		{"newPoint().n‸", "norm", "x"},
		{"local := 3\nloc‸", "local", ""},
		{"func f(arg int) {\n\tinner := arg\n\tinn‸\n}", "inner", "arg"},
		{"for i := range 3 {\n\tfmt.Println(ori‸", "origin", ""},
		{"fmt.Println(strings.Rep‸)", "Repeat Replace", ""},
		{"point{y‸}", "yy", ""},
		{"x := time.Now().Ye‸", "Year YearDay", ""},
		{"resp, err := http.G‸", "Get", ""},
		{"NewWri‸", "NewWriter", ""},
		{"w := NewWriter(nil, 0, 0, 0, ' ', TabIn‸", "TabIndent", ""},
		{"NewWriter(p_‸", "", "p_text_tabwriter"},
		{"ret‸", "return", ""},
		{"app‸", "append", ""},
		{"// int one(void);\nimport \"C\"\nfmt.Println(C.one(), ori‸)", "origin", ""},
		{"stri‸", "string strings", ""},
		{"é := \"😀\"; origin.‸", "x", ""},
		{"\"fmt.Pri‸\"", "", "Print"},
		{"// fmt.Pri‸", "", "Print"},
		{"nothing.‸", "", "x"},
		{"‸", "origin func fmt", ""},
		{"if x := newPoint(); x.no‸", "norm", ""},
		{"var b bytes.Bu‸", "Buffer", ""},
		{"[]point{{y‸}}", "yy", ""},
		{"[]*point{{‸}}", "x yy origin", ""},
		{"point{x: y‸}", "", "yy"},
		{"point{x: 1, ‸}", "yy", "x origin fmt"},
		{"point{x: 1, y‸}", "yy", ""},
		{"point{yy: 1, x‸: 2}", "x", "yy"},
		{"map[string]int{\"a\": 1, ori‸}", "origin", ""},
		{"import \"strco‸", "strconv", "strings"},
		{"import (\n\t\"fmt\"\n\tstr \"str‸\"\n)", "strings strconv", "fmt"},
		{"import \"strings\"\nori‸", "origin", "strings"},
		{"%‸", "help get test time", "origin"},
		{"%he‸", "help", "time"},
		{"//resident:wri‸", "writefile", "help"},
		{"%help ti‸", "time", "help"},
		{"%rm ori‸", "origin", "point"},
		{"%time\nori‸", "origin", "time"},
		{"!ori‸", "", "origin"},
		{"😀 := 1\n%he‸\nx", "help", ""},
	}
	for _, row := range rows {
		before, after, _ := strings.Cut(row.code, "‸")
		names, start, end := e.Complete(before+after, utf8.RuneCountInString(before))
		got := texts(names)
		for _, w := range strings.Fields(row.want) {
			if !slices.Contains(got, w) {
				t.Errorf("%s: %s is not offered in %.200v", row.code, w, got)
			}
		}
		for _, w := range strings.Fields(row.not) {
			if slices.Contains(got, w) {
				t.Errorf("%s: %s is offered", row.code, w)
			}
		}
		if points := utf8.RuneCountInString(before); start > points || end < points {
			t.Errorf("%s: range %d to %d does not hold the cursor %d", row.code, start, end, points)
		}
	}
}

func texts(names []cell.Name) (list []string) {
	for _, n := range names {
		list = append(list, n.Text)
	}
	return list
}

// TestCompleteKinds has names with what they are said to be.
func TestCompleteKinds(t *testing.T) {
	e := newTestEngine(t, Options{})
	runCell(t, e, 1, "type point struct{ x, y int }\nfunc (p point) norm(by float64) float64 { return 0 }\norigin := point{}\nfunc area(p point) (a float64, err error) { return }\nconst size = 3")
	rows := []struct {
		code string
		want cell.Name
	}{
		{"ori‸", cell.Name{Text: "origin", Type: "instance", Signature: "point"}},
		{"are‸", cell.Name{Text: "area", Type: "function", Signature: "(p point) (a float64, err error)"}},
		{"are‸\narea(origin)", cell.Name{Text: "area", Type: "function", Signature: "(p point) (a float64, err error)"}},
		{"poi‸", cell.Name{Text: "point", Type: "class"}},
		{"siz‸", cell.Name{Text: "size", Type: "instance"}},
		{"origin.‸", cell.Name{Text: "x", Type: "property", Signature: "int"}},
		{"origin.n‸", cell.Name{Text: "norm", Type: "function", Signature: "(by float64) float64"}},
		{"strings.Rep‸", cell.Name{Text: "Repeat", Type: "function", Signature: "(s string, count int) string"}},
		{"strings.Bu‸", cell.Name{Text: "Builder", Type: "class"}},
		{"json‸", cell.Name{Text: "json", Type: "module", Signature: "encoding/json"}},
		{"le‸", cell.Name{Text: "len", Type: "function"}},
		{"ret‸", cell.Name{Text: "return", Type: "keyword"}},
		{"import \"encoding/js‸\"", cell.Name{Text: "encoding/json", Type: "module"}},
		{"%tim‸", cell.Name{Text: "time", Type: "magic"}},
		{"%help tim‸", cell.Name{Text: "time", Type: "magic"}},
		{"%asm are‸", cell.Name{Text: "area", Type: "function", Signature: "(p point) (a float64, err error)"}},
		{"%get gonum.org/v1/go‸", cell.Name{Text: "gonum.org/v1/gonum", Type: "module", Signature: "v0.17.0"}},
	}
	for _, row := range rows {
		before, after, _ := strings.Cut(row.code, "‸")
		names, start, end := e.Complete(before+after, utf8.RuneCountInString(before))
		if !slices.Contains(names, row.want) {
			t.Errorf("%s: %+v is not among %.300v", row.code, row.want, names)
		}
		if got := (before + after)[start:end]; !strings.HasPrefix(row.want.Text, got) {
			t.Errorf("%s: the range is %q", row.code, got)
		}
	}
}

func TestInspect(t *testing.T) {
	e := newTestEngine(t, Options{})
	runCell(t, e, 1, "type point struct{ x, y int }\norigin := point{1, 2}\n// move\n// moves it\nfunc move(p point, by int) point { return p }\n// Sum adds the sides.\nfunc (p point) Sum() int { return p.x + p.y }")
	rows := []struct{ code, want string }{
		{"strings.Repe‸at", "Repeat returns a new string consisting of count copies"},
		{"ori‸gin", "var origin point"},
		{"mov‸e(origin, 1)", "func move(p point, by int) point"},
		{"time.Now().Ye‸ar()", "Year returns the year"},
		{"fm‸t.Println()", "Package fmt implements formatted I/O"},
		{"l‸en(\"\")", "The len built-in function returns the length"},
		{"s := http.Server{}\ns.Ad‸dr", "// Addr optionally specifies the TCP address"},
		{"origin.S‸um()", "func (point).Sum() int\n    Sum adds the sides."},
		{"import . \"strings\"\nx := 1\nRepe‸at(\"a\", 2)", "Repeat returns a new string consisting of count copies"},
		{"unknown‸", ""},
		{"ori‸gin", "origin is {x: 1, y: 2}"},
		{"mov‸e(origin, 1)", "   moves it"},
		{"var p poi‸nt", "type point struct{ x, y int }"},
		{"%ti‸me", "say what time the cell's own code took"},
		{"%get exam‸ple.com/x", "%get MODULE[@VERSION]"},
		{"%nothing‸", ""},
		{"%time\nori‸gin", "origin is {x: 1, y: 2}"},
		{"‸", ""},
	}
	for _, row := range rows {
		before, after, _ := strings.Cut(row.code, "‸")
		data, found := e.Inspect(before+after, utf8.RuneCountInString(before), 0)
		text, _ := data["text/plain"].(string)
		if marked, _ := data["text/html"].(string); found && !strings.HasPrefix(marked, "<pre><b>") {
			t.Errorf("%s: HTML %q", row.code, marked)
		}
		if found != (row.want != "") || !strings.Contains(text, row.want) {
			t.Errorf("%s: %v %q, want %q", row.code, found, text, row.want)
		}
	}
}

// TestHelpIsMarked has texts of inspection with what of them is bold.
func TestHelpIsMarked(t *testing.T) {
	rows := []struct{ text, bold string }{
		{"var x int\n\nx is <1>", "var x int"},
		{"%time\n    say what", "%time"},
		{"package a // import \"a\"\n\nfunc F(x <-chan int)\n    F does it.", "package a // import &#34;a&#34;\n\nfunc F(x &lt;-chan int)"},
		{"package a // import \"a\"\n\ntype T struct {\n\tA int\n}\n    T is it.\n\nfunc New() T", "package a // import &#34;a&#34;\n\ntype T struct {\n\tA int\n}"},
		{"package a // import \"a\"\n\nPackage a does it.", "package a // import &#34;a&#34;"},
	}
	for _, row := range rows {
		bold, _, _ := strings.Cut(strings.TrimPrefix(htmlHelp(row.text), "<pre><b>"), "</b>")
		if bold != row.bold {
			t.Errorf("of %q this is bold: %q, expected %q", row.text, bold, row.bold)
		}
	}
}
