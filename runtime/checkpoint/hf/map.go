package hf

import (
	"fmt"
	"regexp"
	"strings"
)

// Map lists all parameters of a model, in the order of its parts.
type Map []Entry

// Entry is one parameter.
type Entry struct {
	Ours      string  // its name here
	Shape     []int   // here: [out, in], or [n]
	Theirs    []Part  // where it is stored: one tensor, or several whose rows follow each other
	Transpose bool    // it is stored as [in, out]
	Offset    float32 // is added to what is stored
	First     int     // the row with which it begins, in a tensor that has more than Shape
}

// part reports whether what is stored has other parameters, too.
func (e Entry) part() bool { return elements(e.Theirs[0].Shape) > elements(e.Shape) }

// Part is a tensor of a Hugging Face file, with its shape there.
type Part struct {
	Name  string
	Shape []int
}

// names are the parts of a form's naming that do not depend on the layer.
type names struct {
	prefix string         // stands before all names but the head's, except in files of the bare model
	embed  string         // the embedding, behind the prefix
	extra  *regexp.Regexp // what else may stand behind the prefix, and is ignored
}

const headName = "lm_head.weight"

var (
	gpt2Names  = names{"transformer.", "wte.weight", regexp.MustCompile(`^h\.\d+\.attn\.(masked_)?bias$`)}
	llamaNames = names{"model.", "embed_tokens.weight", regexp.MustCompile(`^layers\.\d+\.self_attn\.rotary_emb\.inv_freq$`)}
)

func (f Form) names() names {
	if f == GPT2 {
		return gpt2Names
	}
	return llamaNames
}

// Map lists the parameters under the names that transformers writes. It is an error when the sizes make no sense.
func (m Model) Map() (Map, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	b := &builder{prefix: m.Form.names().prefix}
	b.add("embed.weight", m.Form.names().embed, m.Vocab, m.Embed)
	if m.Form == GPT2 {
		b.gpt2(m)
	} else {
		b.llama(m)
	}
	if !m.Tied {
		b.prefix = ""
		b.add("head.weight", headName, m.Vocab, m.Embed)
	}
	return b.Map, nil
}

// builder appends entries. ours and theirs stand in front of the names of the current layer.
type builder struct {
	Map
	prefix, ours, theirs string
}

func (b *builder) layer(i int, theirs string) {
	b.ours, b.theirs = fmt.Sprintf("layers.%d.", i), fmt.Sprintf("%s.%d.", theirs, i)
}

func (b *builder) noLayer() { b.ours, b.theirs = "", "" }

func (b *builder) name(s string) string { return b.prefix + b.theirs + s }

// add appends a parameter that is stored as it is.
func (b *builder) add(ours, theirs string, shape ...int) {
	b.Map = append(b.Map, Entry{Ours: b.ours + ours, Shape: shape, Theirs: []Part{{b.name(theirs), shape}}})
}

// norm appends a norm's weight, without a bias.
func (b *builder) norm(m Model, ours, theirs string, n int) {
	b.add(ours, theirs, n)
	b.Map[len(b.Map)-1].Offset = m.normOffset()
}

// pair appends weight and bias of a norm.
func (b *builder) pair(ours, theirs string, n int) {
	b.add(ours+".weight", theirs+".weight", n)
	b.add(ours+".bias", theirs+".bias", n)
}

// conv appends weight and bias of a Conv1D of transformers.
func (b *builder) conv(ours, theirs string, out, in int) {
	b.Map = append(b.Map, Entry{b.ours + ours + ".weight", []int{out, in}, []Part{{b.name(theirs + ".weight"), []int{in, out}}}, true, 0, 0})
	b.add(ours+".bias", theirs+".bias", out)
}

// rows is a matrix that becomes part of another: a name and a number of rows.
type rows struct {
	theirs string
	n      int
}

