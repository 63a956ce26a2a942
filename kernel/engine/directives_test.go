package engine

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/resident-go/resident/nbformat"
)

// TestDirectives runs testdata/directives/*.txt, rows as those of TestRows about which no program can be asked.
func TestDirectives(t *testing.T) {
	files, err := filepath.Glob("testdata/directives/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no rows", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			runRows(t, a, file)
		})
	}
}

// TestModuleDirectives has cells that change the session's modules, with the beginning of what they show.
func TestModuleDirectives(t *testing.T) {
	p := newProxy(t, "testdata/fetch.txtar")
	p.publish("example.com/pair", "v1.0.0")
	p.publish("example.com/pair", "v1.1.0")
	p.publish("gonum.org/v1/gonum", "v0.99.0")
	dir := t.TempDir()
	writeTestFile(t, filepath.Join(dir, "mine", "go.mod"), []byte("module example.com/pair\n\ngo 1.26\n"))
	writeTestFile(t, filepath.Join(dir, "mine", "pair.go"), []byte("package pair\n\nconst Version = \"mine\"\n"))
	e := newTestEngine(t, Options{Dir: dir})
	rows := []struct{ code, want string }{
		{"%get", "[DirectiveError] Cell In[1], line 1: %get: expected %get MODULE[@VERSION]"},
		{"%get example.com/pair@v1.0.0\nimport \"example.com/pair\"\npair.Version", "go: downloading example.com/pair v1.0.0\ngo: added example.com/pair v1.0.0\n[result] \"v1.0.0\"\n"},
		{"%mod", "module session\n"},
		{"!*grep pair go.mod", "require example.com/pair v1.0.0"},
		{"%get example.com/pair@v9.9.9", "go: example.com/pair@v9.9.9: "},
		{"%mod edit -require=gonum.org/v1/gonum@v0.99.0", "[DirectiveError] Cell In[6], line 1: %mod: this needs gonum.org/v1/gonum in version v0.99.0: the worker holds v0.17.0\n"},
		{"import \"gonum.org/v1/gonum/floats\"\nfloats.Sum([]float64{1, 2})", "[result] 3\n"},
		{"%replace example.com/pair=mine", "[DirectiveError] Cell In[8], line 1: %replace: cells use package example.com/pair already: run %replay"},
		{"%restart\nimport \"example.com/pair\"\npair.Version", "[result] \"mine\"\n"},
		{"%replace example.com/pair", "[DirectiveError] Cell In[10], line 1: %replace: expected %replace MODULE=DIR"},
		{"%replace example.com/pair=absent", "[DirectiveError] Cell In[11], line 1: %replace: " + dir + "/absent has no go.mod"},
		{"%mod why -m example.com/pair", "go: warning: \"all\" matched no packages\n# example.com/pair\n"},
		{"%mod tidy", "[DirectiveError] Cell In[13], line 1: %mod: expected %mod [ARGS]"},
		{"%reset go.mod\n!*grep -c pair go.mod", "0\n"},
	}
	for i, row := range rows {
		if got := runCell(t, e, i+1, row.code); !strings.HasPrefix(got, row.want) {
			t.Errorf("cell %d:\n%s\nshowed:\n%s\nexpected:\n%s", i+1, row.code, got, row.want)
		}
	}
}

// TestOwnModuleIsNotWritten has a notebook beside a go.mod.
func TestOwnModuleIsNotWritten(t *testing.T) {
	dir := t.TempDir()
	writeTestFile(t, filepath.Join(dir, "go.mod"), []byte("module example.com/notebook\n\ngo 1.26\n"))
	e := newTestEngine(t, Options{Dir: dir})
	for i, code := range []string{"%get example.com/pair", "%replace a=b@v1", "%mod edit -go=1.25", "%reset go.mod"} {
		if got := runCell(t, e, i+1, code); !strings.Contains(got, "the notebook's folder has a go.mod of its own, which is never written") {
			t.Errorf("%s showed %s", code, got)
		}
	}
	if got := runCell(t, e, 9, "%mod"); got != "module example.com/notebook\n\ngo 1.26\n" {
		t.Error(got)
	}
	if got := runCell(t, e, 10, "func f() int { return 1 }\nf()\n%vet"); got != "[result] 1\n" {
		t.Error(got)
	}
}

