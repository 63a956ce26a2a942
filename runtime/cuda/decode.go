//go:build cgo && linux

package cuda

// #include "driver.h"
import "C"

import (
	"fmt"

	"github.com/resident-go/resident/runtime/device"
)

type embedArgs struct {
	dst, table, scales, positions, ids, at, fault uint64
	n, width, limit, groups, block                int64
	dstStep, tableStep, scaleStep, positionStep   [2]int64
	idStep, atStep                                int64
}

func (l *list) embed(o device.Embed) error {
	args := embedArgs{dst: l.addr(o.Dst), table: l.addr(o.Table), scales: l.addr(o.Scales), positions: l.addr(o.Positions), ids: l.addr(o.IDs), at: l.addr(o.At), fault: l.fault(),
		n: int64(o.Dst.Shape[0]), width: int64(o.Dst.Shape[1]), limit: int64(o.Table.Shape[0]), idStep: int64(o.IDs.Strides[0]),
		dstStep: steps(o.Dst), tableStep: steps(o.Table), scaleStep: steps(o.Scales), positionStep: steps(o.Positions)}
	if o.Scales.Given() {
		args.groups = int64(o.Scales.Shape[1])
	}
	if o.Positions.Given() {
		args.block, args.atStep = int64(o.Positions.Shape[0]), int64(o.At.Strides[0])
	}
	return launch(l, "embed"+suffix(o.Table.DType()), grid{int(args.n), 1, 1}, min(256, max(32, roundUp(int(args.width), 32))), 0, args)
}

// steps are the distances of rows and columns; zeros of what was left out.
func steps(v device.View) (s [2]int64) {
	if v.Given() {
		s = [2]int64{int64(v.Strides[0]), int64(v.Strides[1])}
	}
	return s
}

type recallArgs struct {
	out, q, k, v, keys, values, past, table, parts, done, fault        uint64
	outHead, qHead, kHead, vHead, keyRow, keyHead, valueRow, valueHead int64
	scale, base                                                        float64
	heads, kv, d, limit, splits, turns                                 int32
}

// counters is how many heads a kernel can have whose blocks wait for each other.
const counters = 4096

// cachedAttention shares the keys out as decode does, for the longest cache: blocks that have none yet end at once, and the kernel is the same for each token.
func (l *list) cachedAttention(o device.CachedAttention) error {
	heads, d, limit := o.Q.Shape[0], o.Q.Shape[1], o.Keys.Shape[0]
	head := func(v device.View) int64 { return int64(v.Strides[v.Rank()-2]) }
	a := recallArgs{out: l.addr(o.Out), q: l.addr(o.Q), k: l.addr(o.K), v: l.addr(o.V), keys: l.addr(o.Keys), values: l.addr(o.Values), past: l.addr(o.Past), table: l.addr(o.Frequencies), fault: l.fault(),
		outHead: head(o.Out), qHead: head(o.Q), kHead: head(o.K), vHead: head(o.V), keyRow: int64(o.Keys.Strides[0]), keyHead: head(o.Keys),
		valueRow: int64(o.Values.Strides[0]), valueHead: head(o.Values), scale: o.Scale, base: o.Base,
		heads: l.count(heads), kv: l.count(o.K.Shape[0]), d: l.count(d), limit: l.count(limit), splits: int32(l.d.splits(limit, heads)), turns: flagged(o.Turns())}
	name, widest := "recall_packs", 512
	if d%4 != 0 || (a.keys|a.values|uint64(4*(a.keyRow|a.keyHead|a.valueRow|a.valueHead)))%16 != 0 {
		name, widest = "recall_single", 128
	}
	if d > widest || heads > counters {
		return fmt.Errorf("cached-attention: %d heads of size %d: %w", heads, d, device.ErrUnsupported)
	}
	var err error
	if a.parts, err = l.scratch(heads * int(a.splits) * (d + 2) * 4); err != nil {
		return err
	}
	if a.done, err = l.d.counters(); err != nil {
		return err
	}
	return launch(l, name, grid{heads * int(a.splits), 1, 1}, 128, 0, a)
}

// splits is how many blocks share the keys of a head: 64 keys at least to a block, and 64 blocks at most, until all multiprocessors have work.
func (d *Device) splits(keys, queries int) int {
	return min(64, (keys+63)/64, max(1, 4*int(d.facts.multiprocessors)/queries))
}

// counters are zeros that kernels count in, and leave as zeros.
func (d *Device) counters() (uint64, error) {
	if d.done == nil {
		b, err := d.obtain(4 * counters)
		if err != nil {
			return 0, err
		}
		if code := C.memory_clear(&d.session, C.uint64_t(b.at), 4*counters); code != 0 {
			return 0, d.broke("clear counters", code)
		}
		d.done = b
	}
	return d.done.at, nil
}

type sampleArgs struct {
	logits, how, uniform, drawn, seen, past, tokens, picked uint64
	keys, most, weights, sums, fault                        uint64
	n, vocab, words, numbers, slices                        int32
}

func (l *list) sample(o device.Sample) error {
	n, vocab := o.Logits.Shape[0], o.Logits.Shape[1]
	a := sampleArgs{logits: l.addr(o.Logits), how: l.addr(o.How), uniform: l.addr(o.Uniform), drawn: l.addr(o.Drawn), seen: l.addr(o.Seen), past: l.addr(o.Past), tokens: l.addr(o.Tokens),
		picked: l.addr(o.Picked), fault: l.fault(), n: l.count(n), vocab: int32(vocab), words: int32((vocab + 31) / 32)}
	if !o.How.Given() {
		return launch(l, "sample_highest", grid{n, 1, 1}, 1024, 0, a)
	}
	a.numbers, a.slices = int32(o.Uniform.Shape[1]), int32(min(64, (vocab+1023)/1024))
	for _, s := range []struct {
		at    *uint64
		bytes int
	}{{&a.keys, 4 * n * vocab}, {&a.most, 4 * n * int(a.slices)}, {&a.weights, 8 * n * vocab}, {&a.sums, 8 * n * int(a.slices)}} {
		var err error
		if *s.at, err = l.scratch(s.bytes); err != nil {
			return err
		}
	}
	for _, name := range []string{"sample_keys", "sample_weights"} {
		if err := launch(l, name, grid{int(a.slices), n, 1}, 256, 0, a); err != nil {
			return err
		}
	}
	return launch(l, "sample_pick", grid{n, 1, 1}, 1024, 0, a)
}
