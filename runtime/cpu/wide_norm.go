package cpu

import (
	"fmt"
	"math"

	"github.com/resident-go/resident/runtime/device"
)

// column is an array of one number per column, nil if it was left out.
func column(v device.View) []float64 {
	if !v.Given() {
		return nil
	}
	x, a := make([]float64, v.Size()), open(v)
	a.load(x, v.Offset, v.Strides[0])
	return x
}

// addToColumn adds sums to what is there.
func addToColumn(v device.View, sums []float64) {
	if !v.Given() {
		return
	}
	x, a := column(v), open(v)
	for i, s := range sums {
		x[i] += s
	}
	a.store(x, v.Offset, v.Strides[0])
}

// moments are the mean (0 for RMS norm) and the reciprocal of the standard deviation or of the root mean square.
func moments(x []float64, rms bool, eps float64) (mean, rstd float64) {
	if !rms {
		for _, v := range x {
			mean += v
		}
		mean /= float64(len(x))
	}
	squares := 0.0
	for _, v := range x {
		squares += (v - mean) * (v - mean)
	}
	return mean, 1 / math.Sqrt(squares/float64(len(x))+eps)
}

func wideNorm(o device.Norm, c *call) {
	weight, bias := column(o.Weight), column(o.Bias)
	c.wideRows(func(v [][]float64) {
		mean, rstd := moments(v[1], o.RMS, o.Eps)
		if v[2] != nil {
			v[2][0] = mean
		}
		if v[3] != nil {
			v[3][0] = rstd
		}
		for i, x := range v[1] {
			y := (x - mean) * rstd
			if weight != nil {
				y *= weight[i]
			}
			if bias != nil {
				y += bias[i]
			}
			v[0][i] = y
		}
	}, 0b0010, 0b1101, o.Dst, o.X, o.Mean, o.Rstd)
}

// wideNormGrad: with h the normalised row and s = DY · Weight, DX = Rstd · (s - mean of s - h · mean of s·h).
func wideNormGrad(o device.NormGrad, c *call) {
	n := int(c.n)
	weight, dweight, dbias := column(o.Weight), make([]float64, n), make([]float64, n)
	h, s := make([]float64, n), make([]float64, n)
	c.wideRows(func(v [][]float64) {
		mean, rstd := 0.0, v[5][0]
		if !o.RMS {
			mean = v[4][0]
		}
		a, b := 0.0, 0.0
		for i, g := range v[1] {
			h[i], s[i] = (v[0][i]-mean)*rstd, g
			dweight[i] += g * h[i]
			dbias[i] += g
			if weight != nil {
				s[i] *= weight[i]
			}
			a += s[i]
			b += s[i] * h[i]
		}
		a, b = a/float64(n), b/float64(n)
		if o.RMS {
			a = 0
		}
		for i := range v[2] {
			g := rstd * (s[i] - a - h[i]*b)
			if v[3] != nil {
				g += v[3][i] // may be what is overwritten now
			}
			v[2][i] = g
		}
	}, 0b111011, 0b000100, o.X, o.DY, o.DX, o.Residual, o.Mean, o.Rstd)
	addToColumn(o.DWeight, dweight)
	addToColumn(o.DBias, dbias)
}

func wideCrossEntropy(o device.CrossEntropy, c *call) (err error) {
	row := -1
	c.wideRows(func(v [][]float64) {
		row++
		target := int(v[3][0])
		if target >= len(v[0]) {
			if err == nil {
				err = badTarget(target, row, len(v[0]))
			}
			return
		}
		most, rest := logSumExp(v[0])
		scale := o.Scale
		if v[2][0] = 0; target >= 0 {
			v[2][0] = most - v[0][target] + rest
		} else {
			scale = 0
		}
		for i := range v[1] {
			g := math.Exp(v[0][i] - most - rest)
			if i == target {
				g--
			}
			if v[1][i] = 0; scale != 0 {
				v[1][i] = scale * g
			}
		}
	}, 0b1001, 0b0110, o.Logits, o.DLogits, o.Losses, o.Targets)
	return err
}

func badTarget(target, row, classes int) error {
	return fmt.Errorf("cross-entropy: target %d of row %d is no class, there are %d", target, row, classes)
}
