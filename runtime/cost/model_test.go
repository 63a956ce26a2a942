package cost_test

import (
	"math"
	"testing"

	"github.com/resident-go/resident/runtime/cost"
)

// Sizes of published models.
var (
	gpt2    = cost.Transformer{Vocab: 50257, Block: 1024, Layers: 12, Embed: 768, Heads: 12, Tied: true, Positions: true, Biases: true}
	gpt2XL  = cost.Transformer{Vocab: 50257, Block: 1024, Layers: 48, Embed: 1600, Heads: 25, Tied: true, Positions: true, Biases: true}
	gpt3    = cost.Transformer{Vocab: 50257, Block: 2048, Layers: 96, Embed: 12288, Heads: 96, Tied: true, Positions: true, Biases: true}
	llama2  = cost.Transformer{Vocab: 32000, Block: 4096, Layers: 32, Embed: 4096, Heads: 32, Hidden: 11008, Gated: true}
	llama3  = cost.Transformer{Vocab: 128256, Block: 8192, Layers: 32, Embed: 4096, Heads: 32, KVHeads: 8, Hidden: 14336, Gated: true}
	smollm  = cost.Transformer{Vocab: 49152, Block: 2048, Layers: 30, Embed: 576, Heads: 9, KVHeads: 3, Hidden: 1536, Gated: true, Tied: true}
	sources = map[string]struct {
		t      cost.Transformer
		params int64 // as the published weights have them
	}{
		"GPT-2":       {gpt2, 124_439_808},
		"GPT-2 XL":    {gpt2XL, 1_557_611_200},
		"Llama 2 7B":  {llama2, 6_738_415_616},
		"Llama 3 8B":  {llama3, 8_030_261_248},
		"SmolLM 135M": {smollm, 134_515_008},
	}
)

func TestParams(t *testing.T) {
	for name, row := range sources {
		if got := row.t.Model().Params; got != row.params {
			t.Errorf("%s has %d parameters, expected %d", name, got, row.params)
		}
	}
	for _, row := range []struct {
		name string
		got  int64
		want int64
	}{
		// The head is the embedding: it counts among the matrices, not among what is outside of the embeddings.
		{"matrices of GPT-2", gpt2.Model().MatMulParams, 12*12*768*768 + 50257*768},
		{"GPT-2 without embeddings", gpt2.Model().NonEmbeddingParams, 124_439_808 - (50257+1024)*768},
		{"matrices of Llama 3", llama3.Model().MatMulParams, 32*(4096*6144+4096*4096+3*4096*14336) + 128256*4096},
		{"Llama 3 without embeddings", llama3.Model().NonEmbeddingParams, 8_030_261_248 - 2*128256*4096},
		{"a model of given heads", cost.Transformer{Vocab: 1, Layers: 1, Embed: 2, Heads: 3, HeadDim: 4, Hidden: 5}.Model().MatMulParams, 4*2*12 + 2*2*5 + 2},
	} {
		if row.got != row.want {
			t.Errorf("%s: %d parameters, expected %d", row.name, row.got, row.want)
		}
	}
}

func near(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance*math.Abs(want) }

// Brown et al. 2020 (arXiv:2005.14165), table D.1: parameters in millions, and operations for 300 billion tokens. Hoffmann et
// al. 2022: Chinchilla was trained with the budget of Gopher.
func TestSixND(t *testing.T) {
	for _, row := range []struct {
		name                         string
		params, tokens, flops, slack float64
	}{
		{"GPT-3 Small", 125e6, 300e9, 2.25e20, 0.005},
		{"GPT-3 Medium", 356e6, 300e9, 6.41e20, 0.005},
		{"GPT-3 Large", 760e6, 300e9, 1.37e21, 0.005},
		{"GPT-3 XL", 1320e6, 300e9, 2.38e21, 0.005},
		{"GPT-3 2.7B", 2650e6, 300e9, 4.77e21, 0.005},
		{"GPT-3 6.7B", 6660e6, 300e9, 1.20e22, 0.005},
		{"GPT-3 13B", 12850e6, 300e9, 2.31e22, 0.005},
		{"GPT-3 175B", 174600e6, 300e9, 3.14e23, 0.005},
		{"GPT-3 175B by its sizes", float64(gpt3.Model().Params), 300e9, 3.14e23, 0.005},
		{"Chinchilla", 70e9, 1.4e12, 5.76e23, 0.03},
	} {
		p, err := cost.Predict(row.params, row.tokens, cost.H100())
		if err != nil || !near(p.FLOPs, row.flops, row.slack) || p.TokensIn != int64(row.tokens) {
			t.Errorf("%s: %+v, %v, expected %g operations", row.name, p, err, row.flops)
		}
	}
}

