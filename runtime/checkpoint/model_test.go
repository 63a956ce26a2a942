package checkpoint

import (
	"encoding/binary"
	"errors"
	"flag"
	"io/fs"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/hf"
	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/tensor"
)

// oracle is what PyTorch computed with a model; see testdata/models.py.
func oracle(t *testing.T, folder string) *safetensors.Reader {
	t.Helper()
	r, err := safetensors.Open(filepath.Join(folder, "oracle.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func floats(t *testing.T, r *safetensors.Reader, name string) *tensor.Tensor {
	t.Helper()
	info, ok := r.Info(name)
	if !ok {
		t.Fatalf("%s: no tensor %s", r.Name(), name)
	}
	v := make([]float32, info.Elements())
	if err := r.Float32s(name, v); err != nil {
		t.Fatal(err)
	}
	return tensor.New(v, info.Shape...)
}

// inputs are the token ids.
func inputs(t *testing.T, r *safetensors.Reader) *tensor.Tensor {
	t.Helper()
	info, _ := r.Info("input_ids")
	raw, err := r.Bytes("input_ids")
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]int32, info.Elements())
	for i := range ids {
		ids[i] = int32(binary.LittleEndian.Uint64(raw[8*i:]))
	}
	return tensor.New(ids, info.Shape...)
}

// off is the largest difference, as a share of the largest number.
func off(got, want *tensor.Tensor) float64 {
	return got.Detach().Sub(want).Abs().Max().Item() / want.Abs().Max().Item()
}

// models are the folders in testdata, one for each form and each kind of scaled positions.
var models = []string{"gpt2", "llama", "llama3", "linear", "dynamic", "yarn", "longrope", "mistral", "qwen2", "qwen2window", "qwen3", "smollm3", "phi3", "gemma", "gemma2", "gemma3"}

// TestTransformers compares logits, loss and every gradient with what transformers and PyTorch compute with the same files.
func TestTransformers(t *testing.T) {
	for _, name := range models {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join("testdata", name)
			m, err := Load(folder)
			if err != nil {
				t.Fatal(err)
			}
			want, ids := oracle(t, folder), inputs(t, oracle(t, folder))
			m.Train(false)
			if d := off(m.Logits(ids), floats(t, want, "logits")); d > 2e-5 {
				t.Errorf("logits differ by %g", d)
			}
			decoderLogits(t, m, ids, floats(t, want, "logits"))
			m.Train(true)
			m.Config.Dropout = 0
			b, n := ids.Dim(0), ids.Dim(1)
			loss := m.Loss(ids.Slice(1, 0, n-1).Clone(), ids.Slice(1, 1, n).Clone())
			if w := floats(t, want, "loss").Item(); math.Abs(loss.Item()-w) > 1e-4 || b == 0 {
				t.Errorf("loss %g, PyTorch has %g", loss.Item(), w)
			}
			loss.Backward()
			gradients(t, m, folder, want)
		})
	}
}

// decoderLogits compares the decoder, token by token and in steps of several.
func decoderLogits(t *testing.T, m *nn.GPT, ids, want *tensor.Tensor) {
	t.Helper()
	d, err := m.Decoder(device.F32)
	if err != nil {
		t.Fatal(err)
	}
	tokens := ids.Index(0, 0).Ints()
	for _, steps := range [][]int{slices.Repeat([]int{1}, len(tokens)), {len(tokens)}, {2, 1, 7, 3, 1, 1}, {9, 6}} {
		c, err := d.NewCache()
		if err != nil {
			t.Fatal(err)
		}
		at := 0
		for _, n := range steps {
			logits, err := d.Forward(nn.Input{Cache: c, Tokens: tokens[at : at+n]})
			if err != nil {
				t.Fatal(err)
			}
			at += n
			if e := off(tensor.New(logits[0]), want.Index(0, 0).Index(0, at-1)); e > 2e-5 {
				t.Errorf("steps of %d: after %d tokens logits of the decoder differ by %g", steps, at, e)
			}
		}
	}
}

