package nbformat_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Jupyter's own nbformat reads what Write wrote, calls it valid and writes the same bytes.
func TestPythonAgrees(t *testing.T) {
	python := os.Getenv("RESIDENT_PYTHON")
	if python == "" {
		python = "python3"
	}
	if err := exec.Command(python, "-c", "import nbformat").Run(); err != nil {
		t.Skipf("%s has no nbformat (set RESIDENT_PYTHON to one that has): %v", python, err)
	}
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(3, 4))
	want := map[string]string{}
	for n := range 500 {
		name := filepath.Join(dir, fmt.Sprintf("%d.ipynb", n))
		s := source(randomBytes(r, 4*n))
		want[name] = write(t, s.notebook())
		if err := os.WriteFile(name, []byte(want[name]), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(python, "testdata/rewrite.py", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, text := range want {
		got, err := os.ReadFile(name + ".out")
		if err != nil {
			t.Fatal(err)
		}
		sameText(t, string(got), text)
	}
}
