package cell

import (
	"maps"
	"math/rand/v2"
	"strconv"
	"testing"
)

// TestTable does the same to tables and to maps, and takes a copy of both now and then, which has to stay as it is.
func TestTable(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var tab table[int]
	model := map[string]int{}
	type pair struct {
		table table[int]
		model map[string]int
	}
	var kept []pair
	for i := range 20_000 {
		name := "n" + strconv.Itoa(r.IntN(500))
		if r.IntN(3) > 0 {
			tab.set(name, i)
			model[name] = i
		} else {
			tab.delete(name)
			delete(model, name)
		}
		if _, has := model[name]; tab.has(name) != has || tab.get(name) != model[name] {
			t.Fatalf("step %d: %s is %d, %v, expected %d, %v", i, name, tab.get(name), tab.has(name), model[name], has)
		}
		if i%1000 == 0 {
			kept = append(kept, pair{tab, maps.Clone(model)})
		}
	}
	for i, k := range append(kept, pair{tab, model}) {
		if got := maps.Collect(k.table.all()); !maps.Equal(got, k.model) {
			t.Errorf("copy %d holds %v, expected %v", i, got, k.model)
		}
		for name := range k.table.names() {
			delete(k.model, name)
		}
		if len(k.model) > 0 {
			t.Errorf("copy %d does not name %v", i, k.model)
		}
	}
}
