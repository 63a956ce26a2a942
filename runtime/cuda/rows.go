//go:build cgo && linux

package cuda

import "github.com/resident-go/resident/runtime/device"

type softmaxArgs struct {
	dst, x, y             uint64
	dstStep, xStep, yStep int64
	n, width, log         int32
}

// lies is the form that kernels over rows take: numbers of a row side by side, rows at one distance.
func lies(v device.View) bool {
	_, _, _, ok := rows(v)
	return ok
}

// step is the distance between rows; 0 of what was left out.
func step(v device.View) int64 {
	if !v.Given() {
		return 0
	}
	_, _, ld, _ := rows(v)
	return int64(ld)
}

// rowThreads is how many threads work on a row: each has about two packs, up to a whole block of the largest size.
func rowThreads(width int, t device.DType) int {
	threads := 32
	for threads < 1024 && threads*32 < width*t.Size() {
		threads *= 2
	}
	return threads
}

// height is how many rows a view has, and their width.
func height(v device.View) (n, width int) {
	width = v.Shape[v.Rank()-1]
	return v.Size() / max(width, 1), width
}

func (l *list) softmax(o device.Softmax) error {
	return l.softmaxRows("softmax", o.Dst, o.X, device.View{}, o.Log)
}

func (l *list) softmaxGrad(o device.SoftmaxGrad) error {
	return l.softmaxRows("softmax_grad", o.DX, o.DY, o.Y, o.Log)
}

func (l *list) softmaxRows(name string, dst, x, y device.View, log bool) error {
	t := dst.DType()
	if _, err := l.fit(&x, t, lies, true); err != nil {
		return err
	}
	if _, err := l.fit(&y, t, lies, true); err != nil {
		return err
	}
	back, err := l.fit(&dst, t, lies, false)
	if err != nil {
		return err
	}
	n, width := height(dst)
	args := softmaxArgs{dst: l.addr(dst), x: l.addr(x), y: l.addr(y), dstStep: step(dst), xStep: step(x), yStep: step(y), n: l.count(n), width: l.count(width), log: flagged(log)}
	if err := launch(l, name+suffix(t), grid{n, 1, 1}, rowThreads(width, t), 0, args); err != nil {
		return err
	}
	return back()
}

type crossEntropyArgs struct {
	logits, dlogits, losses, targets, faults uint64
	step, gradStep                           int64
	scale                                    float64
	classes                                  int32
}

func (l *list) crossEntropy(o device.CrossEntropy) error {
	t := o.Logits.DType()
	if _, err := l.fit(&o.Logits, t, lies, true); err != nil {
		return err
	}
	if _, err := l.fit(&o.Targets, device.I32, contiguous, true); err != nil {
		return err
	}
	backGrad, err := l.fit(&o.DLogits, t, lies, false)
	if err != nil {
		return err
	}
	backLosses, err := l.fit(&o.Losses, statistic(t), contiguous, false)
	if err != nil {
		return err
	}
	n, classes := o.Logits.Shape[0], o.Logits.Shape[1]
	args := crossEntropyArgs{logits: l.addr(o.Logits), dlogits: l.addr(o.DLogits), losses: l.addr(o.Losses), targets: l.addr(o.Targets), faults: l.fault(),
		step: step(o.Logits), gradStep: step(o.DLogits), scale: o.Scale, classes: l.count(classes)}
	if err := launch(l, "cross_entropy"+suffix(t), grid{n, 1, 1}, rowThreads(classes, t), 0, args); err != nil {
		return err
	}
	if err := backGrad(); err != nil {
		return err
	}
	return backLosses()
}

// statistic is the type in which kernels keep what belongs to a row or a column, beside data of a type.
func statistic(t device.DType) device.DType {
	if t == device.BF16 {
		return device.F32
	}
	return t
}
