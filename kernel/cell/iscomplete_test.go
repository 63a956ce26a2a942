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
	}
	for _, row := range rows {
		if status, indent := IsComplete(row.source); status != row.status || indent != row.indent {
			t.Errorf("IsComplete(%q) = %s, %q; want %s, %q", row.source, status, indent, row.status, row.indent)
		}
	}
}
