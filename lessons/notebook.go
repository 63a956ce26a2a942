package lessons

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/resident-go/resident/nbformat"
)

// metadataKey is where a notebook keeps what a lesson's front matter and attributes say.
const metadataKey = "lesson"

// ReadFile reads a lesson from a Markdown file or a notebook.
func ReadFile(name string) (*Lesson, error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	switch ext := strings.ToLower(filepath.Ext(name)); ext {
	case ".md", ".markdown":
		return readLesson(name, src)
	case ".ipynb":
		nb, err := nbformat.Read(bytes.NewReader(src))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return FromNotebook(name, nb)
	default:
		return nil, fmt.Errorf("%s: want a lesson (.md) or a notebook (.ipynb), got %q", name, ext)
	}
}

// readLesson reads a lesson with the files beside it. Links out of its folder are not followed.
func readLesson(name string, src []byte) (*Lesson, error) {
	l, err := Parse(name, src)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return l, l.Include(root.FS())
}

// FromNotebook makes a lesson of a notebook's cells. Attributes are those under "lesson" in a cell's metadata, its tags,
// and what jupytext has put beside them. A raw cell at the top that holds front matter, as jupytext writes it, becomes front matter.
func FromNotebook(file string, nb *nbformat.Notebook) (*Lesson, error) {
	if lang := notebookLanguage(nb.Metadata); lang != "" && lang != "go" {
		return nil, fmt.Errorf("%s: the notebook's language is %s, want go", file, lang)
	}
	p := &parse{lesson: &Lesson{File: file, Jupyter: maps.Clone(nb.Metadata)}}
	delete(p.lesson.Jupyter, metadataKey)
	if meta, ok := nb.Metadata[metadataKey]; ok {
		text, err := yaml.Marshal(map[string]any{metadataKey: meta})
		if err != nil {
			return nil, fmt.Errorf("%s: metadata.lesson: %w", file, err)
		}
		p.metadata(text)
	}
	for i := range nb.Cells {
		pos := Position{File: file, Line: i + 1}
		p.notebookCell(&nb.Cells[i], pos)
	}
	p.uniqueNames()
	if err := p.errs.err(); err != nil {
		return nil, err
	}
	p.lesson.setTitle()
	return p.lesson, nil
}

// metadata reads front matter that does not stand in the file itself: its errors have no line of their own.
func (p *parse) metadata(text []byte) {
	front := &parse{src: text, lesson: &Lesson{File: p.lesson.File}}
	front.readFrontMatter(0, text)
	p.lesson.Meta, p.lesson.Front = front.lesson.Meta, front.lesson.Front
	for _, e := range front.errs {
		p.errs = append(p.errs, &Error{Position{File: p.lesson.File}, e.Msg})
	}
}

func notebookLanguage(metadata map[string]any) string {
	for _, at := range [][2]string{{"language_info", "name"}, {"kernelspec", "language"}} {
		m, _ := metadata[at[0]].(map[string]any)
		if lang, _ := m[at[1]].(string); lang != "" {
			return lang
		}
	}
	return ""
}

func (p *parse) notebookCell(nc *nbformat.Cell, pos Position) {
	c := &Cell{ID: nc.ID, Source: nc.Source, Pos: pos, Body: pos}
	switch nc.Type {
	case nbformat.Code:
		c.Kind = Code
	case nbformat.Markdown:
		c.Kind = Prose
	case nbformat.Raw:
		if _, text, _, err := splitFrontMatter([]byte(nc.Source + "\n")); pos.Line == 1 && err == nil && text != nil {
			p.metadata(text)
			return
		}
		c.Kind = Raw
	default:
		return
	}
	c.Attrs.apply(c.Kind, notebookAttrs(nc.Metadata, pos, &p.errs), &p.errs)
	p.add(c)
}

