//go:build cgo && linux

package cuda

import "github.com/resident-go/resident/runtime/device"

type randomArgs struct {
	to, x               uint64
	n                   int64
	seed, stream        uint64
	p, q                float64
	dims, normal        int32
	size, toStep, xStep [mostDims]int64
}

// randomly fills a view; x is that of the numbers which are read, if any.
func (l *list) randomly(name string, args randomArgs, dst device.View, x ...device.View) error {
	walk, err := merge(append([]device.View{dst}, x...))
	if err != nil {
		return err
	}
	args.to, args.n, args.dims = l.addr(dst), int64(dst.Size()), int32(len(walk.shape))
	for i, n := range walk.shape {
		args.size[i], args.toStep[i] = int64(n), int64(walk.steps[0][i])
		if len(x) > 0 {
			args.xStep[i] = int64(walk.steps[1][i])
		}
	}
	if len(x) > 0 {
		args.x = l.addr(x[0])
	}
	return launch(l, name+suffix(dst.DType()), grid{(dst.Size() + 1023) / 1024, 1, 1}, 256, 0, args) // a thread makes four numbers
}

func (l *list) random(o device.Random) error {
	args := randomArgs{seed: o.Seed, stream: o.Stream, p: o.P, q: o.Q}
	if o.Normal {
		args.normal = 1
	}
	return l.randomly("random", args, o.Dst)
}

func (l *list) dropout(o device.Dropout) error {
	return l.randomly("dropout", randomArgs{seed: o.Seed, stream: o.Stream, p: o.P}, o.Dst, o.X)
}
