package playground

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"github.com/resident-go/resident/runtime/cost"
	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
	"github.com/resident-go/resident/runtime/tensor"
	"github.com/resident-go/resident/runtime/train"
)

// What a step of training looks at, and how far it goes. A page is no training run: the batches are small, so that a step is over before one gets impatient.
const (
	batchRows, batchTokens = 4, 64
	learningRate           = 3e-4
)

// student is the model that learns, with what training keeps between steps.
type student struct {
	model    *nn.GPT
	opt      *optim.Optimizer
	batches  data.Batches
	learning bool
	flops    float64 // of a step
}

func (p *Playground) newStudent() (*student, error) {
	m, err := copyOf(p.frozen.Model.(*nn.GPT))
	if err != nil {
		return nil, err
	}
	opt, err := optim.AdamW{LR: learningRate}.New(m.Params())
	if err != nil {
		return nil, err
	}
	block := min(batchTokens, m.Config.BlockSize)
	batches, err := p.text.Training(data.Batching{Size: batchRows, Block: block, Seed: 1})
	if err != nil {
		return nil, err
	}
	return &student{model: m, opt: opt, batches: batches, flops: m.Config.Cost().TrainFLOPs(block) * float64(batchRows*block)}, nil
}

// Train switches between the two lives. On, the model that answers becomes one whose weights [Playground.Step] changes. Off, a copy of what it has become is
// frozen and answers from then on; the student can go on another time.
func (p *Playground) Train(on bool) error {
	p.work.Lock()
	defer p.work.Unlock()
	var err error
	switch s := p.student; {
	case on && s == nil:
		if p.student, err = p.newStudent(); err != nil {
			return fmt.Errorf("playground: train: %w", err)
		}
		fallthrough
	case on && !s.running():
		p.student.learning = true
		err = p.use(p.student.model, p.student.model, Training)
	case !on && s.running():
		s.learning = false
		var graduate *nn.GPT
		if graduate, err = copyOf(s.model); err == nil {
			err = p.freeze(graduate)
		}
	}
	if err != nil {
		return fmt.Errorf("playground: train: %w", err)
	}
	return nil
}

func (s *student) running() bool { return s != nil && s.learning }

// errFrozen is what a step of training gets from a model that is in use.
var errFrozen = errors.New("playground: step: the weights are frozen; Train(true) makes a student of the model")

// Step is one step of training on the text: forwards, backwards, and a small change of the weights. It returns the loss before the change, in nats per token.
// A frozen model refuses it.
func (p *Playground) Step() (loss float64, err error) {
	p.work.Lock()
	defer p.work.Unlock()
	s := p.student
	if !s.running() {
		return 0, errFrozen
	}
	watch := cost.Start()
	b := s.batches.Next()
	var failed error
	if err := tensor.Try(func() { loss, failed = s.step(b) }); err != nil || failed != nil {
		return 0, fmt.Errorf("playground: step: %w", cmp.Or(err, failed))
	}
	wall, cpu := watch.Stop()
	changed := p.look()
	root, err := rootOf(s.model)
	if err != nil {
		return 0, fmt.Errorf("playground: step: %w", err)
	}
	p.ledger.Add(cost.Training, cost.Counts{
		Steps: 1, TokensIn: int64(len(b.X)), WeightUpdates: int64(changed), FLOPs: s.flops, Seconds: wall, CPU: cpu,
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Steps++
	p.state.Updates += changed
	p.state.Loss, p.state.Digest = loss, root
	return loss, nil
}

// step changes nothing if the loss is no number: there is no way back from weights that are none.
func (s *student) step(b data.Batch) (loss float64, err error) {
	s.model.Train(true)
	s.opt.ZeroGrad()
	l := s.model.Loss(train.Tensors(b))
	if loss = l.Item(); math.IsNaN(loss) || math.IsInf(loss, 0) {
		return 0, fmt.Errorf("the loss is %v, want a number", loss)
	}
	l.Backward()
	s.opt.Clip(1)
	s.opt.Step()
	return loss, nil
}

// Restore brings back the weights that the playground was made with, frozen. What was learned since is gone; the bills stay.
func (p *Playground) Restore() error {
	p.work.Lock()
	defer p.work.Unlock()
	p.student = nil
	if err := p.freeze(p.first); err != nil {
		return fmt.Errorf("playground: restore: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Steps, p.state.Updates, p.state.Loss = 0, 0, 0
	return nil
}
