package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestStartup has a folder of files and a session of cells; each cell is shown with all that comes before it.
func TestStartup(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"10-first.go":  "import \"strings\"\nfunc shout(s string) string { return strings.ToUpper(s) + mark }\nconst mark = \"!\"\nshout(\"not shown\")\n",
		"20-broken.go": "x := 1\nx.nothing()\n",
		"25-panics.go": "order := []int{25}\nvar list []int\n_ = list[len(order)]\norder = append(order, -1)\n",
		"30-last.go":   "//resident:env STARTUP=set\norder = append(order, 30)\nfmt.Println(shout(\"begins\"))\n",
		"40-kills.go":  "if os.Getenv(\"KILLS\") != \"\" { syscall.Kill(os.Getpid(), syscall.SIGKILL); select {} }\n",
		"50-bad.go":    "//resident:hepl\n",
		"60-ends.go":   "os.Exit(3)\n",
		"notes.txt":    "no Go",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	begins := []string{
		"20-broken.go failed, and the session begins without what it would have done:\n20-broken.go, line 2, column 3: x.nothing undefined",
		"panic: runtime error: index out of range", "25-panics.go, line 3\n", "BEGINS!\n",
		"50-bad.go, line 1: %hepl: no such directive; did you mean %help?", "60-ends.go failed", "exit status 3\n",
	}
	rows := []struct {
		code  string
		shows []string // in this order
		end   string
	}{
		{"shout(\"cell\")", begins, "[result] \"CELL!\"\n"},
		{"fmt.Println(order, os.Getenv(\"STARTUP\"))", nil, "[25 30] set\n"},
		{"order = nil\ny := 8", nil, ""},
		{"%restart\nlen(order)", begins, "[result] 2\n"},
		{"order = nil\nz := 9", nil, ""},
		{"%replay\nfmt.Println(order, z)", begins, "[] 9\n"},
		{"syscall.Kill(os.Getpid(), syscall.SIGKILL)\nselect {}", []string{"signal: killed", "call %replay to run the 3 cells before this one"}, ""},
		{"len(order)", begins, "[result] 2\n"},
		{"%env KILLS=1\n%replay", []string{"BEGINS!\n", "40-kills.go failed", "The worker process ended (signal: killed)", "exit status 3\n"}, ""},
		{"fmt.Println(\"once\")", nil, "once\n"},
	}
	e := newTestEngine(t, Options{Startup: folder})
	for code, known := range map[string]bool{"shout": true, "mark": true, "order": true, "x": false, "strings": true} {
		names, _, _ := e.Complete(code, len(code))
		if slices.Contains(texts(names), code) != known {
			t.Errorf("before the first cell %s is among the names: %v, expected %v", code, !known, known)
		}
	}
	if data, _ := e.Inspect("shout", 5, 0); !strings.Contains(fmt.Sprint(data), "func shout(s string) string") {
		t.Errorf("before the first cell shout is %v", data)
	}
	for i, r := range rows {
		got := runCell(t, e, i+1, r.code)
		rest := colours.ReplaceAllString(got, "")
		for _, want := range r.shows {
			_, after, found := strings.Cut(rest, want)
			if !found {
				t.Fatalf("%s: shows %s\nexpected %q", r.code, got, want)
			}
			rest = after
		}
		if r.shows == nil && rest != r.end || r.end != "" && !strings.HasSuffix(rest, r.end) {
			t.Errorf("%s: shows %s\nexpected %q at its end", r.code, got, r.end)
		}
	}
}

// TestStartupInterrupted: a file that does not end is interrupted with the cell that waits for it, and does not come back.
func TestStartupInterrupted(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"a.go": "before := 1\nfor {\n\tif before++; before == 2 {\n\t\tfmt.Println(\"ready\")\n\t}\n}\n", "b.go": "fmt.Println(\"never\")"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	e := newTestEngine(t, Options{Startup: folder})
	ctx, cancel := context.WithCancel(t.Context())
	rec := &recorder{onText: func(s string) {
		if strings.Contains(s, "ready") {
			cancel()
		}
	}}
	if err := e.Run(ctx, 1, "fmt.Println(\"not yet\")", rec); err == nil || !strings.Contains(err.Error(), "before it ran") {
		t.Errorf("the cell ended with %v", err)
	}
	if got := rec.String(); !strings.Contains(got, "a.go was interrupted") || strings.Contains(got, "never") || strings.Contains(got, "not yet") {
		t.Errorf("shown: %s", got)
	}
	if got := runCell(t, e, 2, "before > 1"); got != "[result] true\n" {
		t.Errorf("the next cell shows %s", got)
	}
}

func TestStartupFiles(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "a.go")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(folder, "b.go"), 0o777); err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		folder string
		files  int
		fails  bool
	}{{"", 0, false}, {filepath.Join(folder, "none"), 0, false}, {folder, 1, false}, {file, 0, true}}
	for _, r := range rows {
		files, err := StartupFiles(r.folder)
		if len(files) != r.files || (err != nil) != r.fails {
			t.Errorf("%q: %v, %v", r.folder, files, err)
		}
	}
}
