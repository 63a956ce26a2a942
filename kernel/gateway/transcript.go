package gateway

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/resident-go/resident/kernel/wire"
)

// What a transcript holds at most, in bytes of text. Of a cell that prints without end the last is kept, of a session the cells that ran last.
const (
	maxCellText    = 2 << 20
	maxSessionText = 32 << 20
)

// transcript is what a kernel's cells show at present, for front ends that come back: a page that is loaded again has lost what it has drawn. Cells are those
// whose requests name them in their metadata, under cellId, as JupyterLab and our pages do.
type transcript struct {
	now func() time.Time

	mu      sync.Mutex
	cells   []*cellTranscript          // in the order in which they were asked for last, and widgets that take what others show
	request map[string]*cellTranscript // whose request it is
	taken   map[string]*cellTranscript // who takes what it shows instead
	last    string                     // the id of the last message on iopub
}

// The states of a cell, in the words of our page.
const (
	queued  = "queued"
	running = "running"
	done    = "ok"
	failed  = "error"
	aborted = "aborted"
	stale   = "stale"
	lost    = "lost"
)

// cellTranscript is one cell and what it shows; or an Output widget, which has an id and messages alone.
type cellTranscript struct {
	Cell     string  `json:"cell,omitempty"`
	Widget   string  `json:"widget,omitempty"`
	Request  string  `json:"request"`  // the id of the last request to run it
	Code     string  `json:"code"`     // of that request
	State    string  `json:"state"`    // queued, running, ok, error, aborted; stale or lost after the process that ran it
	Elapsed  float64 `json:"elapsed"`  // seconds that it has been running, or ran
	Messages []shown `json:"messages"` // what it shows, in order, with neighbouring text joined
	Cut      bool    `json:"cut"`      // earlier output was dropped

	begun   time.Time // when it began to run
	pending bool      // the next output replaces what there is
	size    int       // bytes of messages
}

// shown is one thing that a cell shows, as the message that says so.
type shown struct {
	Type    string          `json:"msg_type"`
	Content json.RawMessage `json:"content"`

	stream string           // of text: where it was printed
	text   *strings.Builder // and what, as long as more may come
	update string           // the display that it changes
}

// asked takes note of a request that a client sends.
func (t *transcript) asked(m *wire.Message) {
	var meta struct {
		Cell string `json:"cellId"`
	}
	if m.Header.Type != "execute_request" || json.Unmarshal(m.Metadata, &meta) != nil || meta.Cell == "" {
		return
	}
	r, err := wire.Parse[wire.ExecuteRequest](m)
	if err != nil || r.Silent {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	c := &cellTranscript{Cell: meta.Cell, State: queued}
	if i := slices.IndexFunc(t.cells, func(c *cellTranscript) bool { return c.Cell == meta.Cell }); i >= 0 {
		c = t.cells[i]
		t.cells = slices.Delete(t.cells, i, i+1)
		delete(t.request, c.Request)
	}
	c.Request, c.Code, c.State, c.Elapsed, c.pending = m.Header.ID, r.Code, queued, 0, true
	t.cells = append(t.cells, c)
	if t.request == nil {
		t.request = map[string]*cellTranscript{}
	}
	t.request[c.Request] = c
}

// said takes note of what the kernel publishes.
func (t *transcript) said(m *wire.Message) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = m.Header.ID
	c, shows := t.request[m.ParentID()], t.taken[m.ParentID()]
	if shows == nil {
		shows = c
	}
	switch kind := m.Header.Type; {
	case kind == "comm_msg":
		t.take(m)
	case kind == "status" && c != nil:
		if s, err := wire.Parse[wire.Status](m); err == nil && s.State == idle {
			c.end(t.now())
		}
	case kind == "execute_input" && c != nil:
		c.State, c.begun = running, t.now()
	case shows != nil:
		shows.take(m)
		t.trim()
	}
}

// take takes note of an Output widget that says whose output it takes from now on. (ipywidgets' documentation calls its property msg_id.)
func (t *transcript) take(m *wire.Message) {
	var said struct {
		ID   string `json:"comm_id"`
		Data struct {
			State struct {
				Request *string `json:"msg_id"`
			} `json:"state"`
		} `json:"data"`
	}
	if json.Unmarshal(m.Content, &said) != nil || said.Data.State.Request == nil {
		return
	}
	maps.DeleteFunc(t.taken, func(_ string, w *cellTranscript) bool { return w.Widget == said.ID })
	if *said.Data.State.Request == "" {
		return
	}
	i := slices.IndexFunc(t.cells, func(c *cellTranscript) bool { return c.Widget == said.ID })
	if i < 0 {
		i = len(t.cells)
		t.cells = append(t.cells, &cellTranscript{Widget: said.ID})
	}
	if t.taken == nil {
		t.taken = map[string]*cellTranscript{}
	}
	t.taken[*said.Data.State.Request] = t.cells[i]
}

