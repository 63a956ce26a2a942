package grade

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/check"
	"github.com/resident-go/resident/lessons/submission"
	"github.com/resident-go/resident/nbformat"
)

// TestCut cuts cells into what stands at their top.
func TestCut(t *testing.T) {
	for _, row := range []struct{ source, want string }{
		{"x := 1\n\n// a comment\nfmt.Println(x)", "x := 1 | fmt.Println(x)"},
		{"import \"fmt\"; x := 1; x++", "import \"fmt\" | x := 1 | x++"},
		{"func f() {\n\tg()\n}\nfunc (p point) m() {}\nfunc() { f() }()", "func f() {\n\tg()\n} | func (p point) m() {} | func() { f() }()"},
		{"if x {\n\ty()\n} else {\n\tz()\n}\nz()", "if x {\n\ty()\n} else {\n\tz()\n} | z()"},
		{"var (\n\ta = 1\n\tb = \"}\"\n)\ntype t[T any] struct{ x T }", "var (\n\ta = 1\n\tb = \"}\"\n) | type t[T any] struct{ x T }"},
		{"x := `{\n(`", "x := `{\n(`"},
		{"if x := f(); x > 0 {\n} else if y := g(); y {\n}; z()", "if x := f(); x > 0 {\n} else if y := g(); y {\n} | z()"},
		{"for i := 0; i < 3; i++ { f() }\nswitch x := y; x {\n}", "for i := 0; i < 3; i++ { f() } | switch x := y; x {\n}"},
		{"", ""},
		{"%env X=1", "error"},
		{"x := (", "error"},
		{"}", "error"},
	} {
		pieces, err := cut(row.source)
		var texts []string
		for _, p := range pieces {
			texts = append(texts, p.text)
		}
		got := strings.Join(texts, " | ")
		if err != nil {
			got = "error"
		}
		if got != row.want {
			t.Errorf("%q: got %q, want %q", row.source, got, row.want)
		}
	}
}

func FuzzCut(f *testing.F) {
	f.Add("x := 1\nfunc f() {}")
	f.Add("check.Case(\"a\", 1).Call(f, 1).Want(2)")
	f.Fuzz(func(t *testing.T, source string) {
		namesOf(source)
		takeApart(source)
	})
}

// TestTakeApart says what of a test cell goes into the process that has a student's code, and what does not.
func TestTakeApart(t *testing.T) {
	const source = `
import "math"
helper := 2
xs := []float64{1, helper}
answer := []float64{math.Sqrt(4)}
func shift(x float64) float64 { return x + 1 }
func secret() float64 { return 42 }
check.Case("first", 1).Call(Scale, xs, shift(1)).Want(answer, check.Tol(1e-9))
check.Case("second", 0.5).Call(
	func() []float64 { return Scale(nil, 1) },
).Want(secret())
fmt.Println("done")
`
	got, err := takeApart(source)
	if err != nil {
		t.Fatal(err)
	}
	calls, answers := got.calls("PROMPT", all), got.answers("PROMPT")
	for _, text := range []string{"xs := []float64{1, helper}", "helper := 2", "(Scale)(xs, shift(1))", "func shift(", `Input("PROMPT")`} {
		if !strings.Contains(calls, text) {
			t.Errorf("the calls have no %s:\n%s", text, calls)
		}
	}
	for _, text := range []string{"answer := ", "secret", "Sqrt(4)", "Tol", "done"} {
		if strings.Contains(calls, text) {
			t.Errorf("the calls have %s:\n%s", text, calls)
		}
	}
	for _, text := range []string{"answer := []float64{math.Sqrt(4)}", "func secret()", "resident_check.Wanted(answer, check.Tol(1e-9))"} {
		if !strings.Contains(answers, text) {
			t.Errorf("the answers have no %s:\n%s", text, answers)
		}
	}
	if one := got.calls("PROMPT", 1); strings.Contains(one, "shift(1)") || !strings.Contains(one, "nil,\n") {
		t.Errorf("the second case alone:\n%s", one)
	}
	if shown := got.cases[0].shown(); shown != "helper := 2\nxs := []float64{1, helper}\nScale(xs, shift(1))" {
		t.Errorf("shown: %q", shown)
	}
}

