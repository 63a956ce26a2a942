package cell

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestCut has cells with what they consist of: Go source in brackets, directives as name(arguments), a body behind a bar.
func TestCut(t *testing.T) {
	rows := []struct{ source, want string }{
		{"", ""},
		{"x := 1", "[x := 1]"},
		{"%help", "help()"},
		{"%env A=b c\nx", "env(A=b c) [x]"},
		{"x\n%time\ny\n", "[x\n] time() [y\n]"},
		{"%% -n 3\nx", "main(-n 3) [x]"},
		{"%%time\nx", "time() [x]"},
		{"!ls -l | grep 'it\"s'\nx", `sh(ls -l | grep 'it"s') [x]`},
		{"!*go mod tidy", "modsh(go mod tidy)"},
		{"!echo a \\\n  b\nx", "sh(echo a    b) [x]"},
		{"!echo \\", "sh(echo)"},
		{"//resident:get a.b/c@v1\nx", "get(a.b/c@v1) [x]"},
		{"//gonb:%%\nx", "main() [x]"},
		{"//resident:!ls\nx", "sh(ls) [x]"},
		{"%%writefile a.txt\n%not\n!this\n", "writefile(a.txt|%not\n!this\n)"},
		{"%%bash\nfor i in 1 2; do echo $i; done", "bash(|for i in 1 2; do echo $i; done)"},
		{"%sh date\nx", "sh(date) [x]"},
		{"%script awk -f -\nBEGIN {}", "script(awk -f -|BEGIN {})"},
		{"?strings.Fields", "doc(-page strings.Fields)"},
		{"x\n??x\ny", "[x\n] doc(-page -src x) [y]"},
		{"strings.Fields?\nx", "doc(-page strings.Fields) [x]"},
		{"x := 1\nx ??\r\n", "[x := 1\n] doc(-page -src x)"},
		{"encoding/json.Marshal?", "doc(-page encoding/json.Marshal)"},
		// Not directives: what lies in brackets, literals and comments, goes on, or is indented.
		{"f(\n!a,\n)", "[f(\n!a,\n)]"},
		{"ok := a &&\n!b", "[ok := a &&\n!b]"},
		{"x := `\n%help\n`", "[x := `\n%help\n`]"},
		{"/*\n%help\n*/", "[/*\n%help\n*/]"},
		{"if a {\n!b\n}", "[if a {\n!b\n}]"},
		{"func f() {\n//resident:help\n}", "[func f() {\n//resident:help\n}]"},
		{" %help", "[ %help]"},
		{"f(\na?\n)", "[f(\na?\n)]"},
		{"x := `\na?\n`", "[x := `\na?\n`]"},
		{"a ? b : c", "[a ? b : c]"},
		{"a + b?", "[a + b?]"},
		{"?", "[?]"},
		{"//resident: nothing", "[//resident: nothing]"},
		{"//resident:", "[//resident:]"},
		{"// resident:help", "[// resident:help]"},
	}
	for _, row := range rows {
		var got []string
		for _, p := range Cut(row.source) {
			d := p.Directive
			switch {
			case d == nil:
				got = append(got, "["+row.source[p.Start:p.End]+"]")
			case d.Body != "":
				got = append(got, fmt.Sprintf("%s(%s|%s)", d.Name, d.Args, d.Body))
			default:
				got = append(got, fmt.Sprintf("%s(%s)", d.Name, d.Args))
			}
		}
		if s := strings.Join(got, " "); s != row.want {
			t.Errorf("Cut(%q) = %q, want %q", row.source, s, row.want)
		}
	}
}

func TestWords(t *testing.T) {
	rows := []struct {
		args string
		want []string
	}{
		{"", nil},
		{"  a  b ", []string{"a", "b"}},
		{`A="b c" 'd e'`, []string{"A=b c", "d e"}},
		{`"" x`, []string{"", "x"}},
		{`"a\"b\\c\n"`, []string{`a"b\c\n`}},
		{`a\b`, []string{`a\b`}},
		{`"open`, []string{"open"}},
	}
	for _, row := range rows {
		if got := Words(row.args); !slices.Equal(got, row.want) {
			t.Errorf("Words(%q) = %q, want %q", row.args, got, row.want)
		}
	}
}

// FuzzCut checks that the parts are the cell, one after the other, and that blanking moves nothing.
func FuzzCut(f *testing.F) {
	for _, s := range []string{"%help\nx", "!a \\\n b", "//resident:!x", "%%writefile f\n\n", "`\n%a", "é\n%é \\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		at := 0
		for _, p := range Cut(source) {
			if p.Start != at || p.End <= p.Start {
				t.Fatalf("%q: a part from %d to %d, expected one from %d", source, p.Start, p.End, at)
			}
			at = p.End
			if d := p.Directive; d != nil && (d.Name == "" || !startsLine(source, d.Start)) {
				t.Fatalf("%q: directive %+v", source, d)
			}
		}
		if at != len(source) {
			t.Fatalf("%q: the parts end at %d", source, at)
		}
		if g := GoOnly(source); len(g) != len(source) || strings.Count(g, "\n") != strings.Count(source, "\n") {
			t.Fatalf("%q: GoOnly is %q", source, g)
		}
	})
}
