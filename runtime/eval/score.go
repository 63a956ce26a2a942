package eval

import (
	"fmt"
	"math"
)

// Score is the mean of a number over examples, with its standard error.
type Score struct {
	Mean   float64
	StdErr float64 // the sample's standard deviation, divided by √N; NaN for fewer than two examples
	N      int
}

// Mean is the score of some numbers, one for each example. Without any it is NaN.
func Mean(values []float64) Score {
	s := Score{N: len(values)}
	for _, v := range values {
		s.Mean += v
	}
	s.Mean /= float64(s.N)
	square := 0.0
	for _, v := range values {
		square += (v - s.Mean) * (v - s.Mean)
	}
	s.StdErr = math.Sqrt(square / float64(s.N-1) / float64(s.N))
	return s
}

// Share is the score of what is right or wrong: the mean of ones and zeros.
func Share(right []bool) Score { return Mean(numbers(right)) }

// Paired is by how much the second of two tries at the same examples is better than the first: the mean of the differences. Its error is smaller
// than that of two separate scores where both tries find the same examples hard. Tries of unequal number have none in common: the score is NaN.
func Paired(before, after []bool) Score {
	if len(before) != len(after) {
		return Mean(nil)
	}
	d, b := numbers(after), numbers(before)
	for i := range d {
		d[i] -= b[i]
	}
	return Mean(d)
}

func numbers(right []bool) []float64 {
	v := make([]float64, len(right))
	for i, r := range right {
		if r {
			v[i] = 1
		}
	}
	return v
}

// String says it in percent.
func (s Score) String() string {
	if math.IsNaN(s.StdErr) {
		return fmt.Sprintf("%.1f %% (n = %d)", 100*s.Mean, s.N)
	}
	return fmt.Sprintf("%.1f %% ± %.1f (n = %d)", 100*s.Mean, 100*s.StdErr, s.N)
}