// linear appends a weight, and a bias if there is one, made of the rows of one or several matrices.
func (b *builder) linear(ours string, in int, bias bool, parts ...rows) {
	out := 0
	weight, vector := Entry{Ours: b.ours + ours + ".weight"}, Entry{Ours: b.ours + ours + ".bias"}
	for _, p := range parts {
		out += p.n
		weight.Theirs = append(weight.Theirs, Part{b.name(p.theirs + ".weight"), []int{p.n, in}})
		vector.Theirs = append(vector.Theirs, Part{b.name(p.theirs + ".bias"), []int{p.n}})
	}
	weight.Shape, vector.Shape = []int{out, in}, []int{out}
	b.Map = append(b.Map, weight)
	if bias {
		b.Map = append(b.Map, vector)
	}
}

func (b *builder) gpt2(m Model) {
	b.add("position.weight", "wpe.weight", m.Block, m.Embed)
	for i := range m.Layers {
		b.layer(i, "h")
		b.pair("norm1", "ln_1", m.Embed)
		b.conv("attn.qkv", "attn.c_attn", 3*m.Embed, m.Embed)
		b.conv("attn.out", "attn.c_proj", m.Embed, m.Embed)
		b.pair("norm2", "ln_2", m.Embed)
		b.conv("mlp.up", "mlp.c_fc", m.Hidden, m.Embed)
		b.conv("mlp.down", "mlp.c_proj", m.Embed, m.Hidden)
	}
	b.noLayer()
	b.pair("norm", "ln_f", m.Embed)
}

// halves appends two matrices that are stored as one, row below row.
func (b *builder) halves(theirs string, out, in int, ours ...string) {
	for i, name := range ours {
		b.Map = append(b.Map, Entry{Ours: b.ours + name + ".weight", Shape: []int{out, in}, Theirs: []Part{{b.name(theirs + ".weight"), []int{len(ours) * out, in}}}, First: i * out})
	}
}

func (b *builder) llama(m Model) {
	q, kv := m.Heads*m.HeadDim, m.KVHeads*m.HeadDim
	qkvBias, outBias := m.biases()
	for i := range m.Layers {
		b.layer(i, "layers")
		b.norm(m, "norm1.weight", "input_layernorm.weight", m.Embed)
		if m.Form == Phi3 {
			b.linear("attn.qkv", m.Embed, qkvBias, rows{"self_attn.qkv_proj", q + 2*kv})
		} else {
			b.linear("attn.qkv", m.Embed, qkvBias, rows{"self_attn.q_proj", q}, rows{"self_attn.k_proj", kv}, rows{"self_attn.v_proj", kv})
		}
		if m.Form.qkNorm() {
			b.norm(m, "attn.qnorm.weight", "self_attn.q_norm.weight", m.HeadDim)
			b.norm(m, "attn.knorm.weight", "self_attn.k_norm.weight", m.HeadDim)
		}
		b.linear("attn.out", q, outBias, rows{"self_attn.o_proj", m.Embed})
		if m.Form.sandwich() {
			b.norm(m, "attn.post.weight", "post_attention_layernorm.weight", m.Embed)
			b.norm(m, "norm2.weight", "pre_feedforward_layernorm.weight", m.Embed)
			b.norm(m, "mlp.post.weight", "post_feedforward_layernorm.weight", m.Embed)
		} else {
			b.norm(m, "norm2.weight", "post_attention_layernorm.weight", m.Embed)
		}
		if m.Form == Phi3 {
			b.halves("mlp.gate_up_proj", m.Hidden, m.Embed, "mlp.gate", "mlp.up")
		} else {
			b.linear("mlp.gate", m.Embed, m.MLPBias, rows{"mlp.gate_proj", m.Hidden})
			b.linear("mlp.up", m.Embed, m.MLPBias, rows{"mlp.up_proj", m.Hidden})
		}
		b.linear("mlp.down", m.Hidden, m.MLPBias, rows{"mlp.down_proj", m.Embed})
	}
	b.noLayer()
	b.norm(m, "norm.weight", "norm.weight", m.Embed)
}

// bare removes the prefix, as in files of the bare model.
func (m Map) bare(prefix string) {
	for _, e := range m {
		for i := range e.Theirs {
			e.Theirs[i].Name = strings.TrimPrefix(e.Theirs[i].Name, prefix)
		}
	}
}

func elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
