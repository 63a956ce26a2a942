package engine

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestComplete has rows of a cell with the cursor at ‸, names that must be offered, and names that must not.
func TestComplete(t *testing.T) {
	e := newTestEngine(t, Options{})
	runCell(t, e, 1, "type point struct{ x, yy int }\nfunc (p *point) norm() float64 { return 0 }\nfunc newPoint() *point { return &point{} }\norigin := point{}\nimport str \"strings\"")
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
	}
	for _, row := range rows {
		before, after, _ := strings.Cut(row.code, "‸")
		got, start, end := e.Complete(before+after, utf8.RuneCountInString(before))
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

func TestInspect(t *testing.T) {
	e := newTestEngine(t, Options{})
	runCell(t, e, 1, "type point struct{ x, y int }\norigin := point{1, 2}\nfunc move(p point, by int) point { return p }")
	rows := []struct{ code, want string }{
		{"strings.Repe‸at", "Repeat returns a new string consisting of count copies"},
		{"ori‸gin", "var origin point"},
		{"mov‸e(origin, 1)", "func move(p point, by int) point"},
		{"time.Now().Ye‸ar()", "Year returns the year"},
		{"fm‸t.Println()", "Package fmt implements formatted I/O"},
		{"l‸en(\"\")", "The len built-in function returns the length"},
		{"unknown‸", ""},
		{"‸", ""},
	}
	for _, row := range rows {
		before, after, _ := strings.Cut(row.code, "‸")
		data, found := e.Inspect(before+after, utf8.RuneCountInString(before), 0)
		text, _ := data["text/plain"].(string)
		if found != (row.want != "") || !strings.Contains(text, row.want) {
			t.Errorf("%s: %v %q, want %q", row.code, found, text, row.want)
		}
	}
}
