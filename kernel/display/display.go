// Package display is what cells import to show things: formatted text, images, tables, progress, questions.
//
// The last expression of a cell is shown by itself; [Show] shows values in between. Any value can be shown. Its form
// is found in this order:
//
//  1. what the value says itself, by one or more of the methods MIMEBundle() map[string]any, HTML() string,
//     Markdown() string, SVG() string, LaTeX() string, PNG() []byte and JSON() any (or string, or []byte);
//  2. images (image.Image) as PNG, a gif.GIF as a film, html/template.HTML as HTML, plots of gonum/plot as SVG, gonum's matrices typeset;
//     structs whose fields are all exported, slices of structs and maps, as tables, whose columns a tag can name (see [Table]);
//     of iterators the first elements;
//  3. otherwise, and always beside the others, plain text (see [Plain]).
//
// The types and functions of this package (HTML, Markdown, Image, Table and so on) give a value another form. What changes while a
// cell runs has a place of its own: [Place] for any value, [NewProgress] for a bar, [NewChart] for a chart that grows.
// A panic in a value's own method becomes part of the text and harms nothing.
//
// In an ordinary program, with no kernel around, the plain text goes to standard output and questions are
// read from standard input: code that shows things runs anywhere.
//
// Not meant for: plotting beyond charts to watch (a plot is an image or SVG of whatever library drew it), and layout.
package display

import (
	"crypto/rand"
	"fmt"
	"os"
	"sync"
)

// Output is one thing to show: the same in several forms, by MIME type. Data holds text as string, binary types in
// base64, JSON types as values.
type Output struct {
	Data, Metadata map[string]any
	ID             string // names the place, for updates
	Update         bool   // replaces what the place ID shows
}

// Front is who shows things and asks questions.
type Front interface {
	Show(Output)
	Clear(wait bool)
	Input(prompt string, password bool) (string, error)
	NextCell(code string)
}

// Seam is the kernel's end. The worker sets it before the first cell runs, and nobody else should: programs and cells use
// the functions. In an ordinary program it is the terminal.
var Seam Front = terminal{}

// Show shows each value on its own.
func Show(values ...any) {
	for _, v := range values {
		data, meta := Bundle(v)
		Seam.Show(Output{Data: data, Metadata: meta})
	}
}

// Clear removes what the cell has shown so far. With wait it stays until there is something new, which avoids flicker.
func Clear(wait bool) { Seam.Clear(wait) }

// Input asks the person in front of the notebook for a line of text. It returns io.EOF at the end of input.
func Input(prompt string) (string, error) { return Seam.Input(prompt, false) }

// Password is Input without showing what is typed. (In a terminal, outside of a kernel, it is visible.)
func Password(prompt string) (string, error) { return Seam.Input(prompt, true) }

// NextCell puts code into a new cell below the one that runs, for the person in front to look at and to run. In a console it is what stands in
// the next prompt. Of several calls in a cell the last one counts, and none does when the cell fails. Nothing happens where nobody writes a notebook.
func NextCell(code string) { Seam.NextCell(code) }

// Handle is a place among the output whose content can be replaced, also from later cells.
type Handle struct{ id string }

// Place shows a value and returns the place where it stands.
func Place(v any) *Handle {
	h := &Handle{id: rand.Text()}
	h.show(v, false)
	return h
}

// ID is the display id by which front ends know the place.
func (h *Handle) ID() string { return h.id }

// Update shows another value in the same place.
func (h *Handle) Update(v any) { h.show(v, true) }

func (h *Handle) show(v any, update bool) {
	data, meta := Bundle(v)
	Seam.Show(Output{Data: data, Metadata: meta, ID: h.id, Update: update})
}

// terminal is the front of an ordinary program.
type terminal struct{}

var terminalInput sync.Mutex

func (terminal) Show(o Output) { fmt.Println(o.Data["text/plain"]) }
func (terminal) Clear(bool)    {}

func (terminal) NextCell(string) {}

// Input reads byte by byte: what follows the line belongs to the program.
func (terminal) Input(prompt string, _ bool) (string, error) {
	terminalInput.Lock()
	defer terminalInput.Unlock()
	fmt.Print(prompt)
	var line []byte
	for b := make([]byte, 1); ; {
		n, err := os.Stdin.Read(b)
		switch {
		case n == 1 && b[0] == '\n':
			return string(line), nil
		case n == 1:
			line = append(line, b[0])
		case err != nil && len(line) > 0:
			return string(line), nil
		case err != nil:
			return "", err
		}
	}
}
