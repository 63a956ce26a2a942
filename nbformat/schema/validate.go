// Package schema asks the official schema of notebooks, version 4.5, whether a notebook is valid.
//
// It stands apart from package nbformat because the library that reads schemas fills large tables when a program starts, whether the program asks or not; no
// kernel should wait for them.
package schema

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/resident-go/resident/nbformat"
)

// schemaJSON is the official schema, from the Python package nbformat 5.11.1; LICENSE is its licence.
//
//go:embed nbformat.v4.5.schema.json
var schemaJSON []byte

// Validate says whether what [nbformat.Write] makes of nb is a valid notebook by the official schema, and whether the cells'
// ids are unique. The error joins one line for each fault, which begins with its place, such as cells[3].outputs[0].
func Validate(nb *nbformat.Notebook) error {
	doc, err := document(nb)
	if err != nil {
		return fmt.Errorf("validate notebook: %w", err)
	}
	faults := repeatedIDs(nb.Cells)
	s := current()
	if nb.Minor > nbformat.Minor {
		s = later()
	}
	if err := s.definition("").Validate(doc); err != nil {
		faults = append(faults, s.explain(doc, err)...)
	}
	return errors.Join(faults...)
}

// document is the notebook as the library wants it.
func document(nb *nbformat.Notebook) (map[string]any, error) {
	var b bytes.Buffer
	if err := nbformat.Write(&b, nb); err != nil {
		return nil, errors.Unwrap(err) // without the words that a notebook was to be written
	}
	doc, err := jsonschema.UnmarshalJSON(&b)
	if err != nil {
		return nil, err
	}
	return doc.(map[string]any), nil
}

func repeatedIDs(cells []nbformat.Cell) []error {
	var faults []error
	first := map[string]int{}
	for i, c := range cells {
		if c.ID == "" {
			continue
		}
		if j, ok := first[c.ID]; ok {
			faults = append(faults, fmt.Errorf("%s.id: %q is the id of cells[%d] already", index("cells", i), c.ID, j))
			continue
		}
		first[c.ID] = i
	}
	return faults
}

// schema is the official schema, whole and in parts.
type schema struct {
	mu       sync.Mutex // a Compiler is for one goroutine at a time
	compiler *jsonschema.Compiler
}

// The types that have a definition of their own.
var (
	cellTypes   = []nbformat.CellType{nbformat.Code, nbformat.Markdown, nbformat.Raw}
	outputTypes = []nbformat.OutputType{nbformat.Stream, nbformat.DisplayData, nbformat.ExecuteResult, nbformat.ErrorOutput}
)

const schemaURL = "nbformat.v4.5.schema.json"

var (
	current = sync.OnceValue(func() *schema { return newSchema(func(map[string]any) {}) })
	later   = sync.OnceValue(func() *schema { return newSchema(relax) })
)

// newSchema panics when the embedded schema is broken: that is a fault of the build.
func newSchema(change func(map[string]any)) *schema {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaJSON))
	if err != nil {
		panic("nbformat: embedded schema: " + err.Error())
	}
	change(v.(map[string]any))
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemaURL, v); err != nil {
		panic("nbformat: embedded schema: " + err.Error())
	}
	return &schema{compiler: c}
}

// relax makes the schema one for later minor versions, as Jupyter does: more fields, cell types and output types.
func relax(s map[string]any) {
	definitions := s["definitions"].(map[string]any)
	for _, name := range []string{"cell", "output"} {
		d := definitions[name].(map[string]any)
		d["oneOf"] = append(d["oneOf"].([]any), map[string]any{"$ref": "#/definitions/unrecognized_" + name})
	}
	allowMore(s)
}

func allowMore(v any) {
	switch v := v.(type) {
	case map[string]any:
		if v["additionalProperties"] == false {
			v["additionalProperties"] = true
		}
		for _, child := range v {
			allowMore(child)
		}
	case []any:
		for _, child := range v {
			allowMore(child)
		}
	}
}

// definition returns the part of the schema that has this name; "" is the whole.
func (s *schema) definition(name string) *jsonschema.Schema {
	s.mu.Lock()
	defer s.mu.Unlock()
	url := schemaURL
	if name != "" {
		url += "#/definitions/" + name
	}
	return s.compiler.MustCompile(url)
}

// explain says what is wrong with a document that the schema refused. The schema's own answer for a cell is that it is
// neither a raw, nor a Markdown, nor a code cell, so each cell and output is asked again against the part for its type.
func (s *schema) explain(doc map[string]any, refusal error) []error {
	var faults []error
	for i, c := range doc["cells"].([]any) {
		faults = append(faults, s.explainCell(index("cells", i), c.(map[string]any))...)
	}
	rest := maps.Clone(doc)
	rest["cells"] = []any{}
	faults = append(faults, s.explainPart("", "", rest)...)
	if len(faults) == 0 {
		return leaves("", refusal)
	}
	return faults
}

func (s *schema) explainCell(path string, c map[string]any) []error {
	name := "unrecognized_cell"
	if t := c["cell_type"].(string); slices.Contains(cellTypes, nbformat.CellType(t)) {
		name = t + "_cell"
	}
	if c["cell_type"] != string(nbformat.Code) {
		return s.explainPart(path, name, c)
	}
	rest := maps.Clone(c)
	rest["outputs"] = []any{}
	faults := s.explainPart(path, name, rest)
	for i, o := range c["outputs"].([]any) {
		o := o.(map[string]any)
		name := "unrecognized_output"
		if t := o["output_type"].(string); slices.Contains(outputTypes, nbformat.OutputType(t)) {
			name = t
		}
		faults = append(faults, s.explainPart(index(path+".outputs", i), name, o)...)
	}
	return faults
}

func (s *schema) explainPart(path, definition string, v any) []error {
	return leaves(path, s.definition(definition).Validate(v))
}

var printer = message.NewPrinter(language.English)

// leaves returns the innermost causes of a refusal, each with its place.
func leaves(path string, err error) []error {
	var refusal *jsonschema.ValidationError
	if !errors.As(err, &refusal) {
		return nil
	}
	if _, choice := refusal.ErrorKind.(*kind.OneOf); len(refusal.Causes) == 0 || choice {
		return []error{fault(path, refusal)}
	}
	var faults []error
	for _, cause := range refusal.Causes {
		faults = append(faults, leaves(path, cause)...)
	}
	return faults
}

func reason(e *jsonschema.ValidationError) string {
	if strings.HasSuffix(e.SchemaURL, "/multiline_string") {
		return "expected a string or a list of strings"
	}
	const most = 200
	text := e.ErrorKind.LocalizedString(printer)
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}

// fault names the place below path, where there is one.
func fault(path string, e *jsonschema.ValidationError) error {
	for _, key := range e.InstanceLocation {
		switch {
		case key != "" && strings.Trim(key, "0123456789") == "":
			path += "[" + key + "]"
		case path != "":
			path += "." + step(key)
		default:
			path = step(key)
		}
	}
	if path == "" {
		return errors.New(reason(e))
	}
	return fmt.Errorf("%s: %s", path, reason(e))
}

func index(key string, i int) string { return key + "[" + strconv.Itoa(i) + "]" }

// step names a field. Names that people chose may be long or hold line ends.
func step(key string) string {
	const most = 40
	if len(key) > most {
		key = strings.ToValidUTF8(key[:most], "") + "..."
	}
	if strings.ContainsFunc(key, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(key)
	}
	return key
}
