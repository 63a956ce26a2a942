package grade

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/resident-go/resident/kernel/engine"
	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/submission"
	"github.com/resident-go/resident/nbformat"
)

const threeExercises = "```go name=\"tools\" role=\"setup\"\ntype pair struct{ a, b int }\nconst unit = 2\nfunc flip(p pair) pair { return pair{p.b, p.a} }\n```\n\n" +
	"```go exercise=\"double\" name=\"double\" role=\"starter\"\nfunc double(x int) int {\n\t// BEGIN SOLUTION\n\treturn x * unit\n\t// END SOLUTION\n}\n```\n\n" +
	"```go exercise=\"double\" name=\"test-double\" points=2 role=\"test\"\ncheck.Case(\"two\", 1).Call(double, 1).Want(2)\ncheck.Case(\"six\", 1).Call(double, 3).Want(6)\n```\n\n" +
	"```go name=\"between\"\nlargest := 1000\nfmt.Println(\"nobody needs this\", largest)\n```\n\n" +
	"```go exercise=\"first\" name=\"first\" role=\"starter\"\nfunc first(s string) string {\n\t// BEGIN SOLUTION\n\tword, _, _ := strings.Cut(s, \" \")\n\treturn word\n\t// END SOLUTION\n}\n```\n\n" +
	"```go exercise=\"first\" name=\"test-first\" points=2 role=\"test\"\nimport \"strings\"\ntwice := strings.Repeat(\"a b \", 2)\nfunc of(s string) string { return first(s) }\ncheck.Case(\"a word\", 1).Call(of, twice).Want(\"a\")\ncheck.Case(\"nothing\", 1).Call(of, \"\").Want(\"\")\n```\n\n" +
	"```go exercise=\"swap\" name=\"swap\" role=\"starter\"\nfunc swap(p pair) pair {\n\t// BEGIN SOLUTION\n\treturn flip(p)\n\t// END SOLUTION\n}\n```\n\n" +
	"```go exercise=\"swap\" name=\"test-swap\" points=1 role=\"test\"\ncheck.Case(\"swapped\", 1).Call(func() int { return swap(pair{1, 2}).a }).Want(2)\n```\n"

// right are answers that have all points.
var right = map[string]string{
	"double": "// by adding\nfunc double(x int) int { return x + x }",
	"first":  "import \"strings\"\n\nfunc first(s string) string { return strings.SplitN(s, \" \", 2)[0] }",
	"swap":   "func swap(p pair) pair {\n\treturn pair{a: p.b, b: p.a}\n}",
}

