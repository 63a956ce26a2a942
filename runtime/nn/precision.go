package nn

import (
	"fmt"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/tensor"
)

// SetPrecision chooses what passes of [GPT.Loss] compute in: [device.F32], as a new model does, or [device.BF16], mixed precision (Micikevicius et al.,
// arXiv:1710.03740): parameters, their gradients, statistics and losses stay in f32; what flows between the layers is bf16, and so are, for the length of a pass, the
// weights that it is multiplied with. Accelerators are many times as fast so. Operation by operation ([GPT.Stepwise], [GPT.Logits]) everything is in f32.
func (m *GPT) SetPrecision(t device.DType) error {
	if t != device.F32 && t != device.BF16 {
		return fmt.Errorf("a GPT computes in f32 or bf16, not %s", t)
	}
	if t != m.Precision() {
		m.mixed, m.plans = t == device.BF16, nil
	}
	return nil
}

// Precision is what passes of [GPT.Loss] compute in.
func (m *GPT) Precision() device.DType {
	if m.mixed {
		return device.BF16
	}
	return device.F32
}

// lower makes the parameters' memory in bf16 anew, at the beginning of each pass. It lies as the parameters do.
func (p *plan) lower() {
	if !p.m.mixed {
		return
	}
	p.low = map[device.Buffer]device.Buffer{}
	for _, q := range p.m.params {
		from := q.View().Data
		if p.low[from] != nil {
			continue
		}
		all := p.alloc(device.BF16, from.Len())
		p.low[from] = all.Data
		p.then(device.Copy{Dst: all, X: device.Of(from, from.Len())})
	}
}

// margin is how many scores a row has room for. In mixed precision large vocabularies are rounded up to a multiple of 128: GPT-2's 50,257 is odd, and products of such
// sizes are several times as slow on tensor cores.
func (p *plan) margin() int {
	if vocab := p.m.Config.VocabSize; p.m.mixed && vocab >= 1024 {
		return (vocab + 127) / 128 * 128
	}
	return p.m.Config.VocabSize
}

// head is the last layer's matrix [margin, embed], whose rows for no token are 0: so are their scores, and what these pass back.
func (p *plan) head() device.View {
	own := p.param(p.m.head)
	if p.margin() == own.Shape[0] {
		return own
	}
	if !p.lastLayer.Given() {
		p.lastLayer = p.act(p.margin(), own.Shape[1])
		p.then(device.Copy{Dst: first(p.lastLayer, own.Shape[0]), X: own})
	}
	return p.lastLayer
}

// param is a parameter as passes compute with it; none if it is nil.
func (p *plan) param(t *tensor.Tensor) device.View {
	v := viewOf(t)
	if low := p.low[v.Data]; v.Given() && low != nil {
		v.Data = low
	}
	return v
}
