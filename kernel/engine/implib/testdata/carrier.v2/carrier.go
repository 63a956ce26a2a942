// Package carrier stands for the modules that a notebook adds. The compiler escapes the dot in its path.
package carrier

import (
	"bytes"
	"fmt"
	"strings"

	"cells/carrier.v2/leaf"
)

// Page is a type of the carrier that is made of the worker's types.
type Page struct {
	n     int
	Text  bytes.Buffer
	Links [2]leaf.Link
	Up    *Page
}

// Renderer is implemented by the cell.
type Renderer interface{ Render(*Page) string }

// Show calls back into the cell.
func Show(r Renderer, p *Page) string { return "<" + r.Render(p) + ">" }

// Map is instantiated by the cell.
func Map[T, U any](xs []T, f func(T) U) []U {
	var r []U
	for _, x := range xs {
		r = append(r, f(x))
	}
	return r
}

// Answer depends on the init function of leaf.
var Answer = leaf.Base + 2

func (p *Page) String() string {
	return fmt.Sprint(p.n, strings.TrimSpace(p.Text.String()), p.Links[1].To.Host, p.Links[1].Count)
}

// Option is instantiated both here and in the cell; its pointer type has a wrapper method.
type Option[T any] struct{ value T }

func (o Option[T]) Get() T { return o.value }

// Some is an Option that the cell gets from here.
func Some() Option[string] { return Option[string]{"some"} }

// Getter has the method of an Option.
type Getter[T any] interface{ Get() T }
