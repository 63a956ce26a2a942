package tensor

import (
	"math"
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// CrossEntropy is the mean of -log softmax(t)[target] over the rows of t [..., classes]; targets (i32) are [...]. Rows with a negative
// target do not count; the loss of none is 0. Targets that are floats [..., classes] are probabilities: the mean is of -Σ target·log softmax(t), for labels
// that were smoothed, or are those of a teacher.
func (t *Tensor) CrossEntropy(targets *Tensor) *Tensor {
	given("cross-entropy", t, targets)
	if targets.DType().IsFloat() && t.Rank() > 0 && slices.Equal(targets.layout.Shape, t.layout.Shape) {
		return t.LogSoftmax(-1).Mul(targets).Sum(-1).Mean().Neg()
	}
	if t.Rank() < 1 || !slices.Equal(targets.layout.Shape, t.layout.Shape[:t.Rank()-1]) {
		fail("cross-entropy", "want targets [...], or probabilities [..., classes], for logits [..., classes], got %s and %s", targets.view(), t.view())
	}
	indices("cross-entropy", "targets", targets)
	ids := targets.Detach().Flatten()
	logits := t.floating().shaped([]int{ids.Size(), t.Dim(-1)})
	count := ids.Ge(ids.ZerosLike()).Sum().Item()
	scale := 1 / math.Max(1, count)
	losses, d := logits.fresh("cross-entropy", ids.layout.Shape), (*Tensor)(nil)
	op := device.CrossEntropy{Losses: losses.view(), Logits: logits.view(), Targets: ids.view(), Scale: scale}
	if t.Tracked() {
		d = logits.fresh("cross-entropy", logits.layout.Shape)
		op.DLogits = d.view()
	}
	run("cross-entropy", t.Device(), op)
	out := losses.Sum().Scale(scale)
	return made("cross-entropy", out, []*Tensor{logits}, func(dy *Tensor) []*Tensor { return []*Tensor{d.Mul(dy)} })
}

// MSE is the mean of the squared differences from u, which is broadcast to t's shape.
func (t *Tensor) MSE(u *Tensor) *Tensor { return t.Sub(t.targets("mse", u)).Square().Mean() }

// BCEWithLogits is the mean binary cross-entropy -y·log σ(t) - (1-y)·log(1-σ(t)) for targets y between 0 and 1, which are broadcast to t's shape. It is
// computed without overflow.
func (t *Tensor) BCEWithLogits(y *Tensor) *Tensor {
	return t.Softplus().Sub(t.Mul(t.targets("bce", y))).Mean()
}

// targets are y, unless t would be broadcast, too: then [n, 1] and [n] would be compared each with each, which is never meant.
func (t *Tensor) targets(op string, y *Tensor) *Tensor {
	given(op, t, y)
	shape, err := device.BroadcastShapes(t.layout.Shape, y.layout.Shape)
	if err != nil || !slices.Equal(shape, t.layout.Shape) {
		fail(op, "the targets %s do not fit the predictions %s; Squeeze or Reshape one of them", y.view(), t.view())
	}
	return y
}
