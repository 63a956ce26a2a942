package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/resident-go/resident/kernel/cell"
	"github.com/resident-go/resident/kernel/comm"
	"github.com/resident-go/resident/nbformat"
)

// scripted is an engine whose cells are lists of commands, one a line, so that tests of the front decide when what
// happens. The real engine has tests of its own, and runs in those of Python.
//
//	out TEXT, err TEXT       print, with \n for line ends
//	show TEXT, result TEXT   display as text/plain, or as the cell's result
//	html ID TEXT             display with an id;  update ID TEXT  replaces it
//	clear                    clear the output
//	ask PROMPT, secret P     ask for input and print the answer in brackets
//	wait NAME                wait until the test opens the gate, or for an interrupt
//	stuck NAME               the same, deaf to interrupts
//	fail, full, broken, panic  a failed cell, one that could not be built, a broken engine, a mistake in the engine
//	open ID, say ID, close ID  send on a comm, with a buffer; its target is "scripts"
//	request                  print the id of the request that is being answered
//	page TEXT                show something in the pager
//	next CODE, replace CODE  offer the next cell, or other text for this one
//	terms                    print the seed and the limit on memory that the cell runs under
//
// A front end may open comms for "scripts", too; the commands in their messages' data, under "do", are carried out.
type scripted struct {
	gates      *gates
	background nbformat.Sink

	mu       sync.Mutex
	prepared []string
	comms    map[string]string
	closed   chan struct{}
}

func newScripted(g *gates) *scripted {
	return &scripted{gates: g, comms: map[string]string{}, closed: make(chan struct{})}
}

// gates are places where cells wait for the test: reached tells the test, open lets the cell go on.
type gates struct {
	mu    sync.Mutex
	names map[string][2]chan struct{}
}

func (g *gates) get(name string) (reached, open chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.names == nil {
		g.names = map[string][2]chan struct{}{}
	}
	p, ok := g.names[name]
	if !ok {
		p = [2]chan struct{}{make(chan struct{}), make(chan struct{})}
		g.names[name] = p
	}
	return p[0], p[1]
}

func (s *scripted) Run(ctx context.Context, count int, code string, sink nbformat.Sink) error {
	for line := range strings.Lines(code) {
		if err := s.command(ctx, count, strings.TrimSuffix(line, "\n"), sink); err != nil {
			return err
		}
	}
	return nil
}

func (s *scripted) command(ctx context.Context, count int, line string, sink nbformat.Sink) error {
	name, rest, _ := strings.Cut(line, " ")
	text := strings.ReplaceAll(rest, `\n`, "\n")
	switch name {
	case "out", "err":
		sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "std" + name, Text: text})
	case "show", "result":
		kind := map[string]nbformat.OutputType{"show": nbformat.DisplayData, "result": nbformat.ExecuteResult}[name]
		sink.Output(nbformat.Output{Type: kind, Data: map[string]any{"text/plain": text}})
	case "html", "update":
		id, text, _ := strings.Cut(text, " ")
		sink.Output(nbformat.Output{
			Type: nbformat.DisplayData, Data: map[string]any{"text/html": text}, DisplayID: id, Update: name == "update",
		})
	case "clear":
		sink.ClearOutput(true)
	case "ask", "secret":
		answer, err := sink.Input(text, name == "secret")
		if err != nil {
			return &nbformat.CellError{EName: "InputError", EValue: err.Error()}
		}
		sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: "[" + answer + "]"})
	case "wait", "stuck":
		return s.wait(ctx, text, name == "stuck")
	case "open", "say", "close":
		kind := map[string]comm.Kind{"open": comm.Opened, "say": comm.Sent, "close": comm.Closed}[name]
		m := comm.Message{Kind: kind, ID: text}
		switch kind {
		case comm.Opened:
			m.Target, m.Metadata = "scripts", []byte(`{"version":"1"}`)
		case comm.Sent:
			m.Data, m.Buffers = []byte(`{"n":1}`), [][]byte{[]byte("\x00raw"), {}}
		}
		s.note(m)
		sink.(comm.Sink).Comm(m)
	case "request":
		sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: sink.(comm.Sink).Request()})
	case "terms":
		text := "none"
		if terms := nbformat.TermsOf(ctx); terms.Seed != nil {
			text = fmt.Sprintf("seed %d, %d bytes", *terms.Seed, terms.Memory)
		}
		sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: text})
	case "page":
		sink.(nbformat.Desk).Page(map[string]any{"text/plain": text})
	case "next", "replace":
		sink.(nbformat.Desk).NextCell(text, name == "replace")
	case "fail":
		where := fmt.Sprintf("Cell In[%d], line 1", count)
		return &nbformat.CellError{EName: "Failed", EValue: text, Traceback: []string{where}}
	case "full":
		return fmt.Errorf("run: %w", fullDisk{})
	case "broken":
		return errors.New("the worker is lost")
	case "panic":
		panic("oh no")
	}
	return nil
}

// fullDisk is what keeps a cell from being built, and harms nothing else.
type fullDisk struct{}

func (fullDisk) Error() string      { return "the disk is full" }
func (fullDisk) SessionLives() bool { return true }

func (s *scripted) wait(ctx context.Context, gate string, deaf bool) error {
	reached, open := s.gates.get(gate)
	close(reached)
	interrupted := ctx.Done()
	if deaf {
		interrupted = nil
	}
	select {
	case <-open:
		return nil
	case <-interrupted:
		return ctx.Err()
	case <-s.closed:
		return errors.New("closed")
	}
}

func (s *scripted) Comm(ctx context.Context, m comm.Message, sink nbformat.Sink) error {
	var data struct{ Do string }
	if err := json.Unmarshal(m.Data, &data); err != nil {
		return err
	}
	if m.Kind == comm.Opened && m.Target != "scripts" {
		sink.(comm.Sink).Comm(comm.Message{Kind: comm.Closed, ID: m.ID})
		return nil
	}
	s.note(m)
	if len(m.Buffers) > 0 {
		sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: fmt.Sprintf("%s %q", m.Metadata, m.Buffers)})
	}
	return s.Run(ctx, 0, data.Do, sink)
}

func (s *scripted) note(m comm.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch m.Kind {
	case comm.Opened:
		s.comms[m.ID] = m.Target
	case comm.Closed:
		delete(s.comms, m.ID)
	}
}

func (s *scripted) Comms() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.comms)
}

func (s *scripted) Prepare(code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prepared = append(s.prepared, code)
}

func (s *scripted) Background(sink nbformat.Sink) { s.background = sink }

func (s *scripted) Complete(code string, cursor int) ([]cell.Name, int, int) {
	return []cell.Name{{Text: fmt.Sprint(cursor), Type: "instance", Signature: "int"}}, 0, cursor
}

func (s *scripted) Inspect(code string, cursor, detail int) (map[string]any, bool) {
	if code == "" {
		return nil, false
	}
	return map[string]any{"text/plain": fmt.Sprint(code, cursor, detail)}, true
}

func (s *scripted) Close() error {
	close(s.closed)
	return nil
}
