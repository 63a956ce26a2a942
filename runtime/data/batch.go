package data

import (
	"fmt"
	"math"
)

// Ignored, as a target, is none: no loss is computed for it.
const Ignored = -1

// Batch is some examples with what is to be predicted. Of text, X and Y are set, with the shape [Rows, Cols]; of a table, Features
// with the shape [Rows, Cols], and Y with the shape [Rows] if it has classes, else Values. It belongs to whoever asked for it.
type Batch struct {
	Rows, Cols int
	X          []int32   // tokens
	Y          []int32   // for each token the next one, or for each row its class; or Ignored
	Features   []float32 // numbers
	Values     []float32 // for each row the value to predict
}

// Targets is how many predictions count: those that are not Ignored.
func (b Batch) Targets() int {
	n := len(b.Values)
	for _, y := range b.Y {
		if y != Ignored {
			n++
		}
	}
	return n
}

// String has the shapes.
func (b Batch) String() string {
	switch {
	case b.Values != nil:
		return fmt.Sprintf("batch: features [%d, %d], values [%d]", b.Rows, b.Cols, len(b.Values))
	case b.Features != nil:
		return fmt.Sprintf("batch: features [%d, %d], classes [%d]", b.Rows, b.Cols, len(b.Y))
	}
	s := fmt.Sprintf("batch: tokens [%d, %d]", b.Rows, b.Cols)
	if n := b.Targets(); n < len(b.Y) {
		s += fmt.Sprintf(", %d of %d to predict", n, len(b.Y))
	}
	return s
}

// Batching says how examples are put together.
type Batching struct {
	Size  int    // examples in a batch
	Block int    // tokens in an example; tables have no use for it
	Seed  uint64 // of their order
	Limit int    // batches in a pass; 0 is all there are
}

// Batches is a sequence of batches without end: a [Loader], or one of your own.
type Batches interface {
	Next() Batch
	// State is where the sequence stands; Restore goes there.
	State() State
	Restore(State) error
}

// Set is what batches are made of.
type Set interface {
	// Loader begins batches for training, which never end.
	Loader(b Batching) (*Loader, error)
	// Pass returns batches that have every target once, in order. With a limit they are a selection that is spread evenly over the
	// set, the same one each time. A set without examples has none.
	Pass(b Batching) ([]Batch, error)
}

// Split is a set in two: for training, and set aside to judge by.
type Split[S Set] struct {
	Train, Valid S

	err error // what was wrong with the request for it
}

// Training begins the batches to train on.
func (s Split[S]) Training(b Batching) (Batches, error) {
	if s.err != nil {
		return nil, fmt.Errorf("data: %w", s.err)
	}
	l, err := s.Train.Loader(b)
	if err != nil {
		return nil, err // not a nil *Loader, which would be something
	}
	return l, nil
}

// Validation returns the batches to judge by, the same ones each time.
func (s Split[S]) Validation(b Batching) ([]Batch, error) {
	if s.err != nil {
		return nil, fmt.Errorf("data: %w", s.err)
	}
	return s.Valid.Pass(b)
}

// String describes both parts.
func (s Split[S]) String() string {
	if s.err != nil {
		return s.err.Error()
	}
	return fmt.Sprintf("train: %v\nvalid: %v", s.Train, s.Valid)
}

// cut returns how many of n are the first part.
func cut(n int, fraction float64) (int, error) {
	if !(fraction >= 0 && fraction <= 1) {
		return n, fmt.Errorf("split: the fraction is %g, expected 0 to 1", fraction)
	}
	return int(math.Round(float64(n) * fraction)), nil
}
