package device

import "slices"

// Softmax is, over the last dimension, Dst = e^X / Σ e^X, or its logarithm. It is computed without overflow.
type Softmax struct {
	Dst, X View
	Log    bool
}

// Check implements [Op].
func (o Softmax) Check() error { return checkSoftmax("softmax", o.Dst, o.X) }

// SoftmaxGrad is the gradient of [Softmax]; Y is what that gave.
//
//	DX = Y · (DY - Σ Y·DY)        or, of the logarithm,
//	DX = DY - e^Y · Σ DY
type SoftmaxGrad struct {
	DX, DY, Y View
	Log       bool
}

// Check implements [Op].
func (o SoftmaxGrad) Check() error { return checkSoftmax("softmax-grad", o.DX, o.DY, o.Y) }

func checkSoftmax(op string, operands ...View) error {
	if err := elementwise(op, false, operands...); err != nil {
		return err
	}
	if operands[0].Rank() == 0 {
		return complain(op, "it needs a dimension to go along", operands...)
	}
	return nil
}

// Norm normalises over the last dimension, of size n.
//
//	layer norm (Ba, Kiros and Hinton, arXiv:1607.06450):  Dst = (X - Mean) · Rstd · Weight + Bias,  Rstd = 1/√(variance + Eps)
//	RMS norm (Zhang and Sennrich, arXiv:1910.07467):      Dst = X · Rstd · Weight,                  Rstd = 1/√(mean of squares + Eps)
//
// Weight and Bias are [n] and may be left out. Rstd and, with layer norm, Mean have X's shape without its last dimension; they may be
// left out where no gradient is wanted. Dst and X may be the same view.
type Norm struct {
	Dst, X, Weight, Bias, Mean, Rstd View
	Eps                              float64
	RMS                              bool
}

// Check implements [Op].
func (o Norm) Check() error {
	if err := checkNorm("norm", []View{o.Dst, o.X}, given(o.Weight, o.Bias), given(o.Mean, o.Rstd)); err != nil {
		return err
	}
	return distinct("norm", o.Dst, o.Mean, o.Rstd)
}

// NormGrad is the gradient of [Norm], of which X, Weight, Mean and Rstd are. Each of DX, DWeight and DBias may be left out.
// DWeight and DBias are added to what is there. Residual, where given, is added to DX: the gradient that went around the norm. DX and Residual may
// be the same view.
type NormGrad struct {
	DX, DWeight, DBias, DY, X, Weight, Mean, Rstd, Residual View
	RMS                                                     bool
}

// Check implements [Op].
func (o NormGrad) Check() error {
	stats := []View{o.Rstd}
	if !o.RMS {
		stats = append(stats, o.Mean)
	}
	for _, s := range stats {
		if !s.Given() {
			return complain("norm-grad", "the statistics of the forward pass are missing", o.X)
		}
	}
	if err := checkNorm("norm-grad", append([]View{o.X, o.DY}, given(o.DX, o.Residual)...), given(o.Weight, o.DWeight, o.DBias), stats); err != nil {
		return err
	}
	return distinct("norm-grad", o.DX, o.DWeight, o.DBias)
}

func checkNorm(op string, full, perColumn, perRow []View) error {
	all := slices.Concat(full, perColumn, perRow)
	if err := check(op, all...); err != nil {
		return err
	}
	if t := full[0].DType(); !t.IsFloat() {
		return complain(op, "there is no such operation on "+t.String(), full...)
	}
	if slices.ContainsFunc(full, func(v View) bool { return !slices.Equal(v.Shape, full[0].Shape) }) {
		return complain(op, "shapes differ", full...)
	}
	if full[0].Rank() == 0 {
		return complain(op, "it needs a dimension to go along", full...)
	}
	last := full[0].Rank() - 1
	for _, v := range perColumn {
		if !slices.Equal(v.Shape, full[0].Shape[last:]) {
			return complain(op, "weight and bias have the size of the last dimension", full[0], v)
		}
	}
	for _, v := range perRow {
		if !slices.Equal(v.Shape, full[0].Shape[:last]) {
			return complain(op, "mean and rstd have one number per row", full[0], v)
		}
	}
	if !sameType(all...) {
		return complain(op, "types differ", all...)
	}
	return nil
}

// CrossEntropy is the loss of a classifier, and its gradient in the same pass.
//
//	Losses[i]    = -log softmax(Logits[i])[Targets[i]]
//	DLogits[i,j] = Scale · (softmax(Logits[i])[j] - [j = Targets[i]])
//
// Losses [n], Logits [n, classes] and DLogits (optional; may be Logits itself) are floats of one type, Targets [n] is I32. Rows with
// a negative target count as nothing: loss and gradient are 0. A target that is no class is an error.
type CrossEntropy struct {
	Losses, Logits, Targets, DLogits View
	Scale                            float64
}

// Check implements [Op].
func (o CrossEntropy) Check() error {
	if err := check("cross-entropy", append([]View{o.Losses, o.Logits, o.Targets}, given(o.DLogits)...)...); err != nil {
		return err
	}
	l := o.Logits.Shape
	switch {
	case len(l) != 2 || !slices.Equal(o.Losses.Shape, l[:1]) || !slices.Equal(o.Targets.Shape, l[:1]):
		return complain("cross-entropy", "want losses [n] and targets [n] for logits [n, classes]", o.Losses, o.Targets, o.Logits)
	case o.DLogits.Given() && !slices.Equal(o.DLogits.Shape, l):
		return complain("cross-entropy", "the gradient has the shape of the logits", o.DLogits, o.Logits)
	case !sameType(append(given(o.DLogits), o.Losses, o.Logits)...) || !o.Logits.DType().IsFloat() || o.Targets.DType() != I32:
		return complain("cross-entropy", "losses, logits and gradient are floats of one type, targets are i32", o.Losses, o.Logits, o.Targets)
	}
	return distinct("cross-entropy", o.Losses, o.DLogits)
}
