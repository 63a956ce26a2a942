package checkpoint_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
	numbers "github.com/resident-go/resident/runtime/tensor"
)

// TestFineTune takes a model of each form the whole way: it is frozen, adapters learn a text by heart and are saved, and what comes of merging them is saved in the
// model's own form. The frozen weights stay what they were.
func TestFineTune(t *testing.T) {
	folders, err := filepath.Glob("testdata/*/oracle.safetensors")
	if err != nil || len(folders) < 8 {
		t.Fatal(folders, err)
	}
	for _, oracle := range folders {
		folder := filepath.Dir(oracle)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			base, err := checkpoint.Load(folder)
			if err != nil {
				t.Fatal(err)
			}
			before, err := checkpoint.Freeze(base)
			if err != nil {
				t.Fatal(err)
			}
			m, err := base.Adapt(nn.LoRA{Rank: 2, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			first, last := learn(t, m)
			if last > first/2 {
				t.Errorf("the loss went from %g to %g", first, last)
			}
			adapters, merged := t.TempDir(), t.TempDir()
			if err := checkpoint.SaveAdapters(adapters, m); err != nil {
				t.Fatal(err)
			}
			again, err := checkpoint.LoadAdapters(adapters, base)
			if err != nil {
				t.Fatal(err)
			}
			sameScores(t, m, again, 0)
			whole, err := m.Merge()
			if err == nil {
				err = checkpoint.Save(merged, whole, device.F32, "")
			}
			if err != nil {
				t.Fatal(err)
			}
			if again, err = checkpoint.Load(merged); err != nil {
				t.Fatal(err)
			}
			sameScores(t, m, again, 1e-4)
			if proof, err := checkpoint.Verify(before); err != nil || !proof.Same() {
				t.Error(proof, err)
			}
		})
	}
}

// learn trains a model on a dozen tokens, and returns the first loss and the last.
func learn(t *testing.T, m *nn.GPT) (first, last float64) {
	t.Helper()
	adapters := slices.DeleteFunc(m.Params(), func(p nn.Param) bool { return !p.Tracked() })
	opt, err := optim.AdamW{LR: 0.02}.New(adapters)
	if err != nil {
		t.Fatal(err)
	}
	m.Config.Dropout = 0
	x, y := text()
	for step := range 40 {
		opt.ZeroGrad()
		loss := m.Loss(x, y)
		loss.Backward()
		opt.Step()
		if last = loss.Item(); step == 0 {
			first = last
		}
	}
	return first, last
}

func text() (x, y *numbers.Tensor) {
	return numbers.New([]int32{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5}, 1, 11), numbers.New([]int32{1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8}, 1, 11)
}

func sameScores(t *testing.T, a, b *nn.GPT, within float64) {
	t.Helper()
	a.Train(false)
	b.Train(false)
	x, _ := text()
	if d := a.Logits(x).Sub(b.Logits(x)).Abs().Max().Item(); d > within {
		t.Errorf("logits differ by %g", d)
	}
}
