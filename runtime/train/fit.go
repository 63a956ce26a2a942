package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/signal"
	"time"

	"github.com/resident-go/resident/runtime/cost"
	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
	"github.com/resident-go/resident/runtime/report"
	"github.com/resident-go/resident/runtime/tensor"
)

// Config says how to train. Zero values stand for what is written here.
type Config struct {
	Steps      int            // to make in all, those before a checkpoint included
	BatchSize  int            // examples in a batch; 8
	BlockSize  int            // tokens in an example of text; as many as the model takes
	Accumulate int            // batches whose gradients are averaged for one step; 1
	Optimizer  optim.Method   // AdamW with a learning rate of 3e-4
	Schedule   optim.Schedule // of the learning rate; the optimizer's, always
	Clip       float64        // the norm to which gradients are scaled down; 0 is never
	Seed       uint64         // of the order of the data

	EvalEvery   int // steps between validations; 0 is only at the end
	EvalBatches int // batches in a validation; 0 is all that was set aside
	Patience    int // training ends after so many validations in a row without a lower loss; the model then has the parameters of the best one; 0 is never

	Checkpoint      string // a folder that keeps the state of training, so that it can go on; "" keeps none
	CheckpointEvery int    // steps between checkpoints; 0 is only at the end

	Rates cost.Rates // of the device's time; those that [cost.RatesOf] knows
	Quiet bool       // without a live report
}

// ErrInterrupted is the cause when training was stopped by an interrupt.
var ErrInterrupted = errors.New("interrupted")

// Fit trains a model. If the folder Checkpoint holds an earlier training's state, it goes on from there, with the same numbers as if it had
// not stopped: without a Schedule also with the learning rate of then.
//
// When ctx ends or an interrupt comes, Fit finishes the step at hand, keeps a checkpoint, and returns the run so far with an error that wraps the cause. The model
// then is as that step left it. Fit returns an error, too, about settings and data that make no sense, and if the loss or a parameter is no
// number any more; the error then says where that began. With Clip, gradients that are none end training before they reach the parameters.
func Fit(ctx context.Context, model Model, d Data, cfg Config) (run *Run, err error) {
	t, err := newTrainer(model, d, cfg)
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	ctx, stop := untilInterrupt(ctx)
	defer stop()
	model.Train(true)
	if err := tensor.Try(func() { err = t.loop(ctx) }); err != nil {
		return t.run, fmt.Errorf("train: step %d: %w", t.run.Steps+1, err)
	}
	if err != nil {
		return t.run, fmt.Errorf("train: %w", err)
	}
	return t.run, nil
}

