package engine

import (
	"fmt"
	"go/doc"
	"go/parser"
	"go/token"
	"strings"

	"github.com/resident-go/resident/kernel/cell"
)

// examples are functions ExampleNAME(), which go test runs where a comment at their end says what they print.
var examples = suite{prefix: "Example"}

// withOutput writes those of the functions that say what they print as elements of a []testing.InternalExample.
func (e *Engine) withOutput(names []string) (elements []string) {
	declared := map[string]cell.Declared{}
	for _, d := range e.current().Declared() {
		declared[d.Name] = d
	}
	for _, name := range names {
		if x := e.readExample(declared[name]); x != nil {
			elements = append(elements, fmt.Sprintf("{%q, %s, %q, %t}", name, name, x.Output, x.Unordered))
		}
	}
	return elements
}

// readExample reads a function as an example; nil if it does not say what it prints. What follows the function in its cell may be no Go file.
func (e *Engine) readExample(d cell.Declared) *doc.Example {
	src, ok := e.sources.find(d.File)
	text := strings.Join(src.lines, "\n")
	if !ok || d.Offset > len(text) {
		return nil
	}
	file, _ := parser.ParseFile(token.NewFileSet(), "", "package main\n"+text[d.Offset:], parser.ParseComments|parser.SkipObjectResolution|parser.AllErrors)
	if file == nil {
		return nil
	}
	file.Decls = file.Decls[:min(len(file.Decls), 1)]
	for _, x := range doc.Examples(file) {
		if x.Output != "" || x.EmptyOutput {
			return x
		}
	}
	return nil
}