// TestTogether grades submissions in both ways. What comes of it is the same, to the last word.
func TestTogether(t *testing.T) {
	l, err := lessons.Parse("l.md", []byte(threeExercises))
	if err != nil {
		t.Fatal(err)
	}
	limits := Limits{Time: 5 * time.Minute, Output: 100_000} // nobody but who waits without end meets it, however busy the machine is
	g, err := New(t.Context(), l, engineStart(t, nil), limits, false)
	if err != nil {
		t.Fatal(err)
	}
	if g.together == nil {
		t.Fatal("the lesson's own solutions are not graded together")
	}
	for _, row := range []struct {
		name    string
		answers map[string]string // beside those that are right; "" is none at all
		further string            // a cell of the student's own in front of the answers
		cells   int               // how many are run together; 0: it is graded cell by cell
	}{
		{"right", nil, "", 3},
		{"wrong", map[string]string{"double": "func double(x int) int { return x }", "swap": "func swap(p pair) pair { return p }"}, "", 3},
		{"panicking", map[string]string{"double": "// first line\n\nfunc double(x int) int {\n\treturn []int{0, 2}[x]\n}", "first": "func first(s string) string {\n\tpanic(s + \"!\")\n}"}, "", 6},
		{"leaving", map[string]string{"first": "func first(s string) string { os.Exit(3); return s }"}, "", 5},
		{"missing", map[string]string{"first": ""}, "", 5},
		{"with a goroutine that is left", map[string]string{"double": "func double(x int) int { runtime.Goexit(); return x }"}, "", 5},
		{"with a helper of its own", nil, "func half(x int) int { return x / 2 }", 3},
		{"with a type that has methods", map[string]string{"double": "type number int\n\nfunc (n number) twice() int { return int(2 * n) }\n\nfunc double(x int) int { return number(x).twice() }"}, "", 3},
		{"with packages of one name", map[string]string{"double": "import \"math/rand\"\nfunc double(x int) int { _ = rand.Int(); return 2 * x }", "first": "import \"math/rand/v2\"\nfunc first(s string) string { return s[:rand.IntN(1)] }"}, "", 0},
		{"not compiling", map[string]string{"double": "func double(x int) int { return y }"}, "", 0},
		{"not Go", map[string]string{"double": "def double(x): return 2 * x"}, "", 0},
		{"of another type", map[string]string{"swap": "func swap(p, q pair) pair { return p }"}, "", 0},
		{"with a variable", map[string]string{"double": "var calls int\n\nfunc double(x int) int { calls++; return 2 * x }"}, "", 0},
		{"with a statement", map[string]string{"double": "func double(x int) int { return 2 * x }\nfmt.Println(double(1))"}, "", 0},
		{"that change what is given", map[string]string{"double": "const unit = 3\n\nfunc double(x int) int { return x * unit }", "swap": "func flip(p pair) pair { return p }\n\nfunc swap(p pair) pair { return flip(p) }"}, "", 0},
		{"that declare a name twice", map[string]string{"double": "func of(x int) int { return x }\n\nfunc double(x int) int { return 2 * of(x) }", "swap": "func of(p pair) pair { return p }\n\nfunc swap(p pair) pair { return of(p) }"}, "", 0},
		{"that use what comes later", map[string]string{"double": "func double(x int) int { return swap(pair{x, x}).a * 2 }"}, "", 0},
		{"refused", map[string]string{"double": "%env A=1\nfunc double(x int) int { return 2 * x }"}, "", 0},
		{"without end", map[string]string{"swap": "func swap(p pair) pair { select {} }"}, "", 0},
		{"too loud", map[string]string{"first": "func first(s string) string { for range 10000 { fmt.Println(\"a line of some length\") }; return s }"}, "", 0},
		{"ending the process", map[string]string{"swap": "func swap(p pair) pair { syscall.Kill(os.Getpid(), syscall.SIGKILL); return p }"}, "", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := *g
			if row.name == "without end" {
				t.Parallel() // it waits most of the time
				g.Limits.Time = 10 * time.Second
			}
			var cells []submission.Cell
			if row.further != "" {
				cells = append(cells, submission.Cell{Source: row.further})
			}
			for _, id := range []string{"double", "first", "swap"} {
				source, other := row.answers[id]
				if !other {
					source = right[id]
				}
				if source != "" {
					cells = append(cells, submission.Cell{Names: []string{id}, Source: source})
				}
			}
			ran := 0
			together := attempt(t, &g, cells, &ran)
			if row.cells != 0 && ran != row.cells {
				t.Errorf("%d cells were run, want %d", ran, row.cells)
			}
			g.together = nil
			if single := attempt(t, &g, cells, &ran); together != single {
				t.Errorf("together:\n%s\ncell by cell:\n%s", together, single)
			}
		})
	}
}

// attempt is what comes of a submission, as text.
func attempt(t *testing.T, g *Grader, cells []submission.Cell, ran *int) string {
	t.Helper()
	*ran = 0
	a, err := g.Grade(t.Context(), cells, engineStart(t, ran))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(a, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// engineStart starts engines, and counts the cells that they run.
func engineStart(t *testing.T, ran *int) Start {
	return func(ctx context.Context) (lessons.Runner, func() error, error) {
		e, err := engine.New(engine.Options{Source: os.DirFS("../.."), Dir: t.TempDir()})
		if err == nil {
			err = e.Wait(ctx, nil)
		}
		return counting{e, ran}, e.Close, err
	}
}

type counting struct {
	lessons.Runner
	ran *int
}

func (c counting) Run(ctx context.Context, count int, code string, sink nbformat.Sink) error {
	if c.ran != nil && !strings.HasPrefix(code, "%") {
		*c.ran++
	}
	return c.Runner.Run(ctx, count, code, sink)
}

// TestUses has solutions whose own variables are called like something that takes long: submissions do without that.
func TestUses(t *testing.T) {
	for _, row := range []struct{ solution, theirs string }{
		{"\tbig := 2 * x\n\treturn big", "a"},
		{"\tfor big := range x {\n\t\tx += big\n\t}\n\treturn x", "a"},
		{"\treturn x * big", "demo a"},
		{"\tbig := big * x\n\treturn big", "demo a"},
	} {
		l, err := lessons.Parse("l.md", []byte("```go name=\"demo\"\nbig := train()\n```\n\n```go exercise=\"a\" name=\"a\" role=\"starter\"\nfunc a(x int) int {\n\t// BEGIN SOLUTION\n"+row.solution+
			"\n\t// END SOLUTION\n}\n```\n\n```go exercise=\"a\" name=\"test-a\" points=1 role=\"test\"\ncheck.Case(\"one\", 1).Call(a, 1).Want(2)\n```\n"))
		if err != nil {
			t.Fatal(err)
		}
		g := &Grader{Lesson: l}
		if err := g.read(); err != nil {
			t.Fatal(err)
		}
		var theirs []string
		for _, s := range g.steps {
			if s.theirs && s.test == nil {
				theirs = append(theirs, s.id)
			}
		}
		if got := strings.Join(theirs, " "); got != row.theirs {
			t.Errorf("%s: %s are run, want %s", row.solution, got, row.theirs)
		}
	}
}
