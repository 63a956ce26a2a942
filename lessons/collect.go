package lessons

import (
	"errors"

	"github.com/resident-go/resident/nbformat"
)

// collector is a sink that keeps what a cell shows as a notebook would store it.
type collector struct {
	outputs []nbformat.Output
	clear   bool // remove everything when the next output arrives
}

// Output appends an output, joins it to the stream before it, or replaces those it updates.
func (c *collector) Output(o nbformat.Output) {
	if c.clear {
		c.outputs, c.clear = nil, false
	}
	if o.Update {
		for i := range c.outputs {
			if c.outputs[i].DisplayID == o.DisplayID {
				c.outputs[i].Data, c.outputs[i].Metadata = o.Data, o.Metadata
			}
		}
		return
	}
	if n := len(c.outputs); o.Type == nbformat.Stream && n > 0 &&
		c.outputs[n-1].Type == nbformat.Stream && c.outputs[n-1].Name == o.Name {
		c.outputs[n-1].Text += o.Text
		return
	}
	c.outputs = append(c.outputs, o)
}

func (c *collector) ClearOutput(wait bool) {
	if wait {
		c.clear = true
		return
	}
	c.outputs = nil
}

func (c *collector) Input(string, bool) (string, error) {
	return "", errors.New("a lesson that is run from the command line cannot ask for input")
}
