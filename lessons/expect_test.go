package lessons_test

import (
	"go/doc"
	"go/parser"
	"go/token"
	"testing"

	"github.com/resident-go/resident/lessons"
)

// TestExpectationIsThatOfGo asks go/doc, which reads example tests for the go command, about the same code.
func TestExpectationIsThatOfGo(t *testing.T) {
	for _, code := range []string{
		"x()",
		"x()\n// Output: a",
		"x()\n// Output:a",
		"x()\n// Output:    a",
		"x()\n//Output: a",
		"x()\n// output: a",
		"x()\n// OUTPUT: a",
		"x()\n//   Output: a",
		"x()\n// Output:\n// a\n// b",
		"x()\n// Output:\n//   a\n//     b",
		"x()\n// Output:\n//\n// a\n//\n//\n// b\n//",
		"x()\n// Output:  \n// a",
		"x()\n// Output: a\n// b",
		"x()\n// Output:",
		"x()\n// Output",
		"x()\n// Outputs: a",
		"x()\n// The Output: a",
		"x()\n// Unordered output: a\n// b",
		"x()\n// unordered Output:\n// a",
		"x()\n// Unordered  output: a",
		"x()\n// Output: a\n\n// something else",
		"x()\n// something else\n\n// Output: a",
		"x()\n// something else\n// Output: a",
		"// Output: a\nx()",
		"// Output: a\nx()\n// b",
		"x() // Output: a",
		"x() // something else\n// Output: a",
		"x()\n/* Output: a */",
		"x()\n/*\nOutput:\na\n  b\n*/",
		"x()\n/* Output: a */ // b",
		"x()\n/* b */ // Output: a",
		"x()\n/* b\n*/ // Output: a",
		"x( /* Output: a */ )",
		"x(\n// Output: a\n)",
		"x(func() {\n// Output: a\n})",
		"x(`\n// Output: a\n`)",
		"x()\n// Output: a\n;",
		"x()\n//\tOutput: a",
		"x()\n// Output: a  \n// b\t",
		"x()\n//go:noinline\n// Output: a",
		"{\n}\n// Output: a",
		"x(1,\n2) // b\n// Output: a",
		"if true { // b\n// Output: a\n}",
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc Example() {\n"+code+"\n}\n", parser.ParseComments)
		if err != nil {
			t.Errorf("%q: %v", code, err)
			continue
		}
		example := doc.Examples(file)[0]
		l, err := lessons.Parse("a.md", []byte("```go\n"+code+"\n```\n"))
		if err != nil {
			t.Errorf("%q: %v", code, err)
			continue
		}
		got := lessons.Expectation{}
		want := l.Cells[0].Want
		if has := example.Output != "" || example.EmptyOutput; has != (want != nil) {
			t.Errorf("%q: expects output: go/doc says %v", code, has)
			continue
		}
		if want != nil {
			got = *want
		}
		if got.Text != example.Output || got.Unordered != example.Unordered {
			t.Errorf("%q: got %q, unordered %v; go/doc says %q, %v",
				code, got.Text, got.Unordered, example.Output, example.Unordered)
		}
	}
}
