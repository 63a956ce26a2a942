package nbformat

// notebook4 makes a notebook of the JSON document of nbformat 4, without its version.
func notebook4(doc map[string]any, minor int) (*Notebook, error) {
	if _, ok := doc["cells"]; !ok {
		return nil, faultAt("", `not a notebook: there is no "cells" list`)
	}
	d := decoder4{tolerant: minor > Minor}
	f := &fields{left: doc}
	nb := &Notebook{Minor: minor, Metadata: f.object("metadata"), Cells: []Cell{}}
	f.list("cells", func(_ int, m map[string]any) error {
		c, err := d.cell(m)
		nb.Cells = append(nb.Cells, c)
		return err
	})
	nb.Extra = f.rest()
	if f.err != nil {
		return nil, f.err
	}
	stripNotebook(nb.Metadata)
	for i, id := range ids(nb.Cells) {
		nb.Cells[i].ID = id
	}
	return nb, nil
}

// stripNotebook and stripCell remove what is never stored in a file.
func stripNotebook(metadata map[string]any) {
	delete(metadata, "orig_nbformat")
	delete(metadata, "orig_nbformat_minor")
	delete(metadata, "signature")
}

func stripCell(metadata map[string]any) { delete(metadata, "trusted") }

// decoder4 reads cells and outputs. A tolerant one keeps those of unknown type, as files of later minor versions have them.
type decoder4 struct{ tolerant bool }

func (d decoder4) cell(m map[string]any) (Cell, error) {
	f := &fields{left: m}
	c := Cell{Type: CellType(f.string("cell_type")), ID: f.string("id"), Metadata: f.object("metadata")}
	stripCell(c.Metadata)
	switch {
	case c.Type.known():
		c.Source = f.text("source", "")
		c.Attachments = attachments(f)
	case f.err == nil && (!d.tolerant || c.Type == ""):
		return c, faultAt("", "unknown cell_type %q", clip(string(c.Type)))
	}
	if c.Type == Code {
		c.ExecutionCount = f.count("execution_count")
		c.Outputs = []Output{}
		f.list("outputs", func(_ int, m map[string]any) error {
			o, err := d.output(m)
			c.Outputs = append(c.Outputs, o)
			return err
		})
	}
	c.Extra = f.rest()
	return c, f.err
}

func attachments(f *fields) map[string]map[string]any {
	if _, ok := f.left["attachments"]; !ok {
		return nil
	}
	out := map[string]map[string]any{}
	for name, v := range f.object("attachments") {
		bundle, ok := v.(map[string]any)
		if !ok {
			f.fail(mismatch("attachments."+step(name), "an object", v))
			return nil
		}
		joinBundle(bundle)
		out[name] = bundle
	}
	return out
}

func (d decoder4) output(m map[string]any) (Output, error) {
	f := &fields{left: m}
	o := Output{Type: OutputType(f.string("output_type"))}
	switch o.Type {
	case Stream:
		o.Name, o.Text = f.string("name"), f.text("text", "")
	case DisplayData, ExecuteResult:
		o.Data, o.Metadata = f.object("data"), f.object("metadata")
		joinBundle(o.Data)
		if o.Type == ExecuteResult {
			o.ExecutionCount = f.count("execution_count")
		}
	case ErrorOutput:
		o.EName, o.EValue, o.Traceback = f.string("ename"), f.string("evalue"), f.strings("traceback")
	default:
		if f.err == nil && (!d.tolerant || o.Type == "") {
			return o, faultAt("", "unknown output_type %q", clip(string(o.Type)))
		}
	}
	o.Extra = f.rest()
	return o, f.err
}
