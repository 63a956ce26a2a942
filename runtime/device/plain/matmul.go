package plain

import (
	"math"

	"github.com/resident-go/resident/runtime/device"
)

func matmul(o device.MatMul) {
	dst, a, b := open(o.Dst), open(o.A), open(o.B)
	more := openAll(o.Scales, o.Bias, o.Residual, o.Pre)
	scales, bias, residual, pre := more[0], more[1], more[2], more[3]
	act, alpha := activation(o.Act), o.Alpha
	if alpha == 0 {
		alpha = 1
	}
	r := o.Dst.Rank()
	k := o.A.Shape[r-1]
	heads := func(vs ...*array) (views []device.View) {
		for _, v := range vs {
			if v == nil {
				v = &dst // its place is not used
			}
			views = append(views, device.View{Data: v.Data, Layout: device.Layout{Shape: v.Shape[:r-2], Strides: v.Strides[:r-2], Offset: v.Offset}})
		}
		return views
	}
	walk(heads(&dst, &a, &b, residual, pre), func(at []int) {
		place := func(v *array, i, row, col int) int { return at[i] + row*v.Strides[r-2] + col*v.Strides[r-1] }
		for i := range o.Dst.Shape[r-2] {
			for j := range o.Dst.Shape[r-1] {
				sum := 0.0
				for l := range k {
					w := b.get(place(&b, 2, l, j))
					if scales != nil {
						w *= scales.get(scales.at(j, l/(k/scales.Shape[1])))
					}
					sum += a.get(place(&a, 1, i, l)) * w
				}
				sum *= alpha
				if bias != nil {
					sum += bias.get(bias.at(j))
				}
				if pre != nil {
					pre.set(place(pre, 4, i, j), sum)
				}
				sum = act(sum)
				if residual != nil {
					sum += residual.get(place(residual, 3, i, j))
				}
				to := place(&dst, 0, i, j)
				if o.Accumulate {
					sum += dst.get(to)
				}
				dst.set(to, sum)
			}
		}
	})
}

func activation(a device.Activation) func(float64) float64 {
	switch a {
	case device.ActGELU:
		return Function(device.GELU, 0, 0)
	case device.ActGELUTanh:
		return Function(device.GELUTanh, 0, 0)
	case device.ActReLU:
		return Function(device.ReLU, 0, 0)
	case device.ActSiLU:
		return Function(device.SiLU, 0, 0)
	}
	return func(x float64) float64 { return x }
}

func quantize(o device.Quantize) {
	dst, scales, x := open(o.Dst), open(o.Scales), open(o.X)
	n, k, groups := o.X.Shape[0], o.X.Shape[1], o.Scales.Shape[1]
	size := k / groups
	for i := range n {
		for g := range groups {
			most := 0.0
			for j := g * size; j < (g+1)*size; j++ {
				most = math.Max(most, math.Abs(x.get(x.at(i, j))))
			}
			scale := float64(float32(most / 127))
			scales.set(scales.at(i, g), scale)
			for j := g * size; j < (g+1)*size; j++ {
				q := 0.0
				if scale != 0 {
					q = math.RoundToEven(x.get(x.at(i, j)) / scale)
				}
				dst.set(dst.at(i, j), q)
			}
		}
	}
}
