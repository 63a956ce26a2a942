package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPlainTypeNames rewrites a real program and compares what it prints of its types before and after.
func TestPlainTypeNames(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program")
	if out, err := exec.Command("go", "build", "-o", program, "testdata/names/main.go").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	before := runProgram(t, program)
	if err := plainTypeNames(program); err != nil {
		t.Fatal(err)
	}
	after := runProgram(t, program)
	const stays = "a string keeps its markʹ2 A STRING KEEPS ITS MARKʹ2"
	want := strings.ReplaceAll(before, stays, "")
	if strings.Count(want, "ʹ") < 20 || want == before {
		t.Fatalf("the program shows too few marks to test anything:\n%s", before)
	}
	want = regexp.MustCompile(`ʹ[0-9]+`).ReplaceAllString(want, "")
	if got := strings.ReplaceAll(after, stays, ""); got != want || got == after {
		t.Errorf("printed\n%s\nexpected\n%s", after, want)
	}
}

func runProgram(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.Command(path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// TestPlainTypeNamesKeeps checks that a library without marks is not written at all.
func TestPlainTypeNamesKeeps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lib.so")
	if err := os.WriteFile(path, []byte("\x01\x04name\x00a markʹ2 in no name"), 0o444); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := plainTypeNames(path); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) || before.ModTime() != after.ModTime() {
		t.Errorf("it was written: %v", err)
	}
}

// TestUnmark is about the encoding: a flag byte, a length, the name, and by the flags a tag and a package path.
func TestUnmark(t *testing.T) {
	long := strings.Repeat("x", 126)
	rows := []struct{ name, in, want string }{
		{"name", "\x00\x04Tʹ2", "\x00\x01T\x00\x00\x00"},
		{"tag", "\x02\x04Tʹ2\x03tag", "\x02\x01T\x03tag\x00\x00\x00"},
		{"package path", "\x04\x04Tʹ2\x01\x02\x03\x04", "\x04\x01T\x01\x02\x03\x04\x00\x00\x00"},
		{"tag and package path", "\x06\x04Tʹ2\x01t\x01\x02\x03\x04", "\x06\x01T\x01t\x01\x02\x03\x04\x00\x00\x00"},
		{"several marks", "\x01\x0cm[Tʹ2]Uʹ34", "\x01\x05m[T]U\x00\x00\x00\x00\x00\x00\x00"},
		{"a length that gets shorter", "\x01\x81\x01" + long + "ʹ2", "\x01\x7e" + long + "\x00\x00\x00\x00"},
		{"no mark", "\x00\x01T", ""},
		{"cut short", "\x04\x04Tʹ2\x01", ""},
	}
	for _, row := range rows {
		b := []byte(row.in)
		changed := unmark(b)
		want := row.want
		if want == "" {
			want = row.in
		}
		if string(b) != want || changed != (row.want != "") {
			t.Errorf("%s: %q, %v; expected %q", row.name, b, changed, want)
		}
	}
}