// Chowdhery et al. 2022, appendix B: 238.3 thousand tokens a second on 6144 chips of 275 TFLOP/s are a utilisation of 46.2
// percent, and 45.7 without attention.
func TestPaLM(t *testing.T) {
	palm := cost.Model{MatMulParams: 540.35e9, Layers: 118, AttnWidth: 48 * 256}
	const rate, peak = 238.3e3, 6144 * 275e12
	for length, want := range map[int]float64{2048: 0.462, 0: 0.457} {
		c := cost.Counts{FLOPs: rate * palm.TrainFLOPs(length), Seconds: 1}
		if got := c.Utilisation(peak); math.Abs(got-want) > 0.0005 {
			t.Errorf("with %d tokens of attention the utilisation is %.4f, expected %.3f", length, got, want)
		}
	}
}

// With windows in some layers, a text is counted as its tokens are, one by one.
func TestWindow(t *testing.T) {
	m := cost.Transformer{Vocab: 10, Embed: 8, Layers: 6, Heads: 2, Window: 5, WindowLayers: 4}.Model()
	attention := func(seen ...float64) float64 { // in a layer without a window, and in one with it
		return 4 * 8 * (2*seen[0] + 4*seen[1])
	}
	whole := m
	whole.WindowLayers = 0
	total := 0.0
	for context := 1; context <= 12; context++ {
		got := m.InferFLOPs(context)
		total += got
		if want := 2*float64(m.MatMulParams) + attention(float64(context), float64(min(context, 5))); got != want {
			t.Errorf("with %d tokens in front: %g operations, want %g", context, got, want)
		}
		if n := m.GenerateFLOPs(context, 1); n != total {
			t.Errorf("%d tokens are read with %g operations, one by one with %g", context, n, total)
		}
		if short := context <= 5; (m.InferFLOPs(context) == whole.InferFLOPs(context)) != short {
			t.Errorf("with %d tokens the window makes a difference: %v", context, short)
		}
	}
	if got := m.CacheBytes(12, 4); got != 2*8*4*(2*12+4*5) {
		t.Errorf("a cache of %g bytes", got)
	}
}

// Each matrix product of GPT-2 by itself, m x k by k x n at 2 m k n, and the backward pass at twice of that.
func TestExactGPT2(t *testing.T) {
	const length, embed = 1024, 768
	product := func(m, k, n float64) float64 { return 2 * m * k * n }
	layer := product(length, embed, 3*embed) + // queries, keys, values
		product(length, embed, length) + product(length, length, embed) + // all heads: queries by keys, weights by values
		product(length, embed, embed) + product(length, embed, 4*embed) + product(length, 4*embed, embed)
	forward := 12*layer + product(length, embed, 50257)
	m := gpt2.Model()
	if got := length * m.TrainFLOPs(length); got != 3*forward || got != 874_944_921_600 {
		t.Errorf("a sequence takes %.0f operations, expected %.0f", got, 3*forward)
	}
	if got := length * m.InferFLOPs(length); got != forward {
		t.Errorf("forward it takes %.0f operations, expected %.0f", got, forward)
	}
}

// Generating is the sum of its tokens, each with what it sees.
func TestGenerate(t *testing.T) {
	m := gpt2.Model()
	for _, row := range [][2]int{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {5, 3}, {100, 28}} {
		want := 0.0
		for context := 1; context <= row[0]+row[1]-1; context++ {
			want += m.InferFLOPs(context)
		}
		if got := m.GenerateFLOPs(row[0], row[1]); !near(got, want, 1e-12) {
			t.Errorf("%v: %g operations, expected %g", row, got, want)
		}
	}
}

// Bytes of a token: what people know of these models.
func TestBytes(t *testing.T) {
	for _, row := range []struct {
		name      string
		got, want float64
	}{
		{"cache of Llama 2, half precision", llama2.Model().CacheBytes(1, 2), 524_288},
		{"cache of Llama 3, a quarter of the heads", llama3.Model().CacheBytes(1, 2), 131_072},
		{"cache of GPT-3 for 2048 tokens", gpt3.Model().CacheBytes(2048, 2), 2048 * 4_718_592},
		{"no cache", llama2.Model().CacheBytes(0, 2), 0},
		{"GPT-2 in float32, first token", gpt2.Model().DecodeBytes(0, 4, 4), 4*123_532_032 + 2*12*768*4},
		{"GPT-2 in int8 with a cache in half precision", gpt2.Model().DecodeBytes(1023, 1, 2), 123_532_032 + 2*12*768*1024*2},
	} {
		if row.got != row.want {
			t.Errorf("%s: %.0f bytes, expected %.0f", row.name, row.got, row.want)
		}
	}
}
