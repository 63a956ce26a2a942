package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/resident-go/resident/lessons/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Stage()
	if len(os.Args) > 1 && os.Args[1] == "sandbox-session" {
		main()
	}
	testscript.Main(m, map[string]func(){"resident": main})
}

// TestScripts runs testdata/script/*.txtar: the commands above, the files below, every command a process of its own. The
// scripts share the user's caches, for a worker takes half a minute to build.
func TestScripts(t *testing.T) {
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"XDG_CACHE_HOME=" + cache}
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOPROXY", "GOFLAGS"} {
		value, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		env = append(env, name+"="+strings.TrimSpace(string(value)))
	}
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/script",
		RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, env...)
			bin, _, _ := strings.Cut(e.Getenv("PATH"), string(os.PathListSeparator)) // where resident is
			e.Vars = append(e.Vars, "REPO="+root, "BIN="+bin)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
		},
	})
}

// exits runs a command and wants one exit code: exits CODE COMMAND ARG...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARG...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	switch {
	case err == nil:
	case errors.As(err, &exit):
		code = exit.ExitCode()
	default:
		ts.Fatalf("%v: %v", args[1:], err)
	}
	if got := fmt.Sprint(code); got != args[0] {
		ts.Fatalf("%v: exit code %s, want %s", args[1:], got, args[0])
	}
}