// gradients compares all of them, under the names and in the layout of the file.
func gradients(t *testing.T, m *nn.GPT, folder string, want *safetensors.Reader) {
	t.Helper()
	file, err := hf.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	grads := map[string]*tensor.Tensor{}
	for _, p := range m.Params() {
		grads[p.Name] = p.Grad()
	}
	for _, e := range file.Map {
		var parts []*tensor.Tensor
		for _, part := range e.Theirs {
			g := floats(t, want, "grad."+part.Name)
			if e.Transpose {
				g = g.T()
			}
			if n := e.Shape[0]; !e.Transpose && len(e.Theirs) == 1 && g.Dim(0) > n {
				g = g.Slice(0, e.First, e.First+n)
			}
			parts = append(parts, g)
		}
		if d := off(grads[e.Ours], tensor.Concat(0, parts...)); d > 5e-5 {
			t.Errorf("the gradient of %s differs by %g", e.Ours, d)
		}
	}
}

var saved = flag.String("saved", "", "a folder to leave what TestSave writes in f32 in, for testdata/saved.py")

// TestSave writes models and reads them back. Gemma's norms are stored less 1, which costs the last bits.
func TestSave(t *testing.T) {
	type row struct {
		name  string
		dtype device.DType
		off   float64
	}
	var rows []row
	for _, name := range models {
		exact := 0.0
		if strings.HasPrefix(name, "gemma") {
			exact = 1. / (1 << 23)
		}
		rows = append(rows, row{name, device.F32, exact}, row{name, device.BF16, 1. / 256})
	}
	for _, row := range rows {
		m, err := Load(filepath.Join("testdata", row.name))
		if err != nil {
			t.Fatal(err)
		}
		folder := filepath.Join(t.TempDir(), "model")
		if *saved != "" && row.dtype == device.F32 {
			folder = filepath.Join(*saved, row.name)
		}
		if err := Save(folder, m, row.dtype, "a test"); err != nil {
			t.Fatal(err)
		}
		file, err := safetensors.Open(folder)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := VerifyFile(file); err != nil {
			t.Error(err)
		}
		file.Close()
		again, err := Load(folder)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(again.Config, m.Config) {
			t.Errorf("%s: %+v became %+v", row.name, m.Config, again.Config)
		}
		for i, p := range m.Params() {
			if d := off(again.Params()[i].Tensor, p.Detach()); d > row.off {
				t.Errorf("%s in %s: %s differs by %g", row.name, row.dtype, p.Name, d)
			}
		}
	}
}

// TestForms: a model has the form that Load read it from, or none that config.json can name.
func TestForms(t *testing.T) {
	llama := nn.GPTConfig{RMSNorm: true, Rotary: true, SwiGLU: true, NoBias: true, Embed: 16, HeadSize: 8}
	gemma := func(c *nn.GPTConfig) { c.SwiGLU, c.GeGLU, c.EmbedScale = false, true, 4 }
	for _, row := range []struct {
		change func(*nn.GPTConfig)
		want   hf.Form
	}{
		{func(c *nn.GPTConfig) {}, hf.Llama},
		{func(c *nn.GPTConfig) { c.NoBias = false }, hf.Llama},
		{func(c *nn.GPTConfig) { c.QKVBias, c.OutBias = true, true }, hf.Llama},
		{func(c *nn.GPTConfig) { c.QKVBias = true }, hf.Qwen2},
		{func(c *nn.GPTConfig) { c.OutBias = true }, ""},
		{func(c *nn.GPTConfig) { c.QKNorm = true }, hf.Qwen3},
		{func(c *nn.GPTConfig) { c.QKNorm, c.QKVBias = true, true }, ""},
		{func(c *nn.GPTConfig) { c.QKNorm, c.NoBias = true, false }, ""},
		{func(c *nn.GPTConfig) { c.EmbedScale = 4 }, ""},
		{func(c *nn.GPTConfig) { c.SwiGLU, c.GeGLU, c.EmbedScale = false, true, 4 }, hf.Gemma},
		{func(c *nn.GPTConfig) { c.SwiGLU, c.GeGLU = false, true }, ""},
		{func(c *nn.GPTConfig) { c.Window = 4 }, hf.Mistral},
		{func(c *nn.GPTConfig) { c.Window, c.QKVBias = 4, true }, hf.Qwen2},
		{func(c *nn.GPTConfig) { c.Window, c.QKNorm, c.Pattern = 4, true, "fw" }, hf.Qwen3},
		{func(c *nn.GPTConfig) { c.Window, c.Pattern = 4, "fw" }, ""},
		{func(c *nn.GPTConfig) { c.Window, c.OutBias = 4, true }, ""},
		{func(c *nn.GPTConfig) { c.Pattern = "ffn" }, hf.SmolLM3},
		{func(c *nn.GPTConfig) { c.Pattern, c.Window = "fwn", 3 }, ""},
		{func(c *nn.GPTConfig) { c.PostNorm = true }, ""},
		{func(c *nn.GPTConfig) { c.LogitCap = 3 }, ""},
		{func(c *nn.GPTConfig) { gemma(c); c.PostNorm, c.Window, c.Pattern, c.AttnCap = true, 4, "wf", 50 }, hf.Gemma2},
		{func(c *nn.GPTConfig) { gemma(c); c.PostNorm, c.AttnScale = true, 1.0/12 }, hf.Gemma2},
		{func(c *nn.GPTConfig) { gemma(c); c.PostNorm, c.AttnScale = true, 0.3 }, ""},
		{func(c *nn.GPTConfig) { gemma(c); c.AttnCap = 50 }, ""},
		{func(c *nn.GPTConfig) {
			gemma(c)
			c.PostNorm, c.QKNorm, c.Window, c.Pattern, c.LocalRopeBase = true, true, 4, "wwf", 10000
		}, hf.Gemma3},
		{func(c *nn.GPTConfig) {
			gemma(c)
			c.PostNorm, c.Window, c.Pattern, c.LocalRopeBase = true, 4, "wwf", 10000
		}, ""},
		{func(c *nn.GPTConfig) { c.SwiGLU = false }, ""},
		{func(c *nn.GPTConfig) { c.Rotary = false }, ""},
		{func(c *nn.GPTConfig) { *c = nn.GPTConfig{} }, hf.GPT2},
		{func(c *nn.GPTConfig) { *c = nn.GPTConfig{QKNorm: true} }, ""},
	} {
		c := llama
		row.change(&c)
		if got := form(c); got != row.want {
			t.Errorf("%+v has the form %q, want %q", c, got, row.want)
		}
	}
}

