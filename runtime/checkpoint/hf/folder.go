package hf

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
	"github.com/resident-go/resident/runtime/internal/draft"
)

// ConfigName is the name of the configuration in a model's folder.
const ConfigName = "config.json"

// maxConfig is the largest configuration that is read, in bytes.
const maxConfig = 1 << 20

// Checkpoint is an open model: what it is, and where its parameters stand.
type Checkpoint struct {
	Config  Config
	Map     Map
	Weights *safetensors.Reader
}

// Open opens the model in a folder, and makes sure that weights and configuration belong together.
func Open(folder string) (*Checkpoint, error) {
	c, err := ReadConfig(filepath.Join(folder, ConfigName))
	if err != nil {
		return nil, err
	}
	r, err := safetensors.Open(folder)
	if err != nil {
		return nil, err
	}
	m, err := Match(r, c.Model)
	if err != nil {
		r.Close()
		return nil, err
	}
	return &Checkpoint{c, m, r}, nil
}

// Close closes the weights' files.
func (c *Checkpoint) Close() error { return c.Weights.Close() }

// ReadConfig reads a config.json from a file.
func ReadConfig(path string) (Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return Config{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err == nil && len(text) > maxConfig {
		err = fmt.Errorf("config.json: longer than %d bytes", maxConfig)
	}
	if err != nil {
		return Config{}, fmt.Errorf("read %q: %w", path, err)
	}
	c, err := ParseConfig(text)
	if err != nil {
		return Config{}, fmt.Errorf("read %q: %w", path, err)
	}
	return c, nil
}

// Write writes a model into a folder: config.json, and the weights in a type of F64, F32, F16 or BF16, in files of at most
// limit bytes of data (0 for no limit; see [safetensors.WriteModel]). values gives the values of a parameter by its name
// here. c.DType is set to the type that is written; metadata may be nil.
func Write(folder string, c Config, d safetensors.DType, values func(ours string) ([]float32, error), metadata map[string]string, limit int64) error {
	dtype, ok := torchNames[d]
	if !ok {
		return fmt.Errorf("write %q: weights of type %v, expected F64, F32, F16 or BF16", folder, d)
	}
	c.DType = dtype
	text, err := c.Encode()
	if err != nil {
		return fmt.Errorf("write %q: %w", folder, err)
	}
	m, err := c.Map()
	if err != nil {
		return fmt.Errorf("write %q: %w", folder, err)
	}
	all := map[string]string{"format": "pt"} // transformers asks for it
	maps.Copy(all, metadata)
	if err := safetensors.WriteModel(folder, m.Tensors(d, values), all, limit); err != nil {
		return err
	}
	return draft.Replace(filepath.Join(folder, ConfigName), func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

var torchNames = map[safetensors.DType]string{
	safetensors.F64: "float64", safetensors.F32: "float32", safetensors.F16: "float16", safetensors.BF16: "bfloat16",
}
