// Package devicetest holds a device to the contract of package device.
//
// Each operation runs on arrays of several types, shapes and layouts, and is compared with package plain's result on the same numbers in float64.
// Beside the numbers it is checked that nothing else changes: what lies around and between the elements of an operand, and the operands that are
// only read; that the same operation gives the same bits again; and that operations may work in place where the contract says so.
//
//	func TestDevice(t *testing.T) { devicetest.Run(t, cpu.New()) }
package devicetest

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/resident-go/resident/runtime/device"
)

// families are the operations, by what they are tested with.
var families = []struct {
	name   string
	scenes func(yield func(scene) bool)
}{
	{"unary", unaryScenes},
	{"binary", binaryScenes},
	{"choice", choiceScenes},
	{"copy", copyScenes},
	{"reduce", reduceScenes},
	{"matmul", matmulScenes},
	{"index", indexScenes},
	{"softmax", softmaxScenes},
	{"norm", normScenes},
	{"cross-entropy", crossEntropyScenes},
	{"attention", attentionScenes},
	{"rotary", rotaryScenes},
	{"embed", embedScenes},
	{"cached-attention", cachedAttentionScenes},
	{"sample", sampleScenes},
	{"random", randomScenes},
	{"optimise", optimiseScenes},
}

// Run tests a device.
func Run(t *testing.T, dev device.Device) {
	t.Run("buffers", func(t *testing.T) { testBuffers(t, dev) })
	t.Run("refusals", func(t *testing.T) { testRefusals(t, dev) })
	t.Run("bad indices", func(t *testing.T) { testBadIndices(t, dev) })
	t.Run("goroutines", func(t *testing.T) { testGoroutines(t, dev) })
	for _, family := range families {
		t.Run(family.name, func(t *testing.T) {
			t.Parallel()
			report(t, play(dev, family.scenes))
		})
	}
}

// RunFamily runs the operations of one family, as "matmul", and returns what is wrong.
func RunFamily(dev device.Device, name string) []error {
	for _, family := range families {
		if family.name == name {
			return slices.Concat(slices.Collect(maps.Values(play(dev, family.scenes)))...)
		}
	}
	return []error{fmt.Errorf("devicetest: there is no family %q", name)}
}

// play runs scenes, and returns failures by operation.
func play(dev device.Device, scenes func(yield func(scene) bool)) map[string][]error {
	failed := map[string][]error{}
	for s := range scenes {
		if err := s.run(dev); err != nil {
			failed[s.name] = append(failed[s.name], fmt.Errorf("%s: %w", s, err))
		}
	}
	return failed
}

// report shows failures. A kernel that is wrong is wrong in many scenes; the first few say enough.
func report(t *testing.T, failed map[string][]error) {
	for name, all := range failed {
		for _, err := range all[:min(3, len(all))] {
			t.Error(err)
		}
		if n := len(all); n > 3 {
			t.Errorf("%s: %d failures in all", name, n)
		}
	}
}

// floats are the types that operations compute in.
var floats = []device.DType{device.F32, device.F64, device.BF16}

// shapes are sizes around vectors' and their multiples, and what is easily forgotten: no dimension, no element.
var shapes = [][]int{{}, {0}, {1}, {7}, {16}, {65}, {2, 0, 3}, {5, 3}, {1, 19}, {33, 17}, {4, 1, 9}, {2, 3, 4, 5}}

// large is enough for several threads, and no multiple of anything.
var large = []int{251, 397}

// across gives a scene in every combination of layouts worth having: all operands alike, and mixed. Results are never repeated.
// A large scene is given in a few.
func across(s scene, yield func(scene) bool) bool {
	steps, kinds := []int{0, 1, 3}, repeatedAll+1
	if s.isLarge() {
		steps, kinds = steps[1:2], shifted+1
	}
	for _, step := range steps {
		for k := range kinds {
			if !yield(s.laid(func(i int) lie { return (k + lie(step*i)) % (repeatedAll + 1) })) {
				return false
			}
		}
	}
	return s.yieldInPlace(yield)
}

func (s scene) isLarge() bool {
	return slices.ContainsFunc(s.args, func(a arg) bool { return size(a.shape) > 5000 })
}

// laid is the scene with other layouts.
func (s scene) laid(of func(i int) lie) scene {
	s.args = slices.Clone(s.args)
	for i := range s.args {
		l := of(i)
		if s.args[i].role != in && l >= repeatedRows {
			l = packed
		}
		if s.args[i].dense && l != shifted {
			l = packed
		}
		s.args[i].lie = l
	}
	return s
}

// mixed is a scene on BF16 in which these operands are F32.
func (s scene) mixed(operands ...int) scene {
	s.args = slices.Clone(s.args)
	for _, i := range operands {
		s.args[i].t = device.F32
	}
	return s
}

// yieldInPlace gives the scene once for each operand that the result may share its view with.
func (s scene) yieldInPlace(yield func(scene) bool) bool {
	kinds := []lie{packed, shifted, turned, spread}
	if s.isLarge() {
		kinds = kinds[:1]
	}
	for _, pair := range s.mayShare {
		for _, l := range kinds {
			shared := s.laid(func(int) lie { return l })
			shared.shared = &pair
			if !yield(shared) {
				return false
			}
		}
	}
	return true
}
