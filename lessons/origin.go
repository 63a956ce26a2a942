package lessons

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// sourceKey is where metadata.lesson keeps what the attributes do not say: of a notebook its [origin], of a cell its bytes in the lesson.
const sourceKey = "source"

// origin is the lesson that a notebook was made of.
type origin struct {
	SHA256  string   `json:"sha256"`  // of the file
	Version string   `json:"version"` // of the lesson; see [Lesson.Version]
	Front   string   `json:"front"`   // the front matter, with what stands before it
	End     *string  `json:"end,omitempty"`
	Cells   []string `json:"cells"` // "ID DIGEST" of each, in order
}

func originOf(v any) *origin {
	text, err := json.Marshal(v)
	o := new(origin)
	if err != nil || v == nil || json.Unmarshal(text, o) != nil {
		return nil
	}
	return o
}

// cells are the ids in order, and the digest of each.
func (o *origin) cells() (ids []string, digests map[string]string) {
	digests = map[string]string{}
	for _, s := range o.Cells {
		id, digest, _ := strings.Cut(s, " ")
		ids, digests[id] = append(ids, id), digest
	}
	return ids, digests
}

// before says which cell an id followed in the lesson: "" for the first one.
func (o *origin) before() map[string]string {
	m, last := map[string]string{}, ""
	ids, _ := o.cells()
	for _, id := range ids {
		m[id], last = last, id
	}
	return m
}

// sourceOrigin is what a notebook is told of the lesson's source, or of the one that it comes from itself.
func (l *Lesson) sourceOrigin() *origin {
	if l.src == nil {
		return l.origin
	}
	sum := sha256.Sum256(l.src)
	o := &origin{SHA256: hex.EncodeToString(sum[:]), Version: l.Version(), Front: string(l.src[:l.body]), Cells: []string{}}
	for i, id := range l.ids() {
		if !l.Cells[i].Attrs.Has(TagInjected) {
			o.Cells = append(o.Cells, id+" "+l.Cells[i].digest())
		}
	}
	end := l.body
	for _, c := range l.Cells {
		end = max(end, c.End)
	}
	if tail := string(l.src[end:]); tail != endOf(string(l.src[:end]), end == l.body) {
		o.End = &tail
	}
	return o
}

// rawCells are the bytes of each cell, with what stands before it, where they are not as they would be written; "" elsewhere.
func (l *Lesson) rawCells() []string {
	raw := make([]string, len(l.Cells))
	if l.src == nil {
		for i, c := range l.Cells {
			raw[i] = c.raw
		}
		return raw
	}
	done, prose := l.body, false // prose: the last cell is prose in no region
	for i, c := range l.Cells {
		if c.End == 0 {
			continue // injected
		}
		open, body, end := c.written(false)
		span := string(l.src[done:c.End])
		if span != gap(string(l.src[:done]), prose && open == "")+open+body+end {
			raw[i] = span
		}
		done, prose = c.End, c.plain()
	}
	return raw
}

// spans are the bytes of each cell, with what stands before it.
func (l *Lesson) spans() []string {
	spans, done := make([]string, len(l.Cells)), l.body
	for i, c := range l.Cells {
		spans[i], done = string(l.src[done:c.End]), c.End
	}
	return spans
}

// endOf is what ends a file behind its last cell.
func endOf(written string, empty bool) string {
	if empty || strings.HasSuffix(written, "\n") {
		return ""
	}
	return "\n"
}

// gap stands between what was written and the next cell. Two cells of prose have a line more between them, or they were one.
func gap(written string, prose bool) string {
	switch {
	case written == "":
		return ""
	case prose:
		return endOf(written, false) + "\n\n"
	}
	return endOf(written, false) + "\n"
}
