package nbformat

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// schemaJSON is the official schema, from the Python package nbformat 5.11.1; schema/LICENSE is its licence.
//
//go:embed schema/nbformat.v4.5.schema.json
var schemaJSON []byte

// Validate says whether what [Write] makes of nb is a valid notebook by the official schema, and whether the cells' ids are
// unique. The error joins one line for each fault.
func Validate(nb *Notebook) error {
	doc, err := document(nb)
	if err != nil {
		return fmt.Errorf("validate notebook: %w", err)
	}
	faults := repeatedIDs(nb.Cells)
	s := current()
	if nb.Minor > Minor {
		s = later()
	}
	if err := s.definition("").Validate(doc); err != nil {
		faults = append(faults, s.explain(doc, err)...)
	}
	return errors.Join(faults...)
}

func repeatedIDs(cells []Cell) []error {
	var faults []error
	first := map[string]int{}
	for i, c := range cells {
		if c.ID == "" {
			continue
		}
		if j, ok := first[c.ID]; ok {
			faults = append(faults, faultAt(index("cells", i)+".id", "%q is the id of cells[%d] already", c.ID, j))
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
	if t := c["cell_type"].(string); CellType(t).known() {
		name = t + "_cell"
	}
	if c["cell_type"] != string(Code) {
		return s.explainPart(path, name, c)
	}
	rest := maps.Clone(c)
	rest["outputs"] = []any{}
	faults := s.explainPart(path, name, rest)
	for i, o := range c["outputs"].([]any) {
		o := o.(map[string]any)
		name := "unrecognized_output"
		if t := o["output_type"].(string); OutputType(t).known() {
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
		return []error{under(path, &pathError{joinPath(refusal.InstanceLocation), reason(refusal)})}
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

func joinPath(steps []string) string {
	var b strings.Builder
	for i, key := range steps {
		switch {
		case key != "" && strings.Trim(key, "0123456789") == "":
			b.WriteString("[" + key + "]")
		case i > 0:
			b.WriteString("." + step(key))
		default:
			b.WriteString(step(key))
		}
	}
	return b.String()
}
