package tensor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/resident-go/resident/runtime/device"
)

// gradRow is an operation and the shapes of the operands on which its gradient is compared with differences of its results.
type gradRow struct {
	name   string
	domain domain
	shapes [][]int
	f      func(in []*Tensor) *Tensor
}

// domain is where operands lie, away from what cannot be differentiated.
type domain int

const (
	anywhere domain = iota // between -2 and 2, but not near 0
	positive               // between 0.3 and 2
	apart                  // any two differ by at least 0.1
)

func (d domain) draw(r *rand.Rand, n int) []float64 {
	all := make([]float64, n)
	for i, rank := range r.Perm(n) {
		switch d {
		case positive:
			all[i] = 0.3 + 1.7*r.Float64()
		case apart:
			all[i] = 0.15*float64(rank) - 0.07*float64(n)
		default:
			all[i] = math.Copysign(0.1+1.9*r.Float64(), r.Float64()-0.5)
		}
	}
	return all
}

// A form is a way in which an operand lies in memory: the shape of a leaf, and how an operand of a shape is seen in it.
type form struct {
	name string
	leaf func(shape []int) []int
	see  func(leaf *Tensor, shape []int) *Tensor
}

var forms = []form{
	{"in order", slices.Clone[[]int], func(leaf *Tensor, _ []int) *Tensor { return leaf }},
	{"reversed dimensions",
		func(shape []int) []int { return backwards(shape) },
		func(leaf *Tensor, shape []int) *Tensor {
			order := make([]int, len(shape))
			for i := range order {
				order[i] = len(order) - 1 - i
			}
			return leaf.Permute(order...)
		}},
	{"every second of a larger one",
		func(shape []int) []int { return withLast(shape, func(n int) int { return 2*n + 1 }) },
		func(leaf *Tensor, shape []int) *Tensor {
			if len(shape) == 0 {
				return leaf.Index(0, 1)
			}
			return leaf.SliceStep(-1, 1, leaf.Dim(-1), 2)
		}},
	{"the middle of a larger one",
		func(shape []int) []int {
			if len(shape) == 0 {
				return []int{3, 3}
			}
			return append([]int{shape[0] + 2}, shape[1:]...)
		},
		func(leaf *Tensor, shape []int) *Tensor {
			if len(shape) == 0 {
				return leaf.Index(0, 1).Index(0, -1)
			}
			return leaf.Slice(0, 1, -1)
		}},
	{"repeated",
		func(shape []int) []int {
			if len(shape) == 0 {
				return shape
			}
			return append([]int{min(1, shape[0])}, shape[1:]...)
		},
		func(leaf *Tensor, shape []int) *Tensor { return leaf.Expand(shape...) }},
}

func backwards(shape []int) []int {
	b := slices.Clone(shape)
	slices.Reverse(b)
	return b
}

// withLast changes the size of the last dimension; without dimensions there is one of 3.
func withLast(shape []int, f func(int) int) []int {
	if len(shape) == 0 {
		return []int{3}
	}
	s := slices.Clone(shape)
	s[len(s)-1] = f(s[len(s)-1])
	return s
}

// TestGradients compares each gradient with central differences in f64, for operands in all forms, and for gradients of the result in
// all forms. Backward runs twice on one graph.
func TestGradients(t *testing.T) {
	for _, row := range slices.Concat(elementwiseRows, shapeRows, arrangeRows, reduceRows, productRows, einsumRows, modelRows) {
		for i, operands := range forms {
			if operands.name == "repeated" && row.domain == apart {
				continue // equal elements
			}
			t.Run(row.name+shapesName(row.shapes)+"/"+operands.name, func(t *testing.T) {
				if err := Try(func() { row.check(t, operands, forms[(i+1)%len(forms)]) }); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func shapesName(shapes [][]int) (s string) {
	for _, shape := range shapes {
		s += device.Shape(shape).String()
	}
	return s
}

func (row gradRow) check(t *testing.T, operands, cotangent form) {
	r := rand.New(rand.NewPCG(1, 2))
	leaves := make([]*Tensor, len(row.shapes))
	for i, shape := range row.shapes {
		leaf := operands.leaf(shape)
		leaves[i] = New(row.domain.draw(r, device.Contiguous(leaf...).Size()), nonNil(leaf)...).Reshape(leaf...).Track()
	}
	forward := func() *Tensor {
		in := make([]*Tensor, len(leaves))
		for i, leaf := range leaves {
			in[i] = operands.see(leaf, row.shapes[i])
		}
		return row.f(in)
	}
	out := forward()
	if out.DType() != device.F64 {
		t.Fatalf("the result is %s", out.view())
	}
	shape := cotangent.leaf(out.Shape())
	dy := cotangent.see(New(anywhere.draw(r, device.Contiguous(shape...).Size()), nonNil(shape)...).Reshape(shape...), out.Shape())
	var first []*Tensor
	out.BackwardFrom(dy)
	for i, leaf := range leaves {
		if leaf.Grad() == nil {
			t.Fatalf("operand %d has no gradient", i)
		}
		first = append(first, leaf.Grad().Clone())
	}
	out.BackwardFrom(dy)
	for i, leaf := range leaves {
		compareGradient(t, fmt.Sprintf("operand %d", i), leaf, first[i], func() float64 { return forward().Detach().Mul(dy).Sum().Item() })
		if got, want := leaf.Grad().Float64s(), first[i].Scale(2).Float64s(); !slices.Equal(got, want) {
			t.Errorf("operand %d: after a second pass the gradient is %v, want %v", i, got, want)
		}
	}
}

// compareGradient moves each element of a leaf up and down.
func compareGradient(t *testing.T, what string, leaf, gradient *Tensor, loss func() float64) {
	t.Helper()
	const step = 1e-5
	flat, grad := leaf.Detach().Flatten(), gradient.Float64s()
	for i, at := range flat.Float64s() {
		flat.SetAt(at+step, i)
		up := loss()
		flat.SetAt(at-step, i)
		down := loss()
		flat.SetAt(at, i)
		want := (up - down) / (2 * step)
		if !(math.Abs(grad[i]-want) <= 5e-7*(1+math.Abs(want))) {
			t.Errorf("%s: the gradient of element %d is %.9g, by differences %.9g", what, i, grad[i], want)
		}
	}
}

// nonNil keeps New from making a vector of a shape without dimensions.
func nonNil(shape []int) []int {
	if len(shape) == 0 {
		return []int{1}
	}
	return shape
}
