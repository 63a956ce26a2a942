package cost

import (
	"fmt"
	"math"
)

// A plan is a prediction for a model whose sizes are known, with the memory it takes.

// Trainer is how a model is trained.
type Trainer struct {
	Model     Model
	Tokens    float64
	Length    int     // of a sequence, whose attention is counted; 0 leaves attention out, which is the rule 6 N D
	Recompute bool    // activations are computed again on the way back: a third more arithmetic, for memory
	State     float64 // bytes that a parameter takes with its gradient and the optimiser's state; 0 is 16 (see TrainPlan)
}

// TrainPlan is what training takes.
//
//	FLOPs      D · (6 M + 12 L A T), or 6 N D; with activations computed again 8 and 16 in the place of 6 and 12
//	hours      FLOPs / (peak · utilisation) / 3600, of one device
//	memory     16 N bytes: weights and gradients in 16 bits, and in float32 weights and AdamW's two means
//	           (Rajbhandari et al. 2020, ZeRO, arXiv:1910.02054, section 3.1). Activations come on top.
type TrainPlan struct {
	Prediction
	DeviceHours float64 // of all devices together
	StateBytes  float64
	AtLeast     int // devices, for their memory to hold that much; 0 if the memory is not known
}

// Plan says what training would take on some hardware.
func (t Trainer) Plan(h Hardware) (TrainPlan, error) {
	if t.Model.Params <= 0 || !(t.Tokens >= 0) || t.Length < 0 || t.State < 0 {
		return TrainPlan{}, fmt.Errorf("plan training: %d parameters, %v tokens in sequences of %d, %v bytes a parameter: expected positive numbers", t.Model.Params, t.Tokens, t.Length, t.State)
	}
	p, err := PredictFLOPs(t.FLOPs(), h)
	if err != nil {
		return TrainPlan{}, fmt.Errorf("plan training: %w", err)
	}
	p.TokensIn = int64(t.Tokens)
	bytes := t.State
	if bytes == 0 {
		bytes = 16
	}
	plan := TrainPlan{Prediction: p, DeviceHours: p.Seconds * float64(h.Count) / hour, StateBytes: bytes * float64(t.Model.Params)}
	plan.AtLeast = devices(plan.StateBytes, h)
	return plan, nil
}

// FLOPs are those of the whole training.
func (t Trainer) FLOPs() float64 {
	token := 6 * float64(t.Model.Params)
	if t.Length > 0 {
		token = t.Model.TrainFLOPs(t.Length)
	}
	if t.Recompute {
		token *= 4.0 / 3
	}
	return token * t.Tokens
}

// devices hold so many bytes.
func devices(bytes float64, h Hardware) int {
	if h.Memory <= 0 {
		return 0
	}
	return int(math.Ceil(bytes / h.Memory))
}

// String says it in one line.
func (p TrainPlan) String() string {
	s := fmt.Sprintf("%s, %s device hours, %s for weights and their optimiser", p.Prediction, SI(p.DeviceHours, ""), SI(p.StateBytes, "B"))
	if p.AtLeast > 0 {
		s += fmt.Sprintf(" (at least %d devices)", p.AtLeast)
	}
	return s
}
