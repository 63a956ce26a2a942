package engine

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestHeldRuntime checks which packages of the folder runtime workers hold, and what modules others may bring in.
func TestHeldRuntime(t *testing.T) {
	tc, err := FindToolchain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, lean := range []bool{false, true} {
		b := &base{tc: tc, dir: t.TempDir(), Lean: lean}
		if err := b.unpack(os.DirFS("../..")); err != nil {
			t.Fatal(err)
		}
		held := b.runtime.held(!lean)
		for _, p := range []string{"device", "cpu", "tensor", "nn", "optim", "train", "infer", "report", "data", "data/tokenizer", "checkpoint", "checkpoint/safetensors"} {
			if !slices.Contains(held, modulePath+"/runtime/"+p) {
				t.Errorf("lean %v: it does not hold %s", lean, p)
			}
		}
		for _, p := range []string{"interop", "data/tokenizer/norm", "device/devicetest"} {
			if slices.Contains(held, modulePath+"/runtime/"+p) {
				t.Errorf("lean %v: it holds %s", lean, p)
			}
		}
		mod, err := os.ReadFile(filepath.Join(b.source(), "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		for module, want := range map[string]bool{"gonum.org/v1/gonum": !lean, "golang.org/x/text": true, "gorgonia.org/tensor": true, "github.com/spf13/cobra": false} {
			if got := strings.Contains(string(mod), "require "+module+" "); got != want {
				t.Errorf("lean %v: its go.mod requires %s: %v, want %v", lean, module, got, want)
			}
		}
	}
}
