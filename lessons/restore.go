package lessons

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/resident-go/resident/nbformat"
)

// Markdown makes a lesson's source of a notebook, and the files that lie beside it: what was attached to cells, by name. A notebook that was made of a lesson
// becomes that lesson again, byte for byte where nothing was changed. Outputs and what papermill injected stay behind.
//
// What was written is read again before it is returned: a cell that would be read otherwise gets a region around it, and one that cannot stand in a
// lesson is an error that names it.
func Markdown(file string, nb *nbformat.Notebook) (src []byte, files map[string][]byte, err error) {
	nb, files, err = detach(nb)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	l, err := FromNotebook(file, nb)
	if err != nil {
		return nil, nil, err
	}
	r := &restoring{lesson: l}
	if err := r.wanted(); err != nil {
		return nil, nil, err
	}
	front, err := l.frontText()
	if err != nil {
		return nil, nil, err
	}
	src, err = r.source(front)
	return src, files, err
}

// The ways in which a cell can be written. Each is tried when the one before it is read otherwise.
const (
	asItWas = iota
	canonical
	inRegion
)

// restoring is a lesson that is written from a notebook.
type restoring struct {
	lesson *Lesson
	cells  []*Cell
	ids    []string
	ways   []int
	starts []int // where each cell was written
}

// wanted lists the cells as the lesson is to have them.
func (r *restoring) wanted() error {
	ids, digests := r.lesson.ids(), map[string]string{}
	if o := r.lesson.origin; o != nil {
		_, digests = o.cells()
	}
	for i, c := range r.lesson.Cells {
		if c.Attrs.Has(TagInjected) {
			continue
		}
		want := *c
		switch {
		case c.Attrs.Include != "" && digests[ids[i]] != c.digest():
			return fmt.Errorf("%v: %s: the code of this cell stands in %s: change it there", c.Pos, c.Label(), c.Attrs.Include)
		case c.Attrs.Include != "":
			want.Source = ""
		case c.Kind != Code:
			want.Source = strings.TrimRight(strings.TrimLeft(c.Source, "\n"), " \t\n")
		}
		if c.Kind == Prose && want.Source == "" && len(c.Attrs.All) == 0 && c.raw == "" {
			continue // nothing to write
		}
		r.cells, r.ids = append(r.cells, &want), append(r.ids, ids[i])
	}
	r.ways = make([]int, len(r.cells))
	return nil
}

// source writes the cells until they are read as they are wanted.
func (r *restoring) source(front string) ([]byte, error) {
	for {
		src := r.write(front)
		at, err := r.misread(src)
		if at < 0 {
			return src, nil
		}
		again := false
		for _, i := range []int{at, at - 1} {
			if i >= 0 && i < len(r.cells) && r.ways[i] < inRegion {
				r.ways[i]++
				again = true
				break
			}
		}
		if !again {
			c := r.cells[min(at, len(r.cells)-1)]
			return nil, errors.Join(fmt.Errorf("%v: %s: this cell cannot stand in a lesson: there it would be read otherwise", c.Pos, c.Label()), err)
		}
	}
}

// misread returns the first cell that is not read as it is wanted, or -1.
func (r *restoring) misread(src []byte) (int, error) {
	l, err := Parse(r.lesson.File, src)
	var list ErrorList
	if errors.As(err, &list) {
		at := list[0].Pos.Offset
		i, _ := slices.BinarySearch(r.starts, at+1)
		return max(0, i-1), err
	}
	for i, want := range r.cells {
		if i >= len(l.Cells) || !l.Cells[i].same(want) {
			return i, nil
		}
	}
	if len(l.Cells) > len(r.cells) {
		return len(r.cells) - 1, nil
	}
	return -1, nil
}

func (r *restoring) write(front string) []byte {
	out, prose, last := front, false, ""
	before := map[string]string{}
	if r.lesson.origin != nil {
		before = r.lesson.origin.before()
	}
	r.starts = r.starts[:0]
	for i, c := range r.cells {
		text, isProse, asWas := c.again(r.ways[i])
		if origin, known := before[r.ids[i]]; !asWas || !known || origin != last {
			text = gap(out, prose && isProse) + strings.TrimLeft(text, "\r\n")
		}
		r.starts = append(r.starts, len(out))
		out, prose, last = out+text, isProse, r.ids[i]
	}
	return []byte(out + r.end(out, last, len(r.cells) == 0))
}

// end is what stands behind the last cell.
func (r *restoring) end(out, last string, empty bool) string {
	if o := r.lesson.origin; o != nil && o.End != nil {
		if ids, _ := o.cells(); len(ids) == 0 && empty || len(ids) > 0 && ids[len(ids)-1] == last {
			return *o.End
		}
	}
	return endOf(out, empty)
}

// again is a cell as it is written. asWas says that it has its old bytes, with what stood before it, and its new source in them; prose that it is
// that, in no region.
func (c *Cell) again(way int) (text string, prose, asWas bool) {
	was, src := c.was()
	switch {
	case was == nil || way != asItWas:
		open, body, end := c.written(way == inRegion)
		return open + body + end, c.Kind == Prose && open == "", false
	case was.Source == c.Source:
		return c.raw, was.plain(), true
	}
	edited := splice(src, []edit{{was.Body.Offset, was.bodyEnd, was.reindent(src, c.Source)}})
	return string(edited[len(src)-len(c.raw):]), was.plain(), true
}

// was is the cell that stood in a lesson, if it differs in its source at most, and the bytes in which it is read: those it had, behind an empty line,
// because alone they could look like front matter.
func (c *Cell) was() (was *Cell, src []byte) {
	if c.raw == "" {
		return nil, nil
	}
	src = []byte(lineEnd([]byte(c.raw)) + c.raw)
	l, err := parsePart(src)
	if err != nil || len(l.Cells) != 1 {
		return nil, nil
	}
	same := *c
	if same.Source = l.Cells[0].Source; !l.Cells[0].same(&same) {
		return nil, nil
	}
	return l.Cells[0], src
}

func (c *Cell) plain() bool { return c.Kind == Prose && c.attrsAt == 0 }

// kernelFront is the front matter that tells Jupyter's tools, jupytext among them, what the cells are.
const kernelFront = "jupyter:\n  kernelspec:\n    display_name: Go (resident)\n    language: go\n    name: resident\n"

// frontText is the front matter of a lesson that comes from a notebook.
func (l *Lesson) frontText() (string, error) {
	if l.origin != nil {
		old, err := Parse(l.File, []byte(l.origin.Front))
		if err != nil || !sameValues(old.Front, l.Front) {
			return "", fmt.Errorf("%s: metadata.lesson was changed: such changes belong into the lesson's front matter", l.File)
		}
		return l.origin.Front, nil
	}
	text := l.rawFront
	if text == "" && len(l.Front) > 0 {
		y, err := yaml.Marshal(map[string]any{metadataKey: l.Front})
		if err != nil {
			return "", fmt.Errorf("%s: metadata.lesson: %w", l.File, err)
		}
		text = string(y)
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if !strings.HasPrefix(text, "jupyter:") && !strings.Contains(text, "\njupyter:") {
		text += kernelFront
	}
	return "---\n" + text + "---\n", nil
}

func sameValues(a, b map[string]any) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && (len(a) == 0 && len(b) == 0 || canonicalJSON(x) == canonicalJSON(y))
}
