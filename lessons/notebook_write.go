package lessons

import (
	"fmt"
	"io"
	"maps"

	"github.com/resident-go/resident/nbformat"
)

// WriteNotebook writes the lesson, which was not run, as a notebook.
func (l *Lesson) WriteNotebook(w io.Writer) error {
	return Unrun(l).WriteNotebook(w)
}

// WriteNotebook writes the lesson with the outputs of its run as a notebook.
func (r *Report) WriteNotebook(w io.Writer) error {
	l := r.Lesson
	if err := l.needsInclude(); err != nil {
		return err
	}
	nb := &nbformat.Notebook{Minor: nbformat.Minor, Metadata: l.notebookMetadata()}
	raw := l.rawCells()
	for i, id := range l.ids() {
		cell := r.Cells[i].notebookCell(id, raw[i])
		if n, ok := cell.Metadata[nbgraderKey].(*nbgrader); ok && l.version != "" {
			n.seal(string(cell.Type), cell.Source)
		}
		nb.Cells = append(nb.Cells, cell)
	}
	if err := nbformat.Write(w, nb); err != nil {
		return fmt.Errorf("write %s as a notebook: %w", l.File, err)
	}
	return nil
}

// goMetadata is what front ends need to open a notebook with our kernel.
var goMetadata = map[string]map[string]any{
	"kernelspec":    {"display_name": "Go (resident)", "language": "go", "name": "resident"},
	"language_info": {"name": "go", "file_extension": ".go", "mimetype": "text/x-go"},
}

func (l *Lesson) notebookMetadata() map[string]any {
	metadata := map[string]any{}
	maps.Copy(metadata, l.Jupyter)
	for key, fields := range goMetadata {
		given, _ := metadata[key].(map[string]any)
		all := maps.Clone(fields)
		maps.Copy(all, given)
		metadata[key] = all
	}
	own := map[string]any{}
	maps.Copy(own, l.Front)
	if o := l.sourceOrigin(); o != nil {
		own[sourceKey] = o
	}
	if len(own) > 0 {
		metadata[metadataKey] = own
	}
	return metadata
}

// notebookCell is a cell under an id. raw are its bytes in the lesson, if they are not what would be written for it.
func (r *CellReport) notebookCell(id, raw string) nbformat.Cell {
	c := r.Cell
	nc := nbformat.Cell{Type: nbformat.Markdown, ID: id, Source: c.Source, Metadata: c.metadata(raw)}
	switch {
	case c.NoEval: // prose, as jupytext has it, that says itself what it is
		open, body, end := c.written(false)
		nc.Source = open + body + end[:len(end)-1]
	case c.Kind == Raw:
		nc.Type = nbformat.Raw
	case c.Kind == Code:
		nc.Type, nc.Outputs, nc.ExecutionCount = nbformat.Code, r.Outputs, r.Count
	}
	return nc
}

// metadata is where a notebook keeps the attributes: what others read has places of its own.
func (c *Cell) metadata(raw string) map[string]any {
	own, all := map[string]any{}, map[string]any{}
	for _, at := range c.Attrs.All {
		if at.Key == "tags" {
			all["tags"] = at.Value
		} else if !c.NoEval {
			own[at.Key] = at.Value
		}
	}
	if c.NoEval {
		delete(all, "tags")
	}
	if raw != "" {
		own[sourceKey] = raw
	}
	if len(own) > 0 {
		all[metadataKey] = own
	}
	if hidden := c.Attrs.hidden(); len(hidden) > 0 {
		all["jupyter"] = hidden
	}
	if n := c.nbgrader(); n != nil {
		all[nbgraderKey] = n
	}
	if c.Attrs.ReadOnly() {
		all["editable"], all["deletable"] = false, false
	}
	for _, key := range jupyterKeys {
		if v, ok := c.Attrs.value(key); ok {
			all[key] = v
		}
	}
	return all
}

// hidden is how JupyterLab and VS Code fold what a cell hides.
func (a *Attrs) hidden() map[string]any {
	fold := map[string]any{}
	if a.Hide == HideCode || a.Hide == HideAll {
		fold["source_hidden"] = true
	}
	if a.Hide == HideOutput || a.Hide == HideAll {
		fold["outputs_hidden"] = true
	}
	return fold
}
