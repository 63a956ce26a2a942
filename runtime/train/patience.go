package train

import (
	"errors"
	"fmt"
	"math"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
	"github.com/resident-go/resident/runtime/tensor"
)

// bestPrefix stands before the names of the parameters that had the lowest validation loss, in a checkpoint.
const bestPrefix = "best/"

// checkPatience refuses a training that has too few validations to lose patience with.
func (t *trainer) checkPatience() error {
	switch {
	case t.cfg.Patience == 0:
	case t.cfg.EvalEvery == 0:
		//lint:ignore ST1005 it begins with a field's name
		return fmt.Errorf("Patience is %d, EvalEvery 0: say how often to validate", t.cfg.Patience)
	case len(t.valid) == 0:
		return errors.New("there is Patience, but nothing was set aside for validation")
	}
	return nil
}

// trend is where the validations stand: the lowest loss so far, and how many there were since.
type trend struct {
	lowest float64
	stale  int
}

// trendOf is that of a history.
func trendOf(points []Point) trend {
	v := trend{lowest: math.Inf(1)}
	for _, p := range points {
		if !math.IsNaN(p.Valid) {
			v.see(p.Valid)
		}
	}
	return v
}

// see takes a validation in, and reports whether its loss is the lowest so far.
func (v *trend) see(loss float64) bool {
	if loss < v.lowest {
		*v = trend{lowest: loss}
		return true
	}
	v.stale++
	return false
}

// exhausted reports whether patience is.
func (t *trainer) exhausted() bool { return t.cfg.Patience > 0 && t.trend.stale >= t.cfg.Patience }

// keepBest copies the parameters after a validation, if it was the best one.
func (t *trainer) keepBest(loss float64) {
	if !t.trend.see(loss) || t.cfg.Patience == 0 {
		return
	}
	params := trainable(t.model)
	if t.best == nil {
		t.best = make([]*tensor.Tensor, len(params))
		for i, p := range params {
			t.best[i] = p.ZerosLike()
		}
	}
	for i, p := range params {
		t.best[i].Assign(p.Detach())
	}
}

// useBest gives the model the best parameters again.
func (t *trainer) useBest() {
	params := trainable(t.model)
	for i, best := range t.best {
		params[i].Assign(best)
	}
}

// storedBest are the best parameters as a checkpoint holds them.
func (t *trainer) storedBest() (all []safetensors.Tensor) {
	params := trainable(t.model)
	for i, best := range t.best {
		all = append(all, checkpoint.Stored(bestPrefix+params[i].Name, best))
	}
	return all
}

// readBest reads them, if there are some.
func (t *trainer) readBest(file *safetensors.Reader) error {
	params := trainable(t.model)
	if _, kept := file.Info(bestPrefix + params[0].Name); !kept || t.cfg.Patience == 0 {
		return nil
	}
	for _, p := range params {
		best := p.ZerosLike()
		if err := checkpoint.Restore(best, file, bestPrefix+p.Name); err != nil {
			return err
		}
		t.best = append(t.best, best)
	}
	return nil
}
