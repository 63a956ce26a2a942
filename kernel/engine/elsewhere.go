package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/resident-go/resident/kernel/cell"
)

// Directives of other kernels: what they ask for is always so, or cannot be had, which they say.

// nothing is for what is always so.
func (c *call) nothing() error { return nil }

func (c *call) autoget() error {
	c.o.around.setFetches(true)
	return nil
}

func (c *call) noautoget() error {
	c.o.around.setFetches(false)
	return nil
}

func (c *call) version() error {
	mode, _ := c.Mode()
	c.printf("resident %s, %s, cells are built as %s libraries\n", c.o.Version, c.base.tc.Version, mode)
	return nil
}

func (c *call) wasm() error {
	return errors.New("cells run in the worker beside the kernel, not in the browser: show HTML with display.HTML, and what reacts with package kernel/widget; " +
		"a program for the browser can be written with %save FILE and built with !GOOS=js GOARCH=wasm go build FILE")
}

func (c *call) widgetsHeartbeat() error {
	return errors.New("widgets speak through Jupyter's own messages, so there is no connection of theirs to try: show one of package kernel/widget")
}

// inPlaceOf is what there is in place of directives that IPython, GoNB and gophernotes have, by their names.
var inPlaceOf = []struct{ names, advice string }{
	{"html markdown latex svg javascript js", "display.Show(display.HTML(text)) shows text in a form; Markdown, LaTeX, SVG and MIME are beside HTML"},
	{"timeit", "%time says what a cell took, and %bench runs functions BenchmarkNAME(*testing.B)"},
	{"matplotlib pylab", "a plot of gonum/plot is shown where it is the last expression of a cell, or by display.Show"},
	{"pip conda mamba uv", "modules of Go are added by %get, and by importing them; !pip is a command of the shell"},
	{"run", "%load FILE runs a Go file in this session; !go run FILE runs a program"},
	{"debug pdb dlv", "there is no debugger: a panic shows where it comes from, and %vars what variables hold"},
	{"load_ext reload_ext autoreload", "nothing is loaded into the kernel; a package of this folder that has changed is taken anew by %replay, or %restart"},
	{"history hist recall rerun", "%save FILE writes the cells so far as a program, and %replay runs them again"},
	{"cover", "%save FILE writes the session as a program, for !go build -cover FILE"},
	{"go111module", "modules are always in use"},
	{"cat cp grep head less ls ll man mkdir more mv rmdir tail touch go git", "a command of the shell begins with !"},
}

// unknownDirective says what there is in place of a directive, or names one that is near.
func unknownDirective(name string) error {
	for _, row := range inPlaceOf {
		if slices.Contains(strings.Fields(row.names), name) {
			return errors.New("no such directive: " + row.advice)
		}
	}
	if best := cell.Closest(name, directiveNames()); best != "" {
		return fmt.Errorf("no such directive; did you mean %%%s? %%help lists all", best)
	}
	return errors.New("no such directive; %help lists all")
}
