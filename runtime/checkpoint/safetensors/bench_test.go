package safetensors_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

// A model of GPT-2's sizes, 124 million parameters, as far as the header goes: 12 layers of 12 tensors.
func modelTensors(d safetensors.DType, embed, vocab int) []safetensors.Tensor {
	var out []safetensors.Tensor
	add := func(name string, shape ...int) {
		n := 1
		for _, s := range shape {
			n *= s
		}
		out = append(out, safetensors.Tensor{Name: name, DType: d, Shape: shape, Data: safetensors.Float32s(d, weights(n))})
	}
	add("embed.weight", vocab, embed)
	for i := range 12 {
		p := fmt.Sprintf("layers.%d.", i)
		for _, name := range []string{"norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias", "attn.out.bias", "mlp.down.bias"} {
			add(p+name, embed)
		}
		add(p+"attn.qkv.weight", 3*embed, embed)
		add(p+"attn.qkv.bias", 3*embed)
		add(p+"attn.out.weight", embed, embed)
		add(p+"mlp.up.weight", 4*embed, embed)
		add(p+"mlp.up.bias", 4*embed)
		add(p+"mlp.down.weight", embed, 4*embed)
	}
	return out
}

// weights are numbers as a trained model has them.
func weights(n int) []float32 {
	r := rand.New(rand.NewPCG(7, 8))
	v := make([]float32, n)
	for i := range v {
		v[i] = 0.02 * float32(r.NormFloat64())
	}
	return v
}

func BenchmarkOpen(b *testing.B) {
	data := write(b, modelTensors(safetensors.F16, 8, 16), nil)
	for b.Loop() {
		must(open(data))(b)
	}
}

func BenchmarkFloat32s(b *testing.B) {
	const n = 4 << 20
	for _, d := range []safetensors.DType{safetensors.F32, safetensors.F16, safetensors.BF16, safetensors.F64} {
		path := filepath.Join(b.TempDir(), "m.safetensors")
		tensor := safetensors.Tensor{Name: "v", DType: d, Shape: []int{n}, Data: safetensors.Float32s(d, weights(n))}
		if err := safetensors.WriteFile(path, []safetensors.Tensor{tensor}, nil); err != nil {
			b.Fatal(err)
		}
		r := must(safetensors.Open(path))(b)
		defer r.Close()
		v := make([]float32, n)
		b.Run(d.String(), func(b *testing.B) {
			b.SetBytes(4 * n)
			for b.Loop() {
				if err := r.Float32s("v", v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, d := range []safetensors.DType{safetensors.F32, safetensors.F16, safetensors.BF16} {
		tensors := modelTensors(d, 128, 4096)
		size := int64(0)
		for _, t := range tensors {
			size += must(t.Size())(b)
		}
		b.Run(d.String(), func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				if err := safetensors.Write(io.Discard, tensors, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
