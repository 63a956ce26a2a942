package hf_test

import (
	"math"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/hf"
	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

// reference computes logits with plain loops in float64, from parameters under our names. It knows nothing of the files.
type reference struct {
	hf.Config
	params map[string][]float64
}

// matrix is [rows, columns], row by row.
type matrix [][]float64

// weights reads all parameters of an open model.
func weights(t testing.TB, m hf.Map, r *safetensors.Reader) map[string][]float64 {
	t.Helper()
	params := map[string][]float64{}
	for _, e := range m {
		n := 1
		for _, d := range e.Shape {
			n *= d
		}
		v := make([]float32, n)
		if err := e.Read(r, v); err != nil {
			t.Fatal(err)
		}
		for _, f := range v {
			params[e.Ours] = append(params[e.Ours], float64(f))
		}
	}
	return params
}

// linear is x Wᵀ + b for W [out, in], without b where there is none.
func (r reference) linear(name string, x []float64) []float64 {
	w, b := r.params[name+".weight"], r.params[name+".bias"]
	y := make([]float64, len(w)/len(x))
	for o := range y {
		if b != nil {
			y[o] = b[o]
		}
		for i, v := range x {
			y[o] += w[o*len(x)+i] * v
		}
	}
	return y
}

// norm is layer norm where there is a bias, else RMS norm.
func (r reference) norm(name string, x []float64) []float64 {
	w, b := r.params[name+".weight"], r.params[name+".bias"]
	mean, square := 0.0, 0.0
	if b != nil {
		for _, v := range x {
			mean += v / float64(len(x))
		}
	}
	for _, v := range x {
		square += (v - mean) * (v - mean) / float64(len(x))
	}
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = (v - mean) / math.Sqrt(square+r.NormEps) * w[i]
		if b != nil {
			y[i] += b[i]
		}
	}
	return y
}

// rotate turns each pair (i, i + half) of a head by its position times theta^(-2i/n).
func (r reference) rotate(x []float64, position int) {
	half := len(x) / 2
	for i := range half {
		angle := float64(position) * math.Pow(r.RopeTheta, -float64(i)/float64(half))
		sin, cos := math.Sincos(angle)
		x[i], x[half+i] = x[i]*cos-x[half+i]*sin, x[half+i]*cos+x[i]*sin
	}
}

// attention mixes the values of a head up to each position.
func (r reference) attention(layer string, x matrix) {
	var queries, keys, values []matrix // [time][head][headdim]
	for t := range x {
		row := r.linear(layer+"attn.qkv", r.norm(layer+"norm1", x[t]))
		heads := make(matrix, r.Heads+2*r.KVHeads)
		for h := range heads {
			heads[h] = row[h*r.HeadDim:][:r.HeadDim]
			if r.Form == hf.Llama && h < r.Heads+r.KVHeads {
				r.rotate(heads[h], t)
			}
		}
		queries, keys, values = append(queries, heads[:r.Heads]), append(keys, heads[r.Heads:][:r.KVHeads]), append(values, heads[r.Heads+r.KVHeads:])
	}
	for t := range x {
		var mixed []float64
		for h := range r.Heads {
			kv := h / (r.Heads / r.KVHeads)
			weights := make([]float64, t+1)
			sum := 0.0
			for s := range weights {
				weights[s] = math.Exp(dot(queries[t][h], keys[s][kv]) / math.Sqrt(float64(r.HeadDim)))
				sum += weights[s]
			}
			out := make([]float64, r.HeadDim)
			for s, w := range weights {
				addTo(out, values[s][kv], w/sum)
			}
			mixed = append(mixed, out...)
		}
		addTo(x[t], r.linear(layer+"attn.out", mixed), 1)
	}
}

func (r reference) feedForward(layer string, x []float64) {
	y := r.norm(layer+"norm2", x)
	up := r.linear(layer+"mlp.up", y)
	if r.Form == hf.GPT2 {
		for i, v := range up {
			up[i] = v / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(v+0.044715*v*v*v)))
		}
	} else {
		for i, g := range r.linear(layer+"mlp.gate", y) {
			up[i] *= g / (1 + math.Exp(-g))
		}
	}
	addTo(x, r.linear(layer+"mlp.down", up), 1)
}

// logits are the scores of each next token.
func (r reference) logits(ids []int) matrix {
	x := make(matrix, len(ids))
	for t, id := range ids {
		x[t] = append(x[t], r.params["embed.weight"][id*r.Embed:][:r.Embed]...)
		if r.Form == hf.GPT2 {
			addTo(x[t], r.params["position.weight"][t*r.Embed:][:r.Embed], 1)
		}
	}
	for i := range r.Layers {
		layer := "layers." + string(rune('0'+i)) + "."
		r.attention(layer, x)
		for t := range x {
			r.feedForward(layer, x[t])
		}
	}
	head := "head"
	if r.Tied {
		head = "embed"
	}
	for t := range x {
		x[t] = r.linear(head, r.norm("norm", x[t]))
	}
	return x
}

func dot(a, b []float64) (sum float64) {
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

func addTo(x, y []float64, factor float64) {
	for i, v := range y {
		x[i] += factor * v
	}
}
