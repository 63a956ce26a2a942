package cost

import "fmt"

// Prediction is work that has not been done, and what it would take.
type Prediction struct {
	Counts
	Hardware Hardware
	Joules   float64
	Price    float64 // in Hardware.Currency
}

// Predict says what training takes by the rule 6 N D: so many parameters and tokens. It is an error when the hardware makes
// no sense.
func Predict(params, tokens float64, h Hardware) (Prediction, error) {
	p, err := PredictFLOPs(6*params*tokens, h)
	p.TokensIn = int64(tokens)
	return p, err
}

// PredictFLOPs says what so many operations take.
func PredictFLOPs(flops float64, h Hardware) (Prediction, error) {
	switch {
	case !(flops >= 0):
		return Prediction{}, fmt.Errorf("predict: %v operations, expected 0 or more", flops)
	case !(h.FLOPS > 0):
		return Prediction{}, fmt.Errorf("predict: %s: a peak of %v FLOP/s, expected more than 0", h.Name, h.FLOPS)
	case !(h.Utilisation > 0 && h.Utilisation <= 1):
		return Prediction{}, fmt.Errorf("predict: %s: a utilisation of %v, expected more than 0 and at most 1", h.Name, h.Utilisation)
	case h.Count < 1:
		return Prediction{}, fmt.Errorf("predict: %s: %d devices, expected at least 1", h.Name, h.Count)
	}
	p := Prediction{Hardware: h}
	p.FLOPs = flops
	p.Seconds = flops / (h.FLOPS * h.Utilisation * float64(h.Count))
	p.Joules, p.Price = h.Joules(p.Seconds, h.Count), h.Rates.Price(p.Seconds, h.Count)
	return p, nil
}

// String says it in one line.
func (p Prediction) String() string {
	return fmt.Sprintf("%s on %d × %s: %s, %s, %s", SI(p.FLOPs, "FLOP"), p.Hardware.Count, p.Hardware.Name,
		Seconds(p.Seconds), Energy(p.Joules), Money(p.Price, p.Hardware.Currency))
}

// DecodeSeconds is the least time for one written token on one device: whichever of its arithmetic and its memory takes
// longer, each at its peak (the roofline). Of the memory only weights and cache are counted, see [Model.DecodeBytes].
func (h Hardware) DecodeSeconds(m Model, context int, weight, number float64) float64 {
	return max(per(m.InferFLOPs(context+1), h.FLOPS), per(m.DecodeBytes(context, weight, number), h.Bandwidth))
}

// Utilisation is the share of a peak, in operations a second, that work has reached: model FLOPs utilisation, MFU, when the
// operations are those of [Model.TrainFLOPs].
func (c Counts) Utilisation(peak float64) float64 { return per(per(c.FLOPs, c.Seconds), peak) }
