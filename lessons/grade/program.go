package grade

import (
	"fmt"
	"go/ast"
	"maps"
	"slices"
	"strings"
)

// opening begins what is generated: it asks the grader for the token, when all code of the submission is loaded already.
const opening = `import (
	resident_check "github.com/resident-go/resident/lessons/check"
	resident_display "github.com/resident-go/resident/kernel/display"
)
func() {
	resident_answer, _ := resident_display.Input(%q)
	resident_channel := resident_check.Open(resident_answer, func(m map[string]any) { resident_display.Show(resident_display.MIME(m)) })
`

const closing = "}()\n"

// all asks for every case.
const all = -1

// calls is the program that makes the calls of all cases, or of one, for a process that has a student's code: the answers are not in it.
func (t *test) calls(prompt string, only int) string {
	var b strings.Builder
	t.head(&b, prompt, t.helpers)
	b.WriteString("\tresident_channel.Serve(\n")
	for n, c := range t.cases {
		if only != all && n > only {
			break
		}
		if only != all && n < only {
			b.WriteString("\t\tnil,\n")
			continue
		}
		fmt.Fprintf(&b, "\t\tfunc() []resident_check.Value {\n%sreturn %s\n},\n", c.before, c.calling(c.literals))
	}
	b.WriteString("\t)\n" + closing)
	return b.String()
}

// answers is the program that says what the cases should return, for a process that has the author's code only.
func (t *test) answers(prompt string) string {
	var b strings.Builder
	funcs := maps.Clone(t.helpers)
	maps.Copy(funcs, t.trusted)
	t.head(&b, prompt, funcs)
	for n, c := range t.cases {
		fmt.Fprintf(&b, "func() {\n%sresident_channel.SendWant(%d, %s%s)\n}()\n", c.known, n, c.wanting(), behind(c.given))
	}
	b.WriteString(closing)
	return b.String()
}

// calling is what a case's call comes to, with something in its slots.
func (w *written) calling(with []string) string {
	if w.wants == wantPanic {
		return "resident_check.Caught(func() {\n" + w.filled(with) + "\n})"
	}
	return "resident_check.Values(" + w.filled(with) + ")"
}

// wanting is what a case wants, as an expression.
func (w *written) wanting() string {
	switch w.wants {
	case wantPanic:
		return "resident_check.WantedPanic(" + w.want + ")"
	case wantSame:
		return "resident_check.Wanted(" + w.want + ").Same(" + w.calling(w.given) + ")"
	}
	return "resident_check.Wanted(" + w.want + ")"
}

func behind(given []string) string {
	if len(given) == 0 {
		return ""
	}
	return ", " + strings.Join(given, ", ")
}

func (t *test) head(b *strings.Builder, prompt string, funcs map[string]string) {
	b.WriteString(t.imports + t.imported())
	for _, key := range slices.Sorted(maps.Keys(funcs)) {
		b.WriteString(funcs[key] + "\n")
	}
	fmt.Fprintf(b, opening, prompt)
}

// imported has the test mean the standard library by the names that it uses for it, whatever they have come to mean in a submission.
func (t *test) imported() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(t.packages)) {
		fmt.Fprintf(&b, "import %q\n", standard[name])
	}
	return b.String()
}

// reached is a test cell that reports when it has come to its end: a goroutine can also be left by runtime.Goexit, which nobody would see. Where the value of its last
// expression belongs to the expected output, that is what shows that the end was reached, and everything before it is reported.
func (t *test) reached(source, prompt string, expects bool) string {
	mark := "\n" + t.imported() + fmt.Sprintf(opening, prompt) + "\tresident_channel.Serve(func() []resident_check.Value { return nil })\n" + closing
	pieces, err := cut(source)
	if err == nil && expects && len(pieces) > 0 {
		last := pieces[len(pieces)-1]
		if _, shown := last.stmt.(*ast.ExprStmt); shown && !prints(last.stmt) {
			return source[:last.at] + mark + source[last.at:]
		}
	}
	return source + mark
}

// runTests is a test cell whose functions package testing runs. What counts is what is reported when a test and all its subtests are through,
// not how the process ends.
func (t *test) runTests(source, prompt string) string {
	var b strings.Builder
	b.WriteString(source + "\n" + t.imported())
	b.WriteString(`import (
	resident_flag "flag"
	resident_strings "strings"
	resident_testing "testing"
)
`)
	fmt.Fprintf(&b, opening, prompt)
	b.WriteString(`	resident_testing.Init()
	if !resident_flag.Parsed() {
		resident_flag.CommandLine.Parse(nil)
	}
	resident_flag.VisitAll(func(f *resident_flag.Flag) {
		if resident_strings.HasPrefix(f.Name, "test.") {
			f.Value.Set(f.DefValue)
		}
	})
	resident_watched := func(n int, test func(*resident_testing.T)) func(*resident_testing.T) {
		return func(t *resident_testing.T) {
			returned := false
			t.Cleanup(func() {
				resident_channel.Send(n, resident_check.Values(returned && !t.Failed() && !t.Skipped()))
			})
			test(t)
			returned = true
		}
	}
	resident_testing.Main(func(string, string) (bool, error) { return true, nil }, []resident_testing.InternalTest{
`)
	for n, name := range t.funcs {
		fmt.Fprintf(&b, "\t\t{%q, resident_watched(%d, %s)},\n", name, n, name)
	}
	b.WriteString("\t}, nil, nil)\n" + closing)
	return b.String()
}
