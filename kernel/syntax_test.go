package kernel

import "testing"

func TestIsComplete(t *testing.T) {
	rows := []struct{ code, status, indent string }{
		{"", "complete", ""},
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
	}
	for _, r := range rows {
		t.Run(r.code, func(t *testing.T) {
			if status, indent := isComplete(r.code); status != r.status || indent != r.indent {
				t.Errorf("got %s %q, want %s %q", status, indent, r.status, r.indent)
			}
		})
	}
}

func FuzzIsComplete(f *testing.F) {
	for _, code := range []string{"x := 1", "func f() {", "`", "\"", "/*", ")", "世\xff"} {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		status, indent := isComplete(code)
		if status != "incomplete" && indent != "" {
			t.Errorf("%s with indent %q", status, indent)
		}
	})
}
