package nbformat_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resident-go/resident/nbformat"
	"github.com/resident-go/resident/nbformat/schema"
)

// What Jupyter saved in 4.5 comes back byte for byte and is valid.
func TestRoundTrip(t *testing.T) {
	for name, data := range files(t, "current/*.ipynb") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			nb := read(t, data)
			sameText(t, write(t, nb), data)
			if err := schema.Validate(nb); err != nil {
				t.Error(err)
			}
		})
	}
}

// Older notebooks become what Jupyter's own upgrade makes of them, except for the ids, which Jupyter draws at random.
func TestUpgrade(t *testing.T) {
	for name, data := range files(t, "older/*.ipynb") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			golden, err := os.ReadFile(strings.TrimSuffix(name, ".ipynb") + ".golden")
			if err != nil {
				t.Fatal(err)
			}
			nb := read(t, data)
			if err := schema.Validate(nb); err != nil {
				t.Error(err)
			}
			sameText(t, write(t, read(t, data)), write(t, nb)) // ids included
			for i := range nb.Cells {
				nb.Cells[i].ID = fmt.Sprintf("cell-%d", i)
			}
			sameText(t, write(t, nb), string(golden))
		})
	}
}

func TestReadErrors(t *testing.T) {
	cell := func(s string) string { return `{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[` + s + `]}` }
	output := func(s string) string {
		return cell(`{"cell_type":"raw","source":""},{"cell_type":"code","source":"","outputs":[` + s + `]}`)
	}
	v3 := func(s string) string { return `{"nbformat":3,"nbformat_minor":0,"metadata":{},"worksheets":` + s + `}` }
	for _, row := range []struct{ name, in, want string }{
		{"empty", "", `not a notebook: the file is empty`},
		{"blank", " \n\t", `not a notebook: the file is empty`},
		{"html", "\n<!DOCTYPE html>\n<html>", `not a notebook: it starts with "<!DOCTYPE html>", as HTML or XML does`},
		{"go", "package main\n\nfunc main() {}\n", `not a notebook: expected a JSON object, the file starts with "package main"`},
		{"string", `"{}"`, `not a notebook: expected a JSON object, the file starts with "\"{}\""`},
		{"latin 1", "{\n \"é\": \"\xe9\"}", `not a notebook: line 2, column 8: not UTF-8`},
		{"list", `[1]`, `not a notebook: expected a JSON object, got a list`},
		{"other JSON", `{"a": 1}`, `not a notebook: a JSON object without "nbformat"`},
		{"truncated", "{\"nbformat\": 4,\n \"cells\": [", `truncated: the JSON document is not finished at line 2, column 12, the end of the file`},
		{"truncated string", `{"nbformat`, `truncated: the JSON document is not finished at line 1, column 11, the end of the file`},
		{"syntax", "{\n \"é\": x}", `not JSON: line 2, column 7: invalid character 'x' looking for beginning of value`},
		{"NaN", "{\n \"a\": NaN}", `not JSON: line 2, column 7: invalid character 'N' looking for beginning of value`},
		{"conflict", "{\n<<<<<<< HEAD\n", `not JSON: line 2, column 1: invalid character '<' looking for beginning of object key string`},
		{"two", "{}\n {}", `not a notebook: line 2, column 2: more text after the JSON document`},
		{"nbformat 1", `{"nbformat": 1}`, `nbformat 1 is too old: 3.0 to 4.5 can be read`},
		{"nbformat 2", `{"nbformat": 2, "worksheets": []}`, `nbformat 2 is too old: 3.0 to 4.5 can be read`},
		{"nbformat 5", `{"nbformat": 5, "nbformat_minor": 0}`, `nbformat 5 is newer than this program: 3.0 to 4.5 can be read`},
		{"nbformat text", `{"nbformat": "4"}`, `nbformat: expected an integer, got the string "4"`},
		{"nbformat fraction", `{"nbformat": 4.5}`, `nbformat: expected an integer, got the number 4.5`},
		{"minor", `{"nbformat": 4, "nbformat_minor": -1}`, `nbformat_minor: expected an integer, 0 or more, got the number -1`},
		{"no cells", `{"nbformat": 4, "nbformat_minor": 5}`, `not a notebook: there is no "cells" list`},
		{"cells", `{"nbformat": 4, "cells": {}}`, `cells: expected a list, got an object`},
		{"metadata", `{"nbformat": 4, "cells": [], "metadata": []}`, `metadata: expected an object, got a list`},
		{"cell", cell(`"x"`), `cells[0]: expected an object, got the string "x"`},
		{"no type", cell(`{}`), `cells[0]: unknown cell_type ""`},
		{"cell type", cell(`{"cell_type":"raw"},{"cell_type":"foo"}`), `cells[1]: unknown cell_type "foo"`},
		{"cell type number", cell(`{"cell_type":1}`), `cells[0].cell_type: expected a string, got the number 1`},
		{"id", cell(`{"cell_type":"raw","id":null}`), `cells[0].id: expected a string, got null`},
		{"source", cell(`{"cell_type":"raw","source":["a",1]}`), `cells[0].source: expected a string or a list of strings, got a list`},
		{"cell metadata", cell(`{"cell_type":"raw","metadata":true}`), `cells[0].metadata: expected an object, got true`},
		{"attachments", cell(`{"cell_type":"raw","attachments":{"a":1}}`), `cells[0].attachments.a: expected an object, got the number 1`},
		{"execution count", cell(`{"cell_type":"code","execution_count":"1"}`), `cells[0].execution_count: expected an integer or null, got the string "1"`},
		{"outputs", cell(`{"cell_type":"code","outputs":null}`), `cells[0].outputs: expected a list, got null`},
		{"output", output(`[]`), `cells[1].outputs[0]: expected an object, got a list`},
		{"output type", output(`{"output_type":"error"},{"output_type":"foo"}`), `cells[1].outputs[1]: unknown output_type "foo"`},
		{"data", output(`{"output_type":"display_data","data":[]}`), `cells[1].outputs[0].data: expected an object, got a list`},
		{"text", output(`{"output_type":"stream","text":{}}`), `cells[1].outputs[0].text: expected a string or a list of strings, got an object`},
		{"traceback", output(`{"output_type":"error","traceback":["",2]}`), `cells[1].outputs[0].traceback[1]: expected a string, got the number 2`},
		{"traceback text", output(`{"output_type":"error","traceback":"x"}`), `cells[1].outputs[0].traceback: expected a list of strings, got the string "x"`},
		{"long", cell(`{"cell_type":"` + strings.Repeat("é", 100) + `"}`), `cells[0]: unknown cell_type "` + strings.Repeat("é", 20) + `..."`},
		{"deep", `{"a":` + strings.Repeat("[", 1001) + strings.Repeat("]", 1001) + `}`, `nested deeper than 1000 levels`},
		{"v3 without worksheets", `{"nbformat":3}`, `not a notebook: nbformat 3 without a "worksheets" list`},
		{"v3 worksheet", v3(`[1]`), `worksheets[0]: expected an object, got the number 1`},
		{"v3 input", v3(`[{"cells":[{"cell_type":"code","input":1}]}]`), `worksheets[0].cells[0].input: expected a string or a list of strings, got the number 1`},
		{"v3 output", v3(`[{"cells":[{"cell_type":"code","outputs":[{"output_type":"pyout","text":1}]}]}]`), `worksheets[0].cells[0].outputs[0].text: expected a string or a list of strings, got the number 1`},
		{"v3 level", v3(`[{},{"cells":[{"cell_type":"heading","level":"1"}]}]`), `worksheets[1].cells[0].level: expected an integer, got the string "1"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := nbformat.Read(strings.NewReader(row.in))
			if err == nil {
				t.Fatal("no error")
			}
			if got := err.Error(); got != "read notebook: "+row.want {
				t.Errorf("\n got %s\nwant read notebook: %s", got, row.want)
			}
		})
	}
}

// Notebooks that are not quite what a writer of today would make.
func TestReadTolerant(t *testing.T) {
	deepList := strings.Repeat("[", 998) + strings.Repeat("]", 998)
	for _, row := range []struct{ name, in, want string }{
		{"byte order mark", "\ufeff" + `{"nbformat":4,"cells":[]}`, `{"cells":[],"metadata":{},"nbformat":4,"nbformat_minor":5}`},
		{"unknown fields", `{"nbformat":4,"nbformat_minor":5,"x":1.50,"cells":[{"cell_type":"code","id":"a","y":[1E5],"outputs":[{"output_type":"stream","name":"stdout","text":"","z":-0}]}]}`,
			`{"cells":[{"cell_type":"code","execution_count":null,"id":"a","metadata":{},"outputs":[{"name":"stdout","output_type":"stream","text":[],"z":-0}],"source":[],"y":[1E5]}],"metadata":{},"nbformat":4,"nbformat_minor":5,"x":1.50}`},
		{"later minor", `{"nbformat":4,"nbformat_minor":7,"cells":[{"cell_type":"sql","metadata":{"trusted":true},"source":["a","b"]},{"cell_type":"code","id":"c","outputs":[{"output_type":"table","data":["a"]}]}]}`,
			`{"cells":[{"cell_type":"sql","metadata":{},"source":["a","b"]},{"cell_type":"code","execution_count":null,"id":"c","metadata":{},"outputs":[{"data":["a"],"output_type":"table"}],"source":[]}],"metadata":{},"nbformat":4,"nbformat_minor":7}`},
		{"one id twice", `{"nbformat":4,"nbformat_minor":5,"cells":[{"cell_type":"raw","id":"a"},{"cell_type":"raw","id":"a"},{"cell_type":"raw"}]}`,
			`{"cells":[{"cell_type":"raw","id":"a","metadata":{},"source":[]},{"cell_type":"raw","id":"db442deb","metadata":{},"source":[]},{"cell_type":"raw","id":"171a7bd7","metadata":{},"source":[]}],"metadata":{},"nbformat":4,"nbformat_minor":5}`},
		{"v3 pdf and broken json", `{"nbformat":3,"worksheets":[{"cells":[{"cell_type":"code","outputs":[{"output_type":"display_data","pdf":["a","b"],"text":["a","b"],"json":"{"}]}]}]}`,
			`{"cells":[{"cell_type":"code","execution_count":null,"id":"ab4dc9e6","metadata":{},"outputs":[{"data":{"application/json":"{","application/pdf":"ab","text/plain":["a\n","b"]},"metadata":{},"output_type":"display_data"}],"source":[]}],"metadata":{},"nbformat":4,"nbformat_minor":5}`},
		{"v3 deep json", `{"nbformat":3,"worksheets":[{"cells":[{"cell_type":"code","outputs":[{"output_type":"display_data","json":"` + deepList + `"}]}]}]}`,
			`{"cells":[{"cell_type":"code","execution_count":null,"id":"ab4dc9e6","metadata":{},"outputs":[{"data":{"application/json":"` + deepList + `"},"metadata":{},"output_type":"display_data"}],"source":[]}],"metadata":{},"nbformat":4,"nbformat_minor":5}`},
		{"v3 heading", `{"nbformat":3,"worksheets":[{"cells":[{"cell_type":"heading","level":1000000000,"source":"a\r\n\nb"}]}]}`,
			`{"cells":[{"cell_type":"markdown","id":"6d1d935b","metadata":{},"source":["###### a  b"]}],"metadata":{},"nbformat":4,"nbformat_minor":5}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			nb := read(t, row.in)
			if got := compact(t, write(t, nb)); got != row.want {
				t.Errorf("\n got %s\nwant %s", got, row.want)
			}
		})
	}
}