// TestBlock loads a model for shorter texts: it computes the same.
func TestBlock(t *testing.T) {
	folder := filepath.Join("testdata", "llama3")
	m, err := Load(folder, nn.Block(16))
	if err != nil {
		t.Fatal(err)
	}
	m.Train(false)
	want := oracle(t, folder)
	if d := off(m.Logits(inputs(t, want)), floats(t, want, "logits")); d > 2e-5 || m.Config.BlockSize != 16 {
		t.Errorf("a block of %d, logits differ by %g", m.Config.BlockSize, d)
	}
	if _, err := Load(filepath.Join("testdata", "gpt2"), nn.Block(16)); err == nil || !strings.Contains(err.Error(), "a block of 16 for a model of 20 positions: only rotary ones can be left out") {
		t.Error(err)
	}
}

func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mlp.safetensors")
	a, err := nn.NewMLP([]int{3, 4, 2}, nn.Seed(1))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := nn.NewMLP([]int{3, 4, 2}, nn.Seed(2))
	if err := Write(path, a, "a test"); err != nil {
		t.Fatal(err)
	}
	if err := Read(path, b); err != nil {
		t.Fatal(err)
	}
	for i, p := range a.Params() {
		if string(p.Bytes()) != string(b.Params()[i].Bytes()) {
			t.Errorf("%s differs", p.Name)
		}
	}
	other, _ := nn.NewMLP([]int{3, 5, 2})
	if err := Read(path, other); err == nil || !strings.Contains(err.Error(), `tensor "layers.0.weight" is [4 3], want [5 3]`) {
		t.Error(err)
	}
	deeper, _ := nn.NewMLP([]int{3, 4, 2, 2})
	if err := Read(path, deeper); err == nil || !strings.Contains(err.Error(), `has no tensor "layers.2.weight"`) {
		t.Error(err)
	}
}

func TestLoadErrors(t *testing.T) {
	if _, err := Load(filepath.Join("testdata", "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	m, err := nn.NewGPT(nn.GPTConfig{VocabSize: 5, BlockSize: 4, Layers: 1, Heads: 1, Embed: 4, RMSNorm: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := Save(t.TempDir(), m, device.F32, ""); err == nil || !strings.Contains(err.Error(), "the model has none of the forms that config.json can name") {
		t.Error(err)
	}
}