func TestTakeApartErrors(t *testing.T) {
	for _, row := range []struct{ source, want string }{
		{`for range 2 { check.Case("a", 1).Call(f).Want(1) }`, "a case stands alone"},
		{`x := check.Case("a", 1)`, "a case stands alone"},
		{`check.Case(name, 1).Call(f).Want(1)`, "with a name and points that are constants"},
		{`check.Case("a", n).Call(f).Want(1)`, "with a name and points that are constants"},
		{`check.Case("a", 1).Call(f, xs...).Want(1)`, "a case is check.Case"},
		{`check.Case("a", 1).Want(1)`, "a case is check.Case"},
		{"check.Case(\"a\", 1).Call(f).Want(1)\ncheck.Case(\"a\", 1).Call(f).Want(2)", `two cases are called "a"`},
		{"check.Case(\"a\", 1).Call(f).Want(1)\nverify(f() == 1)", "statements that no case needs"},
		{"func TestF(t *testing.T) { check.Case(\"a\", 1).Call(f).Want(1) }", "a case stands alone"},
		{`if ok { check.Case("a", 1).Call(f).Want(1) }`, "a case stands alone"},
		{`func each() { check.Case("a", 1).Call(f).Want(1) }`, "a case stands alone"},
		{`check.Case("a", 1).Value(x, y).Want(1)`, "Value takes one value"},
		{`check.Case("a", 1).Value(x).WantPanic("no")`, "Value takes one value"},
		{"x := check.Given(y)\ncheck.Case(\"a\", 1).Call(f, x).Want(1)", "check.Given stands within the Call"},
		{"check.Case(\"a\", 1).Call(f).Want(1)\nfunc TestF(t *testing.T) {}", "stand in cells of their own"},
	} {
		if _, err := takeApart(row.source); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", row.source, err, row.want)
		}
	}
}

// TestCases says what each kind of case makes of a call, where the student's code runs, and of an answer, where the author's does.
func TestCases(t *testing.T) {
	for _, row := range []struct{ source, call, answer, shown string }{
		{`check.Case("a", 1).Call(f, 1, x).Want(2, check.Tol(1))`, "return resident_check.Values((f)(1, x))", "SendWant(0, resident_check.Wanted(2, check.Tol(1)))", "f(1, x)"},
		{`check.Case("a", 1).Call(f).Want(2)`, "return resident_check.Values((f)())", "resident_check.Wanted(2)", "f()"},
		{`check.Case("a", 1).Value(xs[0]).Want(2)`, "return resident_check.Values(xs[0])", "resident_check.Wanted(2)", "xs[0]"},
		{`check.Case("a", 1).Call(f, 1).WantPanic("no", check.Hint("?"))`, "return resident_check.Caught(func() {\n(f)(1)\n})", `resident_check.WantedPanic("no", check.Hint("?"))`, "f(1)"},
		{`check.Case("a", 1).Call(f, 1).WantSame(check.Tol(1))`, "Values((f)(1))", "resident_check.Wanted(check.Tol(1)).Same(resident_check.Values((f)(1)))", "f(1)"},
		{`check.Case("a", 1).Call(f, check.Given(train(3)), 1, check.Given(y)).Want(z)`, "Values((f)([]int{1}, 1, 2))", "SendWant(0, resident_check.Wanted(z), train(3), y)", "f(train(3), 1, y)"},
		{`check.Case("a", 1).Call(f, check.Given(x)).WantSame()`, "Values((f)([]int{1}))", "resident_check.Wanted().Same(resident_check.Values((f)(x))), x)", "f(x)"},
		{`check.Case("a", 1).Call(func() int { return f(check.Given(x)) }).Want(1)`, "Values((func() int { return f([]int{1}) })())", "Wanted(1), x)", "(func() int { return f(x) })()"},
	} {
		got, err := takeApart(row.source)
		if err != nil {
			t.Errorf("%s: %v", row.source, err)
			continue
		}
		got.cases[0].literals = []string{"[]int{1}", "2"}[:len(got.cases[0].given)]
		if calls := got.calls("PROMPT", all); !strings.Contains(calls, row.call) {
			t.Errorf("%s: no %s in the calls:\n%s", row.source, row.call, calls)
		}
		if answers := got.answers("PROMPT"); !strings.Contains(answers, row.answer) {
			t.Errorf("%s: no %s in the answers:\n%s", row.source, row.answer, answers)
		}
		if shown := got.cases[0].shown(); shown != row.shown {
			t.Errorf("%s: shown as %s", row.source, shown)
		}
	}
}

