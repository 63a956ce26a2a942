package rag

import (
	"math"

	"github.com/resident-go/resident/runtime/tensor"
)

// vectors are rows of one width, of length 1 or 0, that are only ever added to.
//
// A search reads whole blocks of rows in 8 bits, a quarter of the memory, and so finds each row's product with the question up to an error
// that is known: no more than the lengths of what the row and the question lost by rounding. Rows that could be among the best in spite of
// it are computed again from all bits; so the result is that of computing all of them.
type vectors struct {
	width  int
	rows   []float32           // [n, width]
	blocks []*tensor.Quantized // of blockRows rows each, as far as there are so many
	lost   []float32           // of each row in a block: the length of row - rounded row
}

const (
	blockRows = 4096
	group     = 32 // columns with a common scale
)

func newVectors(width int) *vectors { return &vectors{width: width} }

func (v *vectors) count() int { return len(v.rows) / v.width }

func (v *vectors) row(i int32) []float32 { return v.rows[int(i)*v.width:][:v.width:v.width] }

func (v *vectors) add(row []float32) {
	v.rows = append(v.rows, row...)
	if n := v.count(); n%blockRows == 0 && v.width%group == 0 {
		v.round(v.rows[(n-blockRows)*v.width:])
	}
}

// round makes a block of the rows.
func (v *vectors) round(rows []float32) {
	exact := tensor.Share(rows, blockRows, v.width)
	q := exact.Quantize(group)
	v.blocks = append(v.blocks, q)
	v.lost = append(v.lost, exact.Sub(q.Float()).Norm(1).Floats()...)
}

// search returns the k rows with the largest products with the question, of those that pass.
func (v *vectors) search(question []float32, k int, pass func(row int32) bool) []scored {
	found := newBest(k)
	rounded := int32(len(v.blocks) * blockRows)
	for _, row := range v.promising(question, k, pass) {
		if s := dot(v.row(row), question); found.wants(s, row) {
			found.add(scored{row, s})
		}
	}
	for row := rounded; row < int32(v.count()); row++ {
		if s := dot(v.row(row), question); found.wants(s, row) && pass(row) {
			found.add(scored{row, s})
		}
	}
	return found.sorted()
}

// promising are the rows in blocks that could be among the k best.
func (v *vectors) promising(question []float32, k int, pass func(row int32) bool) []int32 {
	if len(v.blocks) == 0 {
		return nil
	}
	x := tensor.Share(question, 1, v.width) // where the blocks are, whatever device new tensors are on
	slack := x.Sub(x.Quantize(group).Float()).Norm().Item()
	products := make([][]float32, len(v.blocks))
	least := newBest(k) // of what the products are at least
	for b, block := range v.blocks {
		products[b] = block.Linear(x, nil).Floats()
		for i, p := range products[b] {
			row := int32(b*blockRows + i)
			if low := float64(p) - v.error(row, slack); least.wants(low, row) && pass(row) {
				least.add(scored{row, low})
			}
		}
	}
	bar := math.Inf(-1)
	if least.full() {
		bar = least.worst().score
	}
	var rows []int32
	for b := range products {
		for i, p := range products[b] {
			if row := int32(b*blockRows + i); float64(p)+v.error(row, slack) >= bar && pass(row) {
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// error is how far a product may be from the true one. With r and q for what row and question lost, both of length 1 at most:
// |row·question - (row-r)·(question-q)| <= |r| + |q| + |r||q|, and a little for the rounding of the sums.
func (v *vectors) error(row int32, slack float64) float64 {
	r := float64(v.lost[row])
	return r + slack + r*slack + 1e-5
}

func dot(a, b []float32) float64 {
	sum := 0.0
	for i, x := range a {
		sum += float64(x) * float64(b[i])
	}
	return sum
}

// unit scales a vector to length 1; that of nothing stays 0.
func unit(v []float32) {
	length := math.Sqrt(dot(v, v))
	if length == 0 {
		return
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / length)
	}
}
