package tensor

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/device"
)

// step is a random view of a tensor, by name.
func step(r *rand.Rand, x *Tensor) (string, func(*Tensor) *Tensor) {
	rank := x.Rank()
	if rank == 0 {
		return "unsqueeze", func(x *Tensor) *Tensor { return x.Unsqueeze(0) }
	}
	d := r.IntN(rank)
	n := x.Dim(d)
	switch r.IntN(11) {
	case 0:
		e := r.IntN(rank)
		return fmt.Sprintf("transpose %d %d", d, e), func(x *Tensor) *Tensor { return x.Transpose(d, e) }
	case 1:
		order := r.Perm(rank)
		return fmt.Sprintf("permute %v", order), func(x *Tensor) *Tensor { return x.Permute(order...) }
	case 2, 3:
		from := r.IntN(n + 1)
		to := from + r.IntN(n-from+1)
		by := 1 + r.IntN(3)
		return fmt.Sprintf("slice %d: %d to %d by %d", d, from, to, by), func(x *Tensor) *Tensor { return x.SliceStep(d, from, to, by) }
	case 4:
		if n == 0 {
			break
		}
		i := r.IntN(n)
		return fmt.Sprintf("index %d: %d", d, i), func(x *Tensor) *Tensor { return x.Index(d, i) }
	case 5:
		e := r.IntN(rank + 1)
		return fmt.Sprintf("unsqueeze %d", e), func(x *Tensor) *Tensor { return x.Unsqueeze(e) }
	case 6:
		shape := append([]int{1 + r.IntN(3)}, x.Shape()...)
		return fmt.Sprintf("expand %v", shape), func(x *Tensor) *Tensor { return x.Expand(shape...) }
	case 7:
		if rank < 2 {
			break
		}
		k := r.IntN(3) - 1
		if -k > x.Dim(-2) || k > x.Dim(-1) {
			break
		}
		return fmt.Sprintf("diagonal %d", k), func(x *Tensor) *Tensor { return x.Diagonal(k) }
	case 8:
		if n == 0 {
			break
		}
		size, by := 1+r.IntN(n), 1+r.IntN(3)
		return fmt.Sprintf("unfold %d: %d by %d", d, size, by), func(x *Tensor) *Tensor { return x.Unfold(d, size, by) }
	}
	shape := regrouped(r, x.Size())
	return fmt.Sprintf("reshape %v", shape), func(x *Tensor) *Tensor { return x.Reshape(shape...) }
}

// regrouped is a random shape of a size.
func regrouped(r *rand.Rand, size int) []int {
	shape := []int{}
	for size > 1 && len(shape) < 4 {
		for f := 2 + r.IntN(3); ; f++ {
			if f >= size {
				f = size
			}
			if size%f == 0 {
				shape, size = append(shape, f), size/f
				break
			}
		}
	}
	shape = append(shape, size) // 1, the rest, or 0
	return slices.Insert(shape, r.IntN(len(shape)+1), 1)
}

// TestViews: a view of a view of a view has the elements that copies would have, and operations see them so.
func TestViews(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		shape := [][]int{{24}, {4, 6}, {2, 3, 4}, {2, 1, 3, 4}, {5, 5}}[r.IntN(5)]
		dtype := []device.DType{device.F32, device.F64, device.I32, device.BF16}[r.IntN(4)]
		view := Range(device.Contiguous(shape...).Size()).Reshape(shape...).To(dtype)
		copied := view
		how := fmt.Sprintf("%s%v", dtype, shape)
		for range 1 + r.IntN(5) {
			name, f := step(r, view)
			how += ", " + name
			view, copied = f(view), f(copied).Clone()
		}
		if !slices.Equal(view.Float64s(), copied.Float64s()) || !slices.Equal(view.Shape(), copied.Shape()) {
			t.Fatalf("seed %d: %s is\n%v, copies give\n%v", seed, how, view, copied)
		}
		sameResults(t, fmt.Sprintf("seed %d: %s", seed, how), view, copied)
		written(t, fmt.Sprintf("seed %d: %s", seed, how), view)
	}
}

// written writes to a view, which is refused where two of its elements lie at one place; and only there, but for windows without some of their elements.
func written(t *testing.T, how string, view *Tensor) {
	places := Range(view.store.data.Len()).at(view.layout).Ints()
	slices.Sort(places)
	distinct := len(slices.Compact(places)) == view.Size()
	err := Try(func() { view.AssignFill(0) })
	if err == nil && !distinct || err != nil && distinct && !strings.Contains(how, "unfold") {
		t.Fatalf("%s: distinct: %v, writing to it: %v", how, distinct, err)
	}
}

// sameResults tries operations on a view and on its copy. All numbers are whole and small, so that results are exact.
func sameResults(t *testing.T, how string, view, copied *Tensor) {
	for name, f := range map[string]func(x *Tensor) *Tensor{
		"square":    func(x *Tensor) *Tensor { return x.To(device.F32).Square() },
		"neg":       (*Tensor).Neg,
		"add":       func(x *Tensor) *Tensor { return x.Add(copied) },
		"sum":       func(x *Tensor) *Tensor { return x.To(device.F32).Sum() },
		"sum last":  func(x *Tensor) *Tensor { return x.Unsqueeze(0).Sum(-1) },
		"sum first": func(x *Tensor) *Tensor { return x.Unsqueeze(-1).Sum(0) },
		"concat":    func(x *Tensor) *Tensor { y := x.Unsqueeze(0); return Concat(-1, y, y) },
		"where":     func(x *Tensor) *Tensor { return Where(x.Gt(x.zero()), x, x.zero()) },
		"clone":     (*Tensor).Clone,
		"f64":       func(x *Tensor) *Tensor { return x.To(device.F64) },
		"rows":      func(x *Tensor) *Tensor { return x.Reshape(x.Size(), 1).Rows(New([]int{}, 0)) },
		"with itself": func(x *Tensor) *Tensor {
			y := x.floating().Unsqueeze(0)
			return y.MatMul(y.Transpose(-1, max(-2, -y.Rank())))
		},
	} {
		if name == "with itself" && (view.Rank() == 0 || view.DType() == device.BF16) {
			continue // no matrix; sums that are not exact
		}
		var a, b *Tensor
		if err := Try(func() { a, b = f(view), f(copied) }); err != nil {
			t.Fatalf("%s, %s: %v", how, name, err)
		}
		if !a.Equal(b) {
			t.Fatalf("%s, %s: got\n%v, want\n%v", how, name, a, b)
		}
	}
}
