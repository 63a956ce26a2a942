//go:build cgo && linux

package cuda

import "github.com/resident-go/resident/runtime/device"

type normArgs struct {
	dst, x, weight, bias, mean, rstd uint64
	dstStep, xStep                   int64
	eps                              float64
	width, rms, n                    int32
}

func (l *list) norm(o device.Norm) error {
	t := o.X.DType()
	for _, v := range []struct {
		*device.View
		t  device.DType
		as func(device.View) bool
	}{{&o.X, t, lies}, {&o.Weight, statistic(t), contiguous}, {&o.Bias, statistic(t), contiguous}} {
		if _, err := l.fit(v.View, v.t, v.as, true); err != nil {
			return err
		}
	}
	back, err := l.fitResults(false, result{&o.Dst, t, lies}, result{&o.Mean, statistic(t), contiguous}, result{&o.Rstd, statistic(t), contiguous})
	if err != nil {
		return err
	}
	n, width := height(o.X)
	args := normArgs{dst: l.addr(o.Dst), x: l.addr(o.X), weight: l.addr(o.Weight), bias: l.addr(o.Bias), mean: l.addr(o.Mean), rstd: l.addr(o.Rstd),
		dstStep: step(o.Dst), xStep: step(o.X), eps: o.Eps, width: l.count(width), rms: flagged(o.RMS), n: l.count(n)}
	if short(t, width, args.dst|args.x|args.weight|args.bias, args.dstStep|args.xStep) {
		err = launch(l, "norm_short"+suffix(t), grid{(n + 3) / 4, 1, 1}, 128, 0, args)
	} else {
		err = launch(l, "norm"+suffix(t), grid{n, 1, 1}, rowThreads(width, t), 0, args)
	}
	if err != nil {
		return err
	}
	return back()
}

// short reports whether rows fit the registers of a warp, and all lie in packs of 16 bytes.
func short(t device.DType, width int, addresses uint64, steps int64) bool {
	return t != device.F64 && width <= 1024 && (addresses|uint64(steps|int64(width))*uint64(t.Size()))%16 == 0
}

// result is an operand to be written to, and the form that a kernel wants it in.
type result struct {
	*device.View
	t  device.DType
	as func(device.View) bool
}

// fitResults is fit for several results.
func (l *list) fitResults(read bool, results ...result) (back func() error, err error) {
	var backs []func() error
	for _, r := range results {
		back, err := l.fit(r.View, r.t, r.as, read)
		if err != nil {
			return nil, err
		}
		backs = append(backs, back)
	}
	return func() error {
		for _, back := range backs {
			if err := back(); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

type normGradArgs struct {
	dx, dy, x, residual, weight, mean, rstd uint64
	parts                                   uint64
	dxStep, dyStep, xStep, residualStep     int64
	n, width, rms, chunks                   int32
}

type normSumArgs struct {
	dweight, dbias, parts uint64
	width, chunks         int32
}

func (l *list) normGrad(o device.NormGrad) error {
	t := o.X.DType()
	s := statistic(t)
	if o.RMS {
		o.Mean = device.View{}
	}
	for _, v := range []result{{&o.X, t, lies}, {&o.DY, t, lies}, {&o.Residual, t, lies}, {&o.Weight, s, contiguous}, {&o.Mean, s, contiguous}, {&o.Rstd, s, contiguous}} {
		if _, err := l.fit(v.View, v.t, v.as, true); err != nil {
			return err
		}
	}
	back, err := l.fitResults(false, result{&o.DX, t, lies})
	if err != nil {
		return err
	}
	backSums, err := l.fitResults(true, result{&o.DWeight, s, contiguous}, result{&o.DBias, s, contiguous})
	if err != nil {
		return err
	}
	n, width := height(o.X)
	args := normGradArgs{dx: l.addr(o.DX), dy: l.addr(o.DY), x: l.addr(o.X), residual: l.addr(o.Residual), weight: l.addr(o.Weight), mean: l.addr(o.Mean), rstd: l.addr(o.Rstd),
		dxStep: step(o.DX), dyStep: step(o.DY), xStep: step(o.X), residualStep: step(o.Residual), n: l.count(n), width: l.count(width), rms: flagged(o.RMS)}
	// The sums come first: dx may take the place of what they are made from.
	if o.DWeight.Given() || o.DBias.Given() {
		if err := l.normSums(o, args); err != nil {
			return err
		}
	}
	if o.DX.Given() {
		if short(t, width, args.dx|args.dy|args.x|args.residual|args.weight, args.dxStep|args.dyStep|args.xStep|args.residualStep) {
			err = launch(l, "norm_grad_short"+suffix(t), grid{(n + 3) / 4, 1, 1}, 128, 0, args)
		} else {
			err = launch(l, "norm_grad"+suffix(t), grid{n, 1, 1}, rowThreads(width, t), 0, args)
		}
		if err != nil {
			return err
		}
		if err := back(); err != nil {
			return err
		}
	}
	return backSums()
}

// normSums adds up the gradients of weight and bias: first over chunks of the rows, so that all multiprocessors have work, then over the chunks.
func (l *list) normSums(o device.NormGrad, args normGradArgs) error {
	t, width := o.X.DType(), int(args.width)
	name, each := "norm_columns", 32
	if short(t, width, args.dy|args.x, args.dyStep|args.xStep) {
		name, each = "norm_columns_short", 32*16/t.Size()
	}
	columns := (width + each - 1) / each
	chunks := max(1, min(int(args.n)/32, 4*int(l.d.facts.multiprocessors)/columns))
	parts, err := l.scratch(2 * chunks * width * statistic(t).Size())
	if err != nil {
		return err
	}
	args.parts, args.chunks = parts, int32(chunks)
	if err := launch(l, name+suffix(t), grid{columns, chunks, 1}, 256, 0, args); err != nil {
		return err
	}
	sums := normSumArgs{dweight: l.addr(o.DWeight), dbias: l.addr(o.DBias), parts: parts, width: args.width, chunks: args.chunks}
	return launch(l, "norm_sum"+suffix(statistic(t)), grid{(width + 31) / 32, 2, 1}, 256, 0, sums)
}
