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
// left out where no gradient is wanted. Dst and X may be the same view. All have one type; beside BF16 all but Dst and X may be F32.
type Norm struct {
	Dst, X, Weight, Bias, Mean, Rstd View
	Eps                              float64
	RMS                              bool
}

// Check implements [Op].
func (o Norm) Check() error {
	if err := check("norm", o.Dst, o.X); err != nil {
		return err
	}
	if err := checkNorm("norm", [...]View{o.X, o.Dst, {}, {}}, [...]View{o.Weight, o.Bias, {}}, [...]View{o.Mean, o.Rstd}); err != nil {
		return err
	}
	return distinct("norm", o.Dst, o.Mean, o.Rstd)
}

// NormGrad is the gradient of [Norm], of which X, Weight, Mean and Rstd are. Each of DX, DWeight and DBias may be left out.
// DWeight and DBias are added to what is there. Residual, where given, is added to DX: the gradient that went around the norm. DX and Residual may
// be the same view. All have one type; beside BF16 what has a number per column or per row may be F32.
type NormGrad struct {
	DX, DWeight, DBias, DY, X, Weight, Mean, Rstd, Residual View
	RMS                                                     bool
}

// Check implements [Op].
func (o NormGrad) Check() error {
	if err := check("norm-grad", o.X, o.DY); err != nil {
		return err
	}
	if !o.Rstd.Given() || !o.Mean.Given() && !o.RMS {
		return complain("norm-grad", "the statistics of the forward pass are missing", o.X)
	}
	full, perColumn := [...]View{o.X, o.DY, o.DX, o.Residual}, [...]View{o.Weight, o.DWeight, o.DBias}
	if err := checkNorm("norm-grad", full, perColumn, [...]View{o.Mean, o.Rstd}); err != nil {
		return err
	}
	return distinct("norm-grad", o.DX, o.DWeight, o.DBias)
}

// checkNorm checks operands of which all but the first may be left out.
func checkNorm(op string, full [4]View, perColumn [3]View, perRow [2]View) error {
	x := full[0]
	for _, group := range [...][]View{full[:], perColumn[:], perRow[:]} {
		if err := checkOptional(op, x, group...); err != nil {
			return err
		}
	}
	last := x.Rank() - 1
	switch {
	case !x.DType().IsFloat():
		return complain(op, "there is no such operation on "+x.DType().String(), x)
	case !shaped(x.Shape, full[:]...):
		return complain(op, "shapes differ", full[:]...)
	case last < 0:
		return complain(op, "it needs a dimension to go along", x)
	case !shaped(x.Shape[last:], perColumn[:]...):
		return complain(op, "weight and bias have the size of the last dimension", append([]View{x}, given(perColumn[:]...)...)...)
	case !shaped(x.Shape[:last], perRow[:]...):
		return complain(op, "mean and rstd have one number per row", append([]View{x}, given(perRow[:]...)...)...)
	case !sameType(full[:]...) || !beside(x, perColumn[:]...) || !beside(x, perRow[:]...):
		return complain(op, "types differ", slices.Concat(full[:], perColumn[:], perRow[:])...)
	}
	return nil
}

// CrossEntropy is the loss of a classifier, and its gradient in the same pass.
//
//	Losses[i]    = -log softmax(Logits[i])[Targets[i]]
//	DLogits[i,j] = Scale · (softmax(Logits[i])[j] - [j = Targets[i]])
//
// Losses [n], Logits [n, classes] and DLogits (optional; may be Logits itself) are floats of one type, but Losses may be F32 beside BF16; Targets [n]
// is I32. Rows with a negative target count as nothing: loss and gradient are 0. A target that is no class is an error.
type CrossEntropy struct {
	Losses, Logits, Targets, DLogits View
	Scale                            float64
}

// Check implements [Op].
func (o CrossEntropy) Check() error {
	if err := check("cross-entropy", o.Losses, o.Logits, o.Targets); err != nil {
		return err
	}
	if err := checkOptional("cross-entropy", o.Losses, o.DLogits); err != nil {
		return err
	}
	l := o.Logits.Shape
	switch {
	case len(l) != 2 || !slices.Equal(o.Losses.Shape, l[:1]) || !slices.Equal(o.Targets.Shape, l[:1]):
		return complain("cross-entropy", "want losses [n] and targets [n] for logits [n, classes]", o.Losses, o.Targets, o.Logits)
	case o.DLogits.Given() && !slices.Equal(o.DLogits.Shape, l):
		return complain("cross-entropy", "the gradient has the shape of the logits", o.DLogits, o.Logits)
	case !beside(o.Logits, o.Losses) || !sameType(o.Logits, o.DLogits) || !o.Logits.DType().IsFloat() || o.Targets.DType() != I32:
		return complain("cross-entropy", "losses, logits and gradient are floats of one type, targets are i32", o.Losses, o.Logits, o.Targets)
	}
	return distinct("cross-entropy", o.Losses, o.DLogits)
}
