package nbformat

import (
	"errors"
	"maps"
	"slices"
	"sync"
)

// Displays is what the cells of one document share: where each display id is shown, so that an update in one cell reaches
// the outputs of another. The zero value is ready. It is safe for use by several goroutines.
type Displays struct {
	mu    sync.Mutex
	shown map[string][]*shownOutput
}

// Collector is a [Sink] that gathers the outputs of one cell the way Jupyter front ends store them:
//   - consecutive stream outputs of one name become one, with \r and \b carried out as JupyterLab does;
//   - ClearOutput empties the cell, with wait only when the next output arrives (an update is not one);
//   - an output with a DisplayID replaces data and metadata of every earlier output that has it, in this cell and in the
//     others of the same Displays; with Update set that is all it does, else it is added too.
//
// It is safe for use by several goroutines: a page may show [Collector.Outputs] while the cell runs. Maps in the outputs it
// is given are its own from then on.
type Collector struct {
	// Ask answers the cell's requests for input. Nil means that nobody can be asked.
	Ask func(prompt string, password bool) (string, error)

	displays *Displays
	outputs  []*shownOutput
	clear    bool // when the next output arrives
}

// shownOutput is an output in the making.
type shownOutput struct {
	Output
	text *terminal // stream
}

// NewCollector returns the collector for one cell of the document that shares d. A nil d is for a cell on its own.
func NewCollector(d *Displays) *Collector {
	if d == nil {
		d = new(Displays)
	}
	return &Collector{displays: d}
}

// ErrNoInput is what [Collector.Input] returns when nobody can be asked.
var ErrNoInput = errors.New("input requested, but nobody can be asked here")

// Input passes the question on to Ask.
func (c *Collector) Input(prompt string, password bool) (string, error) {
	if c.Ask == nil {
		return "", ErrNoInput
	}
	return c.Ask(prompt, password)
}

// Output adds an output to the cell, or updates what is shown.
func (c *Collector) Output(o Output) {
	c.displays.mu.Lock()
	defer c.displays.mu.Unlock()
	c.displays.update(o)
	if o.Update {
		return
	}
	if c.clear {
		c.drop()
	}
	if o.Type == Stream {
		c.stream(o)
		return
	}
	s := &shownOutput{Output: o}
	c.outputs = append(c.outputs, s)
	c.displays.add(s)
}

// ClearOutput removes what the cell shows.
func (c *Collector) ClearOutput(wait bool) {
	c.displays.mu.Lock()
	defer c.displays.mu.Unlock()
	if wait {
		c.clear = true
		return
	}
	c.drop()
}

// Outputs returns what the cell shows now. The list is the caller's; the maps in it are not to be changed.
func (c *Collector) Outputs() []Output {
	c.displays.mu.Lock()
	defer c.displays.mu.Unlock()
	out := make([]Output, len(c.outputs))
	for i, s := range c.outputs {
		out[i] = s.Output
		if s.text != nil {
			out[i].Text = s.text.String()
		}
	}
	return out
}

func (c *Collector) stream(o Output) {
	if o.Text == "" {
		return
	}
	if n := len(c.outputs); n > 0 && c.outputs[n-1].text != nil && c.outputs[n-1].Name == o.Name {
		c.outputs[n-1].text.write(o.Text)
		return
	}
	s := &shownOutput{Output: o, text: new(terminal)}
	s.text.write(o.Text)
	c.outputs = append(c.outputs, s)
}

func (c *Collector) drop() {
	for _, s := range c.outputs {
		c.displays.remove(s)
	}
	c.outputs, c.clear = nil, false
}

func (d *Displays) add(s *shownOutput) {
	if s.DisplayID == "" {
		return
	}
	if d.shown == nil {
		d.shown = map[string][]*shownOutput{}
	}
	d.shown[s.DisplayID] = append(d.shown[s.DisplayID], s)
}

func (d *Displays) remove(s *shownOutput) {
	if s.DisplayID == "" {
		return
	}
	left := slices.DeleteFunc(d.shown[s.DisplayID], func(t *shownOutput) bool { return t == s })
	if len(left) == 0 {
		delete(d.shown, s.DisplayID)
		return
	}
	d.shown[s.DisplayID] = left
}

// update gives each output its own copy of the maps: whoever changes one later does not change the others.
func (d *Displays) update(o Output) {
	for _, s := range d.shown[o.DisplayID] {
		s.Data, s.Metadata = maps.Clone(o.Data), maps.Clone(o.Metadata)
	}
}
