package kernel

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/resident-go/resident/kernel/comm"
	"github.com/resident-go/resident/kernel/wire"
	"github.com/resident-go/resident/nbformat"
)

// errNobodyToAsk is what a cell gets that wants input when no front end can give it.
var (
	errNobodyToAsk = errors.New("this front end does not answer questions (allow_stdin is false), so the cell cannot read from standard input")
	errNoCell      = errors.New("no cell is running, so nobody can be asked for input")
)

// output sends what a cell shows to the front ends, in order. It is a nbformat.Sink that cannot ask, and a comm.Sink.
type output struct {
	link   *link
	parent func() *wire.Message
	count  int
	text   *stream
}

func (k *kernel) newOutput(parent func() *wire.Message, count int) *output {
	o := &output{link: k.link, parent: parent, count: count}
	o.text = newStream(func(name, text string) { o.publish(wire.Stream{Name: name, Text: text}) })
	return o
}

func (o *output) publish(c wire.Content) {
	if p := o.parent(); p != nil {
		o.link.publish(p, c)
		return
	}
	// No cell has run yet. Front ends drop what has no parent, but somebody may read the log.
	o.link.log.Printf("output before the first cell: %+v", c)
}

func (o *output) Output(out nbformat.Output) {
	if out.Type == nbformat.Stream {
		o.text.write(out.Name, out.Text)
		return
	}
	o.text.flush()
	o.publish(contentOf(out, o.count))
}

func contentOf(out nbformat.Output, count int) wire.Content {
	transient := wire.Dict{}
	if out.DisplayID != "" {
		transient["display_id"] = out.DisplayID
	}
	switch {
	case out.Type == nbformat.ErrorOutput:
		return wire.Error{EName: out.EName, EValue: out.EValue, Traceback: out.Traceback}
	case out.Update:
		return wire.UpdateDisplayData{Data: out.Data, Metadata: out.Metadata, Transient: transient}
	case out.Type == nbformat.ExecuteResult:
		return wire.ExecuteResult{ExecutionCount: count, Data: out.Data, Metadata: out.Metadata, Transient: transient}
	}
	return wire.DisplayData{Data: out.Data, Metadata: out.Metadata, Transient: transient}
}

func (o *output) ClearOutput(wait bool) {
	o.text.flush()
	o.publish(wire.ClearOutput{Wait: wait})
}

// Comm implements [comm.Sink].
func (o *output) Comm(m comm.Message) {
	o.text.flush()
	o.link.publish(o.parent(), contentOfComm(m))
}

// Request implements [comm.Sink].
func (o *output) Request() string {
	if p := o.parent(); p != nil {
		return p.Header.ID
	}
	return ""
}

func (o *output) Input(string, bool) (string, error) { return "", errNoCell }

func (o *output) flush() { o.text.flush() }

// end sends everything, half characters too.
func (o *output) end() { o.text.end() }

// cellSink is the sink of one cell.
type cellSink struct {
	*output
	kernel *kernel
	ctx    context.Context
	job    job
	shown  atomic.Value // the text/plain of the last result

	mu       sync.Mutex
	page     wire.Dict // what the reply carries for the person in front; nil for nothing
	nextCell wire.Dict
}

func (k *kernel) newCellSink(ctx context.Context, j job, count int) *cellSink {
	parent := func() *wire.Message { return j.req }
	return &cellSink{output: k.newOutput(parent, count), kernel: k, ctx: ctx, job: j}
}

// Output of a silent cell goes nowhere.
func (s *cellSink) Output(out nbformat.Output) {
	if s.job.execute.Silent {
		return
	}
	if plain, ok := out.Data["text/plain"].(string); ok && out.Type == nbformat.ExecuteResult {
		s.shown.Store(plain)
	}
	s.output.Output(out)
}

func (s *cellSink) ClearOutput(wait bool) {
	if !s.job.execute.Silent {
		s.output.ClearOutput(wait)
	}
}

func (s *cellSink) Input(prompt string, password bool) (string, error) {
	if !s.job.execute.AllowStdin {
		return "", errNobodyToAsk
	}
	s.flush()
	return s.kernel.ask(s.ctx, s.job.req, wire.InputRequest{Prompt: prompt, Password: password})
}

// Page implements [nbformat.Desk].
func (s *cellSink) Page(data map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.page = wire.Dict{"source": "page", "data": wire.Dict(data), "start": 0}
}

// NextCell implements [nbformat.Desk].
func (s *cellSink) NextCell(code string, replace bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextCell = wire.Dict{"source": "set_next_input", "text": code, "replace": replace}
}

// payload is what the reply carries beside the outputs. Front ends take one of each kind.
func (s *cellSink) payload() (list wire.List[wire.Dict]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range []wire.Dict{s.page, s.nextCell} {
		if p != nil {
			list = append(list, p)
		}
	}
	return list
}

func (s *cellSink) result() string {
	plain, _ := s.shown.Load().(string)
	return plain
}
