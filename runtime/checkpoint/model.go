package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/resident-go/resident/runtime/checkpoint/hf"
	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/tensor"
)

// Load reads a GPT from a folder as Hugging Face publishes models: config.json and weights in safetensors, of one of the forms that package hf knows: GPT-2, Llama
// (SmolLM2 and TinyLlama, too), Mistral, Qwen2, Qwen3, Gemma 1 to 3, Phi-3 and SmolLM3. The weights become f32. Whoever wants to use it without training freezes it next.
//
// A model's longest text may be far longer than there is memory for its keys and values: [nn.Block] loads it for shorter ones.
func Load(folder string, wishes ...nn.Option) (*nn.GPT, error) {
	file, err := hf.Open(folder)
	if err != nil {
		return nil, fmt.Errorf("load a model: %w", err)
	}
	defer file.Close()
	return read(file, folder, wishes)
}

// LoadFS is [Load] for a folder that is part of a file system, such as files embedded in a program. The weights are in one file.
func LoadFS(folder fs.FS, wishes ...nn.Option) (*nn.GPT, error) {
	file, err := openFS(folder)
	if err != nil {
		return nil, fmt.Errorf("load a model: %w", err)
	}
	return read(file, safetensors.FileName, wishes)
}

func openFS(folder fs.FS) (*hf.Checkpoint, error) {
	text, err := fs.ReadFile(folder, hf.ConfigName)
	if err != nil {
		return nil, err
	}
	cfg, err := hf.ParseConfig(text)
	if err != nil {
		return nil, err
	}
	raw, err := fs.ReadFile(folder, safetensors.FileName)
	if err != nil {
		return nil, err
	}
	weights, err := safetensors.NewReader(bytes.NewReader(raw), int64(len(raw)), safetensors.FileName)
	if err != nil {
		return nil, err
	}
	m, err := hf.Match(weights, cfg.Model)
	if err != nil {
		return nil, err
	}
	return &hf.Checkpoint{Config: cfg, Map: m, Weights: weights}, nil
}

func read(file *hf.Checkpoint, name string, wishes []nn.Option) (*nn.GPT, error) {
	cfg, err := gptConfig(file.Config)
	if err != nil {
		return nil, fmt.Errorf("load the model %s: %w", name, err)
	}
	m, err := nn.NewGPT(cfg, append(slices.Clone(wishes), nn.Blank())...)
	if err != nil {
		return nil, fmt.Errorf("load the model %s: %w", name, err)
	}
	params := map[string]*tensor.Tensor{}
	for _, p := range m.Params() {
		params[p.Name] = p.Tensor
	}
	var room []float32 // for one parameter after the other
	for _, e := range file.Map {
		p := params[e.Ours]
		if p == nil {
			return nil, fmt.Errorf("load the model %s: this form has no parameter %s", name, e.Ours)
		}
		room = slices.Grow(room[:0], p.Size())
		values := room[:p.Size()]
		if err := e.Read(file.Weights, values); err != nil {
			return nil, fmt.Errorf("load the model %s: %w", name, err)
		}
		if err := tensor.Try(func() { p.Assign(tensor.New(values, p.Shape()...)) }); err != nil {
			return nil, fmt.Errorf("load the model %s: %s: %w", name, e.Ours, err)
		}
		delete(params, e.Ours)
	}
	for missing := range params {
		return nil, fmt.Errorf("load the model %s: the file has no parameter %s", name, missing)
	}
	return m, nil
}

// Save writes a GPT into a folder from which [Load], and the library transformers, read it, in the first form that fits it: GPT-2, Llama, Mistral (which Phi-3 is
// but for its matrices), Qwen2, Qwen3, SmolLM3, or one of Gemma's. Weights are written in a type of floats, with a record of what stands in the file (see [VerifyFile]).
func Save(folder string, m *nn.GPT, dtype device.DType, description string) error {
	if _, adapted := m.Adaptation(); adapted {
		return errors.New("save a model: it is adapted: save what Merge returns, or its adapters with SaveAdapters")
	}
	cfg, err := hfConfig(m.Config)
	if err != nil {
		return fmt.Errorf("save a model: %w", err)
	}
	if !dtype.IsFloat() {
		return fmt.Errorf("save a model: weights can be f32, f64 or bf16, not %s", dtype)
	}
	params := map[string]*tensor.Tensor{}
	for _, p := range m.Params() {
		params[p.Name] = p.Tensor
	}
	values := func(ours string) ([]float32, error) {
		p := params[ours]
		if p == nil {
			return nil, fmt.Errorf("the model has no parameter %s", ours)
		}
		return p.Floats(), nil
	}
	names, err := cfg.Map()
	if err != nil {
		return fmt.Errorf("save a model: %w", err)
	}
	record, err := NewRecord(names.Tensors(dtypes[dtype], values), time.Now(), description)
	if err != nil {
		return fmt.Errorf("save a model: %w", err)
	}
	metadata, err := record.AddTo(nil)
	if err != nil {
		return fmt.Errorf("save a model: %w", err)
	}
	if err := hf.Write(folder, cfg, dtypes[dtype], values, metadata, 0); err != nil {
		return fmt.Errorf("save a model: %w", err)
	}
	return nil
}

// Write writes a module's parameters under our own names, with the record of their digests: for models of one's own. [Read] reads them.
func Write(path string, m nn.Module, description string) error {
	record, err := NewRecord(stored(m), time.Now(), description)
	if err != nil {
		return fmt.Errorf("write parameters: %w", err)
	}
	metadata, err := record.AddTo(nil)
	if err != nil {
		return fmt.Errorf("write parameters: %w", err)
	}
	if err := safetensors.WriteFile(path, stored(m), metadata); err != nil {
		return fmt.Errorf("write parameters: %w", err)
	}
	return nil
}

// Read reads what [Write] wrote into a module with the same parameters. Before anything is changed, names and shapes are compared.
func Read(path string, m nn.Module) error {
	file, err := safetensors.Open(path)
	if err != nil {
		return fmt.Errorf("read parameters: %w", err)
	}
	defer file.Close()
	if err := fits(file, m); err != nil {
		return fmt.Errorf("read parameters: %w", err)
	}
	for _, p := range m.Params() {
		if err := Restore(p.Tensor, file, p.Name); err != nil {
			return fmt.Errorf("read parameters: %w", err)
		}
	}
	return nil
}

func fits(file *safetensors.Reader, m nn.Module) error {
	known := map[string]bool{}
	for _, p := range m.Params() {
		known[p.Name] = true
		info, ok := file.Info(p.Name)
		if !ok {
			return fmt.Errorf("%s has no tensor %q", file.Name(), p.Name)
		}
		if fmt.Sprint(info.Shape) != fmt.Sprint(p.Shape()) {
			return fmt.Errorf("%s: tensor %q is %v, want %v", file.Name(), p.Name, info.Shape, p.Shape())
		}
	}
	for _, name := range file.Names() {
		if !known[name] {
			return fmt.Errorf("%s: the model has no parameter %q", file.Name(), name)
		}
	}
	return nil
}
