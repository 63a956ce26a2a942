//go:build cgo && linux

package cuda

// #include "driver.h"
import "C"

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"unsafe"
)

// graphLeast is how long a list must be to be worth a graph.
const graphLeast = 12

// graphMost is how many graphs are kept.
const graphMost = 256

// graphs are the lists that came before, by a hash of their kernels' order. A list is only remembered the first time, and made a graph the second.
type graphs struct {
	known map[uint64]*kept
	clock int
}

// kept is a list that came before.
type kept struct {
	graph    *C.struct_graph    // by itself, since C takes pointers to what has none of Go's
	commands []C.struct_command // as the graph has them; nil before there is one
	args     []byte
	used     int // by the clock
	failures int // how often it had to be made anew in a row
}

var seed = maphash.MakeSeed()

// key is the same for lists of the same kernels in the same order, which are the same part of as many operations: the layers of a model are alike, but each has
// operands of its own.
func (l *list) key() uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	var word [8]byte
	binary.LittleEndian.PutUint64(word[:], uint64(l.of)<<32|uint64(l.part))
	h.Write(word[:])
	for i, c := range l.commands {
		binary.LittleEndian.PutUint64(word[:], uint64(c.function))
		h.Write(word[:])
		if c.function == 0 {
			h.Write(l.argsOf(i)[:8]) // the product's plan
		}
	}
	return h.Sum64()
}

func (l *list) argsOf(i int) []byte {
	c := l.commands[i]
	return l.args[c.args : c.args+c.size]
}

// asGraph runs a list as a graph, and reports false if it has to be run as it is.
func (d *Device) asGraph(l *list) (bool, error) {
	key := l.key()
	if d.graphs.known == nil {
		d.graphs.known = map[uint64]*kept{}
	}
	d.graphs.clock++
	k := d.graphs.known[key]
	if k == nil {
		d.forgetOldest()
		d.graphs.known[key] = &kept{graph: &C.struct_graph{}, used: d.graphs.clock}
		return false, nil
	}
	k.used = d.graphs.clock
	changed, fits := k.changes(l)
	if !fits {
		if k.failures++; k.failures > 3 {
			return false, nil // its products never come at the same place: a graph costs more than it saves
		}
		if err := d.makeGraph(k, l); err != nil {
			return false, err
		}
		changed = nil
	} else {
		k.failures = 0
	}
	if err := d.launchGraph(k.graph, l, changed); err != nil {
		return true, err
	}
	k.commands, k.args = append(k.commands[:0], l.commands...), append(k.args[:0], l.args...)
	return true, nil
}

// changes lists the commands that differ from those of the graph. It reports false if the graph cannot be brought up to date.
func (k *kept) changes(l *list) (changed []C.int32_t, fits bool) {
	if len(k.commands) != len(l.commands) {
		return nil, false
	}
	for i, c := range l.commands {
		was := k.commands[i]
		same := c.grid == was.grid && c.threads == was.threads && c.shared == was.shared && bytes.Equal(l.argsOf(i), k.args[was.args:was.args+was.size])
		switch {
		case c.function != was.function || c.size != was.size || c.function == 0 && !same:
			return nil, false
		case !same:
			changed = append(changed, C.int32_t(i))
		}
	}
	return changed, true
}

func (d *Device) makeGraph(k *kept, l *list) error {
	C.graph_free(&d.session, k.graph)
	k.commands = nil
	return d.capture(k.graph, l)
}

// launchGraph brings commands of a graph up to date and hands it over.
func (d *Device) launchGraph(g *C.struct_graph, l *list, changed []C.int32_t) error {
	d.counts.Graphs++
	d.counts.Updates += len(changed)
	code := C.graph_run(&d.session, g, &l.commands[0], (*C.uint8_t)(unsafe.SliceData(l.args)), unsafe.SliceData(changed), C.int(len(changed)))
	if code != 0 {
		return d.broke("run a graph of kernels", code)
	}
	return nil
}

// capture makes a graph of a list.
func (d *Device) capture(g *C.struct_graph, l *list) error {
	var failed C.int
	code := C.graph_make(&d.session, &l.commands[0], C.int(len(l.commands)), (*C.uint8_t)(unsafe.SliceData(l.args)), g, &failed)
	if code != 0 {
		return d.broke("make a graph, at kernel "+l.label(int(failed)), code)
	}
	return nil
}

// forgetOldest makes room for one more.
func (d *Device) forgetOldest() {
	if len(d.graphs.known) < graphMost {
		return
	}
	var oldest uint64
	at := d.graphs.clock + 1
	for key, k := range d.graphs.known {
		if k.used < at {
			oldest, at = key, k.used
		}
	}
	C.graph_free(&d.session, d.graphs.known[oldest].graph)
	delete(d.graphs.known, oldest)
}

func (d *Device) dropGraphs() {
	for _, k := range d.graphs.known {
		C.graph_free(&d.session, k.graph)
	}
	d.graphs = graphs{}
}
