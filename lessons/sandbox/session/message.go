package session

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/resident-go/resident/lessons/sandbox"
	"github.com/resident-go/resident/nbformat"
)

// request is what the outside asks for, one line of JSON each.
type request struct {
	Run       *cell   `json:",omitempty"`
	Interrupt int     `json:",omitempty"` // the number of a run
	Answer    *answer `json:",omitempty"`
}

type cell struct {
	ID, Count int
	Code      string
}

// answer is what the person in front wrote, or why there is nothing.
type answer struct {
	Text  string
	EOF   bool
	Error string
}

func newAnswer(text string, err error) *answer {
	switch {
	case errors.Is(err, io.EOF):
		return &answer{EOF: true}
	case err != nil:
		return &answer{Error: err.Error()}
	}
	return &answer{Text: text}
}

func (a *answer) read() (string, error) {
	switch {
	case a.EOF:
		return "", io.EOF
	case a.Error != "":
		return "", errors.New(a.Error)
	}
	return a.Text, nil
}

// said is what the inside says, one line of JSON each.
type said struct {
	Ready  bool             `json:",omitempty"`
	Output *nbformat.Output `json:",omitempty"`
	Clear  *bool            `json:",omitempty"` // with wait, or without
	Ask    *question        `json:",omitempty"`
	Done   *outcome         `json:",omitempty"`
}

type question struct {
	Prompt   string
	Password bool
}

// outcome is the end of a run, or, with number 0, of an attempt to get ready.
type outcome struct {
	ID    int
	Cell  *nbformat.CellError `json:",omitempty"`
	Error string              `json:",omitempty"` // of a broken engine
	Full  bool                `json:",omitempty"` // for want of room in the sandbox
}

func (o *outcome) err() error {
	switch {
	case o.Full:
		return &sandbox.LimitError{What: "disk", Max: "all that it may write"}
	case o.Cell != nil:
		return o.Cell
	case o.Error != "":
		return &EngineError{o.Error}
	}
	return nil
}

// EngineError says that the engine in the sandbox does not work. The cells may have done that: they are the same user, and can close a folder to it.
type EngineError struct{ What string }

func (e *EngineError) Error() string { return "the engine in the sandbox: " + e.What }

// Tampered says what does not work.
func (e *EngineError) Tampered() string { return e.What }

// writer writes messages; it may be used from several goroutines.
type writer struct {
	mu sync.Mutex
	w  io.Writer
}

func (w *writer) write(message any) error {
	data, err := json.Marshal(message)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if d, ok := w.w.(interface{ SetWriteDeadline(time.Time) error }); ok {
		d.SetWriteDeadline(time.Now().Add(time.Minute)) // the other side may have stopped reading
	}
	_, err = w.w.Write(append(data, '\n'))
	return err
}

// errTooLong is a message that is longer than all that a sandbox may put out.
var errTooLong = errors.New("the message is too long")

// readLine reads a line of at most limit bytes.
func readLine(r *bufio.Reader, limit int64) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if int64(len(line)) > limit {
			return nil, errTooLong
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}