// TestForeign says which names code has from elsewhere.
func TestForeign(t *testing.T) {
	for _, row := range []struct{ source, want string }{
		{"func a(x int) (y int) {\n\tfor i := range x {\n\t\ty += i * unit\n\t}\n\treturn y\n}", "int unit"},
		{"b := twice(unit)", "twice unit"},
		{"import \"os\"", ""},
		{"func (p point) m() float64 { return p.x }", "float64 point"},
		{"x := (", ""},
	} {
		var got []string
		for name := range foreign(row.source) {
			got = append(got, name)
		}
		slices.Sort(got)
		if want := row.want; strings.Join(got, " ") != want {
			t.Errorf("%q: %q, want %q", row.source, got, want)
		}
	}
}

// scripted runs what a student's process does as a function.
type scripted func(ctx context.Context, sink nbformat.Sink) error

func (s scripted) Run(ctx context.Context, _ int, _ string, sink nbformat.Sink) error {
	return s(ctx, sink)
}

func show(sink nbformat.Sink, token string, n int, v any) {
	sink.Output(nbformat.Output{Type: nbformat.DisplayData, Data: map[string]any{check.MIME: map[string]any{"token": token, "case": n, "values": check.Values(v)}}})
}

// TestChannel says which results arrive: those with the token, which is told once, to who knows the prompt.
func TestChannel(t *testing.T) {
	ask := func(sink nbformat.Sink) string {
		answer, _ := sink.Input("the prompt", false)
		token, _, _ := strings.Cut(answer, " ")
		return token
	}
	var late nbformat.Sink
	for _, row := range []struct {
		name string
		run  scripted
		want string
	}{
		{"as it should be", func(_ context.Context, s nbformat.Sink) error {
			token := ask(s)
			show(s, token, 0, 1)
			show(s, token, 1, 2)
			return nil
		}, "0:1 1:2"},
		{"without asking", func(_ context.Context, s nbformat.Sink) error { show(s, "", 0, 1); return nil }, ""},
		{"a guess", func(_ context.Context, s nbformat.Sink) error { ask(s); show(s, "guess", 0, 1); return nil }, ""},
		{"another prompt", func(_ context.Context, s nbformat.Sink) error { s.Input("token, please", false); return nil }, ""},
		{"the first counts", func(_ context.Context, s nbformat.Sink) error {
			token := ask(s)
			show(s, token, 0, 1)
			show(s, token, 0, 2)
			return nil
		}, "0:1"},
		{"asked twice", func(_ context.Context, s nbformat.Sink) error {
			token := ask(s)
			ask(s)
			show(s, token, 0, 1)
			return nil
		}, "0:1 stolen"},
		{"nonsense", func(_ context.Context, s nbformat.Sink) error {
			s.Output(nbformat.Output{Data: map[string]any{check.MIME: []any{1}}})
			s.Output(nbformat.Output{Data: map[string]any{check.MIME: map[string]any{"token": ask(s), "case": "x"}}})
			return nil
		}, ""},
		{"afterwards", func(_ context.Context, s nbformat.Sink) error { late = s; return nil }, ""},
		{"a flood", func(ctx context.Context, s nbformat.Sink) error {
			for ctx.Err() == nil {
				s.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: strings.Repeat("x", 100)})
			}
			return &nbformat.CellError{EName: "Interrupted"}
		}, "output limit"},
		{"a flood that ends before it is stopped", func(ctx context.Context, s nbformat.Sink) error {
			token := ask(s)
			show(s, token, 0, 1)
			s.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: strings.Repeat("x", 1001)})
			show(s, token, 1, 2)
			return nil
		}, "0:1 output limit"},
		{"a flood of pictures", func(ctx context.Context, s nbformat.Sink) error {
			for ctx.Err() == nil {
				s.Output(nbformat.Output{Type: nbformat.DisplayData, Data: map[string]any{"application/json": []any{strings.Repeat("x", 100)}}})
			}
			return &nbformat.CellError{EName: "Interrupted"}
		}, "output limit"},
		{"forever", func(ctx context.Context, s nbformat.Sink) error {
			<-ctx.Done()
			return &nbformat.CellError{EName: "Interrupted"}
		}, "time limit"},
		{"long to compile, and then each case nearly too long", func(ctx context.Context, s nbformat.Sink) error {
			busy(ctx)
			token := ask(s)
			for n := range 3 {
				busy(ctx)
				show(s, token, n, n)
			}
			busy(ctx)
			if ctx.Err() != nil {
				return &nbformat.CellError{EName: "Interrupted"}
			}
			return nil
		}, "0:0 1:1 2:2"},
		{"a limit of the sandbox", func(context.Context, nbformat.Sink) error { return fmt.Errorf("run: %w", overMemory{}) }, "over: memory"},
		{"nothing works", func(context.Context, nbformat.Sink) error { return errors.New("no such worker") }, "error: run a cell: no such worker"},
	} {
		synctest.Test(t, func(t *testing.T) { // no time passes but what a row waits for
			s := &session{runner: row.run, limits: Limits{Time: theTime, Output: 1000}}
			out, err := s.run(t.Context(), "", 0, newQuestion("the prompt", 0))
			if late != nil {
				show(late, "", 0, 1)
				late.Output(nbformat.Output{Type: nbformat.Stream, Text: "late"})
				if got := late.(*sink).collector.Outputs(); len(got) > 0 {
					t.Errorf("what is shown afterwards is kept: %v", got)
				}
				late = nil
			}
			if got := told(out, err); got != row.want {
				t.Errorf("%s: %q, want %q", row.name, got, row.want)
			}
		})
	}
}