// notebookAttrs collects a cell's attributes, sorted by key.
func notebookAttrs(metadata map[string]any, pos Position, errs *ErrorList) []Attr {
	values := foreignAttrs(metadata)
	if m, ok := metadata[metadataKey].(map[string]any); ok {
		maps.Copy(values, m)
	}
	if tags, ok := metadata["tags"]; ok {
		values["tags"] = tags
	}
	var attrs []Attr
	for _, key := range slices.Sorted(maps.Keys(values)) {
		v, err := json.Marshal(values[key])
		if err != nil {
			errs.add(pos, "attribute %q: %v", key, err)
			continue
		}
		attrs = append(attrs, Attr{Key: key, Value: v, Pos: pos})
	}
	return attrs
}

// foreignAttrs are attributes at the top of a cell's metadata, where jupytext puts what it finds behind a fence. Other tools
// keep things of their own there, so what is no valid attribute of ours is not an error.
func foreignAttrs(metadata map[string]any) map[string]any {
	values := map[string]any{}
	for _, a := range schema {
		v, ok := metadata[a.key]
		text, err := json.Marshal(v)
		if ok && err == nil && a.set(new(Attrs), text) == nil {
			values[a.key] = v
		}
	}
	return values
}

// WriteNotebook writes the lesson, which was not run, as a notebook.
func (l *Lesson) WriteNotebook(w io.Writer) error {
	r := &Report{Lesson: l}
	for _, c := range l.Cells {
		r.Cells = append(r.Cells, CellReport{Cell: c})
	}
	return r.WriteNotebook(w)
}

// WriteNotebook writes the lesson with the outputs of its run as a notebook.
func (r *Report) WriteNotebook(w io.Writer) error {
	l := r.Lesson
	nb := &nbformat.Notebook{Minor: nbformat.Minor, Metadata: maps.Clone(l.Jupyter)}
	if nb.Metadata == nil {
		nb.Metadata = map[string]any{}
	}
	for key, fields := range goMetadata {
		given, _ := nb.Metadata[key].(map[string]any)
		all := maps.Clone(fields)
		maps.Copy(all, given)
		nb.Metadata[key] = all
	}
	if len(l.Front) > 0 {
		nb.Metadata[metadataKey] = l.Front
	}
	for i := range r.Cells {
		nb.Cells = append(nb.Cells, r.Cells[i].notebookCell())
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

func (r *CellReport) notebookCell() nbformat.Cell {
	c := r.Cell
	nc := nbformat.Cell{Type: nbformat.Markdown, ID: c.ID, Source: c.Source, Metadata: c.Attrs.metadata()}
	if c.Attrs.Name != "" {
		nc.ID = c.Attrs.Name
	}
	switch {
	case c.NoEval: // prose, as jupytext has it; attributes are for cells that run
		nc.Source, nc.Metadata = "```go\n"+c.Source+"\n```", nil
	case c.Kind == Raw:
		nc.Type = nbformat.Raw
	case c.Kind == Code:
		nc.Type, nc.Outputs, nc.ExecutionCount = nbformat.Code, r.Outputs, r.Count
	}
	return nc
}

// metadata is where a notebook keeps the attributes: tags have a place of their own.
func (a *Attrs) metadata() map[string]any {
	own, all := map[string]any{}, map[string]any{}
	for _, at := range a.All {
		if at.Key == "tags" {
			all["tags"] = at.Value
		} else {
			own[at.Key] = at.Value
		}
	}
	if len(own) > 0 {
		all[metadataKey] = own
	}
	if hidden := a.hidden(); len(hidden) > 0 {
		all["jupyter"] = hidden
	}
	return all
}

// hidden is how JupyterLab and VS Code fold what a cell hides.
func (a *Attrs) hidden() map[string]any {
	fold := map[string]any{}
	if a.Hide == "code" || a.Hide == "all" {
		fold["source_hidden"] = true
	}
	if a.Hide == "output" || a.Hide == "all" {
		fold["outputs_hidden"] = true
	}
	return fold
}
