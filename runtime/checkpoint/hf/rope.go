package hf

import (
	"fmt"
	"math"

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
}

// rotary finds the base of the rotary positions, and their scaling, where transformers finds it, and refuses what is not known.
func (j *llamaJSON) rotary() (theta float64, s rope.Scaling, err error) {
	var found ropeJSON
	field := "rope_scaling"
	switch {
	case j.Scaling != nil && *j.Scaling != (ropeJSON{}):
		found = *j.Scaling
	case j.Rope != nil:
		found, field = *j.Rope, "rope_parameters"
	}
	for _, part := range []float64{j.PartRotary, found.PartRotary} {
		if part != 0 && part != 1 {
			return 0, s, fmt.Errorf("partial_rotary_factor %v is not supported, expected 1", part)
		}
	}
	if s, err = found.scaling(j.Positions); err != nil {
		return 0, s, fmt.Errorf("%s %w", field, err)
	}
	if found.Theta != 0 {
		return found.Theta, s, nil
	}
	return j.Theta, s, nil
}

// scaling is what is said of a model of so many positions. The kind dynamic changes nothing up to there, which is as far as models go here.
func (j ropeJSON) scaling(positions int) (s rope.Scaling, err error) {
	kind := j.Type
	if kind == "" {
		kind = j.OldType
	}
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
	default:
		return s, fmt.Errorf("of type %q is not supported, expected default, linear, dynamic, llama3 or yarn", kind)
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
	if s.Exact {
		j.Truncate = new(bool)
	}
	return j
}
