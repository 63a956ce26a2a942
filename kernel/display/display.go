package display

import "fmt"

type Output struct {
	Data, Metadata map[string]any
	ID             string
	Update         bool
}
type Front interface {
	Show(Output)
	Clear(wait bool)
	Input(prompt string, password bool) (string, error)
}

var Seam Front

func Bundle(v any) (map[string]any, map[string]any) {
	return map[string]any{"text/plain": fmt.Sprintf("%#v", v)}, nil
}

func Input(prompt string) (string, error)    { return Seam.Input(prompt, false) }
func Password(prompt string) (string, error) { return Seam.Input(prompt, true) }
func Clear(wait bool)                        { Seam.Clear(wait) }

type HTML string

func (h HTML) Show() { Seam.Show(Output{Data: map[string]any{"text/html": string(h)}}) }
