package nbformat_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/resident-go/resident/nbformat"
	"github.com/resident-go/resident/nbformat/schema"
)

func TestWriteValues(t *testing.T) {
	type pair struct{ A, B int }
	for _, row := range []struct {
		name string
		v    any
		want string
	}{
		{"nil", nil, `null`},
		{"Go numbers", []any{1, int64(-2), 3.5, 1e21, float32(0.1)}, `[1,-2,3.5,1e+21,0.1]`},
		{"json.Number", json.Number("1.50e+007"), `1.50e+007`},
		{"HTML", "<&>'", `"<&>'"`},
		{"struct", pair{1, 2}, `{"A":1,"B":2}`},
		{"struct with HTML", struct{ S string }{"<&>\u2028"}, `{"S":"<&>` + "\u2028" + `"}`},
		{"nil map", map[string]any(nil), `{}`},
		{"nil list", []any(nil), `[]`},
		{"typed map", map[string]int{"b": 1, "a": 2}, `{"a":2,"b":1}`},
		{"bytes", []byte("hi"), `"aGk="`},
		{"raw", json.RawMessage(`{"a": [1.0]}`), `{"a":[1.0]}`},
		{"not UTF-8", map[string]any{"k\xff": "a\xff\xfeb"}, `{"k` + "\ufffd" + `":"a` + "\ufffd" + `b"}`},
		{"control", "\x00\x1f\x7f\u0080", `"\u0000\u001f` + "\x7f\u0080" + `"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			nb := &nbformat.Notebook{Metadata: map[string]any{"v": row.v}}
			want := `{"cells":[],"metadata":{"v":` + row.want + `},"nbformat":4,"nbformat_minor":5}`
			if got := compact(t, write(t, nb)); got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		})
	}
}

func TestWriteErrors(t *testing.T) {
	cells := func(c ...nbformat.Cell) *nbformat.Notebook { return &nbformat.Notebook{Cells: c} }
	output := func(o ...nbformat.Output) *nbformat.Notebook {
		return cells(nbformat.Cell{Type: nbformat.Code, Outputs: o})
	}
	loop := map[string]any{}
	loop["loop"] = []any{loop}
	for _, row := range []struct {
		name string
		nb   *nbformat.Notebook
		want string
	}{
		{"no cell type", cells(nbformat.Cell{}), `cells[0]: unknown cell_type ""`},
		{"cell type", cells(nbformat.Cell{Type: "raw"}, nbformat.Cell{Type: "sql"}), `cells[1]: unknown cell_type "sql"`},
		{"no output type", output(nbformat.Output{}), `cells[0].outputs[0]: unknown output_type ""`},
		{"output type", output(nbformat.Output{Type: "stream"}, nbformat.Output{Type: "pyout"}), `cells[0].outputs[1]: unknown output_type "pyout"`},
		{"channel", output(nbformat.Output{Type: "display_data", Data: map[string]any{"text/plain": make(chan int)}}),
			`cells[0].outputs[0].data.text/plain: a chan int cannot be stored: json: unsupported type: chan int`},
		{"NaN", &nbformat.Notebook{Metadata: map[string]any{"a": []any{math.NaN()}}}, `metadata.a[0]: a float64 cannot be stored: json: unsupported value: NaN`},
		{"loop", &nbformat.Notebook{Metadata: loop}, `nested deeper than 1000 levels`},
		{"number", &nbformat.Notebook{Metadata: map[string]any{"a": json.Number("1.")}}, `metadata.a: invalid JSON number "1."`},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, doing := range []struct {
				what string
				err  error
			}{{"write", nbformat.Write(io.Discard, row.nb)}, {"validate", schema.Validate(row.nb)}} {
				if want := doing.what + " notebook: " + row.want; doing.err == nil || doing.err.Error() != want {
					t.Errorf("\n got %v\nwant %s", doing.err, want)
				}
			}
		})
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
func (brokenPipe) Read([]byte) (int, error)  { return 0, io.ErrClosedPipe }

func TestBrokenPipe(t *testing.T) {
	if err := nbformat.Write(brokenPipe{}, &nbformat.Notebook{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Write: %v", err)
	}
	if _, err := nbformat.Read(brokenPipe{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Read: %v", err)
	}
}

// Write takes transient fields away, keeps DisplayID out of the file, and leaves the notebook as it was.
func TestWriteTransient(t *testing.T) {
	nb := &nbformat.Notebook{
		Metadata: map[string]any{"signature": "x", "orig_nbformat": 3, "orig_nbformat_minor": 0},
		Cells: []nbformat.Cell{{
			Type:     nbformat.Code,
			Metadata: map[string]any{"trusted": true},
			Outputs:  []nbformat.Output{{Type: nbformat.DisplayData, DisplayID: "d"}},
		}},
	}
	got := write(t, nb)
	for _, word := range []string{"signature", "orig_nbformat", "trusted", `"d"`, "display_id"} {
		if strings.Contains(got, word) {
			t.Errorf("%s is in the file:\n%s", word, got)
		}
	}
	if len(nb.Metadata) != 3 || len(nb.Cells[0].Metadata) != 1 || nb.Cells[0].ID != "" {
		t.Errorf("Write changed the notebook: %+v", nb)
	}
}

func TestIDs(t *testing.T) {
	cell := func(kind nbformat.CellType, id, source string) nbformat.Cell {
		return nbformat.Cell{Type: kind, ID: id, Source: source}
	}
	ids := func(cells ...nbformat.Cell) []string {
		var out []string
		for _, c := range read(t, write(t, &nbformat.Notebook{Cells: cells})).Cells {
			out = append(out, c.ID)
		}
		return out
	}
	first := ids(cell("raw", "", "x"))[0]
	if len(first) != 8 {
		t.Errorf("id %q: want 8 characters", first)
	}
	all := ids(cell("code", "", "new"), cell("raw", "", "x"), cell("raw", "", "x"), cell("code", "", "x"), cell("raw", "own", "x"), cell("raw", "own", ""))
	if all[1] != first {
		t.Errorf("a cell before it changed a cell's id from %s to %s", first, all[1])
	}
	if all[4] != "own" {
		t.Errorf("cells[4] lost its id: %v", all)
	}
	seen := map[string]bool{}
	for _, id := range all {
		if seen[id] {
			t.Errorf("%s is there twice: %v", id, all)
		}
		seen[id] = true
	}
	if taken := ids(cell("raw", "", "x"), cell("raw", first, "y")); taken[1] != first || taken[0] == first {
		t.Errorf("a made id displaced the id %s that a cell has: %v", first, taken)
	}
}

// Many equal cells, as a generated notebook has, must not take quadratic time: this test hangs if they do.
func TestManyEqualCells(t *testing.T) {
	nb := &nbformat.Notebook{Cells: make([]nbformat.Cell, 100_000)}
	for i := range nb.Cells {
		nb.Cells[i].Type = nbformat.Markdown
	}
	var b bytes.Buffer
	if err := nbformat.Write(&b, nb); err != nil {
		t.Fatal(err)
	}
	if n := len(read(t, b.String()).Cells); n != len(nb.Cells) {
		t.Errorf("got %d cells", n)
	}
}
