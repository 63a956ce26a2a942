package cell

import (
	"hash/maphash"
	"iter"
	"maps"
)

// table maps names to values. To copy one costs next to nothing, whatever it holds, and the copies are independent: a
// session has some hundred declarations, of which a cell changes a few.
//
// It is cut into parts by the names' hashes. Parts are shared by copies and never changed: what changes a table gives it
// another part.
type table[V any] [64]map[string]V

var tableSeed = maphash.MakeSeed()

func (t *table[V]) part(name string) *map[string]V {
	return &t[maphash.String(tableSeed, name)%uint64(len(t))]
}

// get returns the value of a name, the zero value when there is none.
func (t *table[V]) get(name string) V { return (*t.part(name))[name] }

func (t *table[V]) has(name string) bool {
	_, ok := (*t.part(name))[name]
	return ok
}

func (t *table[V]) set(name string, v V) {
	p := t.part(name)
	m := make(map[string]V, len(*p)+1)
	maps.Copy(m, *p)
	m[name] = v
	*p = m
}

func (t *table[V]) delete(name string) {
	if p := t.part(name); t.has(name) {
		m := maps.Clone(*p)
		delete(m, name)
		*p = m
	}
}

// all yields the names and their values, in no particular order.
func (t *table[V]) all() iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, m := range t {
			for name, v := range m {
				if !yield(name, v) {
					return
				}
			}
		}
	}
}

// names yields the names, in no particular order.
func (t *table[V]) names() iter.Seq[string] {
	return func(yield func(string) bool) {
		for name := range t.all() {
			if !yield(name) {
				return
			}
		}
	}
}
