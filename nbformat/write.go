package nbformat

import (
	"bytes"
	"fmt"
	"io"
	"maps"
)

// Write writes nb as nbformat 4.5, in one call to w and in the bytes that Jupyter would write. Lists and maps that are
// nil are written empty; nb is not changed.
func Write(w io.Writer, nb *Notebook) error {
	doc, err := document(nb)
	if err != nil {
		return fmt.Errorf("write notebook: %w", err)
	}
	var b bytes.Buffer
	encode(&b, doc, 0)
	b.WriteByte('\n')
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write notebook: %w", err)
	}
	return nil
}

// document returns the notebook as the JSON document that is stored: of maps, lists and JSON scalars only.
func document(nb *Notebook) (map[string]any, error) {
	cells := make([]any, len(nb.Cells))
	minor := max(nb.Minor, Minor)
	for i, id := range ids(nb.Cells) {
		c, err := storedCell(&nb.Cells[i], id, minor > Minor)
		if err != nil {
			return nil, under(index("cells", i), err)
		}
		cells[i] = c
	}
	doc := fieldsOf(nb.Extra)
	doc["nbformat"] = Major
	doc["nbformat_minor"] = minor
	doc["cells"] = cells
	metadata := fieldsOf(nb.Metadata)
	stripNotebook(metadata)
	doc["metadata"] = metadata
	v, err := plain(doc, deepest)
	if err != nil {
		return nil, err
	}
	return v.(map[string]any), nil
}

// fieldsOf copies a map, so that fields can be set in it. The copy is never nil.
func fieldsOf(m map[string]any) map[string]any {
	out := make(map[string]any, len(m)+4)
	maps.Copy(out, m)
	return out
}

func storedCell(c *Cell, id string, tolerant bool) (map[string]any, error) {
	m := fieldsOf(c.Extra)
	metadata := fieldsOf(c.Metadata)
	stripCell(metadata)
	m["cell_type"], m["metadata"] = string(c.Type), metadata
	if id != "" {
		m["id"] = id
	}
	if !c.Type.known() {
		if !tolerant || c.Type == "" {
			return nil, faultAt("", "unknown cell_type %q", clip(string(c.Type)))
		}
		return m, nil
	}
	m["source"] = splitLines(c.Source)
	if c.Attachments != nil {
		files := make(map[string]any, len(c.Attachments))
		for name, bundle := range c.Attachments {
			files[name] = splitBundle(bundle)
		}
		m["attachments"] = files
	}
	if c.Type == Code {
		return m, storeRun(m, c, tolerant)
	}
	return m, nil
}

// storeRun adds what only code cells have.
func storeRun(m map[string]any, c *Cell, tolerant bool) error {
	storeCount(m, c.ExecutionCount)
	outputs := make([]any, len(c.Outputs))
	for i := range c.Outputs {
		o, err := storedOutput(&c.Outputs[i], tolerant)
		if err != nil {
			return under(index("outputs", i), err)
		}
		outputs[i] = o
	}
	m["outputs"] = outputs
	return nil
}

// storeCount sets the execution count. When there is none, a file's own 0 may be among the unknown fields: see fields.count.
func storeCount(m map[string]any, n int) {
	if n > 0 {
		m["execution_count"] = n
	} else if _, ok := m["execution_count"]; !ok {
		m["execution_count"] = nil
	}
}

func storedOutput(o *Output, tolerant bool) (map[string]any, error) {
	m := fieldsOf(o.Extra)
	m["output_type"] = string(o.Type)
	switch o.Type {
	case Stream:
		m["name"], m["text"] = o.Name, splitLines(o.Text)
	case DisplayData:
		m["data"], m["metadata"] = splitBundle(o.Data), fieldsOf(o.Metadata)
	case ExecuteResult:
		m["data"], m["metadata"] = splitBundle(o.Data), fieldsOf(o.Metadata)
		storeCount(m, o.ExecutionCount)
	case ErrorOutput:
		m["ename"], m["evalue"], m["traceback"] = o.EName, o.EValue, append([]string{}, o.Traceback...)
	default:
		if !tolerant || o.Type == "" {
			return nil, faultAt("", "unknown output_type %q", clip(string(o.Type)))
		}
	}
	return m, nil
}
