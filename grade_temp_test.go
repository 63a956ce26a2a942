package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestTempFolder has one folder of a process that was killed, which the next removes, and one of a process that lives.
func TestTempFolder(t *testing.T) {
	among := t.TempDir()
	t.Setenv("TMPDIR", among)
	if at := os.Getenv("RESIDENT_TEST_KILLED"); at != "" {
		os.Setenv("TMPDIR", at)
		if _, err := openTemp(); err != nil {
			t.Fatal(err)
		}
		os.Exit(3) // as abrupt as a kill: nothing is cleaned up
	}
	killed := exec.Command(os.Args[0], "-test.run=^TestTempFolder$")
	killed.Env = append(os.Environ(), "RESIDENT_TEST_KILLED="+among)
	if err := killed.Run(); killed.ProcessState.ExitCode() != 3 {
		t.Fatalf("the one that is killed: %v", err)
	}
	left, _ := filepath.Glob(filepath.Join(among, tempPrefix+"*"))
	if len(left) != 2 {
		t.Fatalf("it left %v, want a folder and a lock", left)
	}
	living, err := openTemp()
	if err != nil {
		t.Fatal(err)
	}
	second, err := openTemp()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{left[0]: false, left[1]: false, living.path: true, second.path: true} {
		if exists(path) != want {
			t.Errorf("%s: there is %v, want %v", path, exists(path), want)
		}
	}
	for _, temp := range []*tempFolder{second, living} {
		if err := temp.close(); err != nil {
			t.Error(err)
		}
	}
	if left, _ = filepath.Glob(filepath.Join(among, tempPrefix+"*")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}
