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

// TestProducts spoils products in all ways that cublasLt has to refuse.
func TestProducts(t *testing.T) {
	b, err := newBuild()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "products")
	args := append([]string{"testdata/products.cpp", "-ldl", "-o", program}, flags...)
	if out, err := exec.Command(b.compiler, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(program, Library(t))
	cmd.Env = append(cmd.Environ(), "RESIDENT_FAKE_CUDA_VERBOSE=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("went wrong: %v\n%s", err, out)
	}
}
