package engine

import "testing"

// TestStandardClosed has cells that close a standard stream; the next one has it again, as has everybody who keeps the file.
func TestStandardClosed(t *testing.T) {
	const prints = "fmt.Print(\"out\"); log.Print(\"logged\"); fmt.Fprint(kept, \" kept\")"
	const seen = "out[stderr]logged\n kept"
	rows := []struct{ name, code, shows string }{
		{"nothing is closed", "log.SetFlags(0)\nkept := os.Stdout", ""},
		{"stdout", "os.Stdout.Close()\nfmt.Print(\"lost\");", ""},
		{"stderr", "os.Stderr.Close();", ""},
		{"both, and one that was closed before", "os.Stdout.Close(); os.Stderr.Close();", ""},
		{"the descriptors", "syscall.Close(1); syscall.Close(2);", ""},
		{"a file gets the number", "os.Stdout.Close()\nfile, _ := os.CreateTemp(\"\", \"closing\")\nfile.Fd() == 1", "[result] true\n"},
	}
	e := newTestEngine(t, Options{})
	for i, r := range rows {
		if got := runCell(t, e, 2*i+1, r.code); got != r.shows {
			t.Errorf("%s: the cell itself shows %q, expected %q", r.name, got, r.shows)
		}
		if got := runCell(t, e, 2*i+2, prints); got != seen {
			t.Errorf("%s: the next cell shows %q, expected %q", r.name, got, seen)
		}
	}
	if got, want := runCell(t, e, 98, "file.WriteString(\"whole\")\ndata, _ := os.ReadFile(file.Name())\nos.Remove(file.Name())\nstring(data)"), "[result] \"whole\"\n"; got != want {
		t.Errorf("the file with the number has %s, expected %s", got, want)
	}
	runCell(t, e, 99, "os.Stdin.Close()")
	if got := runCell(t, e, 100, "var who string\nfmt.Scan(&who)\nwho", "Ada"); got != "[result] \"Ada\"\n" {
		t.Errorf("after stdin was closed a question gets %s", got)
	}
}
