package roster

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// table is a CSV that knows the bytes of each field, so that some can be replaced and all others stay as they are, with their quotes, line ends and byte order mark.
type table struct {
	src   []byte
	comma byte
	rows  [][]field
}

type field struct {
	from, to int    // in the source, quotes included
	text     string // without them
}

var mark = []byte("\ufeff")

const maxRoster = 64 << 20 // bytes

// readTable reads a CSV as spreadsheets write it (RFC 4180), with commas, semicolons or tabs: what its first line has most of.
func readTable(src []byte) (*table, error) {
	switch {
	case len(src) > maxRoster:
		return nil, fmt.Errorf("it has %d bytes, at most %d are read", len(src), maxRoster)
	case bytes.HasPrefix(src, []byte{0xff, 0xfe}) || bytes.HasPrefix(src, []byte{0xfe, 0xff}):
		return nil, errors.New("it is UTF-16: want UTF-8")
	case !utf8.Valid(src):
		return nil, errors.New("it is not UTF-8")
	}
	t := &table{src: src}
	at := 0
	if bytes.HasPrefix(src, mark) {
		at = len(mark)
	}
	t.comma = separator(src[at:])
	for at < len(src) {
		row, next, err := t.row(at)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", 1+bytes.Count(src[:at], []byte("\n")), err)
		}
		if len(row) > 1 || row[0].from < row[0].to { // as encoding/csv, empty lines are none
			t.rows = append(t.rows, row)
		}
		at = next
	}
	return t, nil
}

func separator(src []byte) byte {
	line, _, _ := bytes.Cut(src, []byte("\n"))
	best, most := byte(','), 0
	for _, c := range []byte(",;\t") {
		if n := bytes.Count(line, []byte{c}); n > most {
			best, most = c, n
		}
	}
	return best
}

// row reads a line, or several that quotes hold together.
func (t *table) row(at int) (row []field, next int, err error) {
	for {
		f, err := t.field(at)
		if err != nil {
			return nil, 0, err
		}
		row = append(row, f)
		switch at = f.to; {
		case at == len(t.src):
			return row, at, nil
		case t.src[at] == t.comma:
			at++
		case t.src[at] == '\n':
			return row, at + 1, nil
		case bytes.HasPrefix(t.src[at:], []byte("\r\n")):
			return row, at + 2, nil
		default:
			return nil, 0, fmt.Errorf("%q stands behind a field in quotes", t.src[at])
		}
	}
}

func (t *table) field(at int) (field, error) {
	if at < len(t.src) && t.src[at] == '"' {
		return t.quoted(at)
	}
	to := at
	for to < len(t.src) && t.src[to] != t.comma && t.src[to] != '\n' && !bytes.HasPrefix(t.src[to:], []byte("\r\n")) {
		to++
	}
	return field{at, to, string(t.src[at:to])}, nil
}

func (t *table) quoted(at int) (field, error) {
	for to := at + 1; to < len(t.src); to++ {
		switch {
		case t.src[to] != '"':
		case to+1 < len(t.src) && t.src[to+1] == '"':
			to++
		default:
			return field{at, to + 1, strings.ReplaceAll(string(t.src[at+1:to]), `""`, `"`)}, nil
		}
	}
	return field{}, errors.New("a quote is not closed")
}

// edit is a new text for a field.
type edit struct {
	field
	with string
}

// splice replaces fields, and nothing else.
func (t *table) splice(edits []edit) []byte {
	slices.SortFunc(edits, func(a, b edit) int { return a.from - b.from })
	var out []byte
	at := 0
	for _, e := range edits {
		out = append(append(out, t.src[at:e.from]...), t.quote(e.with)...)
		at = e.to
	}
	return append(out, t.src[at:]...)
}

func (t *table) quote(s string) string {
	if !strings.ContainsAny(s, "\"\r\n"+string(t.comma)) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}
