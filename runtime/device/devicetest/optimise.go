package devicetest

import "github.com/resident-go/resident/runtime/device"

func optimiseScenes(yield func(scene) bool) {
	for _, t := range floats {
		for _, grad := range floats {
			for _, shape := range [][]int{{}, {0}, {7}, {65}, {33, 17}, {2, 3, 4, 5}, {99001}} {
				for variant := range 3 {
					if !across(adamScene(t, grad, shape, variant), yield) || !across(sgdScene(t, grad, shape, variant), yield) {
						return
					}
				}
			}
		}
	}
}

// state is the type of an optimiser's averages.
func state(param device.DType) device.DType {
	if param == device.F64 {
		return device.F64
	}
	return device.F32
}

func adamScene(t, grad device.DType, shape []int, variant int) scene {
	scale := []float64{0, 1, 0.125}[variant]
	return scene{name: "adamw", bound: within(4, 4),
		args: []arg{{role: both, t: t, shape: shape, draw: normal}, {t: grad, shape: shape, draw: normal}, {role: both, t: state(t), shape: shape, draw: normal}, {role: both, t: state(t), shape: shape, draw: between(0.01, 2)}},
		op: func(v []device.View) device.Op {
			return device.AdamW{Param: v[0], Grad: v[1], M: v[2], V: v[3], LR: 0.01, Beta1: 0.9, Beta2: 0.95, Eps: 1e-8, WeightDecay: 0.1, GradScale: scale, Step: 1 + 9*variant}
		}}
}

func sgdScene(t, grad device.DType, shape []int, variant int) scene {
	momentum := arg{role: both, t: state(t), shape: shape, draw: normal}
	if variant == 0 {
		momentum.role = none
	}
	return scene{name: "sgd", bound: within(4, 4),
		args: []arg{{role: both, t: t, shape: shape, draw: normal}, {t: grad, shape: shape, draw: normal}, momentum},
		op: func(v []device.View) device.Op {
			return device.SGD{Param: v[0], Grad: v[1], M: v[2], LR: 0.1, Momentum: 0.9, WeightDecay: 0.01, GradScale: 0.5, Nesterov: variant == 2}
		}}
}
