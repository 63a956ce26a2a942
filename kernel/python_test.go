package kernel

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resident-go/resident/kernel/engine"
)

// TestMain lets the test binary be the kernel that Jupyter starts: TESTBINARY kernel CONNECTIONFILE. What follows is for
// nobody: jupyter run adds its own arguments.
func TestMain(m *testing.M) {
	if len(os.Args) >= 3 && os.Args[1] == "kernel" {
		if err := kernelMain(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func kernelMain(connectionFile string) error {
	return Serve(context.Background(), Config{
		ConnectionFile: connectionFile,
		Start: func(ctx context.Context, progress func(string)) (Engine, error) {
			e, err := engine.New(engine.Options{Source: os.DirFS(os.Getenv("RESIDENT_TEST_SOURCE"))})
			if err != nil {
				return nil, err
			}
			if err := e.Wait(ctx, progress); err != nil {
				e.Close()
				return nil, err
			}
			return e, nil
		},
	})
}

// TestJupyter installs this test binary as a kernel and has Jupyter's own programs use it: its conformance suite
// jupyter_kernel_test, jupyter_client and nbclient (testdata/jupyter_test.py).
func TestJupyter(t *testing.T) {
	py := python(t, "jupyter_kernel_test, nbclient, jupyter_console")
	source, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir() // building the worker anew would take a minute
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	useJupyterDir(t, filepath.Join(data, "jupyter"))
	t.Setenv("JUPYTER_RUNTIME_DIR", filepath.Join(data, "run"))
	t.Setenv("XDG_DATA_HOME", data)
	t.Setenv("XDG_CACHE_HOME", cache)
	dir, err := SpecDir("")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := InstallSpec(dir, Spec{Program: program, Env: map[string]string{"RESIDENT_TEST_SOURCE": source}}); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), py, "-m", "unittest", "-v", "jupyter_test")
	cmd.Dir = "testdata"
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, " ... skipped") {
			t.Log(strings.TrimSpace(line))
		}
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
