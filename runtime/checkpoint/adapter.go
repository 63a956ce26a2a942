package checkpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
	"github.com/resident-go/resident/runtime/internal/draft"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/tensor"
)

// The files of a folder in which Hugging Face's library PEFT keeps adapters.
const (
	adapterConfigFile = "adapter_config.json"
	adapterFile       = "adapter_model.safetensors"
)

// peftConfig is adapter_config.json, as far as it matters here.
type peftConfig struct {
	Type         string             `json:"peft_type"`
	Task         string             `json:"task_type"`
	Rank         int                `json:"r"`
	Alpha        float64            `json:"lora_alpha"`
	Dropout      float64            `json:"lora_dropout"`
	Targets      []string           `json:"target_modules"`
	Bias         string             `json:"bias"`
	FanInFanOut  bool               `json:"fan_in_fan_out"`
	RankPattern  map[string]int     `json:"rank_pattern"`
	AlphaPattern map[string]float64 `json:"alpha_pattern"`
	Stabilised   bool               `json:"use_rslora"`
	Decomposed   bool               `json:"use_dora"`
	Whole        []string           `json:"modules_to_save"`
}

// module is one of PEFT's: a matrix, or some rows of one of ours.
type module struct {
	theirs  string // below the layer: "attn.c_attn"
	ours    string // "attn.qkv"
	columns int
	from    int // the first row in ours
	rows    int
}

// modules are those of a model of one of the two forms, and where its layers are.
func modules(c nn.GPTConfig) (layers string, all []module, err error) {
	hfc, err := hfConfig(c)
	if err != nil {
		return "", nil, err
	}
	q, kv := c.Heads*hfc.HeadDim, hfc.KVHeads*hfc.HeadDim
	if c.RMSNorm {
		return "base_model.model.model.layers.", []module{
			{"self_attn.q_proj", "attn.qkv", c.Embed, 0, q}, {"self_attn.k_proj", "attn.qkv", c.Embed, q, kv}, {"self_attn.v_proj", "attn.qkv", c.Embed, q + kv, kv},
			{"self_attn.o_proj", "attn.out", q, 0, c.Embed}, {"mlp.gate_proj", "mlp.gate", c.Embed, 0, hfc.Hidden}, {"mlp.up_proj", "mlp.up", c.Embed, 0, hfc.Hidden},
			{"mlp.down_proj", "mlp.down", hfc.Hidden, 0, c.Embed}}, nil
	}
	return "base_model.model.transformer.h.", []module{
		{"attn.c_attn", "attn.qkv", c.Embed, 0, q + 2*kv}, {"attn.c_proj", "attn.out", q, 0, c.Embed}, {"mlp.c_fc", "mlp.up", c.Embed, 0, hfc.Hidden},
		{"mlp.c_proj", "mlp.down", hfc.Hidden, 0, c.Embed}}, nil
}

