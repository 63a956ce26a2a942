package cost

import "sync"

// Phase is what work is done for.
type Phase int

// The phases of a model's life.
const (
	Training Phase = iota
	Inference
)

// String is the phase's name.
func (p Phase) String() string {
	if p == Training {
		return "training"
	}
	return "inference"
}

// Counts is an amount of work. A zero may mean that something was not counted.
type Counts struct {
	Steps         int64 // of the optimizer in training, of the model in inference
	TokensIn      int64 // read: trained on, or of prompts
	TokensOut     int64 // written
	WeightUpdates int64 // changes of the weights; 0 for inference, which is the point

	FLOPs   float64
	Bytes   float64 // through memory
	Seconds float64 // by the clock; of work side by side, the sum
	CPU     float64 // seconds of processors, all threads together
}

// Plus adds.
func (c Counts) Plus(d Counts) Counts {
	c.Steps += d.Steps
	c.TokensIn += d.TokensIn
	c.TokensOut += d.TokensOut
	c.WeightUpdates += d.WeightUpdates
	c.FLOPs += d.FLOPs
	c.Bytes += d.Bytes
	c.Seconds += d.Seconds
	c.CPU += d.CPU
	return c
}

// Tokens are all tokens, read and written.
func (c Counts) Tokens() int64 { return c.TokensIn + c.TokensOut }

// per divides, and gives 0 when there is nothing to divide by.
func per(x, y float64) float64 {
	if y == 0 {
		return 0
	}
	return x / y
}

// Ledger adds up work by phase. The zero value is empty and ready; methods may be called from several goroutines at once.
type Ledger struct {
	mu     sync.Mutex
	phases [2]Counts
}

// Add notes work.
func (l *Ledger) Add(p Phase, c Counts) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.phases[p] = l.phases[p].Plus(c)
}

// Counts is all the work of a phase so far.
func (l *Ledger) Counts(p Phase) Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.phases[p]
}
