package optim

import "math"

// Schedule is the learning rate of each step, which count from 0.
type Schedule func(step int) float64

// Constant is the same learning rate always.
func Constant(lr float64) Schedule { return func(int) float64 { return lr } }

// Cosine rises in a straight line to peak within warmup steps, and falls along half a cosine to floor at step total (arXiv:1608.03983,
// as GPT-3 and nanoGPT use it). After that it stays there.
func Cosine(peak, floor float64, warmup, total int) Schedule {
	return func(step int) float64 {
		switch {
		case step < warmup:
			return peak * float64(step+1) / float64(warmup+1)
		case step >= total:
			return floor
		}
		progress := float64(step-warmup) / float64(total-warmup)
		return floor + (peak-floor)*0.5*(1+math.Cos(math.Pi*progress))
	}
}

// Linear rises like [Cosine] and falls in a straight line.
func Linear(peak, floor float64, warmup, total int) Schedule {
	return func(step int) float64 {
		switch {
		case step < warmup:
			return peak * float64(step+1) / float64(warmup+1)
		case step >= total:
			return floor
		}
		return peak + (floor-peak)*float64(step-warmup)/float64(total-warmup)
	}
}

// Steps multiplies the learning rate by factor after every so many steps; 0 is never.
func Steps(lr, factor float64, every int) Schedule {
	if every < 1 {
		return Constant(lr)
	}
	return func(step int) float64 { return lr * math.Pow(factor, float64(step/every)) }
}
