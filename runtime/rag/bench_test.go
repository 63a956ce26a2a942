package rag

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
	"github.com/resident-go/resident/runtime/tensor"
)

// BenchmarkNearest finds the ten nearest of 100,000 vectors of 256 numbers that lie in heaps, as those of texts do. Its peers are Faiss' flat index,
// which is exact too, and its HNSW, on the same vectors; they need a Python with faiss (BENCH_PYTHON, by default python3). Recall is
// measured against the flat index, and by ourselves against all products.
func BenchmarkNearest(b *testing.B) {
	const n, width, questions, k = 100_000, 256, 200, 10
	g := tensor.Seed(5)
	heaps := g.Normal(2000, width)
	own := func(count int) []float32 {
		x := heaps.Rows(g.Ints(0, 2000, count)).Add(g.Normal(count, width).Scale(0.7))
		return x.Div(x.NormKeep(1)).Floats()
	}
	rows, asked := own(n), own(questions)
	v := newVectors(width)
	for i := range n {
		v.add(rows[i*width:][:width])
	}
	all := func(int32) bool { return true }
	b.Run("ours", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			v.search(asked[i%questions*width:][:width], k, all)
		}
		b.ReportMetric(recallOf(v, asked, k), "recall")
	})
	b.Run("faiss", func(b *testing.B) {
		out := faiss(b, rows, asked, width)
		for b.Loop() { // whatever is reported before is forgotten here
		}
		for line := range strings.Lines(out) {
			var name string
			var ms, recall float64
			if _, err := fmt.Sscan(line, &name, &ms, &recall); err != nil {
				b.Fatalf("faiss printed %q: %v", line, err)
			}
			b.ReportMetric(ms, name+"-ms")
			b.ReportMetric(recall, name+"-recall")
		}
	})
}

// recallOf compares with all products, in one go.
func recallOf(v *vectors, asked []float32, k int) float64 {
	right, n := 0, len(asked)/v.width
	products := tensor.Share(asked, n, v.width).MatMul(tensor.Share(v.rows, v.count(), v.width).Transpose(0, 1)).Floats()
	for q := range n {
		want := newBest(k)
		for i, p := range products[q*v.count():][:v.count()] {
			if want.wants(float64(p), int32(i)) {
				want.add(scored{int32(i), float64(p)})
			}
		}
		wanted := map[int32]bool{}
		for _, s := range want.sorted() {
			wanted[s.chunk] = true
		}
		for _, s := range v.search(asked[q*v.width:][:v.width], k, func(int32) bool { return true }) {
			if wanted[s.chunk] {
				right++
			}
		}
	}
	return float64(right) / float64(n*k)
}

// faiss runs testdata/faiss_peer.py over the vectors.
func faiss(b *testing.B, rows, asked []float32, width int) string {
	b.Helper()
	python := os.Getenv("BENCH_PYTHON")
	if python == "" {
		python = "python3"
	}
	if err := exec.Command(python, "-c", "import faiss").Run(); err != nil {
		b.Skipf("needs faiss for %s, see BENCH_PYTHON", python)
	}
	path := filepath.Join(b.TempDir(), "vectors.safetensors")
	matrix := func(name string, v []float32) safetensors.Tensor {
		return safetensors.Tensor{Name: name, DType: safetensors.F32, Shape: []int{len(v) / width, width}, Data: safetensors.Float32s(safetensors.F32, v)}
	}
	if err := safetensors.WriteFile(path, []safetensors.Tensor{matrix("rows", rows), matrix("asked", asked)}, nil); err != nil {
		b.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.Command(python, "testdata/faiss_peer.py", path)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%v\n%s", err, &stderr)
	}
	return string(out)
}
