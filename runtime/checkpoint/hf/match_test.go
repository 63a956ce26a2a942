package hf_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/hf"
	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

// One layer of each form, small enough to be written out.
var (
	tinyGPT2  = hf.Model{Form: hf.GPT2, Vocab: 5, Block: 6, Layers: 1, Embed: 4, Heads: 2, KVHeads: 2, HeadDim: 2, Hidden: 8, Tied: true, AttnBias: true, MLPBias: true}
	tinyLlama = hf.Model{Form: hf.Llama, Vocab: 5, Block: 6, Layers: 1, Embed: 4, Heads: 2, KVHeads: 1, HeadDim: 2, Hidden: 6}
)

// The whole map of both, a line for each parameter: name and shape here, T for transposed, names and shapes there.
func TestMap(t *testing.T) {
	untied, biased := tinyGPT2, tinyLlama
	untied.Tied = false
	biased.AttnBias, biased.MLPBias, biased.Tied = true, true, true
	for _, row := range []struct {
		name  string
		model hf.Model
		want  string
	}{
		{"gpt2", untied, `
embed.weight [5 4] = transformer.wte.weight [5 4]
position.weight [6 4] = transformer.wpe.weight [6 4]
layers.0.norm1.weight [4] = transformer.h.0.ln_1.weight [4]
layers.0.norm1.bias [4] = transformer.h.0.ln_1.bias [4]
layers.0.attn.qkv.weight [12 4] = T transformer.h.0.attn.c_attn.weight [4 12]
layers.0.attn.qkv.bias [12] = transformer.h.0.attn.c_attn.bias [12]
layers.0.attn.out.weight [4 4] = T transformer.h.0.attn.c_proj.weight [4 4]
layers.0.attn.out.bias [4] = transformer.h.0.attn.c_proj.bias [4]
layers.0.norm2.weight [4] = transformer.h.0.ln_2.weight [4]
layers.0.norm2.bias [4] = transformer.h.0.ln_2.bias [4]
layers.0.mlp.up.weight [8 4] = T transformer.h.0.mlp.c_fc.weight [4 8]
layers.0.mlp.up.bias [8] = transformer.h.0.mlp.c_fc.bias [8]
layers.0.mlp.down.weight [4 8] = T transformer.h.0.mlp.c_proj.weight [8 4]
layers.0.mlp.down.bias [4] = transformer.h.0.mlp.c_proj.bias [4]
norm.weight [4] = transformer.ln_f.weight [4]
norm.bias [4] = transformer.ln_f.bias [4]
head.weight [5 4] = lm_head.weight [5 4]
`},
		{"llama", tinyLlama, `
embed.weight [5 4] = model.embed_tokens.weight [5 4]
layers.0.norm1.weight [4] = model.layers.0.input_layernorm.weight [4]
layers.0.attn.qkv.weight [8 4] = model.layers.0.self_attn.q_proj.weight [4 4] model.layers.0.self_attn.k_proj.weight [2 4] model.layers.0.self_attn.v_proj.weight [2 4]
layers.0.attn.out.weight [4 4] = model.layers.0.self_attn.o_proj.weight [4 4]
layers.0.norm2.weight [4] = model.layers.0.post_attention_layernorm.weight [4]
layers.0.mlp.gate.weight [6 4] = model.layers.0.mlp.gate_proj.weight [6 4]
layers.0.mlp.up.weight [6 4] = model.layers.0.mlp.up_proj.weight [6 4]
layers.0.mlp.down.weight [4 6] = model.layers.0.mlp.down_proj.weight [4 6]
norm.weight [4] = model.norm.weight [4]
head.weight [5 4] = lm_head.weight [5 4]
`},
		{"llama with biases, tied", biased, `
embed.weight [5 4] = model.embed_tokens.weight [5 4]
layers.0.norm1.weight [4] = model.layers.0.input_layernorm.weight [4]
layers.0.attn.qkv.weight [8 4] = model.layers.0.self_attn.q_proj.weight [4 4] model.layers.0.self_attn.k_proj.weight [2 4] model.layers.0.self_attn.v_proj.weight [2 4]
layers.0.attn.qkv.bias [8] = model.layers.0.self_attn.q_proj.bias [4] model.layers.0.self_attn.k_proj.bias [2] model.layers.0.self_attn.v_proj.bias [2]
layers.0.attn.out.weight [4 4] = model.layers.0.self_attn.o_proj.weight [4 4]
layers.0.attn.out.bias [4] = model.layers.0.self_attn.o_proj.bias [4]
layers.0.norm2.weight [4] = model.layers.0.post_attention_layernorm.weight [4]
layers.0.mlp.gate.weight [6 4] = model.layers.0.mlp.gate_proj.weight [6 4]
layers.0.mlp.gate.bias [6] = model.layers.0.mlp.gate_proj.bias [6]
layers.0.mlp.up.weight [6 4] = model.layers.0.mlp.up_proj.weight [6 4]
layers.0.mlp.up.bias [6] = model.layers.0.mlp.up_proj.bias [6]
layers.0.mlp.down.weight [4 6] = model.layers.0.mlp.down_proj.weight [4 6]
layers.0.mlp.down.bias [4] = model.layers.0.mlp.down_proj.bias [4]
norm.weight [4] = model.norm.weight [4]
`},
	} {
		m, err := row.model.Map()
		if err != nil {
			t.Fatal(err)
		}
		text := "\n"
		for _, e := range m {
			text += fmt.Sprint(e.Ours, " ", e.Shape, " =")
			if e.Transpose {
				text += " T"
			}
			for _, p := range e.Theirs {
				text += fmt.Sprint(" ", p.Name, " ", p.Shape)
			}
			text += "\n"
		}
		if text != row.want {
			t.Errorf("%s:%s", row.name, text)
		}
	}
}

