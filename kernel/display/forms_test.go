package display_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"html/template"
	"image"
	"image/color"
	"image/gif"
	"io"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/resident-go/resident/kernel/display"
)

type point struct{ X, Y int }

type city struct {
	Name string
	Rain float64
}

// river has columns with names of their own, one that is left out, and a field that is nobody's business.
type river struct {
	Name   string
	Length int    `display:"length, km"`
	Secret string `display:"-"`
	source string
}

// document has the method that gives JSON, in its three forms.
type document struct{ N int }

func (d document) JSON() any { return map[string]any{"n": d.N, "list": []int{1}} }

type documentText string

func (d documentText) JSON() string { return string(d) }

type documentBytes []byte

func (d documentBytes) JSON() []byte { return d }

// circle is a pointer that can point to itself.
type circle *circle

func circular() circle {
	var c circle
	c = &c
	return c
}

// circularAny is an interface that holds a pointer to itself.
func circularAny() any {
	var v any
	v = &v
	return v
}

type length float64

// plot has the method by which gonum/plot draws.
type plot struct{ err error }

func (p plot) WriterTo(w, h length, format string) (io.WriterTo, error) {
	return strings.NewReader("<svg>" + format + "</svg>"), p.err
}

// notPlot has a method of that name with another meaning.
type notPlot struct{}

func (notPlot) WriterTo(name string) {}

func count(yield func(int) bool) {
	for i := 0; yield(i); i++ {
	}
}

func breaks(yield func(string) bool) {
	yield("a")
	panic("broken")
}

func table(rows ...string) string {
	return "<table>" + strings.Join(rows, "") + "</table>"
}

const (
	headKV = `<thead><tr><th style="text-align:left">key</th><th style="text-align:right">value</th></tr></thead>`
	headFV = `<thead><tr><th style="text-align:left">field</th><th style="text-align:right">value</th></tr></thead>`
)

