package data

import (
	"fmt"
	"math"
)

// Loader makes batches of a set, without end. Of what it draws with, see the package's rules. It is for one goroutine.
type Loader struct {
	set   examples
	b     Batching
	draws bool // each example is drawn from all, else all come in random order, once an epoch
	step  int

	epoch int // of the order
	order []int
}

// examples is what a loader needs of a set: examples by number, which are written into row of a batch.
type examples interface {
	count() int
	empty(rows int) Batch
	fill(b *Batch, row, example int)
	digest() string
}

// State is where a loader stands, to be kept as JSON. What is more than the step is there to notice that it is another's.
type State struct {
	Step  int    `json:"step"` // batches made so far
	Size  int    `json:"size"`
	Block int    `json:"block"`
	Seed  uint64 `json:"seed"`
	Order string `json:"order"` // "random" or "epochs"
	Data  string `json:"data"`  // the beginning of the SHA-256 of the set
}

func newLoader(set examples, b Batching, draws bool) (*Loader, error) {
	if b.Size < 1 {
		return nil, fmt.Errorf("data: a batch of %d examples", b.Size)
	}
	if set.count() == 0 {
		return nil, fmt.Errorf("data: no examples to train on: %v", set)
	}
	return &Loader{set: set, b: b, draws: draws, epoch: -1}, nil
}

// Next makes the next batch. All have the same shape: in epochs, a batch may have the end of one and the beginning of the next.
func (l *Loader) Next() Batch {
	b := l.set.empty(l.b.Size)
	for row, example := range l.choose() {
		l.set.fill(&b, row, example)
	}
	l.step++
	return b
}

// choose returns the examples of the batch at hand.
func (l *Loader) choose() []int {
	n, chosen := l.set.count(), make([]int, l.b.Size)
	if l.draws {
		rng := random("windows", l.b.Seed, uint64(l.step))
		for row := range chosen {
			chosen[row] = rng.IntN(n)
		}
		return chosen
	}
	for row := range chosen {
		at := l.step*l.b.Size + row
		chosen[row] = l.shuffled(at / n)[at%n]
	}
	return chosen
}

// shuffled is the order of an epoch.
func (l *Loader) shuffled(epoch int) []int {
	if epoch != l.epoch {
		l.order, l.epoch = random("epoch", l.b.Seed, uint64(epoch)).Perm(l.set.count()), epoch
	}
	return l.order
}

// Step is how many batches were made.
func (l *Loader) Step() int { return l.step }

// Epoch is how many times as many examples were given out as the set has: 2.5 is in the middle of the third time through it.
func (l *Loader) Epoch() float64 { return float64(l.step*l.b.Size) / float64(l.set.count()) }

// State is where the loader stands. Another loader of the same set with the same batching can go on from there, in another process and
// on another machine.
func (l *Loader) State() State {
	return State{Step: l.step, Size: l.b.Size, Block: l.b.Block, Seed: l.b.Seed, Order: l.orderName(), Data: l.set.digest()}
}

func (l *Loader) orderName() string {
	if l.draws {
		return "random"
	}
	return "epochs"
}

// Restore goes to where another loader stood. It returns an error, and changes nothing, if that one made other batches than this one would.
func (l *Loader) Restore(s State) error {
	want := l.State()
	want.Step = s.Step
	switch {
	case s.Step < 0 || s.Step > math.MaxInt/2/l.b.Size:
		return fmt.Errorf("data: restore a loader: the step is %d", s.Step)
	case s.Data != want.Data:
		return fmt.Errorf("data: restore a loader: it is of other data (digest %s, here %s)", s.Data, want.Data)
	case s != want:
		return fmt.Errorf("data: restore a loader: size %d, block %d, seed %d, order %s; here size %d, block %d, seed %d, order %s",
			s.Size, s.Block, s.Seed, s.Order, want.Size, want.Block, want.Seed, want.Order)
	}
	l.step = s.Step
	return nil
}

// String says where the loader stands.
func (l *Loader) String() string {
	return fmt.Sprintf("loader: step %d, epoch %.2f, batches of %d from %d examples, %s, seed %d",
		l.step, l.Epoch(), l.b.Size, l.set.count(), l.orderName(), l.b.Seed)
}

// pass makes batches of all examples in order, or of a selection of them. The last batch may have fewer rows.
func pass(set examples, b Batching) ([]Batch, error) {
	if b.Size < 1 {
		return nil, fmt.Errorf("data: a batch of %d examples", b.Size)
	}
	n := set.count()
	most := n
	if b.Limit > 0 && b.Limit <= n/b.Size {
		most = b.Limit * b.Size
	}
	var batches []Batch
	for at := 0; at < most; at += b.Size {
		some := min(b.Size, most-at)
		batch := set.empty(some)
		for row := range some {
			set.fill(&batch, row, (at+row)*n/most)
		}
		batches = append(batches, batch)
	}
	return batches, nil
}
