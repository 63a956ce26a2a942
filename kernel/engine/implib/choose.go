package implib

import (
	"debug/elf"
	"strings"
)

// abiHash starts the name of the symbol at which a library keeps its ABI hash; the library's file name ends it.
const abiHash = "go:link.abihash."

// always are the symbols that the linker itself refers to, whatever it links.
var always = []string{
	"runtime..inittask",
	"runtime.addmoduledata",
	"runtime.islibrary",
	"runtime.lastmoduledatap",
	"runtime.tlsg",
	"runtime.unreachableMethod",
	"type:runtime.moduledata",
}

// choice is what the import library of one library will hold.
type choice struct {
	image  *image
	picks  []pick
	byName map[string]int // into picks
	todo   []int          // picks whose links are yet to be followed
}

type pick struct {
	name    string
	symbol  symbol // the zero symbol for a name that another library defines
	defined bool
	data    []byte // of a type: its contents
	links   []link // of a type: the field and element types that the linker follows
}

// link is a pointer to a type at an offset of another type.
type link struct {
	offset uint64
	target int // in picks
}

// choose picks from each library the symbols among refs and, of types, those they are made of.
func choose(images []*image, refs []string) []*choice {
	all := make([]*choice, len(images))
	for i, m := range images {
		all[i] = &choice{image: m, byName: make(map[string]int, 2*len(refs))}
		for _, names := range [][]string{always, refs} {
			for _, name := range names {
				all[i].addRef(name)
			}
		}
	}
	for again := true; again; {
		again = false
		for _, c := range all {
			for len(c.todo) > 0 {
				i := c.todo[len(c.todo)-1]
				c.todo = c.todo[:len(c.todo)-1]
				c.follow(i, all)
				again = true
			}
		}
	}
	return all
}

// addRef adds the symbol that a compiled package calls name. In a library the name of a function tells its calling
// convention too, and a type's name may be a hash.
func (c *choice) addRef(name string) {
	name = mangle(name)
	c.add(name)
	c.add(name + ".abiinternal")
	c.add(name + ".abi0")
}

// add adds the symbol that is called name in the library, and tells whether there is one.
func (c *choice) add(name string) bool {
	if i, ok := c.byName[name]; ok {
		return c.picks[i].defined
	}
	s, ok := c.image.lookup(name)
	if !ok {
		return false
	}
	p := pick{name: name, symbol: s, defined: true}
	if isType(name, s) {
		p.data, _ = c.image.contents(s.value, s.size)
		c.todo = append(c.todo, len(c.picks))
	}
	c.put(p)
	return true
}

func (c *choice) put(p pick) int {
	i := len(c.picks)
	c.byName[p.name] = i
	c.picks = append(c.picks, p)
	return i
}

// follow finds the links of a type and adds their targets wherever they are defined.
func (c *choice) follow(i int, all []*choice) {
	p := c.picks[i]
	t := goType(p.data)
	if !t.isMadeOfTypes() {
		return
	}
	for r := range c.image.relocs.within(p.symbol.value, p.symbol.size) {
		target := c.image.symbolName(r.symbol)
		if r.typ != c.image.relocs.types.absolute || r.addend != 0 || !isTypeName(target) {
			continue
		}
		for _, other := range all {
			other.add(target)
		}
		at, ok := c.byName[target]
		if !ok {
			at = c.put(pick{name: target})
		}
		p.links = append(p.links, link{r.offset - p.symbol.value, at})
	}
	c.picks[i] = p
}

func isType(name string, s symbol) bool { return isTypeName(name) && s.kind == elf.STT_OBJECT }

// isTypeName tells types from what belongs to them, such as equality functions: "type:." and more.
func isTypeName(name string) bool {
	return strings.HasPrefix(name, "type:") && !strings.HasPrefix(name, "type:.")
}

// goType is the data of a type, as internal/abi.Type lays it out on 64-bit machines.
type goType []byte

const (
	ptrBytesAt = 8
	tflagAt    = 20
	kindAt     = 23
	gcDataAt   = 32
	commonSize = 48

	gcMaskOnDemand = 1 << 4
	kindMask       = 1<<5 - 1
	kindArray      = 17
	kindStruct     = 25
)

func (t goType) isMadeOfTypes() bool {
	if len(t) < commonSize {
		return false
	}
	kind := t[kindAt] & kindMask
	return kind == kindArray || kind == kindStruct
}

// gcMaskSize is the size of the mask that GCData points to: a bit for each word that may be a pointer. It is 0 for a type
// whose mask is made on demand: there GCData points to a variable of the runtime, and the linker goes by the parts.
func (t goType) gcMaskSize() uint64 {
	if len(t) < commonSize || t[tflagAt]&gcMaskOnDemand != 0 {
		return 0
	}
	return (le.Uint64(t[ptrBytesAt:])/8 + 7) / 8
}

// gcMask is the mask of a type at addr.
func (m *image) gcMask(t goType, addr uint64) []byte {
	n := t.gcMaskSize()
	if n == 0 {
		return nil
	}
	at := le.Uint64(t[gcDataAt:])
	for r := range m.relocs.within(addr+gcDataAt, 8) {
		if r.typ == m.relocs.types.relative {
			at = r.addend // not every linker writes the addend into the place as well
		}
	}
	mask, _ := m.contents(at, n)
	return mask
}