func TestForms(t *testing.T) {
	seven := 7
	pointer := &seven
	film := gif.GIF{Image: []*image.Paletted{image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black})}, Delay: []int{1}}
	var filmed bytes.Buffer
	if err := gif.EncodeAll(&filmed, &film); err != nil {
		t.Fatal(err)
	}
	encoded := base64.StdEncoding.EncodeToString(filmed.Bytes())
	for _, row := range []struct {
		value any
		want  map[string]string // the text is not looked at where it is missing here
	}{
		{document{1}, map[string]string{"application/json": `{"list":[1],"n":1}`, "text/plain": "{N:1}"}},
		{documentText(`{"a": [1]}`), map[string]string{"application/json": `{"a":[1]}`, "text/plain": `"{\"a\": [1]}"`}},
		{documentBytes(` [1, 2] `), map[string]string{"application/json": `[1,2]`}},
		{display.MIME{"application/geo+json": `{"type":"Point"}`}, map[string]string{"application/geo+json": `{"type":"Point"}`}},
		{display.MIME{"application/json": "just text"}, map[string]string{"application/json": `just text`}},
		{point{1, 2}, map[string]string{"text/plain": "{X:1 Y:2}", "text/html": table(headFV,
			`<tbody><tr><td style="text-align:left">X</td><td style="text-align:right">1</td></tr>`,
			`<tr><td style="text-align:left">Y</td><td style="text-align:right">2</td></tr></tbody>`)}},
		{struct{ a int }{1}, map[string]string{"text/plain": "{a:1}"}},
		{struct {
			A int
			b int
		}{1, 2}, map[string]string{"text/plain": "{A:1 b:2}"}},
		{river{Name: "Main", Length: 527, source: ""}, map[string]string{"text/plain": `{Name:"Main" Length:527 Secret:"" source:""}`}},
		{[]river{{Name: "Main", Length: 527, Secret: "deep"}}, map[string]string{
			"text/plain": `[{Name:"Main" Length:527 Secret:"deep" source:""}]`, "text/html": table(
				`<thead><tr><th style="text-align:left">Name</th><th style="text-align:right">length, km</th></tr></thead>`,
				`<tbody><tr><td style="text-align:left">Main</td><td style="text-align:right">527</td></tr></tbody>`)}},
		{struct {
			A int `display:"the first"`
			B int `display:"-"`
		}{1, 2}, map[string]string{"text/plain": "{A:1 B:2}", "text/html": table(headFV,
			`<tbody><tr><td style="text-align:left">the first</td><td style="text-align:right">1</td></tr></tbody>`)}},
		{struct {
			A int `display:"-"`
		}{1}, map[string]string{"text/plain": "{A:1}"}},
		{map[string]int{"b": 2, "a": 1}, map[string]string{"text/plain": `map["a":1 "b":2]`, "text/html": table(headKV,
			`<tbody><tr><td style="text-align:left">a</td><td style="text-align:right">1</td></tr>`,
			`<tr><td style="text-align:left">b</td><td style="text-align:right">2</td></tr></tbody>`)}},
		{map[string]int{}, map[string]string{"text/plain": "map[]"}},
		{[]map[string]int{{"x<": 1}}, map[string]string{"text/plain": `[map["x<":1]]`, "text/html": table(
			`<thead><tr><th style="text-align:right">x&lt;</th></tr></thead>`,
			`<tbody><tr><td style="text-align:right">1</td></tr></tbody>`)}},
		{plot{}, map[string]string{"text/plain": "display_test.plot, 432 x 288 points", "image/svg+xml": "<svg>svg</svg>"}},
		{plot{errors.New("no font")}, map[string]string{"text/plain": "{err:&{s:\"no font\"}} (showing it panicked: drawing: no font)"}},
		{notPlot{}, map[string]string{"text/plain": "{}"}},
		{template.HTML("<i>"), map[string]string{"text/plain": "<i>", "text/html": "<i>"}},
		{film, map[string]string{"text/plain": "GIF image, frames: 1", "image/gif": encoded}},
		{&film, map[string]string{"text/plain": "GIF image, frames: 1", "image/gif": encoded}},
		{display.GIF("GIF89a"), map[string]string{"text/plain": "GIF image, 6 bytes", "image/gif": "R0lGODlh"}},
		{gif.GIF{}, map[string]string{"text/plain": "GIF image, frames: 0 (no picture: gif: must provide at least one image)"}},
		{errors.Join(errors.New("a"), errors.New("b")), map[string]string{"text/plain": "a\nb"}},
		{&pointer, map[string]string{"text/plain": "&&7"}},
		{circular(), map[string]string{"text/plain": "&&(cycle)"}},
		{circularAny(), map[string]string{"text/plain": "&&(cycle)"}},
		{[]map[string]any{{"a": circularAny()}}, map[string]string{"text/plain": `[map["a":&&(cycle)]]`, "text/html": table(
			`<thead><tr><th style="text-align:left">a</th></tr></thead>`, `<tbody><tr><td style="text-align:left">&amp;&amp;(cycle)</td></tr></tbody>`)}},
		{slices.Values([]string{"a", "b"}), map[string]string{"text/plain": `["a" "b"]`}},
		{slices.All([]string{"a"}), map[string]string{"text/plain": `[0:"a"]`, "text/html": table(
			`<thead><tr><th style="text-align:right">key</th><th style="text-align:left">value</th></tr></thead>`,
			`<tbody><tr><td style="text-align:right">0</td><td style="text-align:left">a</td></tr></tbody>`)}},
		{slices.Values([]point{{1, 2}}), map[string]string{"text/plain": "[{X:1 Y:2}]", "text/html": table(
			`<thead><tr><th style="text-align:right">X</th><th style="text-align:right">Y</th></tr></thead>`,
			`<tbody><tr><td style="text-align:right">1</td><td style="text-align:right">2</td></tr></tbody>`)}},
		{maps.Keys(map[int]bool{}), map[string]string{"text/plain": "[]"}},
		{breaks, map[string]string{"text/plain": `["a"] (going on panicked: broken)`}},
		{iter.Seq[int](nil), map[string]string{"text/plain": "nil"}},
		{func(string) {}, map[string]string{"text/plain": "func(string)"}},
	} {
		data, _ := display.Bundle(row.value)
		if data["text/plain"] == nil {
			t.Errorf("%T has no text", row.value)
		}
		got := texts(t, data)
		if _, ok := row.want["text/plain"]; !ok {
			delete(got, "text/plain")
		}
		if !maps.Equal(got, row.want) {
			t.Errorf("%T: %q\nwant %q", row.value, got, row.want)
		}
	}
}

