package device

// AdamW is one step of Adam with decoupled weight decay (Loshchilov and Hutter, arXiv:1711.05101), over arrays of one shape:
//
//	g = GradScale·Grad (0 stands for 1),  M = Beta1·M + (1-Beta1)·g,  V = Beta2·V + (1-Beta2)·g²
//	Param = Param·(1 - LR·WeightDecay) - LR · (M/(1-Beta1^Step)) / (√(V/(1-Beta2^Step)) + Eps)
//
// Param may be F32, F64 or BF16, Grad too; M and V are F32 unless Param is F64. Step counts from 1.
type AdamW struct {
	Param, Grad, M, V                  View
	LR, Beta1, Beta2, Eps, WeightDecay float64
	GradScale                          float64
	Step                               int
}

// Check implements [Op].
func (o AdamW) Check() error {
	if err := check("adamw", o.Param, o.Grad, o.M, o.V); err != nil {
		return err
	}
	if err := checkStep("adamw", o.Param, o.Grad, o.M, o.V); err != nil {
		return err
	}
	if o.Step < 1 {
		return complain("adamw", "steps count from 1", o.Param)
	}
	return nil
}

// SGD is one step of stochastic gradient descent, with PyTorch's momentum:
//
//	g = GradScale·Grad (0 stands for 1) + WeightDecay·Param
//	M = Momentum·M + g,  g = M, or g + Momentum·M with Nesterov     where M is given
//	Param = Param - LR·g
type SGD struct {
	Param, Grad, M            View
	LR, Momentum, WeightDecay float64
	GradScale                 float64
	Nesterov                  bool
}

// Check implements [Op].
func (o SGD) Check() error {
	return checkStep("sgd", o.Param, o.Grad, o.M, View{})
}

// checkStep checks a step whose averages m and v may be left out.
func checkStep(op string, param, grad, m, v View) error {
	if err := check(op, param, grad); err != nil {
		return err
	}
	if err := checkOptional(op, param, m, v); err != nil {
		return err
	}
	want := F32
	if param.DType() == F64 {
		want = F64
	}
	switch {
	case !shaped(param.Shape, grad, m, v):
		return complain(op, "shapes differ", given(param, grad, m, v)...)
	case !param.DType().IsFloat() || !grad.DType().IsFloat() || m.Given() && m.DType() != want || v.Given() && v.DType() != want:
		return complain(op, "types differ", given(param, grad, m, v)...)
	}
	return distinct(op, param, m, v)
}
