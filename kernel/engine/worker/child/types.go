package child

import "unsafe"

// A type that several libraries hold has to be one type to the program. The runtime looks, for each type of a library,
// for an equal one in the libraries before it (typelinksinit). To do so it enters all the types of the process into a
// table, some 20,000, at each load: 13 ms, more than everything else together. typeTable is that table, kept.
//
// It is used when it can be checked: what it finds for the worker's own library must be what the runtime has found, and
// otherwise the runtime goes on doing it.

// typeOffset is the distance of a type from the beginning of its library's types.
type typeOffset = int32

// typeHead is the head of internal/abi.Type.
type typeHead struct {
	size, pointers uintptr
	hash           uint32
}

// typePair is runtime._typePair.
type typePair struct {
	_, _ *typeHead
}

//go:linkname typesEqual runtime.typesEqual
func typesEqual(a, b *typeHead, seen map[typePair]struct{}) bool

// typeLinks returns, for each library, where its types begin and the offsets of those that others may hold too.
//
//go:linkname typeLinks reflect.typelinks
func typeLinks() (begin []unsafe.Pointer, offsets [][]typeOffset)

// activeModules returns the runtime's descriptions of the same libraries.
//
//go:linkname activeModules runtime.activeModules
func activeModules() []unsafe.Pointer

// pinnedTypemaps are the results of typelinksinit, for each library but the first. They keep the maps from being freed.
//
//go:linkname pinnedTypemaps runtime.pinnedTypemaps
var pinnedTypemaps []map[typeOffset]*typeHead

// typeTable holds one of each set of equal types. The addresses are of memory that is never freed, nor moved.
type typeTable struct {
	first   map[uint32]uintptr   // by hash
	others  map[uint32][]uintptr // further types of that hash
	modules int                  // how many libraries it covers
	field   uintptr              // where a module's description holds its map
}

// newTypeTable returns the table of the libraries that are loaded, or nil where it cannot be had.
func newTypeTable() *typeTable {
	modules := activeModules()
	begin, offsets := typeLinks()
	if len(modules) != 2 || len(begin) != 2 || len(pinnedTypemaps) != 1 {
		return nil
	}
	field, ok := findWord(modules[1], *(*uintptr)(unsafe.Pointer(&pinnedTypemaps[0])))
	if !ok {
		return nil
	}
	t := &typeTable{first: make(map[uint32]uintptr, len(offsets[1])), others: map[uint32][]uintptr{}, field: field}
	for _, o := range offsets[0] {
		t.add((*typeHead)(unsafe.Add(begin[0], o)))
	}
	known := pinnedTypemaps[0]
	for o, same := range t.cover(begin[1], offsets[1]) {
		if known[o] != same {
			return nil
		}
	}
	t.modules = 2
	return t
}

// findWord looks for a word in a module's description, which has fewer than 100.
func findWord(p unsafe.Pointer, word uintptr) (offset uintptr, ok bool) {
	for ; offset < 100*unsafe.Sizeof(word); offset += unsafe.Sizeof(word) {
		if *(*uintptr)(unsafe.Add(p, offset)) == word {
			return offset, true
		}
	}
	return 0, false
}

// update does what typelinksinit does for libraries that were loaded since.
func (t *typeTable) update() {
	if t == nil {
		typelinksinit()
		return
	}
	modules := activeModules()
	begin, offsets := typeLinks()
	for ; t.modules < len(modules); t.modules++ {
		same := t.cover(begin[t.modules], offsets[t.modules])
		pinnedTypemaps = append(pinnedTypemaps, same)
		*(*map[typeOffset]*typeHead)(unsafe.Add(modules[t.modules], t.field)) = same
	}
}

// cover enters the types of a library and returns, for each, the one that stands for it.
func (t *typeTable) cover(begin unsafe.Pointer, offsets []typeOffset) map[typeOffset]*typeHead {
	same := make(map[typeOffset]*typeHead, len(offsets))
	for _, o := range offsets {
		same[o] = t.find((*typeHead)(unsafe.Add(begin, o)))
	}
	for _, typ := range same {
		t.add(typ)
	}
	return same
}

// find returns the type of the table that is equal to typ, or typ.
func (t *typeTable) find(typ *typeHead) *typeHead {
	if known, ok := t.first[typ.hash]; ok {
		for _, p := range append([]uintptr{known}, t.others[typ.hash]...) {
			if c := typeAt(p); typesEqual(typ, c, map[typePair]struct{}{}) {
				return c
			}
		}
	}
	return typ
}

func (t *typeTable) add(typ *typeHead) {
	p := uintptr(unsafe.Pointer(typ))
	known, ok := t.first[typ.hash]
	switch {
	case !ok:
		t.first[typ.hash] = p
	case known == p:
	default:
		for _, other := range t.others[typ.hash] {
			if other == p {
				return
			}
		}
		t.others[typ.hash] = append(t.others[typ.hash], p)
	}
}

func typeAt(p uintptr) *typeHead { return *(**typeHead)(unsafe.Pointer(&p)) }
