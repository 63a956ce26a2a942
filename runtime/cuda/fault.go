//go:build cgo && linux

package cuda

import (
	"fmt"
	"sync/atomic"
	"unsafe"
)

// fault is what a kernel notes when it meets an index that leads nowhere: five words of host memory that the device can write to.
type fault struct {
	kind              uint64 // 0 as long as all is well
	row, index, limit int64
}

// The kinds of faults, which kernels name by number.
const (
	faultGather = 1 + iota
	faultScatterAdd
	faultPick
	faultPickGrad
	faultCrossEntropy
	faultEmbed
	faultCachedAttention
	faultSample
)

var faultTexts = [...]string{
	faultGather:          "gather: index %[2]d is out of range, there are %[3]d (at %[1]d)",
	faultScatterAdd:      "scatter-add: index %[2]d is out of range, there are %[3]d (at %[1]d)",
	faultPick:            "pick: index %[2]d is out of range, there are %[3]d (at %[1]d)",
	faultPickGrad:        "pick-grad: index %[2]d is out of range, there are %[3]d (at %[1]d)",
	faultCrossEntropy:    "cross-entropy: target %[2]d of row %[1]d is no class, there are %[3]d",
	faultEmbed:           "embed: index %[2]d is out of range, there are %[3]d (at %[1]d)",
	faultCachedAttention: "cached-attention: index %[2]d is out of range, there are %[3]d (head %[1]d)",
	faultSample:          "sample: index %[2]d is out of range, there are %[3]d (row %[1]d)",
}

// taken returns what was noted since the last call. The stream must have been waited for.
func (f *fault) taken() error {
	kind := atomic.LoadUint64((*uint64)(unsafe.Pointer(&f.kind)))
	if kind == 0 {
		return nil
	}
	row, index, limit := f.row, f.index, f.limit
	*f = fault{}
	if kind >= uint64(len(faultTexts)) || faultTexts[kind] == "" {
		return fmt.Errorf("a kernel noted fault %d, which is none", kind)
	}
	return fmt.Errorf(faultTexts[kind], row, index, limit)
}
