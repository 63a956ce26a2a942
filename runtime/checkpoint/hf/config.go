package hf

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/resident-go/resident/runtime/nn/rope"
)

// Config is a config.json: the sizes, and what else decides what a model computes and how it was trained.
type Config struct {
	Model
	Activation Activation
	NormEps    float64 // added to the variance in norms
	InitStd    float64 // standard deviation of initial weights

	// All but GPT-2.
	RopeTheta   float64 // base of rotary positions
	RopeScaling rope.Scaling
	Window      int     // how many tokens attention reaches back, itself among them; 0 for all
	Pattern     string  // which layers have the window, and more: a letter for each, over and over; see Layer. Empty is all alike
	LocalTheta  float64 // base of rotary positions in layers with a window (Gemma 3), 0 for RopeTheta
	QueryScalar int     // scores of attention are divided by its root (Gemma 2 and 3), 0 for HeadDim
	AttnCap     float64 // they become cap·tanh(score/cap) (Gemma 2), 0 for no cap
	LogitCap    float64 // so do the scores of the next token
	EmbedScale  float64 // what the tokens' vectors are multiplied by, 0 for nothing (Gemma: the root of Embed)

	EmbedDropout, AttnDropout, ResidDropout float64 // probabilities

	BOS, PAD int    // token ids, -1 for none
	EOS      []int  // any of these ends a text
	DType    string // of the weights, as PyTorch names it, such as "bfloat16"; empty when not said
}

// Activation is the function inside the feed-forward part.
type Activation string

// The activations that are known.
const (
	GELU     Activation = "gelu"     // x Φ(x), exact
	GELUTanh Activation = "gelu_new" // its approximation by tanh, in GPT-2
	SiLU     Activation = "silu"     // x σ(x)
)

// The letters of [Config.Pattern].
const (
	FullLayer   = 'f' // attention to all earlier tokens
	WindowLayer = 'w' // attention through the window
	BareLayer   = 'n' // attention to all earlier tokens without regard to positions (SmolLM3)
)

// common are the fields of config.json that all forms have.
type common struct {
	Architectures []string        `json:"architectures,omitempty"`
	ModelType     Form            `json:"model_type"`
	VocabSize     int             `json:"vocab_size"`
	InitRange     float64         `json:"initializer_range"`
	Tied          bool            `json:"tie_word_embeddings"`
	BOS           *int            `json:"bos_token_id"`
	EOS           tokens          `json:"eos_token_id"`
	PAD           *int            `json:"pad_token_id"`
	DType         string          `json:"dtype,omitempty"`
	OldDType      string          `json:"torch_dtype,omitempty"` // before version 5 of transformers
	Quantization  json.RawMessage `json:"quantization_config,omitempty"`
}

// ParseConfig reads a config.json. What is not there has the default of transformers; fields that do not matter here are
// ignored; features that are not supported are errors.
func ParseConfig(text []byte) (Config, error) {
	c, err := parseConfig(text)
	if err == nil {
		err = c.check()
	}
	if err != nil {
		return Config{}, fmt.Errorf("config.json: %w", err)
	}
	return c, nil
}

func parseConfig(text []byte) (Config, error) {
	var head struct {
		ModelType *string `json:"model_type"`
	}
	if err := unmarshal(text, &head); err != nil {
		return Config{}, err
	}
	switch {
	case head.ModelType == nil:
		return Config{}, fmt.Errorf("model_type is missing, expected %s", known)
	case *head.ModelType == string(GPT2):
		return parseGPT2(text)
	case Form(*head.ModelType).known():
		return parseLlama(Form(*head.ModelType), text)
	}
	return Config{}, fmt.Errorf("model_type %q is not supported, expected %s", *head.ModelType, known)
}

// unmarshal is json.Unmarshal with errors that name the field and not our types.
func unmarshal(text []byte, v any) error {
	err := json.Unmarshal(text, v)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		field := wrong.Field[strings.LastIndex(wrong.Field, ".")+1:]
		if field == "" {
			field = "the text"
		}
		return fmt.Errorf("%s is %s, expected %s", field, wrong.Value, kind(wrong))
	}
	return err
}

func kind(e *json.UnmarshalTypeError) string {
	switch e.Type.Kind().String() {
	case "int":
		return "a whole number"
	case "float64":
		return "a number"
	case "bool":
		return "true or false"
	case "string":
		return "a text"
	case "struct", "map":
		return "an object"
	}
	return "a list"
}

