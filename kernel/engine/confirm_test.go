package engine

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestConfirm confirms what the rows show: the go command runs the same cells flattened into one program, and refuses
// those that cannot be compiled, in the same place and words. Rows about which it does otherwise are marked with the
// reason, and no others may be.
func TestConfirm(t *testing.T) {
	t.Setenv("LC_ALL", "C")
	t.Setenv("GOMODCACHE", t.TempDir()) // the rows bring all the modules that they use
	shared := newFlatModule(t)
	var notebooks []*notebook
	roots := map[string][]*notebook{}
	for _, file := range rowFiles(t) {
		nb := openNotebook(t, file, shared)
		nb.flatten(t)
		notebooks = append(notebooks, nb)
		roots[nb.root] = append(roots[nb.root], nb)
	}
	for root, nbs := range roots {
		buildNotebooks(t, root, nbs)
	}
	rows, confirmed := 0, 0
	for _, nb := range notebooks {
		t.Run(nb.name, func(t *testing.T) {
			nb.run(t)
			n := nb.compare(t)
			t.Logf("%d of %d rows are confirmed", n, len(nb.rows))
			rows, confirmed = rows+len(nb.rows), confirmed+n
		})
	}
	t.Logf("in all, %d of %d rows are confirmed", confirmed, rows)
	if confirmed*3 < rows*2 {
		t.Errorf("%d of %d rows are confirmed, expected two thirds at least", confirmed, rows)
	}
}

// compare returns how many rows are confirmed.
func (nb *notebook) compare(t *testing.T) (confirmed int) {
	for _, r := range nb.rows {
		got := nb.got[r.n]
		switch same := r.confirmed(got); {
		case same && r.unlike == "":
			confirmed++
		case same:
			t.Errorf("cell %d is marked (%s), but a program does the same", r.n, r.unlike)
		case r.unlike == "":
			t.Errorf("cell %d:\n%s\na program shows:\n%s\nexpected:\n%s", r.n, r.code, got, r.shows)
		}
	}
	return confirmed
}

// confirmed tells whether what a program showed is what the row shows, but for what only the kernel has to say: its notes,
// and the source lines and names of functions below a panic.
func (r *row) confirmed(got string) bool {
	if r.refused() {
		return refusedAlike(r.shows, got)
	}
	want := notes.ReplaceAllString(r.shows, "")
	if before, after, ok := strings.Cut(want, "[panic] "); ok {
		text, stack, _ := strings.Cut(after, "\n")
		want = before + "[panic] " + text + "\n"
		for _, f := range frame.FindAllString(stack, -1) {
			want += f + "\n"
		}
	}
	if before, after, ok := strings.Cut(want, "[Exit] "); ok {
		status, _, _ := strings.Cut(after, "\n")
		want = before + "[Exit] " + status + "\n"
	}
	return strings.TrimSuffix(got, "\n") == strings.TrimSuffix(want, "\n")
}

var (
	notes = regexp.MustCompile(`(?m)^\[stderr\]note: .*\n`)
	frame = regexp.MustCompile(`(?m)^Cell In\[\d+\], line \d+`)
)

// complaint is what a compiler has against a cell. A column of 0 was not said.
type complaint struct {
	cell, line, column int
	text               string
}

var (
	cellComplaint = regexp.MustCompile(`(?m)Cell In\[(\d+)\], line (\d+)(?:, column (\d+))?: (.*)$`)
	goComplaint   = regexp.MustCompile(`(?m)(?:Cell In\[|cell_0*)(\d+)(?:\]|\.go):(\d+):(?:(\d+):)? (?:error: )?(.*)$`)
	syntaxError   = regexp.MustCompile(`^(syntax error: .*|expected .*, found .*)$`)
)

func complaints(re *regexp.Regexp, text string, shift int) (list []complaint) {
	for _, m := range re.FindAllStringSubmatch(text, -1) {
		cell, _ := strconv.Atoi(m[1])
		line, _ := strconv.Atoi(m[2])
		column, _ := strconv.Atoi(m[3])
		list = append(list, complaint{cell, line - shift, column, syntaxError.ReplaceAllString(m[4], "syntax error")})
	}
	return list
}

// refusedAlike tells whether the go command refuses a cell in the same places and words. A syntax error has words of its own in
// each parser.
func refusedAlike(shows, got string) bool {
	got = nameOfC.ReplaceAllString(got, "C.$1$2")
	want := complaints(cellComplaint, shows, 0)
	if want == nil {
		text := strings.TrimPrefix(shows, "[CompileError] ")
		return strings.Contains(got, strings.TrimSpace(text))
	}
	have := complaints(goComplaint, got, lineShift)
	return !slices.ContainsFunc(want, func(w complaint) bool {
		return !slices.ContainsFunc(have, func(h complaint) bool {
			return h.cell == w.cell && h.line == w.line && (w.column == 0 || h.column == w.column) && strings.HasPrefix(h.text, w.text)
		})
	})
}

// What cgo makes of C's names in messages.
var nameOfC = regexp.MustCompile(`\(_Cfunc_(\w+)\)|_Ctype_(\w+)`)