const theTime = time.Second

// busy passes nearly all the time that a case has, unless it is stopped.
func busy(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(theTime - 1):
	}
}

type overMemory struct{}

func (overMemory) Error() string { return "over the limit of memory" }
func (overMemory) Limit() string { return "memory" }

func told(out *ran, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	var parts []string
	for _, n := range slices.Sorted(maps.Keys(out.results)) {
		parts = append(parts, fmt.Sprintf("%d:%v", n, out.results[n].values[0]))
	}
	if out.stolen {
		parts = append(parts, "stolen")
	}
	if out.stopped != nil {
		parts = append(parts, out.stopped.Error())
	}
	if out.limit != nil {
		parts = append(parts, "over: "+out.limit.Limit())
	}
	return strings.Join(parts, " ")
}

const lesson = "```go name=\"tools\" role=\"setup\"\nfunc verify(ok bool) {\n\tif !ok {\n\t\tpanic(\"no\")\n\t}\n}\nconst unit = 2\n```\n\n" +
	"```go name=\"demo\"\nbig := train()\n```\n\n" +
	"```go exercise=\"a\" name=\"a\" role=\"starter\"\nfunc a(x int) int {\n\t// BEGIN SOLUTION\n\treturn x * unit\n\t// END SOLUTION\n}\n```\n\n" +
	"```go exercise=\"a\" name=\"test-a\" points=2 role=\"test\"\nverify(a(1) == 2)\n```\n\n" +
	"```go exercise=\"b\" name=\"b\" role=\"starter\"\nb := 0 // SOLUTION\n```\n"

func reader(t *testing.T, lesson string) *Grader {
	t.Helper()
	l, err := lessons.Parse("l.md", []byte(lesson))
	if err != nil {
		t.Fatal(err)
	}
	g := &Grader{Lesson: l}
	if err := g.read(); err != nil {
		t.Fatal(err)
	}
	g.seal()
	return g
}

// TestNeeded says which cells are run, and what a submission may not declare.
func TestNeeded(t *testing.T) {
	g := reader(t, lesson)
	var needed []string
	for _, s := range g.steps {
		if s.needed {
			needed = append(needed, s.id)
		}
	}
	if got := strings.Join(needed, " "); got != "tools a test-a b" {
		t.Errorf("needed: %s", got)
	}
	for name, want := range map[string]bool{"verify": true, "a": false, "b": false, "big": false, "fmt": false} {
		if g.kept[name] != want {
			t.Errorf("kept %s: %v, want %v", name, g.kept[name], want)
		}
	}
}

// TestAuthorsOutput says that a lesson's own cells are under no limit of output.
func TestAuthorsOutput(t *testing.T) {
	l, err := lessons.Parse("l.md", []byte("```go name=\"train\" role=\"setup\"\ntrain()\n```\n\n<!-- #region kind=\"manual\" name=\"why\" points=1 -->\nWhy?\n<!-- #endregion -->\n"))
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	start := func(context.Context) (lessons.Runner, func() error, error) {
		return scripted(func(ctx context.Context, s nbformat.Sink) error {
			ran++
			s.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: strings.Repeat("x", 5000)})
			return ctx.Err()
		}), func() error { return nil }, nil
	}
	if _, err := New(t.Context(), l, start, Limits{Time: time.Minute, Output: 1000}, false); err != nil || ran != 1 {
		t.Errorf("%v, %d cells ran", err, ran)
	}
}

