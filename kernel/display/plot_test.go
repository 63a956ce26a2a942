package display_test

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"

	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/resident-go/resident/kernel/display"
)

// TestPlot has the real gonum/plot, which is known by its methods alone: its drawing is whole, and shows what was drawn.
func TestPlot(t *testing.T) {
	p := gonum.New()
	p.Title.Text = "a parabola"
	line, err := plotter.NewLine(plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}, {X: 2, Y: 4}})
	if err != nil {
		t.Fatal(err)
	}
	p.Add(line)
	data, _ := display.Bundle(p)
	svg, _ := data["image/svg+xml"].(string)
	if !strings.Contains(svg, "a parabola") || !strings.Contains(svg, "<path") {
		t.Errorf("the drawing is %.300q", svg)
	}
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("the drawing is no XML: %v", err)
		}
	}
	if data["text/plain"] == nil {
		t.Error("no plain text")
	}
}
