//go:build cgo && linux

package cuda

// #include "driver.h"
import "C"

import (
	"cmp"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/resident-go/resident/runtime/device"
)

// partLeast is how many commands are handed over at once. The device begins with the first part of a long list while the host is at the next.
const partLeast = 48

// Run implements [device.Device].
func (d *Device) Run(ops ...device.Op) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer runtime.KeepAlive(ops) // kernels see only addresses
	l := &d.list
	l.d = d
	defer l.reset()
	l.of, l.part = len(ops), 0
	for len(ops) > 0 {
		n, refused := l.next(ops)
		ops = ops[n:]
		if refused == nil && len(l.commands) < partLeast {
			continue
		}
		if err := d.handOver(l); err != nil || refused != nil {
			return cmp.Or(err, refused)
		}
		l.reset()
		l.part++
	}
	return d.handOver(l)
}

// next checks and adds the first of some operations, and the one behind it where one kernel does both. It returns how many it has added.
func (l *list) next(ops []device.Op) (n int, err error) {
	if err := ops[0].Check(); err != nil {
		return 0, err
	}
	if len(ops) > 1 {
		if norm, product, ok := l.normed(ops[0], ops[1]); ok {
			return 2, l.attempt(func() error { return l.normedProduct(norm, product) })
		}
	}
	return 1, l.translate(ops[0])
}

// translate adds an operation to the list.
func (l *list) translate(op device.Op) error { return l.attempt(func() error { return l.add1(op) }) }

// attempt adds to the list. What fails adds nothing.
func (l *list) attempt(add func() error) error {
	from, bytes := len(l.commands), len(l.args)
	err := add()
	if err == nil {
		err = l.err
	}
	if err != nil {
		l.commands, l.names, l.args, l.err = l.commands[:from], l.names[:from], l.args[:bytes], nil
	}
	return err
}

// add1 translates one operation that was checked. Where there is no element of a result there is nothing to do.
func (l *list) add1(op device.Op) error {
	switch o := op.(type) {
	case device.Unary:
		return unless(empty(o.Dst), o, l.unary)
	case device.Binary:
		return unless(empty(o.Dst), o, l.binary)
	case device.Where:
		return unless(empty(o.Dst), o, l.where)
	case device.Copy:
		return unless(empty(o.Dst), o, l.copy)
	case device.Fill:
		return unless(empty(o.Dst), o, l.fill)
	case device.Random:
		return unless(empty(o.Dst), o, l.random)
	case device.Dropout:
		return unless(empty(o.Dst), o, l.dropout)
	case device.Reduce:
		return unless(empty(o.Dst), o, l.reduce)
	case device.MatMul:
		return unless(empty(o.Dst), o, l.matmul)
	case device.Quantize:
		return unless(empty(o.Scales), o, l.quantize)
	case device.Gather:
		return unless(empty(o.Dst), o, l.gather)
	case device.ScatterAdd:
		return unless(empty(o.X), o, l.scatterAdd)
	case device.Pick:
		return unless(empty(o.Dst), o, l.pick)
	case device.PickGrad:
		return unless(empty(o.DY), o, l.pickGrad)
	case device.Softmax:
		return unless(empty(o.Dst), o, l.softmax)
	case device.SoftmaxGrad:
		return unless(empty(o.DX), o, l.softmaxGrad)
	case device.Norm:
		return unless(empty(o.X), o, l.norm)
	case device.NormGrad:
		return unless(empty(o.X), o, l.normGrad)
	case device.CrossEntropy:
		return unless(empty(o.Losses), o, l.crossEntropy)
	case device.Attention:
		return unless(empty(o.Out), o, l.attention)
	case device.AttentionGrad:
		return unless(empty(o.DK) && empty(o.DQ), o, l.attentionGrad)
	case device.Rotary:
		return unless(empty(o.Dst), o, l.rotary)
	case device.Embed:
		return unless(empty(o.Dst), o, l.embed)
	case device.CachedAttention:
		return unless(empty(o.Out), o, l.cachedAttention)
	case device.Sample:
		return unless(empty(o.Tokens), o, l.sample)
	case device.AdamW:
		return unless(empty(o.Param), o, l.adamW)
	case device.SGD:
		return unless(empty(o.Param), o, l.sgd)
	}
	return fmt.Errorf("operation %T: %w", op, device.ErrUnsupported)
}

func empty(v device.View) bool { return v.Size() == 0 }

func unless[O device.Op](nothing bool, o O, do func(O) error) error {
	if nothing {
		return nil
	}
	return do(o)
}

// handOver gives a list to the driver, as a graph if it came before.
func (d *Device) handOver(l *list) error {
	if len(l.commands) == 0 {
		return nil
	}
	d.note(l)
	if d.times != nil {
		return d.handOverTimed(l)
	}
	if len(l.commands) >= graphLeast && !d.blocking && !d.noGraphs {
		if done, err := d.asGraph(l); done || err != nil {
			return err
		}
	}
	var failed C.int
	blocking := C.int(0)
	if d.blocking {
		blocking = 1
	}
	code := C.list_run(&d.session, &l.commands[0], C.int(len(l.commands)), (*C.uint8_t)(unsafe.SliceData(l.args)), blocking, &failed)
	d.counts.Launches += len(l.commands)
	if code != 0 {
		if d.blocking {
			d.recent = l.names[failed : failed+1]
		}
		return d.broke("run kernel "+l.label(int(failed)), code)
	}
	return nil
}

// note remembers what was handed over.
func (d *Device) note(l *list) {
	d.counts.Kernels += len(l.commands)
	d.recent = append(d.recent, l.names...)
	if len(d.recent) > 1<<12 { // one name is as good as many
		d.recent = append(d.recent[:0], l.names...)
	}
}

// label names a command of the list.
func (l *list) label(i int) string {
	if l.names[i] == "" {
		return "product of cublasLt"
	}
	return l.names[i]
}
