package hf

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"reflect"

	"github.com/resident-go/resident/runtime/nn/rope"
)

// ropeJSON is how rotary positions are stretched: rope_parameters since version 5 of transformers, rope_scaling before.
type ropeJSON struct {
	Type       string  `json:"rope_type,omitempty"`
	OldType    string  `json:"type,omitempty"`
	Theta      float64 `json:"rope_theta,omitempty"`
	PartRotary float64 `json:"partial_rotary_factor,omitempty"`

	Factor    float64 `json:"factor,omitempty"`
	Original  int     `json:"original_max_position_embeddings,omitempty"`
	LowFreq   float64 `json:"low_freq_factor,omitempty"`
	HighFreq  float64 `json:"high_freq_factor,omitempty"`
	BetaFast  float64 `json:"beta_fast,omitempty"`
	BetaSlow  float64 `json:"beta_slow,omitempty"`
	Magnitude float64 `json:"attention_factor,omitempty"`
	Scale     float64 `json:"mscale,omitempty"`
	ScaleAll  float64 `json:"mscale_all_dim,omitempty"`
	Truncate  *bool   `json:"truncate,omitempty"`

	Short []float64 `json:"short_factor,omitempty"` // of longrope: in texts that are no longer than the original length, and in longer ones
	Long  []float64 `json:"long_factor,omitempty"`

	// Gemma 3's, instead of all others: one for each kind of layer.
	Full  *ropeJSON `json:"full_attention,omitempty"`
	Local *ropeJSON `json:"sliding_attention,omitempty"`
}

// rotary finds the base of the rotary positions, and their scaling, where transformers finds it, and refuses what is not known. A model that is stretched in
// one of two ways, by the length of a text, is read for those of its original length.
func (j *llamaJSON) rotary(c *Config) error {
	var found ropeJSON
	field := "rope_scaling"
	switch {
	case j.Scaling != nil && !reflect.DeepEqual(*j.Scaling, ropeJSON{}):
		found = *j.Scaling
	case j.Rope != nil:
		found, field = *j.Rope, "rope_parameters"
	}
	c.RopeTheta = j.Theta
	if c.Form == Gemma3 {
		c.LocalTheta = j.LocalTheta
		var err error
		if found, err = found.ofGemma(c, field); err != nil {
			return err
		}
	}
	for _, part := range []float64{j.PartRotary, found.PartRotary} {
		if part != 0 && part != 1 {
			return fmt.Errorf("partial_rotary_factor %v is not supported, expected 1", part)
		}
	}
	if j.Original != 0 {
		found.Original = j.Original
	}
	if c.Form == Phi3 && (found.kind() == "su" || found.kind() == "yarn") { // the names it once had
		found.Type = string(rope.LongRoPE)
	}
	s, err := found.scaling(j.Positions)
	if err != nil {
		return fmt.Errorf("%s %w", field, err)
	}
	c.RopeScaling = s
	if found.Theta != 0 {
		c.RopeTheta = found.Theta
	}
	if s.Kind == rope.LongRoPE {
		c.Block = min(c.Block, s.Original)
	}
	return nil
}

// ofGemma are the positions of layers without a window. Those of layers with one are not stretched.
func (j ropeJSON) ofGemma(c *Config, field string) (ropeJSON, error) {
	if j.Full == nil && j.Local == nil {
		if field == "rope_parameters" && !reflect.DeepEqual(j, ropeJSON{}) {
			return j, errors.New("rope_parameters is not supported without full_attention and sliding_attention")
		}
		return j, nil
	}
	if j.Local != nil {
		if kind := j.Local.kind(); kind != "" && kind != "default" {
			return j, fmt.Errorf("%s of type %q for sliding_attention is not supported, expected default", field, kind)
		}
		if j.Local.Theta != 0 {
			c.LocalTheta = j.Local.Theta
		}
	}
	if j.Full != nil {
		return *j.Full, nil
	}
	return ropeJSON{}, nil
}

func (j ropeJSON) kind() string { return cmp.Or(j.Type, j.OldType) }

// scaling is what is said of a model of so many positions. The kind dynamic changes nothing up to there, which is as far as models go here.
func (j ropeJSON) scaling(positions int) (s rope.Scaling, err error) {
	kind := j.kind()
	original, factor := j.Original, j.Factor
	if original == 0 {
		original = positions
	}
	switch kind {
	case "", "default", "dynamic":
		return s, nil
	case "linear":
		s = rope.Scaling{Kind: rope.Linear, Factor: factor}
	case "llama3":
		s = rope.Scaling{Kind: rope.Llama3, Factor: factor, Original: original, LowFreq: j.LowFreq, HighFreq: j.HighFreq}
	case "yarn":
		if factor == 0 && original > 0 {
			factor = float64(positions) / float64(original)
		}
		s = rope.Scaling{Kind: rope.YaRN, Factor: factor, Original: original, BetaFast: j.BetaFast, BetaSlow: j.BetaSlow, Magnitude: j.magnitude(factor),
			Exact: j.Truncate != nil && !*j.Truncate}
	case "longrope":
		if factor == 0 && original > 0 {
			factor = max(1, float64(positions)/float64(original))
		}
		s = rope.Scaling{Kind: rope.LongRoPE, Factor: factor, Original: original, Pairs: j.Short, Magnitude: j.Magnitude}
		if s.Magnitude == 0 && original > 1 {
			s.Magnitude = math.Sqrt(s.Sharpness())
		}
	default:
		return s, fmt.Errorf("of type %q is not supported, expected default, linear, dynamic, llama3, yarn or longrope", kind)
	}
	if err := s.Check(); err != nil {
		return s, fmt.Errorf("does not make sense: %w", err)
	}
	return s, nil
}

// magnitude is YaRN's, 0 where it is the usual one.
func (j ropeJSON) magnitude(factor float64) float64 {
	if j.Magnitude != 0 || j.Scale == 0 || j.ScaleAll == 0 {
		return j.Magnitude
	}
	of := func(scale float64) float64 { return 1 + scale*math.Log(max(factor, 1))/10 }
	return of(j.Scale) / of(j.ScaleAll)
}

// ropeOf is the reverse of scaling.
func ropeOf(s rope.Scaling) *ropeJSON {
	if s.Kind == "" {
		return nil
	}
	j := &ropeJSON{Type: string(s.Kind), Factor: s.Factor, Original: s.Original, LowFreq: s.LowFreq, HighFreq: s.HighFreq, BetaFast: s.BetaFast, BetaSlow: s.BetaSlow, Magnitude: s.Magnitude}
	j.Short, j.Long = s.Pairs, s.Pairs // no text is longer than the original length
	if s.Exact {
		j.Truncate = new(bool)
	}
	return j
}
