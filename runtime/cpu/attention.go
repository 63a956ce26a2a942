package cpu

import "github.com/resident-go/resident/runtime/device"

// setHeads makes an array [batch, t, heads, d] operand k, or one of a number per query [batch, heads, t].
func (c *call) setHeads(k int, v device.View) {
	if !v.Given() {
		return
	}
	c.set(k, v)
	s := v.Strides
	if len(s) == 4 {
		c.v[k].outer[0], c.v[k].outer[1], c.v[k].outer[2], c.v[k].inner = int64(s[0]), int64(s[1]), int64(s[2]), int64(s[3])
	} else {
		c.v[k].outer[0], c.v[k].outer[1], c.v[k].outer[2] = int64(s[0]), int64(s[2]), int64(s[1])
	}
}

// setShape takes the sizes of queries [batch, t, heads, d] and keys [batch, s, kvheads, d].
func (c *call) setShape(q, k []int) {
	c.shape[0], c.shape[1], c.shape[2], c.n = int64(q[0]), int64(q[1]), int64(q[2]), int64(q[3])
	c.table, c.from = int64(k[1]), int64(k[2])
}

func (d *Device) attention(o device.Attention) error {
	if err := d.mine(o.Out); err != nil || o.Q.Size() == 0 {
		return err
	}
	if !single(o.Out) {
		wideAttention(o)
		return nil
	}
	c := call{family: familyAttention, causal: flag(o.Causal), window: int64(o.Window), scale: o.Scale, p: o.Cap}
	c.setShape(o.Q.Shape, o.K.Shape)
	for k, v := range [...]device.View{o.Q, o.Out, o.K, o.V, o.LSE} {
		c.setHeads(k, v)
	}
	c.kernel()
	return nil
}

func (d *Device) attentionGrad(o device.AttentionGrad) error {
	if err := d.mine(o.DQ); err != nil {
		return err
	}
	if !single(o.DQ) {
		wideAttentionGrad(o)
		return nil
	}
	c := call{family: familyAttentionGrad, causal: flag(o.Causal), window: int64(o.Window), scale: o.Scale, p: o.Cap}
	c.setShape(o.Q.Shape, o.K.Shape)
	for k, v := range [...]device.View{o.DQ, o.DK, o.DV, o.DOut, o.Q, o.K, o.V, o.Out, o.LSE} {
		c.setHeads(k, v)
	}
	c.kernel()
	return nil
}
