//go:build cgo && linux

package cuda

import (
	"testing"
	"unsafe"

	"github.com/resident-go/resident/runtime/device"
)

func floats(mem []byte) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(mem))), len(mem)/4)
}

// TestGraph runs one list again and again, in which a number, an address and a size change: it becomes a graph, and does what is in the list each time.
func TestGraph(t *testing.T) {
	d := open(t)
	const n = 300
	x := []device.View{alloc(t, d, n), alloc(t, d, n)}
	sum := alloc(t, d, n)
	for round := range 6 {
		of := x[round%2]
		some := sum.At(sum.Slice(0, 0, n-round, 1))
		ops := []device.Op{device.Fill{Dst: of, Value: float64(round)}, device.Fill{Dst: sum}}
		for range graphLeast {
			ops = append(ops, device.Binary{Op: device.Add, Dst: some, X: some, Y: of.At(some.Layout)})
		}
		if err := d.Run(ops...); err != nil {
			t.Fatal(err)
		}
		got := read(t, sum)
		for i, v := range got {
			want := float32(0)
			if i < n-round {
				want = float32(round * graphLeast)
			}
			if v != want {
				t.Fatalf("round %d: element %d is %v, want %v", round, i, v, want)
			}
		}
	}
	if len(d.graphs.known) != 1 {
		t.Fatalf("%d lists are known, want one", len(d.graphs.known))
	}
	for _, k := range d.graphs.known {
		if k.graph.exec == nil {
			t.Error("the list did not become a graph")
		}
	}
	d.mu.Lock()
	d.dropGraphs()
	d.mu.Unlock()
	if err := d.Run(device.Fill{Dst: sum, Value: 5}); err != nil || read(t, sum)[0] != 5 {
		t.Errorf("after graphs were dropped, error %v", err)
	}
}

// TestManyLists runs more different lists than graphs are kept.
func TestManyLists(t *testing.T) {
	d := open(t)
	v := alloc(t, d, 100)
	for length := range graphMost + 10 {
		var ops []device.Op
		for i := range graphLeast + length {
			ops = append(ops, device.Fill{Dst: v, Value: float64(i)})
		}
		for range 2 {
			if err := d.Run(ops...); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := read(t, v)[50], float32(graphLeast+length-1); got != want {
			t.Fatalf("a list of %d leaves %v, want %v", len(ops), got, want)
		}
	}
	if len(d.graphs.known) > graphMost {
		t.Errorf("%d lists are kept, at most %d should be", len(d.graphs.known), graphMost)
	}
}
