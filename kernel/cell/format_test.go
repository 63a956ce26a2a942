package cell

import (
	"strings"
	"testing"
)

func TestFormat(t *testing.T) {
	rows := []struct{ source, want string }{
		{"x:=1", "x := 1"},
		{"x:=1;y:=2", "x := 1\ny := 2"},
		{"x:=1;", "x := 1;"},
		{"x:=1;  \ny", "x := 1;\ny"},
		{"if x>1{\ny()\n}", "if x > 1 {\n\ty()\n}"},
		{"  x  :=1   // one\n\n\n\n  // two\ny( )\n", "x := 1 // one\n\n// two\ny()\n"},
		{"import \"fmt\"\ntype t struct{\na int\nbcd string}\nfmt.Println( t{} )", "import \"fmt\"\ntype t struct {\n\ta   int\n\tbcd string\n}\nfmt.Println(t{})"},
		{"%time\nx:=1\n!ls  -l\ny:=2", "%time\nx := 1\n!ls  -l\ny := 2"},
		{"%%writefile a.go\nx:=1", "%%writefile a.go\nx:=1"},
		{"", ""},
	}
	for _, row := range rows {
		got, err := Format(row.source)
		if err != nil || got != row.want {
			t.Errorf("Format(%q) = %q, %v; want %q", row.source, got, err, row.want)
		}
		if again, _ := Format(got); again != got {
			t.Errorf("Format(%q) = %q: it is formatted already", got, again)
		}
	}
	if _, err := Format("x := := 1"); err == nil {
		t.Error("a cell with a syntax error was formatted")
	}
}

// TestFormatLong hangs if a cell of many directives, or of many lines that are no Go, takes quadratic time.
func TestFormatLong(t *testing.T) {
	long := strings.Repeat("%x\n", 200_000)
	if got, err := Format(long); err != nil || got != long {
		t.Errorf("%d bytes of directives became %d bytes, %v", len(long), len(got), err)
	}
	if _, err := Format(strings.Repeat("no Go at all\n", 30_000)); err == nil {
		t.Error("what is no Go was formatted")
	}
}
