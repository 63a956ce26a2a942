package report

import (
	"strings"
	"testing"
)

// work is a report that ends.
type work struct {
	line string
	over bool
}

func (w work) Line() string { return w.line }
func (w work) Done() bool   { return w.over }

// TestTerminal: a file gets the last line of each report alone.
func TestTerminal(t *testing.T) {
	var out strings.Builder
	term := &Terminal{Out: &out}
	update := term.Place(work{"step 1", false})
	update(work{"step 2", false})
	other := term.Place(work{"another, 1", false})
	update(work{"step 3", true})
	other(work{"another, 2", true})
	term.Place("a value that has no end")
	if want := "step 3\nanother, 2\na value that has no end\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// TestOver: nothing is left of a longer line, also where characters have several bytes.
func TestOver(t *testing.T) {
	for _, row := range []struct {
		line  string
		width int
		want  string
	}{
		{"abc", 0, "\rabc"},
		{"abc", 2, "\rabc"},
		{"abc", 5, "\rabc  "},
		{"a · b", 7, "\ra · b  "},
	} {
		if got := over(row.line, row.width); got != row.want {
			t.Errorf("%q over %d characters: %q, want %q", row.line, row.width, got, row.want)
		}
	}
}
