package engine

import "testing"

// TestCellFacing says which files a worker is made of. They are the same whether the program carries them or they lie in a folder, and so is the worker: what the program
// carries has no names that begin with a dot or a low line.
func TestCellFacing(t *testing.T) {
	for path, want := range map[string]bool{
		"go.mod": true, "go.sum": true, "main.go": false, "kernel/engine/base.go": false, "kernel/kernel.go": false, "lessons/check/check.go": true,
		"bridge/bridge.go": true, "kernel/comm/comm.go": true, "kernel/engine/worker/child/child.go": true, "runtime/cpu/pool.c": true,
		"runtime/tensor/tape_test.go": false, "runtime/chat/testdata/a.json": false,
		"runtime/cuda/kernels/packed/norm.ptx.gz": true, "runtime/cuda/kernels/_ptx/norm.ptx": false, "runtime/.swap": false, "bridge/_old.go": false,
	} {
		if got := cellFacing(path); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}
