package tensor

import (
	"slices"
	"strings"
	"unicode"

	"github.com/resident-go/resident/runtime/device"
)

// Einsum is a sum of products by Einstein's convention, as in NumPy and PyTorch: "bqd,bkd->bqk" names the dimensions of the operands and
// of the result; over those that the result does not have it is summed. Without "->" the result has, in alphabetical order, the letters that
// come once. A letter that comes twice in one operand stands for its diagonal. Operands are multiplied from left to right, as matrix products.
func Einsum(spec string, operands ...*Tensor) *Tensor {
	given("einsum", operands...)
	names, result := parseEinsum(spec, operands)
	acc := named{operands[0], names[0]}.diagonals()
	for i := range operands[1:] {
		next := named{operands[i+1], names[i+1]}.diagonals()
		later := strings.Join(names[i+2:], "") + result
		acc = acc.times(next, later)
	}
	return acc.sumBut(result).permute(result).t
}

// parseEinsum splits a specification, and checks sizes.
func parseEinsum(spec string, operands []*Tensor) (names []string, result string) {
	left, result, explicit := strings.Cut(strings.ReplaceAll(spec, " ", ""), "->")
	names = strings.Split(left, ",")
	if len(names) != len(operands) {
		fail("einsum", "%q names %d operands, there are %d", spec, len(names), len(operands))
	}
	sizes := map[rune]int{}
	for i, name := range names {
		if len(name) != operands[i].Rank() {
			fail("einsum", "%q in %q has %d letters for %s", name, spec, len(name), operands[i].view())
		}
		for d, r := range name {
			if !unicode.IsLetter(r) || r > unicode.MaxASCII {
				fail("einsum", "%q in %q is no letter", r, spec)
			}
			n := operands[i].layout.Shape[d]
			if m, known := sizes[r]; known && m != n {
				fail("einsum", "%q in %q is %d and %d, in %s", r, spec, m, n, shapesOf(operands))
			}
			sizes[r] = n
		}
	}
	if !explicit {
		result = comeOnce(left)
	}
	for i, r := range result {
		if _, known := sizes[r]; !known || strings.ContainsRune(result[:i], r) {
			fail("einsum", "%q in the result of %q must come once there, and in an operand", r, spec)
		}
	}
	return names, result
}

func comeOnce(names string) string {
	var once []rune
	for _, r := range names {
		if r != ',' && strings.Count(names, string(r)) == 1 {
			once = append(once, r)
		}
	}
	slices.Sort(once)
	return string(once)
}

func shapesOf(all []*Tensor) string {
	var s []string
	for _, t := range all {
		s = append(s, t.view().String())
	}
	return strings.Join(s, " and ")
}

// named is a tensor with a letter for each dimension.
type named struct {
	t    *Tensor
	name string
}

// diagonals makes one dimension of two with the same letter.
func (n named) diagonals() named {
	for i, r := range n.name {
		if j := strings.LastIndex(n.name, string(r)); j > i {
			n.t = n.t.MoveDim(j, -1).MoveDim(i, -2).Diagonal(0)
			n.name = n.name[:i] + n.name[i+1:j] + n.name[j+1:] + string(r)
			return n.diagonals()
		}
	}
	return n
}

// sumBut sums over the dimensions that are not kept.
func (n named) sumBut(keep string) named {
	var over []int
	var left strings.Builder
	for d, r := range n.name {
		if strings.ContainsRune(keep, r) {
			left.WriteRune(r)
		} else {
			over = append(over, d)
		}
	}
	if len(over) > 0 {
		n.t = n.t.Sum(over...)
	}
	n.name = left.String()
	return n
}

// permute orders the dimensions as in name, which has the same letters.
func (n named) permute(name string) named {
	order := make([]int, len(name))
	for i, r := range name {
		order[i] = strings.IndexRune(n.name, r)
	}
	return named{n.t.Permute(order...), name}
}

// times multiplies, and sums over the letters of both that nobody needs later.
func (n named) times(m named, later string) named {
	n, m = n.sumBut(m.name+later), m.sumBut(n.name+later)
	var both, left, sum, right string
	for _, r := range n.name {
		switch {
		case !strings.ContainsRune(m.name, r):
			left += string(r)
		case strings.ContainsRune(later, r):
			both += string(r)
		default:
			sum += string(r)
		}
	}
	for _, r := range m.name {
		if !strings.ContainsRune(n.name, r) {
			right += string(r)
		}
	}
	a, b := n.permute(both+left+sum), m.permute(both+sum+right)
	shape := slices.Concat(a.t.layout.Shape[:len(both)+len(left)], b.t.layout.Shape[len(both)+len(sum):])
	batch, rows := sizeOf(shape[:len(both)]), sizeOf(shape[len(both):len(both)+len(left)])
	inner, cols := sizeOf(b.t.layout.Shape[len(both):len(both)+len(sum)]), sizeOf(shape[len(both)+len(left):])
	product := a.t.Reshape(batch, rows, inner).MatMul(b.t.Reshape(batch, inner, cols))
	return named{product.Reshape(shape...), both + left + right}
}

func sizeOf(shape []int) int { return device.Layout{Shape: shape}.Size() }
