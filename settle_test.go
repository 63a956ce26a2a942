package main

import (
	"bytes"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
)

func TestSettle(t *testing.T) {
	there, gone := t.TempDir(), filepath.Join(t.TempDir(), "gone")
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		name               string
		home, tmp          string // "" is not set
		wantHome, wantTemp string
		says               string
	}{
		{"both are there", there, there, there, there, ""},
		{"no home", "", there, u.HomeDir, there, ""},
		{"no folder for temporary files", there, gone, there, "/tmp", "resident: TMPDIR is " + gone + ", which is not there; temporary files are in /tmp\n"},
		{"nothing is set", "", "", u.HomeDir, "/tmp", ""},
	}
	for _, r := range rows {
		t.Run(strings.ReplaceAll(r.name, " ", "_"), func(t *testing.T) {
			for name, value := range map[string]string{"HOME": r.home, "TMPDIR": r.tmp} {
				t.Setenv(name, value) // which puts back what was
				if value == "" {
					os.Unsetenv(name)
				}
			}
			var stderr bytes.Buffer
			(&Program{Stderr: &stderr}).settle()
			if got := os.Getenv("HOME"); got != r.wantHome {
				t.Errorf("HOME is %q, expected %q", got, r.wantHome)
			}
			if got := os.TempDir(); got != r.wantTemp {
				t.Errorf("temporary files are in %q, expected %q", got, r.wantTemp)
			}
			if got := stderr.String(); got != r.says {
				t.Errorf("said %q, expected %q", got, r.says)
			}
		})
	}
}
