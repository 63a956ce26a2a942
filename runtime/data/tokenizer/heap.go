package tokenizer

// heap is a binary heap: pop gives the least item.
type heap[T any] struct {
	items []T
	less  func(a, b T) bool
}

func (h *heap[T]) push(item T) {
	h.items = append(h.items, item)
	i := len(h.items) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !h.less(item, h.items[up]) {
			break
		}
		h.items[i] = h.items[up]
		i = up
	}
	h.items[i] = item
}

func (h *heap[T]) pop() (least T, ok bool) {
	n := len(h.items) - 1
	if n < 0 {
		return least, false
	}
	least = h.items[0]
	last := h.items[n]
	h.items = h.items[:n]
	if n > 0 {
		h.sink(last)
	}
	return least, true
}

// sink puts an item in the place of the first one.
func (h *heap[T]) sink(item T) {
	i := 0
	for {
		down := 2*i + 1
		if down >= len(h.items) {
			break
		}
		if right := down + 1; right < len(h.items) && h.less(h.items[right], h.items[down]) {
			down = right
		}
		if !h.less(h.items[down], item) {
			break
		}
		h.items[i] = h.items[down]
		i = down
	}
	h.items[i] = item
}
