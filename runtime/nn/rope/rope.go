// Package rope is how fast rotary positions turn (Su et al., arXiv:2104.09864), and the ways in which models are stretched to longer
// texts than they were first trained on.
//
// Pair i of a head of d numbers is turned by position·f(i), where f(i) = base^(-2i/d). After 2π/f(i) tokens, its wavelength, it is where
// it was. A [Scaling] makes some of these frequencies smaller.
package rope

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
)

// Kind is a way of stretching.
type Kind string

// The ways that are known.
const (
	Linear Kind = "linear" // all frequencies are divided by the factor (Chen et al., arXiv:2306.15595)
	Llama3 Kind = "llama3" // those of long waves are, those of short ones stay, with a ramp between (Llama 3.1, as transformers computes it)
	YaRN   Kind = "yarn"   // the same with a ramp over the pairs, and sharper attention (Peng et al., arXiv:2309.00071)

	LongRoPE Kind = "longrope" // each pair's is divided by a factor of its own, with sharper attention (Ding et al., arXiv:2402.13753)
)

// Scaling says how rotary positions are stretched. The zero value leaves them as they are.
type Scaling struct {
	Kind     Kind
	Factor   float64 // how many times as long texts become; 1 or more
	Original int     // tokens of the longest text before that (Llama3, YaRN, LongRoPE)

	LowFreq, HighFreq float64 // of Llama3: waves longer than Original/LowFreq are stretched, those shorter than Original/HighFreq are not

	BetaFast, BetaSlow float64 // of YaRN: pairs that turn more often than BetaFast in Original tokens stay, those below BetaSlow are stretched; 0 are 32 and 1
	Magnitude          float64 // of YaRN and LongRoPE: what queries and keys are multiplied by; 0 is 1 + ln(Factor)/10, or for LongRoPE √(1 + ln(Factor)/ln(Original))
	Exact              bool    // of YaRN: the ends of the ramp are not rounded to whole pairs

	Pairs []float64 // of LongRoPE: the factors of the pairs
}

// Check says what makes no sense.
func (s Scaling) Check() error {
	switch {
	case reflect.DeepEqual(s, Scaling{}):
		return nil
	case s.Kind != Linear && s.Kind != Llama3 && s.Kind != YaRN && s.Kind != LongRoPE:
		return fmt.Errorf("the kind of scaling is %q, expected %s, %s, %s or %s", s.Kind, Linear, Llama3, YaRN, LongRoPE)
	case !within(s.Factor, 1, 1e6):
		return fmt.Errorf("the factor of %s scaling is %v, expected 1 or more", s.Kind, s.Factor)
	case s.Kind == Linear:
		return nil
	case s.Original < 1:
		return fmt.Errorf("the original length of %s scaling is %d, expected 1 or more", s.Kind, s.Original)
	case s.Kind == Llama3 && !(within(s.LowFreq, 1e-6, 1e6) && within(s.HighFreq, 1e-6, 1e6) && s.LowFreq < s.HighFreq):
		return fmt.Errorf("the frequency factors of llama3 scaling are %v and %v, expected two positive numbers, the low one first", s.LowFreq, s.HighFreq)
	}
	for _, f := range s.Pairs {
		if s.Kind == LongRoPE && !within(f, 1e-6, 1e6) {
			return fmt.Errorf("a pair's factor of longrope scaling is %v, expected a positive number", f)
		}
	}
	if s.Kind == LongRoPE && (!within(s.Magnitude, 0, 1e6) || s.Magnitude == 0 && s.Original < 2) {
		return fmt.Errorf("longrope scaling has a magnitude of %v, expected a positive number", s.Magnitude)
	}
	fast, slow := s.betas()
	if s.Kind == YaRN && !(within(fast, 1e-6, 1e6) && within(slow, 1e-6, 1e6) && fast >= slow && within(s.Magnitude, 0, 1e6)) {
		return fmt.Errorf("yarn scaling has beta_fast %v, beta_slow %v and a magnitude of %v, expected positive numbers, and no smaller beta_fast", fast, slow, s.Magnitude)
	}
	return nil
}

func within(v, low, high float64) bool { return v >= low && v <= high }

func (s Scaling) betas() (fast, slow float64) { return cmp.Or(s.BetaFast, 32), cmp.Or(s.BetaSlow, 1) }

// CheckHead says what makes no sense for heads of d numbers.
func (s Scaling) CheckHead(d int) error {
	if s.Kind == LongRoPE && len(s.Pairs) != d/2 {
		return fmt.Errorf("longrope scaling has factors for %d pairs, expected %d for heads of %d", len(s.Pairs), d/2, d)
	}
	return nil
}

// Frequencies are those of the d/2 pairs of a head, in radians per token.
func (s Scaling) Frequencies(d int, base float64) []float64 {
	f := make([]float64, d/2)
	low, high := s.ramp(d, base)
	for i := range f {
		f[i] = math.Pow(base, -2*float64(i)/float64(d))
		stretched := f[i] / s.Factor
		switch s.Kind {
		case Linear:
			f[i] = stretched
		case Llama3:
			turns := float64(s.Original) * f[i] / (2 * math.Pi)
			f[i] = mix(stretched, f[i], (turns-s.LowFreq)/(s.HighFreq-s.LowFreq))
		case YaRN:
			f[i] = mix(f[i], stretched, (float64(i)-low)/(high-low))
		case LongRoPE:
			f[i] /= s.Pairs[i]
		}
	}
	return f
}

// mix goes from a to b while the share goes from 0 to 1.
func mix(a, b, share float64) float64 {
	share = min(max(share, 0), 1)
	return a*(1-share) + b*share
}

// ramp is between which pairs YaRN goes over from frequencies as they are to stretched ones.
func (s Scaling) ramp(d int, base float64) (low, high float64) {
	if s.Kind != YaRN {
		return 0, 1
	}
	pair := func(turns float64) float64 { // which turns so often in the original length
		return float64(d) * math.Log(float64(s.Original)/(turns*2*math.Pi)) / (2 * math.Log(base))
	}
	fast, slow := s.betas()
	low, high = pair(fast), pair(slow)
	if !s.Exact {
		low, high = math.Floor(low), math.Ceil(high)
	}
	low, high = max(low, 0), min(high, float64(d-1))
	if low == high {
		high += 0.001
	}
	return low, high
}

// Sharpness is what the scores of attention are multiplied by: the square of the magnitude of queries and keys.
func (s Scaling) Sharpness() float64 {
	m := 1.0
	switch s.Kind {
	case YaRN:
		m = cmp.Or(s.Magnitude, 1+math.Log(s.Factor)/10)
	case LongRoPE:
		m = cmp.Or(s.Magnitude, math.Sqrt(1+math.Log(s.Factor)/math.Log(float64(s.Original))))
	}
	return m * m
}
