package hf

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The names of letters of a pattern in layer_types.
const (
	fullAttention   = "full_attention"
	windowAttention = "sliding_attention"
)

// optional is a number that may be null, which is 0 here, and is written as one with a point, as some versions of transformers want it.
type optional struct{ value float64 }

func (o *optional) MarshalJSON() ([]byte, error) {
	if o.value == 0 {
		return []byte("null"), nil
	}
	text := strconv.FormatFloat(o.value, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return []byte(text), nil
}

func (o *optional) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, &o.value); err != nil {
		return fmt.Errorf("a cap of scores is %.80s, expected a number or null", text)
	}
	return nil
}

// of is the number, 0 if there is none.
func (o *optional) of() float64 {
	if o == nil {
		return 0
	}
	return o.value
}

// layout finds out which layers look through a window, and which do not know positions.
func (j *llamaJSON) layout(c *Config) error {
	if j.Bidirectional && c.Form.sandwich() {
		return errors.New("use_bidirectional_attention true is not supported, expected false")
	}
	letters, err := j.letters(c.Form)
	if err != nil {
		return err
	}
	through := slices.Contains(letters, WindowLayer)
	if through && j.Window == nil {
		return fmt.Errorf("sliding_window is null, expected a number for layer_types %q", j.LayerTypes)
	}
	if through && *j.Window < 1 {
		return fmt.Errorf("sliding_window is %d, expected 1 or more", *j.Window)
	}
	if through && !c.Form.sandwich() && *j.Window >= c.Block { // it hides nothing
		through = false
		for i, l := range letters {
			if l == WindowLayer {
				letters[i] = FullLayer
			}
		}
	}
	if through {
		c.Window = *j.Window
	}
	c.Pattern = shortest(letters)
	return nil
}

// letters are those of all layers.
func (j *llamaJSON) letters(form Form) ([]byte, error) {
	full := make([]byte, min(max(j.Layers, 0), maxLayers))
	for i := range full {
		full[i] = FullLayer
	}
	switch form {
	case Mistral, Phi3:
		if j.Window != nil {
			return slices.Repeat([]byte{WindowLayer}, len(full)), j.onlyFull()
		}
		return full, j.onlyFull()
	case Qwen2, Qwen3:
		if !j.UseWindow {
			return full, j.onlyFull()
		}
		for i := range full {
			if j.Window != nil && j.WindowLayers != nil && i >= *j.WindowLayers {
				full[i] = WindowLayer
			}
		}
		return j.named(full)
	case Gemma2, Gemma3:
		every := 2
		if form == Gemma3 && j.FullEvery != nil {
			every = *j.FullEvery
		}
		if every < 1 {
			return nil, fmt.Errorf("sliding_window_pattern is %d, expected 1 or more", every)
		}
		for i := range full {
			if (i+1)%every != 0 {
				full[i] = WindowLayer
			}
		}
		return j.named(full)
	case SmolLM3:
		if err := j.bare(full); err != nil {
			return nil, err
		}
	}
	return full, j.onlyFull()
}

// named are the letters that layer_types names, if it is there, instead of those that follow from other fields.
func (j *llamaJSON) named(letters []byte) ([]byte, error) {
	if j.LayerTypes == nil {
		return letters, nil
	}
	if len(j.LayerTypes) != len(letters) {
		return nil, fmt.Errorf("layer_types names %d layers, expected num_hidden_layers, %d", len(j.LayerTypes), len(letters))
	}
	for i, t := range j.LayerTypes {
		switch t {
		case fullAttention:
			letters[i] = FullLayer
		case windowAttention:
			letters[i] = WindowLayer
		default:
			return nil, fmt.Errorf("layer_types %q is not supported, expected %s and %s", t, fullAttention, windowAttention)
		}
	}
	return letters, nil
}

// onlyFull refuses layer_types where they change nothing in transformers, or where they are not known here.
func (j *llamaJSON) onlyFull() error {
	if slices.ContainsFunc(j.LayerTypes, func(t string) bool { return t != fullAttention }) {
		return fmt.Errorf("layer_types %q is not supported, expected %s", j.LayerTypes, fullAttention)
	}
	return nil
}

// bare marks the layers of SmolLM3 that do not know positions.
func (j *llamaJSON) bare(letters []byte) error {
	switch {
	case j.UseWindow && j.Window != nil:
		return errors.New("use_sliding_window true is not supported, expected false")
	case j.NoRope != nil && len(j.NoRope) != len(letters):
		return fmt.Errorf("no_rope_layers names %d layers, expected num_hidden_layers, %d", len(j.NoRope), len(letters))
	case j.NoRope == nil && (j.BareEvery == nil || *j.BareEvery < 1):
		return errors.New("no_rope_layer_interval is expected to be 1 or more")
	}
	for i := range letters {
		if j.NoRope != nil && j.NoRope[i] == 0 || j.NoRope == nil && (i+1)%*j.BareEvery == 0 {
			letters[i] = BareLayer
		}
	}
	return nil
}

// shortest is the pattern that gives these letters, empty where they are all FullLayer, or all WindowLayer.
func shortest(letters []byte) string {
	for n := 1; n <= len(letters); n++ {
		if repeats(letters, n) {
			if n == 1 && letters[0] != BareLayer {
				return ""
			}
			return string(letters[:n])
		}
	}
	return ""
}

// repeats reports whether the first n letters come over and over.
func repeats(letters []byte, n int) bool {
	for i := n; i < len(letters); i++ {
		if letters[i] != letters[i-n] {
			return false
		}
	}
	return true
}

// Layer is the letter of a layer.
func (c Config) Layer(i int) byte {
	switch {
	case c.Pattern != "":
		return c.Pattern[i%len(c.Pattern)]
	case c.Window > 0:
		return WindowLayer
	}
	return FullLayer
}

// checkLayout says what a form cannot have.
func (c Config) checkLayout() error {
	allowed := ""
	switch c.Form {
	case Qwen2, Qwen3, Gemma2, Gemma3:
		allowed = string([]byte{FullLayer, WindowLayer})
	case SmolLM3:
		allowed = string([]byte{FullLayer, BareLayer})
	}
	if strings.Trim(c.Pattern, allowed) != "" || c.Window < 0 || c.Window == 0 && strings.ContainsRune(c.Pattern, WindowLayer) {
		return fmt.Errorf("%s model: layers %q with a window of %d, expected letters of %q", c.Form, c.Pattern, c.Window, allowed)
	}
	return nil
}

// setLayout is the reverse of layout.
func (c Config) setLayout(j *llamaJSON) {
	if c.Window > 0 {
		j.Window, j.UseWindow = &c.Window, c.Form == Qwen2 || c.Form == Qwen3
	}
	switch c.Form {
	case SmolLM3:
		for i := range c.Layers {
			turns := 1
			if c.Layer(i) == BareLayer {
				turns = 0
			}
			j.NoRope = append(j.NoRope, turns)
		}
	case Gemma2, Gemma3, Qwen2, Qwen3:
		if c.Form.sandwich() || c.Window > 0 {
			for i := range c.Layers {
				name := fullAttention
				if c.Layer(i) == WindowLayer {
					name = windowAttention
				}
				j.LayerTypes = append(j.LayerTypes, name)
			}
		}
		if c.Window > 0 && c.Pattern == "" {
			j.WindowLayers = new(int) // as versions before layer_types say it
		}
	}
}
