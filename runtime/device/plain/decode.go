package plain

import (
	"cmp"
	"math"
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

func embed(o device.Embed) error {
	dst, table, scales, positions := open(o.Dst), open(o.Table), openAll(o.Scales)[0], openAll(o.Positions)[0]
	row, d := 0, o.Dst.Shape[1]
	err := eachID("embed", open(o.IDs), o.Dst, o.Table.Shape[0], false, func(id, _ int) {
		for j := range d {
			v := table.get(table.at(id, j))
			if scales != nil {
				v *= scales.get(scales.at(id, j/(d/o.Scales.Shape[1])))
			}
			dst.set(dst.at(row, j), v)
		}
		row++
	})
	if err != nil || positions == nil {
		return err
	}
	row = 0
	return eachID("embed", open(o.At), o.Dst, o.Positions.Shape[0], false, func(id, _ int) {
		for j := range d {
			accumulate(&dst, dst.at(row, j), positions.get(positions.at(id, j)))
		}
		row++
	})
}

// one is a view with a leading dimension of size 1.
func one(v device.View) device.View {
	return v.At(device.Layout{Shape: append([]int{1}, v.Shape...), Strides: append([]int{0}, v.Strides...), Offset: v.Offset})
}

// CachedAttention takes an operation apart into those that it is made of, which do carries out.
func CachedAttention(o device.CachedAttention, do func(device.Op) error) error {
	past := open(o.Past)
	p, limit := int(past.get(past.at(0))), o.Keys.Shape[0]
	if p < 0 || p >= limit && o.Window == 0 {
		return BadIndex("cached-attention", p, limit)
	}
	row := func(v device.View) device.View { return one(v.At(v.Slice(0, p%limit, p%limit+1, 1))) }
	q, k := one(one(o.Q)), row(o.Keys)
	ops := []device.Op{device.Copy{Dst: k, X: one(one(o.K))}, device.Copy{Dst: row(o.Values), X: one(one(o.V))}}
	if o.Turns() {
		b, err := NewBuffer(o.Q.Data.Device(), o.Q.DType(), o.Q.Size())
		if err != nil {
			return err
		}
		turned := device.Of(b, q.Shape...)
		ops = append(ops, device.Rotary{Dst: turned, X: q, From: p, Base: o.Base, Frequencies: o.Frequencies}, device.Rotary{Dst: k, X: k, From: p, Base: o.Base, Frequencies: o.Frequencies})
		q = turned
	}
	keys, values, more, err := recent(o, p)
	if err != nil {
		return err
	}
	ops = append(append(ops, more...), device.Attention{Out: one(one(o.Out)), Q: q, K: keys, V: values, Scale: o.Scale, Cap: o.Cap, Causal: true})
	for _, op := range ops {
		if err := do(op); err != nil {
			return err
		}
	}
	return nil
}

// recent are the keys and values that the token at p sees, in any order. Where they do not lie in one piece, they have to be brought together first.
func recent(o device.CachedAttention, p int) (keys, values device.View, first []device.Op, err error) {
	limit, from := o.Keys.Shape[0], 0
	if o.Window > 0 && o.Window < limit {
		from = max(0, p+1-o.Window)
	}
	begin, n := from%limit, min(p+1-from, limit)
	if begin+n <= limit {
		part := func(v device.View) device.View { return one(v.At(v.Slice(0, begin, begin+n, 1))) }
		return part(o.Keys), part(o.Values), nil, nil
	}
	together := func(v device.View) device.View {
		b, fail := NewBuffer(v.Data.Device(), v.DType(), n*v.Shape[1]*v.Shape[2])
		if fail != nil {
			err = fail
			return v
		}
		to, end := device.Of(b, n, v.Shape[1], v.Shape[2]), limit-begin
		first = append(first, device.Copy{Dst: to.At(to.Slice(0, 0, end, 1)), X: v.At(v.Slice(0, begin, limit, 1))},
			device.Copy{Dst: to.At(to.Slice(0, end, n, 1)), X: v.At(v.Slice(0, 0, n-end, 1))})
		return one(to)
	}
	return together(o.Keys), together(o.Values), first, err
}

// candidate is a token with its score, then its weight.
type candidate struct {
	token         int
	score, weight float64
}

func sample(o device.Sample) error {
	logits, tokens, picked := open(o.Logits), open(o.Tokens), open(o.Picked)
	how, uniform, drawn, seen, past := openAll(o.How)[0], openAll(o.Uniform)[0], openAll(o.Drawn)[0], openAll(o.Seen)[0], openAll(o.Past)[0]
	for i := range o.Logits.Shape[0] {
		cs := make([]candidate, o.Logits.Shape[1])
		for j := range cs {
			cs[j] = candidate{token: j, score: logits.get(logits.at(i, j))}
		}
		token, prob := 0, 1.0
		if how == nil {
			token = highest(cs)[0].token
		} else {
			u := int(drawn.get(drawn.at(i)))
			if u < 0 || u >= o.Uniform.Shape[1] {
				return BadIndex("sample", u, o.Uniform.Shape[1])
			}
			var h [device.HowColumns]float64
			for c := range h {
				h[c] = how.get(how.at(i, c))
			}
			token, prob = choose(cs, h, func(id int) bool { return int32(seen.get(seen.at(i, id/32)))>>(id%32)&1 != 0 }, uniform.get(uniform.at(i, u)))
			drawn.set(drawn.at(i), float64(u+1))
			word := seen.at(i, token/32)
			seen.set(word, float64(int32(seen.get(word))|1<<(token%32)))
		}
		tokens.set(tokens.at(i), float64(token))
		picked.set(picked.at(i, 0), float64(token))
		picked.set(picked.at(i, 1), prob)
		if past != nil {
			accumulate(past, past.at(i), 1)
		}
	}
	return nil
}

// highest sorts by falling scores, and of equals by rising tokens.
func highest(cs []candidate) []candidate {
	slices.SortFunc(cs, func(a, b candidate) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.token, b.token)) })
	return cs
}

