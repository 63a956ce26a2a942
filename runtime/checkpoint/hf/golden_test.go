package hf_test

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/hf"
	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

const models = "../testdata/"

// What the models in testdata are, by hand from testdata/models.py.
var golden = map[string]hf.Config{
	"gpt2": {
		Model: hf.Model{Form: hf.GPT2, Vocab: 61, Block: 20, Layers: 2, Embed: 24, Heads: 3, KVHeads: 3, HeadDim: 8, Hidden: 96,
			Tied: true, AttnBias: true, MLPBias: true},
		Activation: hf.GELUTanh, NormEps: 1e-5, InitStd: 0.02, EmbedDropout: 0.1, AttnDropout: 0.1, ResidDropout: 0.1,
		BOS: 60, EOS: []int{60}, PAD: -1, DType: "float32",
	},
	"llama": {
		Model:      hf.Model{Form: hf.Llama, Vocab: 53, Block: 24, Layers: 2, Embed: 32, Heads: 4, KVHeads: 2, HeadDim: 8, Hidden: 44},
		Activation: hf.SiLU, NormEps: 1e-5, RopeTheta: 500, InitStd: 0.02, BOS: 51, EOS: []int{50, 52}, PAD: -1, DType: "float32",
	},
}

func open(t testing.TB, folder string) *hf.Checkpoint {
	t.Helper()
	c, err := hf.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// Plain loops over the weights under our names give the logits that transformers gives.
func TestGoldenLogits(t *testing.T) {
	for name, config := range golden {
		t.Run(name, func(t *testing.T) {
			c := open(t, models+name)
			if !reflect.DeepEqual(c.Config, config) {
				t.Errorf("configuration\n%+v, expected\n%+v", c.Config, config)
			}
			compareLogits(t, models+name, reference{c.Config, weights(t, c.Map, c.Weights)}, 2e-6)
		})
	}
}

// compareLogits compares each element with the oracle's, relative to the largest logit.
func compareLogits(t *testing.T, folder string, r reference, tolerance float64) {
	t.Helper()
	oracle, err := safetensors.Open(filepath.Join(folder, "oracle.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer oracle.Close()
	info, _ := oracle.Info("logits")
	batch, time, vocab := info.Shape[0], info.Shape[1], info.Shape[2]
	want := make([]float32, batch*time*vocab)
	if err := oracle.Float32s("logits", want); err != nil {
		t.Fatal(err)
	}
	ids := tokens(t, oracle)
	largest, worst := 0.0, 0.0
	for b := range batch {
		for s, row := range r.logits(ids[b*time:][:time]) {
			for v, got := range row {
				w := float64(want[(b*time+s)*vocab+v])
				largest, worst = max(largest, math.Abs(w)), max(worst, math.Abs(w-got))
			}
		}
	}
	if !(worst <= tolerance*largest) || largest < 1 {
		t.Errorf("logits differ by up to %g, the largest is %g", worst, largest)
	}
}

func tokens(t *testing.T, oracle *safetensors.Reader) (ids []int) {
	t.Helper()
	b, err := oracle.Bytes("input_ids")
	if err != nil {
		t.Fatal(err)
	}
	for ; len(b) > 0; b = b[8:] {
		ids = append(ids, int(binary.LittleEndian.Uint64(b)))
	}
	return ids
}

// A model that is read and written again is the same file, byte for byte, and in other types what rounding allows.
func TestGoldenWritten(t *testing.T) {
	for name := range golden {
		c := open(t, models+name)
		values := valuesOf(t, c)
		for d, tolerance := range map[safetensors.DType]float64{safetensors.F32: 2e-6, safetensors.F64: 2e-6, safetensors.F16: 1e-2, safetensors.BF16: 1e-1} {
			dir := filepath.Join(t.TempDir(), "model")
			limit := int64(0)
			if d == safetensors.F64 {
				limit = 40_000 // several files
			}
			if err := hf.Write(dir, c.Config, d, values, nil, limit); err != nil {
				t.Fatal(err)
			}
			if d == safetensors.F32 && !sameFile(t, dir+"/model.safetensors", models+name+"/model.safetensors") {
				t.Errorf("%s: written again, the file is not the same", name)
			}
			again := open(t, dir)
			again.Config.DType = c.Config.DType
			if !reflect.DeepEqual(again.Config, c.Config) {
				t.Errorf("%s as %v: configuration\n%+v, expected\n%+v", name, d, again.Config, c.Config)
			}
			compareLogits(t, models+name, reference{again.Config, weights(t, again.Map, again.Weights)}, tolerance)
		}
	}
}

// valuesOf gives the parameters of an open model to Write.
func valuesOf(t testing.TB, c *hf.Checkpoint) func(string) ([]float32, error) {
	params := weights(t, c.Map, c.Weights)
	return func(ours string) (v []float32, err error) {
		for _, f := range params[ours] {
			v = append(v, float32(f))
		}
		return v, nil
	}
}

func sameFile(t *testing.T, a, b string) bool {
	t.Helper()
	x, errA := os.ReadFile(a)
	y, errB := os.ReadFile(b)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	return string(x) == string(y)
}
