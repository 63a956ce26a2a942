package grade

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/check"
	"github.com/resident-go/resident/nbformat"
)

// Start begins a session that runs the cells of one submission, and of no other. Compiling and running happen wherever whoever starts it wants them to:
// all that reaches a grader are outputs, and one question that it answers.
type Start func(ctx context.Context) (runner lessons.Runner, end func() error, err error)

// Limits bound what one cell, or one call of a case, may take.
type Limits struct {
	Time   time.Duration // for a cell without a timeout of its own, for compiling the calls of cases, and then for each case
	Output int           // bytes that it may print and show
}

// DefaultLimits are generous to a program that is as it should be: compiling counts, too.
var DefaultLimits = Limits{Time: 20 * time.Second, Output: 1 << 20}

// What ends a cell from outside.
var (
	errTime  = errors.New("time limit")
	errFlood = errors.New("output limit")
)

// session runs programs one after another, and keeps count.
type session struct {
	start  Start
	runner lessons.Runner
	end    func() error
	limits Limits
	count  int
}

func (s *session) open(ctx context.Context) (err error) {
	if s.runner, s.end, err = s.start(ctx); err != nil {
		return fmt.Errorf("start a session: %w", err)
	}
	return nil
}

func (s *session) close() error {
	if s.end == nil {
		return nil
	}
	end := s.end
	s.end = nil
	return end()
}

// limited is the error of a runner whose session is at its end, because the code in it went over a limit.
type limited interface {
	error
	Limit() string // which one
}

// ran is how a program came out.
type ran struct {
	failure *nbformat.CellError
	stopped error   // errTime or errFlood
	limit   limited // of the session, which is gone
	outputs []nbformat.Output
	results map[int]result
	stolen  bool // somebody asked for the token a second time
}

// result is what came back for one case.
type result struct {
	values []check.Value
	want   *check.Want
	given  []string // literals of what the case's call is given
}

// run runs a program. The error says that nothing can be run any more, which is nobody's failure but ours.
func (s *session) run(ctx context.Context, code string, limit time.Duration, ask *question) (*ran, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if limit == 0 {
		limit = s.limits.Time
	}
	timer := time.AfterFunc(limit, func() { cancel(errTime) })
	defer timer.Stop()
	k := &sink{collector: nbformat.NewCollector(&nbformat.Displays{}), question: ask, left: s.limits.Output, results: map[int]result{}}
	k.flooded = func() { cancel(errFlood) }
	k.moved = func() { timer.Reset(limit) }
	s.count++
	err := s.runner.Run(ctx, s.count, code, k)
	k.close()
	r := &ran{outputs: k.collector.Outputs(), results: k.results, stolen: k.stolen}
	cause := context.Cause(ctx)
	var over limited
	switch failed := errors.As(err, &r.failure); {
	case err == nil && k.left < 0: // it came to its end before it could be stopped
		r.stopped = errFlood
	case err == nil:
	case errors.As(err, &over):
		r.limit = over
	case errors.Is(cause, errTime), errors.Is(cause, errFlood):
		r.stopped = cause
	case ctx.Err() != nil:
		return nil, cause
	case !failed:
		return nil, fmt.Errorf("run a cell: %w", err)
	}
	return r, nil
}

// question is what a program may ask: the prompt that it knows, and the token that it is told. From is the first case that is wanted.
type question struct {
	prompt, token string
	from          int
}

func newQuestion(prompt string, from int) *question {
	return &question{prompt, rand.Text(), from}
}

// sink takes what a program shows. Results with the right token are kept, everything else is output that is cut at a limit.
type sink struct {
	mu        sync.Mutex
	collector *nbformat.Collector
	question  *question
	asked     bool
	stolen    bool
	closed    bool
	left      int
	results   map[int]result
	flooded   func()
	moved     func() // the program has got further
}

// close drops what goroutines show when their cell is through.
func (k *sink) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
}

func (k *sink) Output(o nbformat.Output) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return
	}
	if k.left < 0 {
		return // what it does until it is stopped counts no more than if it had been stopped at once
	}
	if v, ok := o.Data[check.MIME]; ok {
		k.result(v)
		return
	}
	k.left -= sizeOf(o)
	if k.left < 0 {
		k.flooded()
		return
	}
	k.collector.Output(o)
}

// result keeps a result, if it is one. The first counts.
func (k *sink) result(v any) {
	text, err := json.Marshal(v)
	var r struct {
		Token  string        `json:"token"`
		Case   int           `json:"case"`
		Values []check.Value `json:"values"`
		Want   *check.Want   `json:"want"`
		Given  []string      `json:"given"`
	}
	if err != nil || json.Unmarshal(text, &r) != nil || k.question == nil || !k.asked || r.Token != k.question.token {
		return
	}
	if _, twice := k.results[r.Case]; !twice {
		k.results[r.Case] = result{r.Values, r.Want, r.Given}
		k.moved()
	}
}

func sizeOf(o nbformat.Output) int {
	n := len(o.Text) + len(o.EValue)
	for _, v := range o.Data {
		if s, ok := v.(string); ok {
			n += len(s)
			continue
		}
		text, _ := json.Marshal(v) // it came as JSON
		n += len(text)
	}
	return n
}

func (k *sink) ClearOutput(wait bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.collector.ClearOutput(wait)
}

// Input tells the token to who knows the prompt, once. Nobody else is answered.
func (k *sink) Input(prompt string, password bool) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.question == nil || k.closed || prompt != k.question.prompt {
		return "", io.EOF
	}
	if k.asked {
		k.stolen = true
		return "", io.EOF
	}
	k.asked = true
	k.moved() // it has been compiled, and begins
	return fmt.Sprintf("%s %d", k.question.token, k.question.from), nil
}