// SaveAdapters writes the adapters of a model (see [nn.LoRA]) into a folder from which [LoadAdapters], and the library PEFT, read them. The model itself is not
// written.
func SaveAdapters(folder string, m *nn.GPT) error {
	how, adapted := m.Adaptation()
	if !adapted {
		return errors.New("save adapters: the model has none")
	}
	layers, all, err := modules(m.Config)
	if err != nil {
		return fmt.Errorf("save adapters: %w", err)
	}
	params := map[string]*tensor.Tensor{}
	for _, p := range m.Params() {
		params[p.Name] = p.Tensor
	}
	cfg := peftConfig{Type: "LORA", Task: "CAUSAL_LM", Rank: how.Rank, Alpha: how.Alpha, Bias: "none", FanInFanOut: !m.Config.RMSNorm,
		RankPattern: map[string]int{}, AlphaPattern: map[string]float64{}}
	var tensors []safetensors.Tensor
	for layer := range m.Config.Layers {
		for _, part := range all {
			a, b := params[fmt.Sprintf("layers.%d.%s.lora_a", layer, part.ours)], params[fmt.Sprintf("layers.%d.%s.lora_b", layer, part.ours)]
			if a == nil {
				continue
			}
			at := fmt.Sprintf("%s%d.%s.", layers, layer, part.theirs)
			tensors = append(tensors, Stored(at+"lora_A.weight", a), Stored(at+"lora_B.weight", b.Slice(0, part.from, part.from+part.rows)))
			if !slices.Contains(cfg.Targets, part.theirs) {
				cfg.Targets = append(cfg.Targets, part.theirs)
			}
			if r := a.Dim(0); r != how.Rank {
				cfg.RankPattern[part.theirs], cfg.AlphaPattern[part.theirs] = r, how.Alpha/float64(how.Rank)*float64(r)
			}
		}
	}
	text, err := json.MarshalIndent(cfg, "", "  ")
	if err == nil {
		err = os.MkdirAll(folder, 0o755)
	}
	if err == nil {
		err = safetensors.WriteFile(filepath.Join(folder, adapterFile), tensors, map[string]string{"format": "pt"})
	}
	if err == nil {
		err = draft.Replace(filepath.Join(folder, adapterConfigFile), func(w io.Writer) error {
			_, err := w.Write(append(text, '\n'))
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("save adapters: %w", err)
	}
	return nil
}

// LoadAdapters returns the model with the adapters of a folder: those of [SaveAdapters], or of PEFT. The model's weights are shared, not changed.
func LoadAdapters(folder string, m *nn.GPT) (*nn.GPT, error) {
	adapted, err := loadAdapters(folder, m)
	if err != nil {
		return nil, fmt.Errorf("load adapters from %s: %w", folder, err)
	}
	return adapted, nil
}

func loadAdapters(folder string, m *nn.GPT) (*nn.GPT, error) {
	text, err := os.ReadFile(filepath.Join(folder, adapterConfigFile))
	if err != nil {
		return nil, err
	}
	var cfg peftConfig
	if err := json.Unmarshal(text, &cfg); err != nil {
		return nil, fmt.Errorf("%s: %w", adapterConfigFile, err)
	}
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", adapterConfigFile, err)
	}
	file, err := safetensors.Open(filepath.Join(folder, adapterFile))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	adapters, err := readAdapters(file, cfg, m.Config)
	if err != nil {
		return nil, err
	}
	return m.Attach(nn.LoRA{Rank: cfg.Rank, Alpha: cfg.Alpha}, adapters)
}

// check refuses what is added in another way than alpha/r·B·A.
func (c peftConfig) check() error {
	switch {
	case c.Type != "LORA":
		return fmt.Errorf("peft_type is %q, want LORA", c.Type)
	case c.Rank < 1 || c.Alpha == 0:
		return fmt.Errorf("r is %d and lora_alpha %g, want positive ones", c.Rank, c.Alpha)
	case c.Stabilised || c.Decomposed:
		return errors.New("use_rslora and use_dora are not supported")
	case c.Bias != "" && c.Bias != "none":
		return fmt.Errorf("bias is %q, want none", c.Bias)
	case len(c.Whole) > 0:
		return fmt.Errorf("modules_to_save is %v: whole matrices are not supported", c.Whole)
	}
	return nil
}

// scale is what B of a module has to be multiplied by, so that alpha/r of the whole fits it.
func (c peftConfig) scale(theirs string, rank int) float64 {
	alpha := c.Alpha
	for end, a := range c.AlphaPattern {
		if theirs == end || strings.HasSuffix(theirs, "."+end) {
			alpha = a
		}
	}
	return alpha / float64(rank) / (c.Alpha / float64(c.Rank))
}

// readAdapters puts the modules of a file together to matrices of ours.
func readAdapters(file *safetensors.Reader, cfg peftConfig, model nn.GPTConfig) (map[string][2]*tensor.Tensor, error) {
	layers, all, err := modules(model)
	if err != nil {
		return nil, err
	}
	adapters, known := map[string][2]*tensor.Tensor{}, 0
	for layer := range model.Layers {
		for _, part := range all {
			at := fmt.Sprintf("%s%d.%s.", layers, layer, part.theirs)
			if _, found := file.Info(at + "lora_A.weight"); !found {
				continue
			}
			if err := part.check(file, at); err != nil {
				return nil, err
			}
			a, err := readMatrix(file, at+"lora_A.weight")
			if err != nil {
				return nil, err
			}
			b, err := readMatrix(file, at+"lora_B.weight")
			if err != nil {
				return nil, err
			}
			known += 2
			b = b.Scale(cfg.scale(part.theirs, a.Dim(0)))
			name := fmt.Sprintf("layers.%d.%s", layer, part.ours)
			adapters[name] = join(adapters[name], a, b, part.from, rowsOf(all, part.ours))
		}
	}
	if known != len(file.Names()) || known == 0 {
		return nil, fmt.Errorf("%d of its %d tensors are adapters of such a model: want names like %s0.%s.lora_A.weight, and %d layers", known, len(file.Names()), layers, all[0].theirs, model.Layers)
	}
	return adapters, nil
}

// join puts an adapter of some rows beside those of others: A below A, and B in columns of its own; with the same A, as SaveAdapters writes it for all rows,
// they share columns.
func join(so [2]*tensor.Tensor, a, b *tensor.Tensor, from, rows int) [2]*tensor.Tensor {
	whole := tensor.Zeros(rows, b.Dim(1))
	whole.Slice(0, from, from+b.Dim(0)).Assign(b)
	if so[0] == nil {
		return [2]*tensor.Tensor{a, whole}
	}
	if slices.Equal(so[0].Shape(), a.Shape()) && so[0].Equal(a) {
		return [2]*tensor.Tensor{a, so[1].Add(whole)}
	}
	return [2]*tensor.Tensor{tensor.Concat(0, so[0], a), tensor.Concat(1, so[1], whole)}
}

// rowsOf is how many rows a matrix of ours has.
func rowsOf(all []module, ours string) (n int) {
	for _, m := range all {
		if m.ours == ours {
			n = max(n, m.from+m.rows)
		}
	}
	return n
}

// check compares the shapes that a file claims for A and B with the module's, before anything is read.
func (m module) check(file *safetensors.Reader, at string) error {
	var shapes [2][]int
	for i, name := range []string{"lora_A.weight", "lora_B.weight"} {
		info, found := file.Info(at + name)
		if !found || len(info.Shape) != 2 {
			return fmt.Errorf("%s%s is missing, or no matrix", at, name)
		}
		shapes[i] = info.Shape
	}
	a, b := shapes[0], shapes[1]
	switch {
	case b[0] != m.rows || b[1] != a[0]:
		return fmt.Errorf("%slora_B.weight is %v, want [%d %d]", at, b, m.rows, a[0])
	case a[0] < 1 || a[1] != m.columns:
		return fmt.Errorf("%slora_A.weight is %v, want [r %d]", at, a, m.columns)
	}
	return nil
}

func readMatrix(file *safetensors.Reader, name string) (*tensor.Tensor, error) {
	info, _ := file.Info(name)
	numbers := make([]float32, info.Elements())
	if err := file.Float32s(name, numbers); err != nil {
		return nil, err
	}
	return tensor.New(numbers, info.Shape...), nil
}
