package fake

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// TestBlocks runs kernels that wait, exchange and fail, with each implementation of fibres.
func TestBlocks(t *testing.T) {
	b, err := newBuild()
	if err != nil {
		t.Fatal(err)
	}
	for name, more := range map[string]string{"switched in assembly, where there is one": "-DNDEBUG", "by the C library": "-DPORTABLE_FIBRES"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program := filepath.Join(t.TempDir(), "blocks")
			args := append([]string{more, "-I", b.here, "-I", b.kernels, "testdata/blocks.cpp", filepath.Join(b.here, "block.cpp"), filepath.Join(b.here, "fibre.cpp")}, flags...)
			if out, err := exec.Command(b.compiler, append(args, "-o", program, "-lpthread")...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if out, err := exec.Command(program).CombinedOutput(); err != nil {
				t.Errorf("went wrong: %v\n%s", err, out)
			}
		})
	}
}