// memory writes tensors and opens them.
func memory(t testing.TB, tensors []safetensors.Tensor) *safetensors.Reader {
	t.Helper()
	var b strings.Builder
	if err := safetensors.Write(&b, tensors, nil); err != nil {
		t.Fatal(err)
	}
	r, err := safetensors.NewReader(strings.NewReader(b.String()), int64(b.Len()), "m.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// stored are the tensors of a model, all zero.
func stored(t testing.TB, m hf.Model) []safetensors.Tensor {
	t.Helper()
	entries, err := m.Map()
	if err != nil {
		t.Fatal(err)
	}
	var out []safetensors.Tensor
	for _, e := range entries {
		for _, p := range e.Theirs {
			out = append(out, zeros(p.Name, safetensors.F32, p.Shape...))
		}
	}
	return out
}

func zeros(name string, d safetensors.DType, shape ...int) safetensors.Tensor {
	size := d.Bits() / 8
	for _, n := range shape {
		size *= n
	}
	return safetensors.Tensor{Name: name, DType: d, Shape: shape, Data: safetensors.Bytes(make([]byte, size))}
}

// change replaces tensors, adds those that are new, and removes those that have no data.
func change(tensors []safetensors.Tensor, changes ...safetensors.Tensor) []safetensors.Tensor {
	for _, c := range changes {
		at := slices.IndexFunc(tensors, func(t safetensors.Tensor) bool { return t.Name == c.Name })
		switch {
		case at < 0:
			tensors = append(tensors, c)
		case c.Data == nil:
			tensors = slices.Delete(tensors, at, at+1)
		default:
			tensors[at] = c
		}
	}
	return tensors
}

func without(name string) safetensors.Tensor { return safetensors.Tensor{Name: name} }

// bare removes the prefix of all names.
func bare(tensors []safetensors.Tensor, prefix string) []safetensors.Tensor {
	for i := range tensors {
		tensors[i].Name = strings.TrimPrefix(tensors[i].Name, prefix)
	}
	return tensors
}

// Files that are the model, though not as transformers would write them today.
func TestMatch(t *testing.T) {
	f32 := safetensors.F32
	ones := zeros("lm_head.weight", f32, 5, 4)
	ones.Data = safetensors.Float32s(f32, slices.Repeat([]float32{1}, 20))
	tied := tinyLlama
	tied.Tied = true
	for _, row := range []struct {
		name    string
		model   hf.Model
		tensors []safetensors.Tensor
		want    string // of the error, none when it matches
	}{
		{"gpt2", tinyGPT2, stored(t, tinyGPT2), ""},
		{"bare gpt2", tinyGPT2, bare(stored(t, tinyGPT2), "transformer."), ""},
		{"masks", tinyGPT2, change(stored(t, tinyGPT2), zeros("transformer.h.0.attn.bias", safetensors.Bool, 1, 1, 6, 6), zeros("transformer.h.0.attn.masked_bias", f32)), ""},
		{"bare masks", tinyGPT2, change(bare(stored(t, tinyGPT2), "transformer."), zeros("h.0.attn.bias", safetensors.U8, 1, 1, 6, 6)), ""},
		{"frequencies", tinyLlama, change(stored(t, tinyLlama), zeros("model.layers.0.self_attn.rotary_emb.inv_freq", f32, 1)), ""},
		{"half", tinyLlama, change(stored(t, tinyLlama), zeros("model.norm.weight", safetensors.F16, 4)), ""},
		{"bare llama, tied", tied, bare(stored(t, tied), "model."), ""},
		{"tied head stored", tinyGPT2, change(stored(t, tinyGPT2), zeros("lm_head.weight", f32, 5, 4)), ""},
		{"another head stored", tinyGPT2, change(stored(t, tinyGPT2), ones),
			`read "m.safetensors": the configuration ties the head to the embedding, but "lm_head.weight" and "transformer.wte.weight" differ`},
		{"another head of another type", tinyGPT2, change(stored(t, tinyGPT2), zeros("lm_head.weight", safetensors.F16, 5, 4)),
			`read "m.safetensors": the configuration ties the head to the embedding, but "lm_head.weight" and "transformer.wte.weight" differ`},
	} {
		m, err := hf.Match(memory(t, row.tensors), row.model)
		switch {
		case row.want != "" && (err == nil || err.Error() != row.want):
			t.Errorf("%s: error %v, expected %s", row.name, err, row.want)
		case row.want == "" && err != nil:
			t.Errorf("%s: %v", row.name, err)
		case row.want == "":
			r := memory(t, row.tensors)
			for _, e := range m {
				if err := e.Read(r, make([]float32, elements(e.Shape))); err != nil {
					t.Errorf("%s: %v", row.name, err)
				}
			}
		}
	}
}

func elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Files of another model.
func TestMismatch(t *testing.T) {
	const is = `"m.safetensors" is not the `
	ofGPT2, ofLlama := is+"gpt2 model of its configuration (vocabulary 5, 1 layers, 4 wide); ", is+"llama model of its configuration (vocabulary 5, 1 layers, 4 wide); "
	f32 := safetensors.F32
	for _, row := range []struct {
		name    string
		model   hf.Model
		tensors []safetensors.Tensor
		want    string
	}{
		{"missing", tinyGPT2, change(stored(t, tinyGPT2), without("transformer.h.0.ln_1.bias"), without("transformer.wpe.weight")),
			ofGPT2 + `missing: "transformer.wpe.weight" [6 4], "transformer.h.0.ln_1.bias" [4]`},
		{"missing embedding", tinyGPT2, change(stored(t, tinyGPT2), without("transformer.wte.weight")), ofGPT2 + `missing: "transformer.wte.weight" [5 4]`},
		{"missing head", tinyLlama, change(stored(t, tinyLlama), without("lm_head.weight")), ofLlama + `missing: "lm_head.weight" [5 4]`},
		{"one of three", tinyLlama, change(stored(t, tinyLlama), without("model.layers.0.self_attn.k_proj.weight")),
			ofLlama + `missing: "model.layers.0.self_attn.k_proj.weight" [2 4]`},
		{"unknown", tinyGPT2, change(stored(t, tinyGPT2), zeros("score.weight", f32, 2, 4)), ofGPT2 + `not expected: "score.weight" [2 4]`},
		{"a bias", tinyLlama, change(stored(t, tinyLlama), zeros("model.layers.0.self_attn.q_proj.bias", f32, 4)),
			ofLlama + `not expected: "model.layers.0.self_attn.q_proj.bias" [4]`},
		{"not quite a mask", tinyGPT2, change(stored(t, tinyGPT2), zeros("transformer.h.0.attn.bias2", f32, 1), zeros("h.0.attn.bias", f32, 1)),
			ofGPT2 + `not expected: "h.0.attn.bias" [1], "transformer.h.0.attn.bias2" [1]`},
		{"another layer", tinyLlama, change(stored(t, tinyLlama), zeros("model.layers.1.input_layernorm.weight", f32, 4)),
			ofLlama + `not expected: "model.layers.1.input_layernorm.weight" [4]`},
		{"vocabulary", tinyLlama, change(stored(t, tinyLlama), zeros("model.embed_tokens.weight", f32, 7, 4), zeros("lm_head.weight", f32, 7, 4)),
			ofLlama + `wrong: "model.embed_tokens.weight" is [7 4], expected [5 4] (a vocabulary of 7), "lm_head.weight" is [7 4], expected [5 4] (a vocabulary of 7)`},
		{"not transposed", tinyGPT2, change(stored(t, tinyGPT2), zeros("transformer.h.0.mlp.c_fc.weight", f32, 8, 4)),
			ofGPT2 + `wrong: "transformer.h.0.mlp.c_fc.weight" is [8 4], expected [4 8]`},
		{"integers", tinyLlama, change(stored(t, tinyLlama), zeros("model.norm.weight", safetensors.I8, 4)),
			ofLlama + `wrong: "model.norm.weight" holds I8, expected F64, F32, F16 or BF16`},
		{"all of it", tinyLlama, stored(t, tinyGPT2), ofLlama + `missing: "model.embed_tokens.weight" [5 4], "model.layers.0.input_layernorm.weight" [4], ` +
			`"model.layers.0.self_attn.q_proj.weight" [4 4], "model.layers.0.self_attn.k_proj.weight" [2 4] and 8 more; not expected: ` +
			`"transformer.h.0.attn.c_attn.bias" [12], "transformer.h.0.attn.c_attn.weight" [4 12], "transformer.h.0.attn.c_proj.bias" [4], ` +
			`"transformer.h.0.attn.c_proj.weight" [4 4] and 12 more`},
		{"nothing", tinyGPT2, nil, ofGPT2 + `missing: "transformer.wte.weight" [5 4], "transformer.wpe.weight" [6 4], ` +
			`"transformer.h.0.ln_1.weight" [4], "transformer.h.0.ln_1.bias" [4] and 12 more`},
	} {
		_, err := hf.Match(memory(t, row.tensors), row.model)
		var mismatch *hf.MismatchError
		if !errors.As(err, &mismatch) || err.Error() != row.want {
			t.Errorf("%s: error %v, expected\n%s", row.name, err, row.want)
		}
	}
	if _, err := hf.Match(memory(t, nil), hf.Model{}); err == nil || err.Error() != `model form "": expected `+known {
		t.Errorf("no model: %v", err)
	}
}