// take takes what is shown in this place.
func (c *cellTranscript) take(m *wire.Message) {
	switch m.Header.Type {
	case "clear_output":
		if o, err := wire.Parse[wire.ClearOutput](m); err == nil {
			c.clear(o.Wait)
		}
	case "stream", "display_data", "execute_result", "update_display_data", "error":
		c.show(m)
	}
}

// end is called when the kernel is through with the cell's request.
func (c *cellTranscript) end(now time.Time) {
	switch c.State {
	case queued:
		c.State = aborted
		return
	case running:
		c.State = done
	}
	c.Elapsed = now.Sub(c.begun).Seconds()
	if c.pending {
		c.clear(false)
	}
}

func (c *cellTranscript) clear(wait bool) {
	if c.pending = wait; !wait {
		c.Messages, c.size, c.Cut = nil, 0, false
	}
}

func (c *cellTranscript) show(m *wire.Message) {
	if c.pending {
		c.clear(false)
	}
	s := shown{Type: m.Header.Type, Content: m.Content}
	switch s.Type {
	case "error":
		c.State = failed
	case "stream":
		text, err := wire.Parse[wire.Stream](m)
		if err != nil {
			return
		}
		c.print(text)
		return
	case "update_display_data":
		s.update = displayID(m.Content)
		c.Messages = slices.DeleteFunc(c.Messages, func(old shown) bool {
			if old.update == "" || old.update != s.update {
				return false
			}
			c.size -= len(old.Content)
			return true
		})
	}
	c.Messages = append(c.Messages, s)
	c.size += len(s.Content)
}

// print joins text with what was printed before, if nothing was shown in between.
func (c *cellTranscript) print(s wire.Stream) {
	c.size += len(s.Text)
	if n := len(c.Messages); n == 0 || c.Messages[n-1].stream != s.Name {
		c.Messages = append(c.Messages, shown{Type: "stream", stream: s.Name, text: &strings.Builder{}})
	}
	last := &c.Messages[len(c.Messages)-1]
	last.text.WriteString(s.Text)
	if last.text.Len() <= maxCellText {
		return
	}
	all := last.text.String()
	kept := all[len(all)-maxCellText/2:]
	kept = kept[strings.IndexByte(kept, '\n')+1:]
	c.size -= len(all) - len(kept)
	last.text, c.Cut = &strings.Builder{}, true
	last.text.WriteString(kept)
}

func displayID(content json.RawMessage) string {
	var d struct {
		Transient struct {
			ID string `json:"display_id"`
		} `json:"transient"`
	}
	json.Unmarshal(content, &d) // what has none has none
	return d.Transient.ID
}

// trim forgets the cells that were asked for first when all of them hold too much.
func (t *transcript) trim() {
	size := 0
	for _, c := range slices.Backward(t.cells) {
		if size += c.size; size > maxSessionText {
			c.clear(false)
			c.Cut = true
		}
	}
}

// over is called when the process has ended: what it was to do, nobody does.
func (t *transcript) over() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.cells {
		switch c.State {
		case queued, running:
			c.State = lost
		case done, failed, aborted:
			c.State = stale
		}
	}
	t.cells = slices.DeleteFunc(t.cells, func(c *cellTranscript) bool { return c.Widget != "" }) // they went with the process
	clear(t.request)
	clear(t.taken)
}

// transcriptModel is a transcript as REST shows it. Messages on iopub up to the one that is named last are in it.
type transcriptModel struct {
	Last  string           `json:"last"`
	Cells []cellTranscript `json:"cells"`
}

func (t *transcript) model() transcriptModel {
	t.mu.Lock()
	defer t.mu.Unlock()
	model := transcriptModel{Last: t.last, Cells: []cellTranscript{}}
	for _, c := range t.cells {
		copied := *c
		if c.State == running {
			copied.Elapsed = t.now().Sub(c.begun).Seconds()
		}
		copied.Messages = make([]shown, len(c.Messages))
		for i, s := range c.Messages {
			if s.text != nil {
				s.Content, _ = json.Marshal(wire.Stream{Name: s.stream, Text: s.text.String()}) // strings can be written
			}
			copied.Messages[i] = s
		}
		model.Cells = append(model.Cells, copied)
	}
	return model
}
