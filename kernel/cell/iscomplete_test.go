package cell

import "testing"

func TestIsComplete(t *testing.T) {
	rows := []struct{ source, status, indent string }{
		{"", "complete", ""},
		{"x := 1", "complete", ""},
		{"fmt.Println(1)\n", "complete", ""},
		{"func f() {", "incomplete", "\t"},
		{"for i := range 3 {\n\tif i > 1 {\n", "incomplete", "\t\t"},
		{"x := []int{1,\n", "incomplete", "\t"},
		{"fmt.Println(", "incomplete", "\t"},
		{"x +", "incomplete", ""},
		{"x :=", "incomplete", ""},
		{"a.", "incomplete", ""},
		{"s := `raw", "incomplete", ""},
		{"/* comment", "incomplete", ""},
		{"if x > 1 {\n} else", "incomplete", ""},
		{"func f() {}", "complete", ""},
		{"// only a comment", "complete", ""},
		{"s := \"open", "invalid", ""},
		{"x := )", "invalid", ""},
		{"f(1]", "invalid", ""},
		{"}", "invalid", ""},
		{"x := := 3", "invalid", ""},
		{"var 1x int", "invalid", ""},
		{"switch x {\ncase 1:\n}", "complete", ""},
		{"é := \"😀\"", "complete", ""},

		{"\n\n// nothing\n", "complete", ""},
		{"x", "complete", ""},
		{"x := 1", "complete", ""},
		{"x++", "complete", ""},
		{"fmt.Println(1)", "complete", ""},
		{"func f() {}", "complete", ""},
		{"func f() {\n\treturn\n}\nf()", "complete", ""},
		{"import \"fmt\"\nfmt.Println()", "complete", ""},
		{"for i := 0; i < 3; i++ {\n}", "complete", ""},
		{"type T[P any] struct {\n\tx P\n}", "complete", ""},
		{"func (t T) M() {}", "complete", ""},
		{"package main\n\nfunc main() {}", "complete", ""},
		{"s := `a\nb`", "complete", ""},
		{"x.\n\tf()", "complete", ""},
		{"const (\n\ta = iota\n\tb\n)\nvar c = b", "complete", ""},
		{"defer f() // {", "complete", ""},

		{"func f() {", "incomplete", "\t"},
		{"func f() {\n\tif x {", "incomplete", "\t\t"},
		{"f(", "incomplete", "\t"},
		{"[]int{1,", "incomplete", "\t"},
		{"f(func() {", "incomplete", "\t\t"},
		{"x :=", "incomplete", ""},
		{"x = 1 +", "incomplete", ""},
		{"fmt.", "incomplete", ""},
		{"var", "incomplete", ""},
		{"s := `a", "incomplete", ""},
		{"/* a", "incomplete", ""},
		{"import (", "incomplete", "\t"},
		{"if x {\n} else", "incomplete", ""},

		{"x := )", "invalid", ""},
		{"f(]", "invalid", ""},
		{"}", "invalid", ""},
		{`s := "a`, "invalid", ""},
		{"x := 'ab'", "invalid", ""},
		{"x y z", "invalid", ""},
		{"for for", "incomplete", ""},
		{"else {}", "invalid", ""},
		{"x := 1 @ 2", "invalid", ""},

		{"%help", "complete", ""},
		{"!echo 'a", "complete", ""},
		{"!echo a \\", "incomplete", ""},
		{"%%bash\nif true; then", "complete", ""},
		{"%time\nfunc f() {", "incomplete", "\t"},
		{"//resident:help", "complete", ""},
		{"x :=\n%help", "invalid", ""},
	}
	for _, row := range rows {
		if status, indent := IsComplete(row.source); status != row.status || indent != row.indent {
			t.Errorf("IsComplete(%q) = %s, %q; want %s, %q", row.source, status, indent, row.status, row.indent)
		}
	}
}

func FuzzIsComplete(f *testing.F) {
	for _, code := range []string{"x := 1", "func f() {", "`", "\"", "/*", ")", "世\xff"} {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		status, indent := IsComplete(code)
		if status != "incomplete" && indent != "" {
			t.Errorf("%s with indent %q", status, indent)
		}
	})
}