// TestInterruptedCommand interrupts commands: one that ends by itself then, and one that does not. Nothing of them lives on.
func TestInterruptedCommand(t *testing.T) {
	e := newTestEngine(t, Options{})
	runCell(t, e, 1, "x := 1")
	for _, command := range []string{"!echo up; sleep 1000", "!trap '' INT; echo up; sleep 1000 & wait; wait"} {
		ctx, cancel := context.WithCancel(t.Context())
		rec := &recorder{onText: func(string) { cancel() }}
		err := e.Run(ctx, 2, command+"\nx = 2", rec)
		var ce *nbformat.CellError
		if !errors.As(err, &ce) || ce.EName != "Interrupted" || rec.String() != "up\n" {
			t.Errorf("%s ended with %v and showed %q", command, err, rec)
		}
		cancel()
	}
	if got := runCell(t, e, 3, "x"); got != "[result] 1\n" {
		t.Errorf("x is %s", got)
	}
}

// nobody is a front that cannot be asked.
type nobody struct{ recorder }

func (*nobody) Input(string, bool) (string, error) {
	return "", errors.New("this front end does not answer questions")
}

// TestCommandAsksNobody has a command that reads where nobody answers: it finds the end of its input.
func TestCommandAsksNobody(t *testing.T) {
	e := newTestEngine(t, Options{})
	rec := &nobody{}
	err := e.Run(t.Context(), 1, "%with_inputs\n!cat; echo ends", rec)
	var failed *nbformat.CellError
	if !errors.As(err, &failed) || !strings.Contains(failed.EValue, "this front end does not answer questions") || rec.String() != "ends\n" {
		t.Errorf("ended with %v and showed %q", err, rec)
	}
}

// TestCommandIsAsked counts the questions: a front end keeps each of them open until somebody answers, so none is to be in vain.
func TestCommandIsAsked(t *testing.T) {
	rows := []struct {
		command, shows string
		asked          int
	}{
		{"%with_inputs\n!echo no question; sleep 0.3", "no question\n", 0},
		{"%with_inputs\n!read a; sleep 0.3; read b; echo $a$b; sleep 0.3", "12\n", 2},
		{"%with_inputs\n!sleep 0.2; (read a; echo $a); sleep 0.3", "1\n", 1},
		{"%with_password\n!read a; echo $a; read b; echo .$b; sleep 0.3", "1\n.\n", 1},
		{"%with_inputs\n!read -t 60 a; echo $a", "1\n", 1}, // waits with select
		{"!read a; echo .$a", ".\n", 0},
	}
	e := newTestEngine(t, Options{})
	for i, row := range rows {
		rec := &recorder{input: []string{"1", "2", "3", "4"}}
		err := e.Run(t.Context(), i+1, row.command, rec)
		if asked := 4 - len(rec.input); err != nil || rec.String() != row.shows || asked != row.asked {
			t.Errorf("%s: %v, showed %q after %d questions, expected %q after %d", row.command, err, rec, asked, row.shows, row.asked)
		}
	}
}

// TestStreaming waits for the first line of a command that prints the second one only when it was seen.
func TestStreaming(t *testing.T) {
	dir := t.TempDir()
	e := newTestEngine(t, Options{Dir: dir})
	rec := &recorder{onText: func(text string) {
		if text == "first\n" {
			writeTestFile(t, filepath.Join(dir, "seen"), nil)
		}
	}}
	if err := e.Run(t.Context(), 1, "!echo first; until [ -e seen ]; do sleep 0.01; done; printf 'é'", rec); err != nil || rec.String() != "first\né" {
		t.Errorf("showed %q, %v", rec, err)
	}
}

