package schema_test

import (
	"strings"
	"testing"

	"github.com/resident-go/resident/nbformat"
	"github.com/resident-go/resident/nbformat/schema"
)

func TestValidate(t *testing.T) {
	type object = map[string]any
	notebook := func(change func(*nbformat.Notebook, *nbformat.Cell)) *nbformat.Notebook {
		nb := &nbformat.Notebook{Cells: []nbformat.Cell{{Type: nbformat.Markdown}, {Type: nbformat.Code}}}
		change(nb, &nb.Cells[1])
		return nb
	}
	for _, row := range []struct {
		name   string
		change func(*nbformat.Notebook, *nbformat.Cell)
		want   string // lines
	}{
		{"fine", func(*nbformat.Notebook, *nbformat.Cell) {}, ``},
		{"top level", func(nb *nbformat.Notebook, _ *nbformat.Cell) { nb.Extra = object{"worksheets": 1} },
			`additional properties 'worksheets' not allowed`},
		{"kernelspec", func(nb *nbformat.Notebook, _ *nbformat.Cell) {
			nb.Metadata = object{"kernelspec": object{"name": "go"}}
		},
			`metadata.kernelspec: missing property 'display_name'`},
		{"id", func(_ *nbformat.Notebook, c *nbformat.Cell) { c.ID = "a b" },
			`cells[1].id: 'a b' does not match pattern '^[a-zA-Z0-9-_]+$'`},
		{"long id", func(_ *nbformat.Notebook, c *nbformat.Cell) { c.ID = strings.Repeat("x", 65) },
			`cells[1].id: maxLength: got 65, want 64`},
		{"same id", func(nb *nbformat.Notebook, c *nbformat.Cell) { nb.Cells[0].ID, c.ID = "a", "a" },
			`cells[1].id: "a" is the id of cells[0] already`},
		{"cell field", func(_ *nbformat.Notebook, c *nbformat.Cell) { c.Extra = object{"prompt_number": 1} },
			`cells[1]: additional properties 'prompt_number' not allowed`},
		{"negative count", func(_ *nbformat.Notebook, c *nbformat.Cell) { c.Extra = object{"execution_count": -1} },
			`cells[1].execution_count: minimum: got -1, want 0`},
		{"tags", func(_ *nbformat.Notebook, c *nbformat.Cell) { c.Metadata = object{"tags": []string{"a,b"}} },
			`cells[1].metadata.tags[0]: 'a,b' does not match pattern '^[^,]+$'`},
		{"data", func(_ *nbformat.Notebook, c *nbformat.Cell) {
			c.Outputs = []nbformat.Output{{Type: "stream"}, {Type: "display_data", Data: object{"text/plain": 1, "application/json": 1}}}
		}, `cells[1].outputs[1].data.text/plain: expected a string or a list of strings`},
		{"attachment", func(nb *nbformat.Notebook, _ *nbformat.Cell) {
			nb.Cells[0].Attachments = map[string]map[string]any{"a": {"image/png": true}}
		}, `cells[0].attachments.a.image/png: expected a string or a list of strings`},
		{"attachment of code", func(_ *nbformat.Notebook, c *nbformat.Cell) { c.Attachments = map[string]map[string]any{} },
			`cells[1]: additional properties 'attachments' not allowed`},
		{"several", func(nb *nbformat.Notebook, c *nbformat.Cell) {
			nb.Extra, c.ID = object{"x": 1}, "?"
			c.Outputs = []nbformat.Output{{Type: "stream", Extra: object{"y": 1}}}
		}, "cells[1].id: '?' does not match pattern '^[a-zA-Z0-9-_]+$'\n" +
			"cells[1].outputs[0]: additional properties 'y' not allowed\n" +
			"additional properties 'x' not allowed"},
		{"later minor", func(nb *nbformat.Notebook, c *nbformat.Cell) {
			nb.Minor, nb.Extra, c.Extra = 6, object{"x": 1}, object{"y": 1}
			c.Outputs = []nbformat.Output{{Type: "table", Extra: object{"rows": 1}}}
			nb.Cells = append(nb.Cells, nbformat.Cell{Type: "sql", Extra: object{"query": "select"}})
		}, ``},
		{"later minor, known faults", func(nb *nbformat.Notebook, c *nbformat.Cell) {
			nb.Minor, c.ID = 6, "?"
			c.Outputs = []nbformat.Output{{Type: "table"}, {Type: "display_data", Data: object{"text/html": nil}}}
		}, "cells[1].id: '?' does not match pattern '^[a-zA-Z0-9-_]+$'\n" +
			"cells[1].outputs[1].data.text/html: expected a string or a list of strings"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := ""
			if err := schema.Validate(notebook(row.change)); err != nil {
				got = err.Error()
			}
			if got != row.want {
				t.Errorf("\n got %s\nwant %s", got, row.want)
			}
		})
	}
}