const modelled = "```go name=\"tools\"\nconst unit = 2\n```\n\n```go name=\"train\"\nmodel := train()\n```\n\n" +
	"```go exercise=\"a\" name=\"a\" role=\"starter\"\nfunc a(x int) int {\n\t// BEGIN SOLUTION\n\treturn x * unit\n\t// END SOLUTION\n}\n```\n\n" +
	"```go exercise=\"a\" name=\"test-a\" points=1 role=\"test\"\n" +
	"check.Case(\"as the model\", 1).Call(a, check.Given(model.Width)).Want(model.Size)\n```\n"

// TestTheirs says which cells a submission needs: not the model that answers come from, unless its own code asks for it.
func TestTheirs(t *testing.T) {
	g := reader(t, modelled)
	var needed, theirs []string
	for _, s := range g.steps {
		if s.needed {
			needed = append(needed, s.id)
		}
		if s.theirs {
			theirs = append(theirs, s.id)
		}
	}
	if got := strings.Join(needed, " ") + " | " + strings.Join(theirs, " "); got != "tools train a test-a | tools a test-a" {
		t.Errorf("needed | theirs: %s", got)
	}
	for _, row := range []struct{ code, want string }{
		{"func a(x int) int { return x * unit }", ""},
		{"func a(x int) int { model := 3; return x * model }", ""},
		{"func a(x int) int { return model.Size }", "train"},
	} {
		var also []string
		for s := range g.also(foreign(row.code)) {
			also = append(also, s.id)
		}
		if got := strings.Join(also, " "); got != row.want {
			t.Errorf("%s: %q, want %q", row.code, got, row.want)
		}
	}
}

// TestMatch says which cell of a submission is which.
func TestMatch(t *testing.T) {
	g := reader(t, lesson)
	code := func(source string, names ...string) submission.Cell {
		return submission.Cell{Names: names, Source: source}
	}
	const stub = "func a(x int) int {\n\t// YOUR CODE HERE\n\tpanic(\"not implemented yet\")\n}"
	for _, row := range []struct {
		name  string
		cells []submission.Cell
		want  string
	}{
		{"by name", []submission.Cell{code("func a(x int) int { return 1 }", "c4f", "a")}, "a=func a(x int) int { return 1 }"},
		{"twice, the changed one", []submission.Cell{code("func a(x int) int { return 1 }", "a"), code(stub, "a")}, "a=func a(x int) int { return 1 } note=2 cells"},
		{"by text", []submission.Cell{code("\n"+stub+"\n", "x")}, "a=" + stub},
		{"by what it declares", []submission.Cell{code("import \"os\"\nfunc a(x int) int { os.Exit(1); return 0 }")}, "a=import \"os\"\nfunc a(x int) int { os.Exit(1); return 0 } note=the cell a"},
		{"more of them", []submission.Cell{code("x := 1"), code(stub, "a"), code("y := 2"), {Prose: true, Source: "why"}}, "a=" + stub + " -1:x := 1 2:y := 2"},
		{"a test that was changed", []submission.Cell{code("verify(a(1) == 2 || true)")}, ""},
		{"a test by its name", []submission.Cell{code("points := 100", "test-a")}, ""},
		{"nothing", nil, ""},
	} {
		m := g.match(row.cells)
		var parts []string
		for _, id := range slices.Sorted(maps.Keys(m.answers)) {
			parts = append(parts, id+"="+strings.TrimSpace(m.answers[id].Source))
		}
		for _, n := range slices.Sorted(maps.Keys(m.further)) {
			for _, c := range m.further[n] {
				parts = append(parts, fmt.Sprintf("%d:%s", n, c.Source))
			}
		}
		for _, n := range m.notes {
			parts = append(parts, "note="+strings.Join(strings.Fields(n)[:min(3, len(strings.Fields(n)))], " "))
		}
		got := strings.Join(parts, " ")
		if want := row.want; got != want && !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s: got %q, want %q", row.name, got, want)
		}
	}
}

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
		{"display.Seam = mine{}", "it reaches for the program that runs it: Seam"},
		{"//go:linkname exit os.runtime_beforeExit\nfunc exit(int)", "it reaches for the program that runs it: //go:linkname"},
		{"s := `" + strings.Repeat("x", maxSource) + "`", "it has 65543 bytes, at most 65536 are run"},
	} {
		if got := g.refuses(row.code); !strings.HasPrefix(got, row.want) || row.want == "" && got != "" {
			t.Errorf("%.40s: %q, want %q", row.code, got, row.want)
		}
	}
}