// config copies what all forms have.
func (j *common) config() (Config, error) {
	if len(j.Quantization) > 0 && string(j.Quantization) != "null" {
		return Config{}, errors.New("quantization_config is not supported, expected weights in floating point")
	}
	c := Config{InitStd: j.InitRange, BOS: id(j.BOS), PAD: id(j.PAD), EOS: j.EOS, DType: j.DType}
	if c.DType == "" {
		c.DType = j.OldDType
	}
	c.Form, c.Vocab, c.Tied = j.ModelType, j.VocabSize, j.Tied
	return c, nil
}

// common is the reverse of config.
func (c Config) common(architecture string) common {
	return common{
		Architectures: []string{architecture}, ModelType: c.Form, VocabSize: c.Vocab, InitRange: c.InitStd, Tied: c.Tied,
		BOS: pointer(c.BOS), EOS: c.EOS, PAD: pointer(c.PAD), DType: c.DType, OldDType: c.DType,
	}
}

func id(p *int) int {
	if p == nil {
		return -1
	}
	return max(*p, -1)
}

func pointer(id int) *int {
	if id < 0 {
		return nil
	}
	return &id
}

// tokens is one token id, a list, or null for none.
type tokens []int

func (t *tokens) UnmarshalJSON(text []byte) error {
	var one *int
	if err := json.Unmarshal(text, &one); err == nil {
		*t = nil
		if one != nil {
			*t = tokens{*one}
		}
		return nil
	}
	var many []int
	if err := json.Unmarshal(text, &many); err != nil {
		return fmt.Errorf("eos_token_id is %.80s, expected a token id or a list of them", text)
	}
	*t = nil
	if len(many) > 0 {
		*t = many
	}
	return nil
}

func (t tokens) MarshalJSON() ([]byte, error) {
	switch len(t) {
	case 0:
		return []byte("null"), nil
	case 1:
		return json.Marshal(t[0])
	}
	return json.Marshal([]int(t))
}

// check says what numbers make no sense.
func (c Config) check() error {
	if err := c.Check(); err != nil {
		return err
	}
	for _, p := range []struct {
		name  string
		value float64
	}{{"the embedding's dropout", c.EmbedDropout}, {"the attention's dropout", c.AttnDropout}, {"the residual dropout", c.ResidDropout}} {
		if !(p.value >= 0 && p.value < 1) {
			return fmt.Errorf("%s is %v, expected 0 or more and less than 1", p.name, p.value)
		}
	}
	switch {
	case !(c.NormEps > 0 && c.NormEps < 1):
		return fmt.Errorf("the norms' epsilon is %v, expected more than 0 and less than 1", c.NormEps)
	case c.Form != GPT2 && !(c.RopeTheta > 0 && c.RopeTheta <= math.MaxFloat32):
		return fmt.Errorf("rope_theta is %v, expected a positive number", c.RopeTheta)
	case !(c.InitStd >= 0):
		return fmt.Errorf("initializer_range is %v, expected 0 or more", c.InitStd)
	case !(c.LocalTheta >= 0 && c.LocalTheta <= math.MaxFloat32) || c.LocalTheta == 0 && c.Form == Gemma3:
		return fmt.Errorf("rope_local_base_freq is %v, expected a positive number", c.LocalTheta)
	case c.QueryScalar < 0 || c.QueryScalar == 0 && c.Form.sandwich():
		return fmt.Errorf("query_pre_attn_scalar is %d, expected 1 or more", c.QueryScalar)
	case !(c.AttnCap >= 0 && c.LogitCap >= 0):
		return fmt.Errorf("attn_logit_softcapping is %v and final_logit_softcapping %v, expected positive numbers, or null", c.AttnCap, c.LogitCap)
	}
	return errors.Join(c.RopeScaling.CheckHead(c.HeadDim), c.checkLayout())
}

// Encode writes a config.json that any version of transformers reads.
func (c Config) Encode() ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("config.json: %w", err)
	}
	var fields any
	if c.Form == GPT2 {
		fields = c.gpt2()
	} else {
		fields = c.llama()
	}
	text, err := json.MarshalIndent(fields, "", "  ")
	return append(text, '\n'), err
}
