package tensor

var arrangeRows = join(
	one("movedim", anywhere, func(x *Tensor) *Tensor { return x.MoveDim(0, -1).Exp() }, few, matrix, cube),
	one("flip", anywhere, func(x *Tensor) *Tensor { return x.Flip().Exp() }, shapes...),
	one("flip -1", anywhere, func(x *Tensor) *Tensor { return x.Flip(-1).Exp() }, few, matrix, cube, hollow),
	one("roll", anywhere, func(x *Tensor) *Tensor { return x.Roll(-1, 2).Exp() }, few, matrix, cube, hollow),
	one("roll back", anywhere, func(x *Tensor) *Tensor { return x.Roll(0, -4).Exp() }, few, matrix),
	one("repeat", anywhere, func(x *Tensor) *Tensor { return x.Repeat(2, 3, 2).Exp() }, scalar, few, matrix, cube),
	one("pad", anywhere, func(x *Tensor) *Tensor { return x.Pad(-1, 2, 1, 0.5).Exp() }, few, matrix, cube, hollow),
	one("unfold", anywhere, func(x *Tensor) *Tensor { return x.Unfold(-1, 2, 1).Exp() }, few, matrix, cube, []int{2, 7}),
	one("unfold 0 by 2", anywhere, func(x *Tensor) *Tensor { return x.Unfold(0, 3, 2).Exp() }, few, []int{7}, []int{4, 2}),
	one("windows apart", anywhere, func(x *Tensor) *Tensor { return x.Unfold(-1, 2, 3).Exp() }, few, matrix, []int{8}),
	one("unfold, then all", anywhere, func(x *Tensor) *Tensor {
		return x.Unfold(0, 2, 1).Mul(x.Slice(0, 1, 3).Unsqueeze(1)).Add(x.Unfold(0, 2, 1))
	}, few),
	two("convolution", anywhere, func(x, w *Tensor) *Tensor {
		return Einsum("nchwij,ocij->nohw", x.Pad(2, 1, 0, 0).Unfold(2, 2, 1).Unfold(3, 2, 2), w)
	},
		[2][]int{{2, 2, 3, 4}, {3, 2, 2, 2}}),
	two("windows in a product", anywhere, func(x, w *Tensor) *Tensor { return x.Unfold(0, 2, 1).MatMul(w) }, [2][]int{few, {2, 2}}),
	one("largest of windows", apart, func(x *Tensor) *Tensor { return x.Unfold(0, 2, 2).Unfold(1, 2, 2).Max(-2, -1) }, []int{4, 5}),
	one("chunk", anywhere, func(x *Tensor) *Tensor { p := x.Chunk(-1, 3); return p[0].Mul(p[2]) }, few, matrix),
	one("diagonal", anywhere, func(x *Tensor) *Tensor { return x.Diagonal(0).Exp() }, matrix, cube),
	one("diagonal 1", anywhere, func(x *Tensor) *Tensor { return x.Diagonal(1).Exp() }, matrix, cube),
	one("diagonal -1", anywhere, func(x *Tensor) *Tensor { return x.Diagonal(-1).Exp() }, matrix, cube),
	one("diag", anywhere, func(x *Tensor) *Tensor { return x.Diag(0).Exp() }, few),
	one("diag -2", anywhere, func(x *Tensor) *Tensor { return x.Diag(-2).Exp() }, few),
	one("tril", anywhere, func(x *Tensor) *Tensor { return x.Tril(0).Exp() }, matrix, cube),
	one("triu", anywhere, func(x *Tensor) *Tensor { return x.Triu(1).Exp() }, matrix, cube),
	one("cumsum", anywhere, func(x *Tensor) *Tensor { return x.CumSum(-1).Exp() }, few, matrix, cube, []int{2, 7}, hollow),
	one("cumsum 0", anywhere, func(x *Tensor) *Tensor { return x.CumSum(0).Exp() }, few, matrix, []int{5, 2}),
	one("sort", apart, func(x *Tensor) *Tensor { v, _ := x.Sort(-1, false); return v.Exp() }, few, matrix, cube, hollow),
	one("sort 0 descending", apart, func(x *Tensor) *Tensor { v, _ := x.Sort(0, true); return v.Exp() }, few, matrix),
	one("topk", apart, func(x *Tensor) *Tensor { v, _ := x.TopK(2, -1); return v.Exp() }, few, matrix, cube),
	one("gather", anywhere, func(x *Tensor) *Tensor { return x.Gather(1, New([]int{2, 0, 0, 1, 2, 2, 1, 0}, 2, 4)).Exp() }, matrix),
	one("gather 0", anywhere, func(x *Tensor) *Tensor { return x.Gather(0, New([]int{1, 0, 1, 1}, 2, 2)).Exp() }, matrix),
	one("indexselect", anywhere, func(x *Tensor) *Tensor { return x.IndexSelect(-1, New([]int{2, 2, 0, 1})).Exp() }, few, matrix, cube),
	one("maskedselect", anywhere, func(x *Tensor) *Tensor { return x.MaskedSelect(New([]int{1, 0, 1})).Exp() }, few, matrix, cube),
	two("scatteradd", anywhere, func(x, y *Tensor) *Tensor { return x.ScatterAdd(1, New([]int{2, 0, 2, 1}, 2, 2), y).Exp() }, [2][]int{matrix, {2, 2}}),
	two("scatteradd 0", anywhere, func(x, y *Tensor) *Tensor { return x.ScatterAdd(0, New([]int{1, 1, 0}, 1, 3), y).Exp() }, [2][]int{matrix, {1, 3}}),
	two("indexadd", anywhere, func(x, y *Tensor) *Tensor { return x.IndexAdd(1, New([]int{2, 0, 2, 1}), y).Exp() }, [2][]int{matrix, {2, 4}}),
	two("indexadd 0", anywhere, func(x, y *Tensor) *Tensor { return x.IndexAdd(0, New([]int{1, 1}), y).Exp() }, [2][]int{matrix, matrix}, [2][]int{few, {2}}),
)

var einsumRows = join(
	einsum("i->i", few), einsum("ij->ji", matrix), einsum("ij->", matrix), einsum("ij->j", matrix), einsum("ii->i", []int{3, 3}), einsum("ii", []int{3, 3}),
	einsum("iji->j", []int{2, 3, 2}), einsum("ba", matrix),
	einsum("i,i", few, few), einsum("i,j->ij", few, []int{2}), einsum("ij,jk->ik", matrix, []int{3, 2}), einsum("ij,jk", matrix, []int{3, 2}),
	einsum("ij,ij->i", matrix, matrix), einsum("bij,bjk->bik", []int{2, 2, 3}, []int{2, 3, 2}), einsum("bqhd,bkhd->bhqk", []int{1, 2, 2, 3}, []int{1, 3, 2, 3}),
	einsum("ij,kj->ki", matrix, []int{2, 3}), einsum("ij,k->j", matrix, []int{2}), einsum("ij,->ij", matrix, scalar), einsum("ii,ij->j", []int{2, 2}, matrix),
	einsum("ij,jk,kl->il", matrix, []int{3, 2}, []int{2, 2}), einsum("i,i,i->i", few, few, few), einsum("ij,jk->ik", hollow, []int{0, 3}),
)

func einsum(spec string, shapes ...[]int) []gradRow {
	return []gradRow{{"einsum " + spec, anywhere, shapes, func(in []*Tensor) *Tensor { return Einsum(spec, in...) }}}
}