// choose draws from candidates, which come in the order of their tokens.
func choose(cs []candidate, how [device.HowColumns]float64, seen func(id int) bool, u float64) (token int, prob float64) {
	if p := how[device.HowPenalty]; p != 0 && p != 1 {
		for i, c := range cs {
			switch {
			case !seen(c.token):
			case c.score > 0:
				cs[i].score = float64(float32(c.score / p))
			default:
				cs[i].score = float64(float32(c.score * p))
			}
		}
	}
	t, k, p, m := how[device.HowTemperature], int(how[device.HowTopK]), how[device.HowTopP], how[device.HowMinP]
	if k > 0 || p > 0 && p < 1 || m > 0 || t == 0 {
		highest(cs)
	}
	if t == 0 {
		return cs[0].token, 1
	}
	most := slices.MaxFunc(cs, func(a, b candidate) int { return cmp.Compare(a.score, b.score) }).score
	for i, c := range cs {
		cs[i].weight = math.Exp(c.score/t - most/t)
	}
	if k > 0 {
		cs = cs[:min(k, len(cs))]
	}
	if p > 0 && p < 1 {
		cs = cs[:reaching(cs, p*weigh(cs))]
	}
	if m > 0 {
		cs = slices.DeleteFunc(cs, func(c candidate) bool { return c.weight < m*cs[0].weight })
	}
	all, sum := weigh(cs), 0.0
	for _, c := range cs {
		if sum += c.weight; sum > u*all {
			return c.token, c.weight / all
		}
	}
	last := cs[len(cs)-1]
	return last.token, last.weight / all
}

func weigh(cs []candidate) (sum float64) {
	for _, c := range cs {
		sum += c.weight
	}
	return sum
}

// reaching is how many candidates have a weight together.
func reaching(cs []candidate, weight float64) int {
	sum := 0.0
	for i, c := range cs {
		if sum += c.weight; sum >= weight {
			return i + 1
		}
	}
	return len(cs)
}