// untilInterrupt ends a context at an interrupt, which a notebook's front end sends as well as a terminal.
func untilInterrupt(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	go func() {
		select {
		case <-signals:
			cancel(ErrInterrupted)
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}

// trainer is a training under way.
type trainer struct {
	model   Model
	cfg     Config
	opt     *optim.Optimizer
	batches data.Batches
	valid   []data.Batch
	trend   trend
	best    []*tensor.Tensor // parameters of the best validation, with Patience
	run     *Run
	begun   time.Time
	watch   cost.Stopwatch
	cpu     time.Duration // before this run
	show    func(any)
	shown   time.Time
	flops   float64 // of a step
	seen    []seen  // the batches of the step at hand
}

func newTrainer(model Model, d Data, cfg Config) (*trainer, error) {
	cfg, err := cfg.complete(model)
	if err != nil {
		return nil, err
	}
	t := &trainer{model: model, cfg: cfg}
	if t.opt, err = cfg.Optimizer.New(trainable(model)); err != nil {
		return nil, err
	}
	b := cfg.batching()
	if t.batches, err = d.Training(b); err != nil {
		return nil, err
	}
	if t.valid, err = d.Validation(b); err != nil {
		return nil, err
	}
	if err := t.checkPatience(); err != nil {
		return nil, err
	}
	t.run = newRun(model, cfg)
	if gpt, ok := model.(*nn.GPT); ok {
		token := gpt.Config.Cost().TrainFLOPs
		if adapted(model) {
			token = gpt.Config.Cost().AdaptFLOPs
		}
		t.flops = token(cfg.BlockSize) * float64(cfg.BatchSize*cfg.BlockSize*cfg.Accumulate)
	}
	if cfg.Checkpoint != "" {
		if err := t.resume(); err != nil {
			return nil, err
		}
		if err := t.tryKeep(); err != nil {
			return nil, fmt.Errorf("keep a checkpoint: %w", err)
		}
	}
	t.trend = trendOf(t.run.History)
	return t, nil
}

// trainable leaves out the parameters that are not tracked: of a model of which only a part is trained. Of a model that is frozen as a whole it leaves in
// all, so that the optimizer says what is wrong with them.
func trainable(model Model) (params []nn.Param) {
	for _, p := range model.Params() {
		if p.Tracked() {
			params = append(params, p)
		}
	}
	if len(params) == 0 {
		return model.Params()
	}
	return params
}

func adapted(model Model) bool {
	gpt, ok := model.(*nn.GPT)
	if !ok {
		return false
	}
	_, adapted := gpt.Adaptation()
	return adapted
}

func (c Config) batching() data.Batching {
	return data.Batching{Size: c.BatchSize, Block: c.BlockSize, Seed: c.Seed, Limit: c.EvalBatches}
}

func newRun(model Model, cfg Config) *Run {
	params := trainable(model)
	r := &Run{Of: cfg.Steps, rates: cfg.Rates}
	for _, p := range params {
		r.Params += p.Size()
	}
	dev := params[0].Device()
	r.Device = dev.Info().Name
	if d, ok := dev.(interface{ Peak() float64 }); ok {
		r.Peak = d.Peak()
	}
	if r.rates == (cost.Rates{}) {
		r.rates = cost.RatesOf(dev.Info().Model, dev.Info().Threads)
	}
	return r
}

// complete fills in what is left to choose.
func (c Config) complete(model Model) (Config, error) {
	for _, f := range []struct {
		name string
		v    *int
	}{{"Steps", &c.Steps}, {"BatchSize", &c.BatchSize}, {"BlockSize", &c.BlockSize}, {"Accumulate", &c.Accumulate}, {"EvalEvery", &c.EvalEvery},
		{"EvalBatches", &c.EvalBatches}, {"Patience", &c.Patience}, {"CheckpointEvery", &c.CheckpointEvery}} {
		if *f.v < 0 {
			return c, fmt.Errorf("%s is %d, want 0 or more", f.name, *f.v)
		}
	}
	if c.Steps == 0 {
		//lint:ignore ST1005 it begins with a field's name
		return c, errors.New("Steps is 0: say how many to make")
	}
	if c.Clip < 0 || math.IsNaN(c.Clip) {
		//lint:ignore ST1005 it begins with a field's name
		return c, fmt.Errorf("Clip is %g, want 0 or more", c.Clip)
	}
	if c.BatchSize == 0 {
		c.BatchSize = 8
	}
	if c.Accumulate == 0 {
		c.Accumulate = 1
	}
	if c.Optimizer == nil {
		c.Optimizer = optim.AdamW{LR: 3e-4}
	}
	if gpt, ok := model.(*nn.GPT); ok {
		if c.BlockSize == 0 {
			c.BlockSize = gpt.Config.BlockSize
		}
		if c.BlockSize > gpt.Config.BlockSize {
			return c, fmt.Errorf("BlockSize is %d, the model takes %d tokens", c.BlockSize, gpt.Config.BlockSize)
		}
	}
	return c, nil
}

// loop makes the steps.
func (t *trainer) loop(ctx context.Context) (err error) {
	t.begun, t.watch, t.cpu = time.Now().Add(-t.run.Elapsed), cost.Start(), t.run.CPU
	if !t.cfg.Quiet {
		t.show = report.Seam.Place(t.run)
	}
	defer func() {
		t.run.Finished = true
		t.tell(true)
	}()
	for t.run.Steps < t.cfg.Steps && !t.exhausted() {
		if ctx.Err() != nil {
			return errors.Join(fmt.Errorf("stopped after step %d of %d: %w", t.run.Steps, t.cfg.Steps, context.Cause(ctx)), t.keep())
		}
		if err := t.step(); err != nil {
			return err
		}
		n := t.run.Steps
		if n == t.cfg.Steps || t.cfg.EvalEvery > 0 && n%t.cfg.EvalEvery == 0 {
			if err := t.validate(); err != nil {
				return err
			}
		}
		if t.cfg.CheckpointEvery > 0 && n%t.cfg.CheckpointEvery == 0 && n < t.cfg.Steps {
			if err := t.keep(); err != nil {
				return err
			}
		}
		t.tell(false)
	}
	err = t.keep()
	t.useBest()
	return err
}

// step is one step of training.
func (t *trainer) step() error {
	if t.cfg.Schedule != nil {
		t.opt.SetLR(t.cfg.Schedule(t.run.Steps))
	}
	p := Point{Step: t.run.Steps + 1, Valid: math.NaN(), LR: t.opt.LR()}
	t.opt.ZeroGrad()
	t.seen = t.seen[:0]
	for range t.cfg.Accumulate {
		loss, err := t.backward()
		if err != nil {
			return err
		}
		p.Loss += loss / float64(t.cfg.Accumulate)
	}
	if t.cfg.Clip > 0 {
		if p.GradNorm = t.opt.Clip(t.cfg.Clip); !finite(p.GradNorm) {
			return t.explainGradients(p.GradNorm)
		}
	}
	t.opt.Step()
	t.run.Steps++
	t.run.FLOPs += t.flops
	p.At = t.clock()
	t.run.History = append(t.run.History, p)
	return nil
}

// backward computes the loss of the next batch and adds to the gradients.
func (t *trainer) backward() (float64, error) {
	b := t.batches.Next()
	before := dropoutState(t.model)
	x, y := Tensors(b)
	t.seen = append(t.seen, seen{x, y, before})
	loss := t.model.Loss(x, y)
	// A device that works on its own is never without work: it is at the gradients while the loss is looked at, which must be before the parameters move.
	value := loss.ItemLater()
	if t.cfg.Accumulate > 1 {
		loss = loss.Scale(1 / float64(t.cfg.Accumulate))
	}
	loss.Backward()
	v := value()
	if !finite(v) {
		return v, t.explain(t.seen[len(t.seen)-1], v)
	}
	t.run.Tokens += x.Size()
	return v, nil
}

// validate computes the validation loss after a step. It is an error if that is no number, and the parameters are none.
func (t *trainer) validate() error {
	if len(t.valid) == 0 {
		return nil
	}
	t.model.Train(false)
	defer t.model.Train(true)
	loss := meanLoss(t.model, t.valid)
	if !finite(loss) {
		if err := t.spoilt(); err != nil {
			return fmt.Errorf("the validation loss after step %d is %g: %w", t.run.Steps, loss, err)
		}
	}
	t.run.History[len(t.run.History)-1].Valid = loss
	t.keepBest(loss)
	t.clock()
	return nil
}

// clock brings the run's times up to date.
func (t *trainer) clock() time.Duration {
	_, cpu := t.watch.Stop()
	t.run.Elapsed, t.run.CPU = time.Since(t.begun), t.cpu+time.Duration(cpu*float64(time.Second))
	return t.run.Elapsed
}

// tellEvery is how often a live report is renewed.
const tellEvery = 250 * time.Millisecond

func (t *trainer) tell(now bool) {
	if t.show == nil || !now && time.Since(t.shown) < tellEvery {
		return
	}
	t.shown = time.Now()
	t.show(t.run)
}
