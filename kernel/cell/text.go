package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"sort"
	"strings"
)

// edit replaces source[start:end] of an origin. One with a condition leaves the text as it is, but writes it twice: if
// the condition holds without polls, else with them.
type edit struct {
	start, end int
	text       string
	cond       string
	poll       bool
	close      bool // an insertion that belongs to what stands behind it: others at its place come before
}

// edits are what changes in each origin's text on its way into a generated file.
type edits map[*Origin][]edit

func (e edits) add(o *Origin, start, end int, text string) {
	e[o] = append(e[o], edit{start: start, end: end, text: text})
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
		replaces := func(x edit) bool { return x.end > x.start }
		switch {
		case a.start != b.start:
			return a.start - b.start
		case a.close != b.close && !replaces(a) && !replaces(b):
			if b.close {
				return -1
			}
			return 1
		case replaces(a) != replaces(b) || a.cond == b.cond:
			return a.end - b.end
		}
		return strings.Compare(b.cond, a.cond) // what is written twice before what is changed in it
	})
	return list
}

// text is a generated file that remembers where each part of it came from.
type text struct {
	name  string
	b     strings.Builder
	segs  []segment
	c     string    // the C code in it, see importC
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
	t.apply(o, start, end, es.within(o, start, end))
}

func (t *text) apply(o *Origin, start, end int, list []edit) {
	at := start
	for _, x := range list {
		switch {
		case x.start < at: // two edits of one place: the first stands
			continue
		case x.cond != "":
			t.verbatim(o, at, x.start)
			t.twice(o, x, list)
		default:
			t.verbatim(o, at, x.start)
			if x.close { // its place is that of what it belongs to
				t.segs = append(t.segs, segment{t.b.Len(), 0, o, x.start})
			}
			t.b.WriteString(x.text)
		}
		at = x.end
	}
	t.verbatim(o, at, end)
}

// twice writes a range without its polls and with them.
func (t *text) twice(o *Origin, x edit, list []edit) {
	var inner, plain []edit
	for _, y := range list {
		if y.cond == "" && y.start >= x.start && y.end <= x.end && (y.end > y.start || y.start > x.start && y.start < x.end) {
			inner = append(inner, y)
			if !y.poll {
				plain = append(plain, y)
			}
		}
	}
	t.raw("if %s { ", x.cond)
	t.apply(o, x.start, x.end, plain)
	t.raw(" } else { /*line %s*/", o.place(x.start))
	t.apply(o, x.start, x.end, inner)
	t.raw(" }")
}

func (t *text) verbatim(o *Origin, start, end int) {
	if end > start {
		t.segs = append(t.segs, segment{t.b.Len(), end - start, o, start})
		t.b.WriteString(o.Source[start:end])
	}
}

// line appends a directive that gives the following text its place in the origin.
func (t *text) line(o *Origin, off int) {
	t.raw("\n//line %s\n", o.place(off))
}

// begin starts a line of a draft. Only cgo reads places in drafts: the analysis knows them by itself.
func (t *text) begin(o *Origin, off int) {
	if t.c != "" {
		t.line(o, off)
		return
	}
	t.raw("\n")
}

// place is an offset as line directives have it, with the column in bytes.
func (o *Origin) place(off int) string {
	l, _ := Diagnostic{Origin: o, Offset: off}.Position()
	return fmt.Sprintf("%s:%d:%d", o.File, l, off-strings.LastIndexByte(o.Source[:off], '\n'))
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

// imports writes import lines for the names, sorted, and for packages that are imported for their effect.
func (t *text) imports(names map[string]string, blank []string) {
	keys := make([]string, 0, len(names))
	for n := range names {
		keys = append(keys, n)
	}
	slices.Sort(keys)
	for _, n := range keys {
		if names[n] == cName {
			continue // see importC
		}
		t.raw("import %s %q\n", n, names[n])
	}
	for _, p := range blank {
		t.raw("import _ %q\n", p)
	}

}
