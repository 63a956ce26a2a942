package tex_test

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/lessons/tex"
)

// core are the elements of MathML Core, which is what browsers implement (https://www.w3.org/TR/mathml-core/), and menclose, whose lines
// a page's style draws.
var core = strings.Fields(`math annotation annotation-xml maction menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom
	mprescripts mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none semantics`)

// TestFormulas reads rows of a formula and of the characters that a reader sees, in the order of the page. The characters were
// written after looking at each formula in a browser.
func TestFormulas(t *testing.T) {
	rows, err := os.ReadFile("testdata/formulas.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(rows)) {
		formula, want, ok := strings.Cut(strings.TrimSpace(line), "  =>  ")
		if !ok {
			continue
		}
		n++
		for _, display := range []bool{false, true} {
			math, err := tex.MathML(formula, display)
			if err != nil {
				t.Error(err)
				continue
			}
			if got := visible(t, math); got != strings.TrimSpace(want) {
				t.Errorf("%s shows\n\t%s, want\n\t%s", formula, got, want)
			}
			if display != strings.Contains(math, `display="block"`) {
				t.Errorf("%s: display is not %v: %s", formula, display, math)
			}
		}
	}
	if n < 40 {
		t.Errorf("testdata/formulas.txt has %d rows, want at least 40", n)
	}
}

// visible is the text of MathML, without characters that are only for programs. It must be well-formed, and Core.
func visible(t *testing.T, math string) string {
	t.Helper()
	var b strings.Builder
	for d := xml.NewDecoder(strings.NewReader(math)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return strings.NewReplacer("\u2061", "", "\u2062", "", "\u200b", "", "\u00a0", "", " ", "").Replace(b.String())
		}
		if err != nil {
			t.Fatalf("%s: %v", math, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if !slices.Contains(core, token.Name.Local) {
				t.Errorf("%s is not MathML Core: %s", token.Name.Local, math)
			}
		case xml.CharData:
			b.Write(token)
		}
	}
}

func TestWrongFormulas(t *testing.T) {
	for _, row := range []struct{ formula, reason string }{
		{`\frac{`, `Unexpected end of input in a macro argument, expected '}' at end of input: \frac{`},
		{`\softmax(x)`, `Unsupported function name: \softmax at position 1`},
		{`x_1_2`, `Double subscript at position 4`},
		{`\def\a{\a\a}\a`, `Too many expansions`},
		{`\href{javascript:alert(1)}{x}`, `Unsupported function name: \href`},
	} {
		_, err := tex.MathML(row.formula, false)
		var wrong *tex.Error
		if !errors.As(err, &wrong) || wrong.Formula != row.formula || !strings.Contains(wrong.Reason, row.reason) || strings.Contains(wrong.Reason, "\n") {
			t.Errorf("%s: error %v, want one with %q", row.formula, err, row.reason)
		}
	}
}

// A formula comes from a lesson, and a lesson from anybody.
func FuzzMathML(f *testing.F) {
	for _, s := range []string{`x`, `\text{<script>}`, `\color{red"onload=}x`, `\class{a"b}{x}`, `\html{x}`, `\includegraphics{http://x}`, `\begin{matrix}a&b\\c\end{matrix}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, formula string) {
		math, err := tex.MathML(formula, true)
		if err != nil {
			return
		}
		for tag := range strings.SplitSeq(math, "<") {
			tag, _, _ = strings.Cut(strings.ToLower(tag), ">")
			if name, _, _ := strings.Cut(strings.TrimPrefix(tag, "/"), " "); name != "" && !slices.Contains(core, name) {
				t.Errorf("%q becomes an element %s: %s", formula, name, math)
			}
			if handler.MatchString(tag) || strings.Contains(tag, "url(") {
				t.Errorf("%q becomes %s", formula, math)
			}
		}
	})
}

var handler = regexp.MustCompile(`\s(on\w+|href|src)=`)
