package engine

import (
	"os"
	"strings"

	"github.com/resident-go/resident/nbformat"
)

// capture copies what the cell prints and shows, from here to its end, to a file. What is shown has a form as text, which is
// what the file gets.
func (c *call) capture() error {
	f, err := c.openFile()
	if err != nil {
		return err
	}
	s := &copying{passing: passing{c.sink}, file: f}
	c.sink = s
	c.after(func(failed error) error {
		if err := s.close(); failed == nil {
			return c.directiveError(c.count, c.code, c.Directive, err)
		}
		return failed
	})
	return nil
}

// copying is a sink that keeps a copy.
type copying struct {
	passing
	file *os.File
	err  error // the first one
}

func (s *copying) Output(o nbformat.Output) {
	s.passing.Output(o)
	text := o.Text
	if o.Type != nbformat.Stream {
		text, _ = o.Data["text/plain"].(string)
	}
	if o.Type != nbformat.Stream && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if s.err == nil {
		_, s.err = s.file.WriteString(text)
	}
}

func (s *copying) close() error {
	if err := s.file.Close(); s.err == nil {
		return err
	}
	return s.err
}
