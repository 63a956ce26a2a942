package lessons

import "reflect"

// Format makes a lesson's source canonical as far as that changes nothing for its readers: attributes are sorted by key and spelled as jupytext spells JSON, and
// the Go code of cells is as gofmt has it. Everything else keeps its bytes, prose above all. The error is an [ErrorList].
func Format(file string, src []byte) ([]byte, error) {
	l, err := Parse(file, src)
	if err != nil {
		return nil, err
	}
	out := l.src
	for i := len(l.Cells) - 1; i >= 0; i-- { // from the end, so that positions stay true
		edits := l.Cells[i].formatted(l.src)
		if len(edits) == 0 {
			continue
		}
		if next := splice(out, edits); l.sameBut(i, next) {
			out = next
		}
	}
	return out, nil
}

// formatted are the edits that make one cell canonical.
func (c *Cell) formatted(src []byte) (edits []edit) {
	if c.attrsAt > 0 && len(c.Attrs.All) > 0 {
		attrs := canonicalAttrs(c.Kind, c.Attrs.All)
		if c.NoEval {
			attrs = " .noeval" + attrs
		}
		if c.Kind != Code {
			attrs += " "
		}
		edits = append(edits, edit{c.attrsAt - c.spaceBefore(src), c.attrsEnd, attrs})
	}
	if code := formatGo(c.Source); c.Kind == Code && c.Attrs.Include == "" && code != c.Source {
		edits = append(edits, edit{c.Body.Offset, c.bodyEnd, c.reindent(src, code)})
	}
	return edits
}

// spaceBefore is how many bytes of white space stand before the attributes.
func (c *Cell) spaceBefore(src []byte) (n int) {
	for src[c.attrsAt-n-1] == ' ' || src[c.attrsAt-n-1] == '\t' {
		n++
	}
	return n
}

// sameBut tells whether a source is that of the lesson, but for the spelling of attributes and the code of one cell, which expects and hides the same.
func (l *Lesson) sameBut(changed int, src []byte) bool {
	m, err := Parse(l.File, src)
	if err != nil || len(m.Cells) != len(l.Cells) {
		return false
	}
	for i, c := range l.Cells {
		d := *m.Cells[i]
		if i >= changed {
			if !reflect.DeepEqual(c.Want, d.Want) || !sameParts(c.lines, d.lines) {
				return false
			}
			d.Source = c.Source
		}
		if !c.same(&d) {
			return false
		}
	}
	return true
}

// sameParts tells whether regions follow each other in the same order.
func sameParts(a, b []line) bool {
	return reflect.DeepEqual(borders(a), borders(b))
}

func borders(lines []line) (parts []part) {
	for _, l := range lines {
		if l.first {
			parts = append(parts, l.part)
		}
	}
	return parts
}
