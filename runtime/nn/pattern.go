package nn

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/tensor"
)

// The letters of [GPTConfig.Pattern]: Gemma 3's is "wwwwwf", SmolLM3's "fffn".
const (
	FullLayer   = 'f' // attention to all earlier tokens
	WindowLayer = 'w' // attention through the window
	BareLayer   = 'n' // attention to all earlier tokens without regard to positions, beside Rotary ones (NoPE, arXiv:2305.19466)
)

// kind is the letter of a layer.
func (c GPTConfig) kind(layer int) byte {
	switch {
	case c.Pattern != "":
		return c.Pattern[layer%len(c.Pattern)]
	case c.Window > 0:
		return WindowLayer
	}
	return FullLayer
}

// window is how many tokens attention reaches back in a layer, 0 for all that a model of this block can have.
func (c GPTConfig) window(layer int) int {
	if c.kind(layer) == WindowLayer && c.Window < c.BlockSize {
		return c.Window
	}
	return 0
}

// local reports whether a layer has a base of rotary positions of its own.
func (c GPTConfig) local(layer int) bool { return c.LocalRopeBase > 0 && c.kind(layer) == WindowLayer }

// attention is what a layer's is like, without operands.
func (c GPTConfig) attention(layer int) device.Attention {
	scale := c.AttnScale
	if scale == 0 {
		scale = 1 / math.Sqrt(float64(c.HeadSize))
	}
	if c.turns(layer) && !c.local(layer) {
		scale *= c.RopeScaling.Sharpness()
	}
	return device.Attention{Scale: scale, Cap: c.AttnCap, Causal: true, Window: c.window(layer)}
}

// turns reports whether a layer turns queries and keys by their positions.
func (c GPTConfig) turns(layer int) bool { return c.Rotary && c.kind(layer) != BareLayer }

// rotary is how a layer turns queries and keys; frequencies are those of stretched positions, if there are any.
func (c GPTConfig) rotary(layer int, frequencies device.View) device.Rotary {
	if c.local(layer) {
		return device.Rotary{Base: c.LocalRopeBase}
	}
	return device.Rotary{Base: c.RopeBase, Frequencies: frequencies}
}

// turned is x, queries or keys, with its positions.
func (m *GPT) turned(layer int, x *tensor.Tensor) *tensor.Tensor {
	switch c := m.Config; {
	case !c.turns(layer):
		return x
	case m.frequencies != nil && !c.local(layer):
		return x.RotaryBy(0, m.frequencies)
	default:
		return x.Rotary(0, c.rotary(layer, device.View{}).Base)
	}
}

// capped are the operations that keep scores within the cap, in place, if there is one.
func (c GPTConfig) capped(x device.View) []device.Op {
	if c.LogitCap == 0 {
		return nil
	}
	return []device.Op{device.Unary{Op: device.Affine, Dst: x, X: x, P: 1 / c.LogitCap}, device.Unary{Op: device.Tanh, Dst: x, X: x},
		device.Unary{Op: device.Affine, Dst: x, X: x, P: c.LogitCap}}
}

// validatePattern checks what layers see of their texts.
func (c GPTConfig) validatePattern() (errs []error) {
	if i := strings.IndexFunc(c.Pattern, func(r rune) bool { return !strings.ContainsRune(string([]byte{FullLayer, WindowLayer, BareLayer}), r) }); i >= 0 {
		//lint:ignore ST1005 it begins with a field's name
		errs = append(errs, fmt.Errorf("Pattern is %q, must be letters %c, %c and %c", c.Pattern, FullLayer, WindowLayer, BareLayer))
	}
	if through := strings.ContainsRune(c.Pattern, WindowLayer); c.Window < 0 || through && c.Window == 0 || c.Window > 0 && c.Pattern != "" && !through {
		//lint:ignore ST1005 it begins with a field's name
		errs = append(errs, fmt.Errorf("Window is %d and Pattern %q, must both name a window, or neither", c.Window, c.Pattern))
	}
	if strings.ContainsRune(c.Pattern, BareLayer) && !c.Rotary {
		//lint:ignore ST1005 it begins with a field's name
		errs = append(errs, errors.New("Pattern has layers without positions, which are for Rotary ones"))
	}
	for _, f := range []struct {
		name  string
		value float64
	}{{"LocalRopeBase", c.LocalRopeBase}, {"AttnScale", c.AttnScale}, {"AttnCap", c.AttnCap}, {"LogitCap", c.LogitCap}} {
		if !(f.value >= 0) {
			errs = append(errs, fmt.Errorf("%s is %g, must be positive, or 0", f.name, f.value))
		}
	}
	if c.LocalRopeBase > 0 && (c.Window == 0 || !c.Rotary) {
		errs = append(errs, errors.New("LocalRopeBase is for a Window and Rotary positions"))
	}
	return errs
}
