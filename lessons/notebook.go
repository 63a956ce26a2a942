package lessons

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

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

// FromNotebook makes a lesson of a notebook's cells. Attributes are those under "lesson" in a cell's metadata, its tags, what
// nbgrader knows of it, and what jupytext has put beside them. A raw cell at the top that holds front matter, as jupytext writes it, becomes front
// matter.
func FromNotebook(file string, nb *nbformat.Notebook) (*Lesson, error) {
	if lang := notebookLanguage(nb.Metadata); lang != "" && lang != "go" {
		return nil, fmt.Errorf("%s: the notebook's language is %s, want go", file, lang)
	}
	p := &parse{lesson: &Lesson{File: file, Jupyter: maps.Clone(nb.Metadata)}}
	delete(p.lesson.Jupyter, metadataKey)
	if meta, ok := nb.Metadata[metadataKey].(map[string]any); ok {
		own := maps.Clone(meta)
		p.lesson.origin = originOf(own[sourceKey])
		delete(own, sourceKey)
		text, err := json.Marshal(map[string]any{metadataKey: own}) // which is YAML, too
		if err != nil {
			return nil, fmt.Errorf("%s: metadata.lesson: %w", file, err)
		}
		if len(own) > 0 {
			p.metadata(text)
		}
	}
	ids := map[string]bool{}
	for i := range nb.Cells {
		ids[nb.Cells[i].ID] = true
	}
	for i := range nb.Cells {
		p.notebookCell(&nb.Cells[i], Position{File: file, Line: i + 1}, ids)
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

func (p *parse) notebookCell(nc *nbformat.Cell, pos Position, ids map[string]bool) {
	c := &Cell{ID: nc.ID, Source: unixLines(nc.Source), Pos: pos, Body: pos}
	switch nc.Type {
	case nbformat.Code:
		c.Kind = Code
	case nbformat.Markdown:
		c.Kind = Prose
	case nbformat.Raw:
		if yamlAt, text, _, err := splitFrontMatter([]byte(nc.Source + "\n")); pos.Line == 1 && err == nil && text != nil {
			p.metadata(text)
			p.lesson.rawFront = nc.Source[yamlAt : yamlAt+len(text)]
			return
		}
		c.Kind = Raw
	default:
		return
	}
	values := notebookValues(nc.Metadata)
	if p.lesson.origin == nil {
		for _, key := range []string{"deletable", "editable", "format", "slideshow"} { // the others are the state of a front end
			if v, ok := nc.Metadata[key]; ok {
				values[key] = v
			}
		}
	}
	c.raw, _ = values[sourceKey].(string)
	delete(values, sourceKey)
	if shown := shownCode(c); shown != nil {
		p.add(shown)
		return
	}
	if name, ok := values["name"].(string); ok && name != nc.ID && ids[name] {
		delete(values, "name") // the cell was copied, and its metadata with it
	}
	// Once to know what nbgrader would be told, and again with what it says.
	draft := &Cell{Kind: c.Kind, Source: c.Source}
	draft.Attrs.apply(c.Kind, sortedAttrs(values, pos, &ErrorList{}), &ErrorList{})
	draft.lines = cutRegions(c.Kind, c.Source, func(int, string, ...any) {})
	draft.applyNbgrader(nc.Metadata, values)
	c.Attrs.apply(c.Kind, sortedAttrs(values, pos, &p.errs), &p.errs)
	c.included = c.Attrs.Include != "" // a notebook has the code itself
	p.add(c)
}

// shownCode is the code cell that is shown and not run, if that is all that a cell of prose holds.
func shownCode(c *Cell) *Cell {
	if c.Kind != Prose || !strings.HasPrefix(strings.TrimLeft(c.Source, " ~`"), "go .noeval") {
		return nil
	}
	l, err := parsePart([]byte(c.Source + "\n"))
	if err != nil || len(l.Cells) != 1 || !l.Cells[0].NoEval {
		return nil
	}
	shown := l.Cells[0]
	return &Cell{Kind: Code, NoEval: true, Source: shown.Source, Attrs: shown.Attrs, ID: c.ID, Pos: c.Pos, Body: c.Pos, raw: c.raw}
}

// notebookValues collects a cell's attributes.
func notebookValues(metadata map[string]any) map[string]any {
	values := foreignAttrs(metadata)
	if m, ok := metadata[metadataKey].(map[string]any); ok {
		maps.Copy(values, m)
	}
	if tags, ok := metadata["tags"]; ok {
		values["tags"] = tags
	}
	if tags, ok := values["tags"].([]any); ok && len(tags) == 0 {
		delete(values, "tags") // JupyterLab leaves an empty list behind
	}
	return values
}

func sortedAttrs(values map[string]any, pos Position, errs *ErrorList) []Attr {
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
	for key, v := range metadata {
		text, err := json.Marshal(v)
		known := slices.ContainsFunc(schema, func(a attribute) bool { return a.key == key }) || strings.HasPrefix(key, "x-")
		if known && err == nil && new(Attrs).set(Code, Attr{Key: key, Value: text}) == nil {
			values[key] = v
		}
	}
	return values
}