// No more is taken from an iterator than is shown, and one that tells whether it would go on.
func TestSequenceLimit(t *testing.T) {
	taken := 0
	data, _ := display.Bundle(func(yield func(int) bool) {
		count(func(i int) bool { taken++; return yield(i) })
	})
	text := data["text/plain"].(string)
	if !strings.HasPrefix(text, "[0 1 2 ") || !strings.HasSuffix(text, " 98 99 … and more]") || taken != 101 {
		t.Errorf("after %d elements: %s", taken, text)
	}
}

func TestTableOfMapsAndStructs(t *testing.T) {
	for _, row := range []struct {
		rows any
		want string
	}{
		{map[string]city{"no": {"Bergen", 2250}, "eg": {"Cairo", 18}}, "key  Name    Rain\neg   Cairo   18\nno   Bergen  2250"},
		{map[int]*city{1: {"Bergen", 2250}, 2: nil}, "key  Name    Rain\n1    Bergen  2250\n2    nil"},
		{&point{1, 2}, "field  value\nX      1\nY      2"},
		{city{"Bergen", 2250}, "field  value\nName   Bergen\nRain   2250"},
	} {
		if got := display.Table(row.rows)["text/plain"]; got != row.want {
			t.Errorf("%T:\n%s\nwant\n%s", row.rows, got, row.want)
		}
	}
}

// The matrices are gonum's own.
func TestMatrices(t *testing.T) {
	huge := mat.NewDense(20, 12, nil)
	huge.Set(0, 0, 1)
	for _, row := range []struct {
		value       any
		text, latex string
	}{
		{mat.NewDense(2, 2, []float64{1, 2.5, -3, 1e-9}), "2 x 2 matrix\n1   2.5\n-3  1e-09",
			"$$\\begin{bmatrix}\n1 & 2.5 \\\\\n-3 & 1 \\cdot 10^{-9} \\\\\n\\end{bmatrix}$$"},
		{*mat.NewVecDense(2, []float64{1e21, math.Inf(-1)}), "2 x 1 matrix\n1e+21\n-Inf",
			"$$\\begin{bmatrix}\n1 \\cdot 10^{21} \\\\\n-\\infty \\\\\n\\end{bmatrix}$$"},
		{mat.NewDense(2, 2, []float64{1, 2, 3, 4}).T(), "2 x 2 matrix\n1  3\n2  4",
			"$$\\begin{bmatrix}\n1 & 3 \\\\\n2 & 4 \\\\\n\\end{bmatrix}$$"},
		{mat.NewSymDense(1, []float64{math.NaN()}), "1 x 1 matrix\nNaN", "$$\\begin{bmatrix}\n\\text{NaN} \\\\\n\\end{bmatrix}$$"},
	} {
		data, _ := display.Bundle(row.value)
		if data["text/plain"] != row.text || data["text/latex"] != row.latex {
			t.Errorf("%T: %q\n%q", row.value, data["text/plain"], data["text/latex"])
		}
	}
	data, _ := display.Bundle(huge)
	latex := data["text/latex"].(string)
	if lines := strings.Count(latex, "\n"); lines != 12 || !strings.Contains(latex, `\vdots`) || strings.Count(latex, `\cdots`) != 10 {
		t.Errorf("%d lines: %s", lines, latex)
	}
}
