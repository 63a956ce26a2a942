package nn

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/tensor"
)

// Param is a parameter: a tracked tensor with a name.
type Param struct {
	Name string
	*tensor.Tensor
	Decay bool // whether weight decay is for it: the matrices, but no biases and norms
}

// Module is something with parameters. They come in the same order each time, in a slice that is the caller's.
type Module interface {
	Params() []Param
}

// Params are the parameters that stand in the exported fields of a struct: fields are tracked tensors, modules, which say themselves what theirs are, or structs,
// slices and maps (by a text) of these, behind interfaces too. A field's name, in lower case, becomes the first part of a parameter's name, as in "hidden.weight". A tensor that
// stands in several places is listed once, under the name of the first. It is what the method of a model of one's own returns:
//
//	type classifier struct{ Hidden, Out *nn.Linear }
//
//	func (c *classifier) Params() []nn.Param { return nn.Params(c) }
//
// So of v itself the fields are looked through even if it is a module, but for those of this package. A slice of tensors has parameters "0", "1" and so on.
func Params(v any) []Param {
	switch m := v.(type) { // their fields are not exported
	case *GPT:
		return m.Params()
	case *MLP:
		return m.Params()
	}
	seen := map[*tensor.Tensor]bool{}
	return slices.DeleteFunc(inside(nil, "", reflect.ValueOf(v)), func(p Param) bool {
		again := seen[p.Tensor]
		seen[p.Tensor] = true
		return again
	})
}

// collect adds what a value is, a tensor or a module, or what it has inside.
func collect(all []Param, name string, v reflect.Value) []Param {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.Kind() == reflect.Pointer && v.IsNil() || !v.IsValid() {
		return all
	}
	if t, ok := v.Interface().(*tensor.Tensor); ok {
		if t.Tracked() || t.Frozen() {
			all = append(all, Param{Name: name, Tensor: t, Decay: t.Rank() > 1})
		}
		return all
	}
	if m, ok := module(v); ok {
		for _, p := range m.Params() {
			p.Name = join(name, p.Name)
			all = append(all, p)
		}
		return all
	}
	return inside(all, name, v)
}

// inside adds what the fields of a struct, or the elements of a slice or a map, are.
func inside(all []Param, name string, v reflect.Value) []Param {
	switch v = reflect.Indirect(v); v.Kind() {
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			all = collect(all, join(name, fmt.Sprint(i)), v.Index(i))
		}
	case reflect.Map:
		for _, key := range sortedKeys(v) {
			all = collect(all, join(name, key.String()), v.MapIndex(key))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				all = collect(all, join(name, strings.ToLower(f.Name)), v.Field(i))
			}
		}
	}
	return all
}

// sortedKeys are the keys of a map, if they are texts.
func sortedKeys(v reflect.Value) []reflect.Value {
	if v.Type().Key().Kind() != reflect.String {
		return nil
	}
	return slices.SortedFunc(slices.Values(v.MapKeys()), func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
}

func module(v reflect.Value) (Module, bool) {
	if m, ok := v.Interface().(Module); ok {
		return m, true
	}
	if v.CanAddr() {
		m, ok := v.Addr().Interface().(Module)
		return m, ok
	}
	return nil, false
}

func join(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}

// Count is how many numbers a module's parameters are.
func Count(m Module) (n int) {
	for _, p := range m.Params() {
		n += p.Size()
	}
	return n
}

// ZeroGrad sets all gradients to zero.
func ZeroGrad(m Module) {
	for _, p := range m.Params() {
		p.ZeroGrad()
	}
}

// Option is a wish about how a model is made.
type Option func(*options)

type options struct {
	gen   *tensor.Generator
	dev   device.Device
	blank bool
	block int
}

// Seed decides the random numbers of a model's first weights and of its dropout. Without it the seed is 0.
func Seed(seed uint64) Option { return func(o *options) { o.gen = tensor.Seed(seed) } }

// On is the device on which a model's parameters are. Without it that is [tensor.Default].
func On(dev device.Device) Option { return func(o *options) { o.dev = dev } }

// Blank has parameters begin as zeros, for a model whose weights are read: random numbers for them would be made for nothing.
func Blank() Option { return func(o *options) { o.blank = true } }

// Block has a GPT with rotary positions take texts of at most so many tokens, if its configuration allows for longer ones: a decoder's caches and the plan of a loss
// have room for all of them. What it computes is the same.
func Block(tokens int) Option { return func(o *options) { o.block = tokens } }

func resolve(wishes []Option) *options {
	o := &options{}
	for _, wish := range wishes {
		wish(o)
	}
	if o.gen == nil {
		o.gen = tensor.Seed(0)
	}
	if o.dev == nil {
		o.dev = tensor.Default()
	}
	return o
}

// spec describes a parameter that is to be made.
type spec struct {
	name  string
	shape []int
	decay bool
	init  func(*tensor.Generator, []int) *tensor.Tensor
}

// allocate makes parameters. They lie in one piece of memory, those with decay first, and their gradients in another.
func allocate(specs []spec, o *options) (params []Param, err error) {
	total := 0
	for _, s := range specs {
		if device.CheckShape([]int{total}) != nil || device.CheckShape(s.shape) != nil {
			return nil, fmt.Errorf("%s %s: too many numbers", s.name, device.Shape(s.shape))
		}
		total += device.Contiguous(s.shape...).Size()
	}
	err = tensor.Try(func() { params = laidOut(specs, total, o) })
	return params, err
}

func laidOut(specs []spec, total int, o *options) []Param {
	values, grads := tensor.Zeros(total).On(o.dev), tensor.Zeros(total).On(o.dev)
	params, at := make([]Param, len(specs)), 0
	for _, decay := range []bool{true, false} {
		for i, s := range specs {
			if s.decay != decay {
				continue
			}
			end := at + device.Contiguous(s.shape...).Size()
			t := values.Slice(0, at, end).Reshape(s.shape...).Track()
			t.SetGrad(grads.Slice(0, at, end).Reshape(s.shape...))
			params[i] = Param{Name: s.name, Tensor: t, Decay: s.decay}
			at = end
		}
	}
	if o.blank {
		return params
	}
	for i, s := range specs { // in the order in which they are written down, whatever their place
		params[i].Assign(s.init(o.gen, s.shape))
	}
	return params
}

// How parameters begin.

func zeros(_ *tensor.Generator, shape []int) *tensor.Tensor { return tensor.Zeros(shape...) }

func ones(_ *tensor.Generator, shape []int) *tensor.Tensor { return tensor.Ones(shape...) }

func normal(std float64) func(*tensor.Generator, []int) *tensor.Tensor {
	return func(g *tensor.Generator, shape []int) *tensor.Tensor { return g.Normal(shape...).Scale(std) }
}

func uniform(bound float64) func(*tensor.Generator, []int) *tensor.Tensor {
	return func(g *tensor.Generator, shape []int) *tensor.Tensor { return g.Uniform(-bound, bound, shape...) }
}
