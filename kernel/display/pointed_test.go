package display

import (
	"math/big"
	"testing"
)

type grown struct{ n int }

func (g *grown) Dims() (int, int)    { return g.n, 1 }
func (g *grown) At(i, j int) float64 { return float64(i) }

type drawn struct{ w int }

func (d *drawn) SVG() string { return "<svg/>" }

// TestPointed has structs whose methods are on the pointer.
func TestPointed(t *testing.T) {
	rows := []struct {
		v    any
		mime string
		want any
	}{
		{*big.NewInt(42), "text/plain", "42"},
		{grown{2}, "text/plain", "2 x 1 matrix\n0\n1"},
		{drawn{3}, "image/svg+xml", "<svg/>"},
		{drawn{3}, "text/plain", "{w:3}"},
		{struct{ X int }{1}, "text/plain", "{X:1}"},
	}
	for _, row := range rows {
		data, _ := Bundle(row.v)
		if data[row.mime] != row.want {
			t.Errorf("Bundle(%T)[%s] = %q, want %q", row.v, row.mime, data[row.mime], row.want)
		}
	}
}
