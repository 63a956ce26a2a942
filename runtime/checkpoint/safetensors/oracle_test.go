package safetensors_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The reference implementation reads what Write wrote, writes the same bytes, and refuses what Open refuses.
func TestPythonAgrees(t *testing.T) {
	python := os.Getenv("RESIDENT_PYTHON")
	if python == "" {
		python = "python3"
	}
	if err := exec.Command(python, "-c", "from safetensors import TensorSpec; import numpy").Run(); err != nil {
		t.Skipf("%s has no safetensors 0.8 or no numpy (set RESIDENT_PYTHON to one that has): %v", python, err)
	}
	dir := t.TempDir()
	files := oracleFiles(t)
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(python, "testdata/oracle.py", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var verdicts map[string][]goldenTensor
	if err := json.Unmarshal(readFile(t, filepath.Join(dir, "verdicts.json")), &verdicts); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, name := range slices.Sorted(maps.Keys(files)) {
		t.Run(name, func(t *testing.T) { judge(t, dir, name, files[name], verdicts[name]) })
		if verdicts[name] == nil {
			refused++
		}
	}
	if len(verdicts) != len(files) || refused < 100 || refused > len(files)-100 {
		t.Errorf("%d files, %d verdicts, %d of them no: the files do not test much", len(files), len(verdicts), refused)
	}
}

// oracleFiles are written ones, spoiled ones, and the hostile rows.
func oracleFiles(t *testing.T) map[string][]byte {
	files := map[string][]byte{}
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 600 {
		s := randomSource(r, n)
		data := write(t, s.tensors(), s.metadata())
		files[fmt.Sprintf("written %d.bin", n)] = data
		files[fmt.Sprintf("spoiled %d.bin", n)] = spoil(r, bytes.Clone(data))
	}
	for _, row := range hostile {
		if !row.strict {
			files["hostile "+row.name+".bin"] = row.data
		}
	}
	return files
}

// judge compares our verdict with the reference's.
func judge(t *testing.T, dir, name string, data []byte, want []goldenTensor) {
	r, err := open(data)
	switch {
	case want == nil && err == nil:
		if !bytes.Contains(bytes.ToLower(data), []byte(`\ud`)) { // a lone surrogate, which doc.go speaks of
			t.Errorf("accepted, the reference refuses: %q", data)
		}
		return
	case want == nil:
		return
	case err != nil:
		if !strings.Contains(err.Error(), "twice") {
			t.Errorf("%v; the reference accepts: %q", err, data)
		}
		return
	}
	same(t, r, want)
	again, err := os.ReadFile(filepath.Join(dir, name+".out"))
	switch m := r.Metadata(); {
	case err != nil: // types that Python cannot write
		return
	case len(m) > 1: // the reference writes it in any order
		return
	case m != nil && len(m) == 0 && len(r.Names()) == 0: // of which safetensors 0.8 makes broken JSON
		return
	}
	if ours := write(t, r.Tensors(), r.Metadata()); !bytes.Equal(ours, again) {
		t.Errorf("written again it is\n%q, by the reference\n%q", ours, again)
	}
}
