package plain

import (
	"fmt"
	"math"

	"github.com/resident-go/resident/runtime/device"
)

func softmax(o device.Softmax) {
	dst, x := open(o.Dst), open(o.X)
	n := o.X.Shape[o.X.Rank()-1]
	rows([]device.View{o.Dst, o.X}, func(at []int) {
		most, log := logSumExp(n, func(j int) float64 { return x.get(at[1] + j*x.stride()) })
		for j := range n {
			v := x.get(at[1]+j*x.stride()) - most - log
			if !o.Log {
				v = math.Exp(v)
			}
			dst.set(at[0]+j*dst.stride(), v)
		}
	})
}

// logSumExp is the logarithm of the sum of the exponentials, in two parts: the greatest number, and what is to be added. A sum of both
// would lose the second one beside large numbers. It is NaN if one is infinite.
func logSumExp(n int, x func(j int) float64) (most, log float64) {
	most = math.Inf(-1)
	for j := range n {
		most = max(most, x(j))
	}
	if math.IsInf(most, -1) {
		return most, 0
	}
	return most, math.Log(total(n, func(j int) float64 { return math.Exp(x(j) - most) }))
}

func softmaxGrad(o device.SoftmaxGrad) {
	dx, dy, y := open(o.DX), open(o.DY), open(o.Y)
	n := o.DX.Shape[o.DX.Rank()-1]
	rows([]device.View{o.DX, o.DY, o.Y}, func(at []int) {
		sum := 0.0
		for j := range n {
			g := dy.get(at[1] + j*dy.stride())
			if !o.Log {
				g *= y.get(at[2] + j*y.stride())
			}
			sum += g
		}
		for j := range n {
			g, p := dy.get(at[1]+j*dy.stride()), y.get(at[2]+j*y.stride())
			if o.Log {
				g -= math.Exp(p) * sum
			} else {
				g = p * (g - sum)
			}
			dx.set(at[0]+j*dx.stride(), g)
		}
	})
}

func norm(o device.Norm) {
	dst, x := open(o.Dst), open(o.X)
	more := openAll(o.Weight, o.Bias, o.Mean, o.Rstd)
	weight, bias, mean, rstd := more[0], more[1], more[2], more[3]
	n := o.X.Shape[o.X.Rank()-1]
	each([]device.View{o.Dst, o.X}, []*array{mean, rstd}, func(at []int) {
		m, r := moments(n, o.RMS, o.Eps, func(j int) float64 { return x.get(at[1] + j*x.stride()) })
		if mean != nil {
			mean.set(at[2], m)
		}
		if rstd != nil {
			rstd.set(at[3], r)
		}
		for j := range n {
			v := (x.get(at[1]+j*x.stride()) - m) * r
			if weight != nil {
				v *= weight.get(weight.at(j))
			}
			if bias != nil {
				v += bias.get(bias.at(j))
			}
			dst.set(at[0]+j*dst.stride(), v)
		}
	})
}

// moments are the mean (0 for RMS norm) and the reciprocal of the standard deviation or of the root mean square.
func moments(n int, rms bool, eps float64, x func(j int) float64) (mean, rstd float64) {
	if !rms {
		mean = total(n, x) / float64(n)
	}
	square := total(n, func(j int) float64 { return (x(j) - mean) * (x(j) - mean) }) / float64(n)
	return mean, 1 / math.Sqrt(square+eps)
}

// total is a sum whose rounding errors are added up and put right at the end (Neumaier 1974): an oracle for float64 has to be better than
// float64.
func total(n int, x func(j int) float64) float64 {
	sum, lost := 0.0, 0.0
	for j := range n {
		v := x(j)
		next := sum + v
		if math.Abs(sum) >= math.Abs(v) {
			lost += sum - next + v
		} else {
			lost += v - next + sum
		}
		sum = next
	}
	if math.IsNaN(lost) || math.IsInf(lost, 0) {
		return sum // of infinities
	}
	return sum + lost
}

func normGrad(o device.NormGrad) {
	x, dy := open(o.X), open(o.DY)
	more := openAll(o.DX, o.Residual, o.Mean, o.Rstd, o.Weight)
	dx, residual, mean, rstd, weight := more[0], more[1], more[2], more[3], more[4]
	dweight, weightDone := openSums(o.DWeight)
	dbias, biasDone := openSums(o.DBias)
	defer weightDone()
	defer biasDone()
	n := o.X.Shape[o.X.Rank()-1]
	each([]device.View{o.X, o.DY}, []*array{dx, residual, mean, rstd}, func(at []int) {
		m, r := 0.0, rstd.get(at[5])
		if !o.RMS {
			m = mean.get(at[4])
		}
		hat := func(j int) float64 { return (x.get(at[0]+j*x.stride()) - m) * r }
		grad := func(j int) float64 { return dy.get(at[1] + j*dy.stride()) }
		scaled := func(j int) float64 {
			if weight == nil {
				return grad(j)
			}
			return grad(j) * weight.get(weight.at(j))
		}
		// Means of the gradient and of its product with the normalised value: what the statistics pass on.
		a, b := 0.0, 0.0
		for j := range n {
			if !o.RMS {
				a += scaled(j) / float64(n)
			}
			b += scaled(j) * hat(j) / float64(n)
		}
		for j := range n {
			h, g, s := hat(j), grad(j), scaled(j)
			if dweight != nil {
				accumulate(dweight, dweight.at(j), g*h)
			}
			if dbias != nil {
				accumulate(dbias, dbias.at(j), g)
			}
			if dx != nil {
				v := r * (s - a - h*b)
				if residual != nil {
					v += residual.get(at[3] + j*residual.stride())
				}
				dx.set(at[2]+j*dx.stride(), v)
			}
		}
	})
}

// each is rows for views of which some are left out: their places are not meant to be used.
func each(views []device.View, optional []*array, f func(at []int)) {
	for _, a := range optional {
		if a == nil {
			views = append(views, views[0])
		} else {
			views = append(views, a.View)
		}
	}
	rows(views, f)
}

func crossEntropy(o device.CrossEntropy) error {
	losses, logits, targets := open(o.Losses), open(o.Logits), open(o.Targets)
	d := openAll(o.DLogits)[0]
	rows, classes := o.Logits.Shape[0], o.Logits.Shape[1]
	for i := range rows {
		target := int(targets.get(targets.at(i)))
		if target >= classes {
			return fmt.Errorf("cross-entropy: target %d of row %d is no class, there are %d", target, i, classes)
		}
		most, log := logSumExp(classes, func(j int) float64 { return logits.get(logits.at(i, j)) })
		if target < 0 {
			losses.set(losses.at(i), 0)
		} else {
			losses.set(losses.at(i), most-logits.get(logits.at(i, target))+log)
		}
		for j := 0; d != nil && j < classes; j++ {
			g := 0.0
			if target >= 0 {
				g = o.Scale * (math.Exp(logits.get(logits.at(i, j))-most-log) - truth(j == target))
			}
			d.set(d.at(i, j), g)
		}
	}
	return nil
}
