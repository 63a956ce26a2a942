package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"sort"
	"strings"
)

// edit replaces source[start:end] of an origin.
type edit struct {
	start, end int
	text       string
}

// edits are what changes in each origin's text on its way into a generated file.
type edits map[*Origin][]edit

func (e edits) add(o *Origin, start, end int, text string) {
	e[o] = append(e[o], edit{start, end, text})
}

// within returns the edits inside source[start:end] in order. Of two insertions at one place, the first added comes first.
func (e edits) within(o *Origin, start, end int) []edit {
	var list []edit
	for _, x := range e[o] {
		if x.start >= start && x.end <= end {
			list = append(list, x)
		}
	}
	slices.SortStableFunc(list, func(a, b edit) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return a.end - b.end
	})
	return list
}

// text is a generated file that remembers where each part of it came from.
type text struct {
	name  string
	b     strings.Builder
	segs  []segment
	start token.Pos // of its file in the file set, once parsed
	ast   *ast.File
}

// segment says that text[at:at+n] is origin.Source[off:off+n].
type segment struct {
	at, n  int
	origin *Origin
	off    int
}

func (t *text) raw(format string, args ...any) {
	if len(args) == 0 {
		t.b.WriteString(format)
		return
	}
	fmt.Fprintf(&t.b, format, args...)
}

// copy appends source[start:end] of the origin, edited.
func (t *text) copy(o *Origin, start, end int, es edits) {
	at := start
	for _, x := range es.within(o, start, end) {
		if x.start < at {
			continue // two edits of one place: the first stands
		}
		t.verbatim(o, at, x.start)
		t.b.WriteString(x.text)
		at = x.end
	}
	t.verbatim(o, at, end)
}

func (t *text) verbatim(o *Origin, start, end int) {
	if end > start {
		t.segs = append(t.segs, segment{t.b.Len(), end - start, o, start})
		t.b.WriteString(o.Source[start:end])
	}
}

// line appends a directive that gives the following text its place in the origin.
func (t *text) line(o *Origin, off int) {
	l, _ := Diagnostic{Origin: o, Offset: off}.Position()
	col := off - strings.LastIndexByte(o.Source[:off], '\n')
	t.raw("\n//line %s:%d:%d\n", o.File, l, col)
}

// source maps an offset in the generated text to its origin. Offsets in glue map to the text before it.
func (t *text) source(at int) (*Origin, int) {
	i := sort.Search(len(t.segs), func(i int) bool { return t.segs[i].at > at }) - 1
	if i < 0 {
		return nil, 0
	}
	s := t.segs[i]
	return s.origin, s.off + min(at-s.at, s.n)
}

// exact is like source, but fails for glue.
func (t *text) exact(at int) (*Origin, int, bool) {
	i := sort.Search(len(t.segs), func(i int) bool { return t.segs[i].at > at }) - 1
	if i < 0 || at > t.segs[i].at+t.segs[i].n {
		return nil, 0, false
	}
	return t.segs[i].origin, t.segs[i].off + at - t.segs[i].at, true
}

// imports writes import lines for the names, sorted.
func (t *text) imports(names map[string]string, blank, dot []string) {
	keys := make([]string, 0, len(names))
	for n := range names {
		keys = append(keys, n)
	}
	slices.Sort(keys)
	for _, n := range keys {
		t.raw("import %s %q\n", n, names[n])
	}
	for _, p := range blank {
		t.raw("import _ %q\n", p)
	}
	for _, p := range dot {
		t.raw("import . %q\n", p)
	}
}