// TestTestDirective compares with go test, which runs the same functions in a package.
func TestTestDirective(t *testing.T) {
	code := `func Double(n int) int { return 2 * n }

func TestDouble(t *testing.T) {
	for _, n := range []int{1, 2} {
		t.Run(fmt.Sprint("of ", n), func(t *testing.T) {
			if n == 2 {
				t.Errorf("wrong for %d", n)
			}
		})
	}
}

func TestBefore(t *testing.T) { t.Log("a line"); fmt.Println("printed") }

func TestSkipped(t *testing.T) { t.Skip("why not") }

func TestCleanup(t *testing.T) {
	t.Cleanup(func() { t.Log("cleaned") })
	t.FailNow()
}

func FuzzDouble(f *testing.F) {
	f.Add(1, "one")
	f.Add(-1, "minus one")
	f.Fuzz(func(t *testing.T, n int, name string) {
		if Double(n) < n {
			t.Error(name)
		}
	})
}`
	dir := t.TempDir()
	writeTestFile(t, filepath.Join(dir, "go.mod"), []byte("module m\n\ngo 1.26\n"))
	writeTestFile(t, filepath.Join(dir, "m_test.go"), []byte("package m\n\nimport (\"fmt\"; \"testing\")\n\n//line cell.go:1\n"+code))
	cmd := exec.Command("go", "test", "-v")
	cmd.Dir = dir
	out, _ := cmd.CombinedOutput()
	want, _, _ := strings.Cut(string(out), "exit status 1")
	want = regexp.MustCompile(`cell.go:(\d+)`).ReplaceAllString(seconds.ReplaceAllString(want, "(0.00s)"), "Cell In[1], line $1")
	e := newTestEngine(t, Options{})
	runCell(t, e, 1, code)
	if got := runCell(t, e, 2, "%test"); got != want+"[TestFailed] tests failed\n" {
		t.Errorf("%%test showed:\n%s\ngo test shows:\n%s", got, want)
	}
	const measured = `(?s)BenchmarkDouble\S* \s+\d+\s+\S+ ns/op\nPASS\n$`
	const benchmark = "func BenchmarkDouble(b *testing.B) { for range b.N { Double(3) } }"
	if got := runCell(t, e, 3, benchmark+"\n%bench -benchtime=10x"); !regexp.MustCompile(measured).MatchString(got) {
		t.Errorf("%%bench showed %s", got)
	}
	// A cell with a benchmark, and one with a test besides.
	if got := runCell(t, e, 4, benchmark+"\n%test"); !regexp.MustCompile(measured).MatchString(got) || strings.Contains(got, "RUN") {
		t.Errorf("%%test showed %s", got)
	}
	if got := runCell(t, e, 5, benchmark+"\nfunc TestMore(t *testing.T) {}\n%test"); !regexp.MustCompile(`(?s)^=== RUN   TestMore\n--- PASS: TestMore.*`+measured).MatchString(got) || strings.Contains(got, "TestDouble") {
		t.Errorf("%%test showed %s", got)
	}
}

// TestFuzzDirective looks for inputs with which a function fails. What is found stays in the notebook's folder, and fails again.
func TestFuzzDirective(t *testing.T) {
	dir := t.TempDir()
	e := newTestEngine(t, Options{Dir: dir})
	code := `limit := 3
func FuzzLength(f *testing.F) {
	f.Add("a")
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > limit {
			t.Error("it is too long")
		}
	})
}`
	if got := runCell(t, e, 1, code+"\n%test"); !strings.HasSuffix(got, "\nPASS\n") {
		t.Fatal(got)
	}
	got := runCell(t, e, 2, "%test -fuzz=FuzzLength -fuzztime=1m")
	if !strings.Contains(got, "Cell In[1], line 6: it is too long\n") || !strings.Contains(got, "Failing input written to testdata/fuzz/FuzzLength/") {
		t.Error(got)
	}
	if found, err := filepath.Glob(filepath.Join(dir, "testdata/fuzz/FuzzLength/*")); len(found) != 1 {
		t.Error(found, err)
	}
	if got := runCell(t, e, 3, "%test FuzzLength"); !strings.Contains(got, "Cell In[1], line 6: it is too long\n") || !strings.HasSuffix(got, "[TestFailed] tests failed\n") {
		t.Error(got)
	}
	if got := runCell(t, e, 4, "%test -fuzz=FuzzAbsent"); !strings.Contains(got, "no fuzz tests to fuzz") {
		t.Error(got)
	}
}
