package grade

import (
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/kernel/cell"
)

// TestRefuses says which code of a submission is not run.
func TestRefuses(t *testing.T) {
	g := reader(t, lesson)
	for _, row := range []struct{ code, want string }{
		{"func a(x int) int { verify := 1; return verify }", ""},
		{"func a(x int) int { return x }\nhelper := 3", ""},
		{"x := 7 % 3 // %x", ""},
		{"func verify(ok bool) {}", "it declares or changes verify"},
		{"verify = nil", "it declares or changes verify"},
		{"var unit, ok = 3, 4", ""},
		{"panic := func(v any) {}", "it declares or changes panic"},
		{"type math struct{}", ""},
		{"!touch pwned", "it has a line that begins like a command"},
		{"x := 1\n%cd /", "it has a line that begins like a command"},
		{"//resident:sh touch pwned", "it has a line that begins like a command"},
		{"\ufeff!touch pwned", "it has a line that begins like a command"},
		{"x := 1; /* a comment */\n%cd /", "it has a line that begins like a command"},
		{"var t = `\n%d of\n!\n//resident:sh\n`", ""},
		{"var t = f(\n!true)", ""},
		{"/*\n% of all\n*/\nfunc a(x int) int { return x }", ""},
		{"display.Seam = mine{}", "it reaches for the program that runs it: display.Seam"},
		{"display /* or so */ .\nSeam = mine{}", "it reaches for the program that runs it: display.Seam"},
		{"import d \"github.com/resident-go/resident/kernel/display\"\nd.Seam = mine{}", "it reaches for the program that runs it: package display under another name"},
		{"import . `github.com/resident-go/resident/kernel/comm`\nSeam = mine{}", "it reaches for the program that runs it: package comm under another name"},
		{"import \"github.com/resident-go/resident/kernel/display\"", ""},
		{"type Seam struct{ Seam []int }\nfunc (s Seam) length() int { return len(s.Seam) }", ""},
		{"// see //go:linkname and display.Seam\nfunc a(x int) int { return x }", ""},
		{"package main\n\nimport \"fmt\"\n\nfunc a(x int) int { panic(fmt.Sprint(x)) }", ""},
		{"package main\n\nfunc verify(ok bool) {}", "it declares or changes verify"},
		{"import verify \"fmt\"", "it declares or changes verify"},
		{"func a(x int) int { verify = nil; return 0 }", "it declares or changes verify"},
		{"var f = func() { for range 3 { *verify.x[0]++ } }", "it declares or changes verify"},
		{"func a(verify int) int { verify++; return verify }", ""},
		{"func a(x int) int { return panic(", ""},
		{"//go:linkname exit os.runtime_beforeExit\nfunc exit(int)", "it reaches for the program that runs it: //go:linkname"},
		{"s := `" + strings.Repeat("x", maxSource) + "`", "it has 65543 bytes, at most 65536 are run"},
	} {
		if got := g.refuses(row.code); !strings.HasPrefix(got, row.want) || row.want == "" && got != "" {
			t.Errorf("%.40s: %q, want %q", row.code, got, row.want)
		}
	}
}

const judged = "```go name=\"tools\"\ntype pair struct{ a, b float64 }\nfunc (p pair) near(q pair) bool { return near(p.a, q.a) }\nvar eps = 1e-9\nfunc near(a, b float64) bool { return math.Abs(a-b) < eps }\nxs := []float64{1, 2}\n```\n\n" +
	"```go exercise=\"a\" name=\"a\" role=\"starter\"\nfunc half(x float64) float64 {\n\t// BEGIN SOLUTION\n\tcalls++\n\treturn x / 2\n\t// END SOLUTION\n}\ncalls := 0\n```\n\n" +
	"```go exercise=\"a\" name=\"test-a\" points=2 role=\"test\"\nfunc each(xs []float64) (ok bool) {\n\tx := xs[0]\n\treturn near(half(x), x/2) && (pair{}).near(pair{}) && strings.Contains(name, \"a\")\n}\n" +
	"check.Case(\"near\", 1).Call(func() bool {\n\tlocal := len(xs)\n\treturn each(xs[:local]) == true\n}).Want(true)\ncheck.Case(\"how often\", 1).Call(half, check.Given(eps)).Want(5e-10)\n```\n"

// TestKept says what a submission may not declare where cases ask for a judgement of what is beside its own code.
func TestKept(t *testing.T) {
	g := reader(t, judged)
	for _, row := range []struct{ code, want string }{
		{"func half(x float64) float64 { calls++; return x / 2 }", ""},
		{"func near(a, b float64) bool { return true }", "near"},
		{"eps = 100", "eps"},
		{"func half(x float64) float64 { eps = 100; return 0 }", "eps"},
		{"func half(x float64) float64 { xs[0] = 0; return 0 }", "xs"},
		{"func half(x float64) float64 { x, xs := 0., []float64{x}; xs[0]++; return xs[0] / 2 + x }", ""},
		{"func (p pair) near(q pair) bool { return true }", "pair"},
		{"func (p pair) swapped() pair { return pair{p.b, p.a} }\nfunc (p pair) String() string { return \"\" }", ""},
		{"func (p pair) swapped() pair { eps = 1; return pair{p.b, p.a} }", "eps"},
		{"type pair struct{ a, b, c float64 }", "pair"},
		{"true := false", "true"},
		{"func len(x any) int { return 1 }", "len"},
		{"func cap(x any) int { return 1 }", ""},
		{"var local, x, ok, each, name = 1, 2, 3, 4, 5", ""},
		{"type math struct{}", "math"},
		{"import math \"math/cmplx\"", "math"},
		{"import \"course/strings\"", "strings"},
		{"import math \"math\"", ""},
		{"import \"math/rand/v2\"\nimport str \"strings\"", ""},
		{"var strings = []string{}", ""}, // the test imports its own
	} {
		if got := g.taken(row.code); got != row.want {
			t.Errorf("%s: %q, want %q", row.code, got, row.want)
		}
	}
	if calls := g.steps[2].test.source.calls("", all); !strings.Contains(calls, "import \"strings\"\n") {
		t.Errorf("the test does not import what it uses:\n%s", calls)
	}
}

// FuzzInspect compares what is taken for a command with what the kernel does.
func FuzzInspect(f *testing.F) {
	for _, code := range []string{"%x", "a\n!b", "f(\n%)", "`\n%`", "//resident:sh x", "x;\n//gonb:y", "/*\n*/\n%", "//resident:", "//gonb: x", "\"\n%", "}\n%", "x \\\n%y"} {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		if strings.ContainsRune(code, '\ufeff') {
			return // the kernel takes one away
		}
		want := slices.ContainsFunc(cell.Cut(code), func(p cell.Part) bool {
			return p.Directive != nil && (p.Directive.Name != "doc" || strings.ContainsAny(code[p.Start:p.Start+1], "%!/"))
		})
		if _, got := inspect(code); got && !want || !got && want {
			t.Errorf("%q: a command: %v, to the kernel: %v", code, got, want)
		}
	})
}
