package plain

import (
	"math"

	"github.com/resident-go/resident/runtime/device"
)

func adamW(o device.AdamW) {
	p, g, m, v := open(o.Param), open(o.Grad), open(o.M), open(o.V)
	scale := GradScale(o.GradScale, o.Grad)
	bias1, bias2 := 1-math.Pow(o.Beta1, float64(o.Step)), 1-math.Pow(o.Beta2, float64(o.Step))
	walk([]device.View{o.Param, o.Grad, o.M, o.V}, func(at []int) {
		grad := scale * g.get(at[1])
		m.set(at[2], o.Beta1*m.get(at[2])+(1-o.Beta1)*grad)
		v.set(at[3], o.Beta2*v.get(at[3])+(1-o.Beta2)*grad*grad)
		param := p.get(at[0]) * (1 - o.LR*o.WeightDecay)
		p.set(at[0], param-o.LR*(m.get(at[2])/bias1)/(math.Sqrt(v.get(at[3])/bias2)+o.Eps))
	})
}

// GradScale is the factor of gradients (0 stands for 1), in their own precision, as vector kernels have it: so small a one that it is 0 makes NaN of what is infinite.
func GradScale(scale float64, grad device.View) float64 {
	if scale = orOne(scale); grad.DType() != device.F64 {
		scale = float64(float32(scale))
	}
	return scale
}

func sgd(o device.SGD) {
	p, g := open(o.Param), open(o.Grad)
	m := openAll(o.M)[0]
	scale := GradScale(o.GradScale, o.Grad)
	views := []device.View{o.Param, o.Grad}
	if m != nil {
		views = append(views, o.M)
	}
	walk(views, func(at []int) {
		grad := scale*g.get(at[1]) + o.WeightDecay*p.get(at[0])
		if m != nil {
			velocity := o.Momentum*m.get(at[2]) + grad
			m.set(at[2], velocity)
			if o.Nesterov {
				grad += o.Momentum * velocity
			} else {
				grad = velocity
			}
		}
		p.set(at[0], p.get(at[0])-o.LR*grad)
	})
}

func orOne(v float64) float64 {
	if v == 0 {
		return 1
	}
	return v
}
