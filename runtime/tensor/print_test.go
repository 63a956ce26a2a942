package tensor

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/device"
)

// ramp is a shape filled with -1.5, -1, -0.5, and so on.
func ramp(shape ...int) *Tensor {
	n := device.Contiguous(shape...).Size()
	return Range(n).To(device.F32).Scale(0.5).AddScalar(-1.5).Reshape(shape...)
}

func TestString(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	frozen := Vector(1, 2)
	frozen.Freeze()
	learned := Vector(1, 2).Track()
	learned.Square().Sum().Backward()
	for _, row := range []struct {
		t    *Tensor
		want string
	}{
		// ranks, and no elements
		{Scalar(3), "f32[] 3"},
		{Scalar(-0.5), "f32[] -0.5"},
		{Vector(), "f32[0] without elements"},
		{Zeros(2, 0, 3), "f32[2 0 3] without elements"},
		{Vector(1, -2, 3.5), "f32[3] [ 1.0 -2.0  3.5]"},
		{ramp(2, 3), `
f32[2 3]
[[-1.5 -1.0 -0.5]
 [ 0.0  0.5  1.0]]`},
		{ramp(2, 1, 2), `
f32[2 1 2]
[[[-1.5 -1.0]]

 [[-0.5  0.0]]]`},
		{ramp(1, 2, 2, 1), `
f32[1 2 2 1]
[[[[-1.5]
   [-1.0]]

  [[-0.5]
   [ 0.0]]]]`},
		{ramp(2, 1, 1, 2), `
f32[2 1 1 2]
[[[[-1.5 -1.0]]]


 [[[-0.5  0.0]]]]`},
		{Range(6).Reshape(2, 3).T(), `
i32[3 2]
[[0 3]
 [1 4]
 [2 5]]`},
		// large ones
		{Range(10), "i32[10] [0 1 2 3 4 5 6 7 8 9]"},
		{Range(1000), "i32[1000] [  0   1   2 ... 997 998 999]"},
		{Range(22).Reshape(11, 2), `
i32[11 2]
[[ 0  1]
 [ 2  3]
 [ 4  5]
 ...
 [16 17]
 [18 19]
 [20 21]]`},
		{Range(600).Reshape(5, 2, 4, 15), `
i32[5 2 4 15]
[[[[  0   1   2 ...  12  13  14]
   [ 15  16  17 ...  27  28  29]
   [ 30  31  32 ...  42  43  44]
   [ 45  46  47 ...  57  58  59]]

  [[ 60  61  62 ...  72  73  74]
   [ 75  76  77 ...  87  88  89]
   [ 90  91  92 ... 102 103 104]
   [105 106 107 ... 117 118 119]]]


 ...


 [[[480 481 482 ... 492 493 494]
   [495 496 497 ... 507 508 509]
   [510 511 512 ... 522 523 524]
   [525 526 527 ... 537 538 539]]

  [[540 541 542 ... 552 553 554]
   [555 556 557 ... 567 568 569]
   [570 571 572 ... 582 583 584]
   [585 586 587 ... 597 598 599]]]]`},
		// numbers
		{Zeros(3), "f32[3] [0 0 0]"},
		{Zeros(2).Neg(), "f32[2] [0 0]"},
		{Vector(1, 2, 3), "f32[3] [1 2 3]"},
		{Scalar(12345678), "f32[] 12345678"},
		{Scalar(1e-9), "f32[] 1.000e-09"},
		{Vector(0.1, 0.25), "f32[2] [0.10 0.25]"},
		{Vector(0.12345678, 1), "f32[2] [0.1235 1.0000]"},
		{Vector(0.99999, 1), "f32[2] [1.0000 1.0000]"},
		{Vector(-18.724123, 277.2), "f32[2] [-18.7241 277.2000]"},
		{Vector(-18724.123, 277.234), "f32[2] [-18724.12    277.23]"},
		{Vector(0.0017, -0.000022), "f32[2] [ 0.001700 -0.000022]"},
		{New([]float64{1.0 / 3, 2e-5}), "f64[2] [0.3333  2e-05]"},
		{New([]float64{0, 1e-5, -3}), "f64[3] [ 0.0000   1e-05 -3.0000]"},
		{New([]float64{0, -2.5e-7}), "f64[2] [         0 -2.500e-07]"},
		{New([]float64{1e20, -1}), "f64[2] [ 1.000e+20 -1.000e+00]"},
		{New([]float64{1, nan, inf, -inf}), "f64[4] [   1  NaN +Inf -Inf]"},
		{New([]float64{0.5, nan, inf, -inf}), "f64[4] [ 0.5  NaN +Inf -Inf]"},
		{New([]float64{nan, nan}), "f64[2] [NaN NaN]"},
		{Vector(0.1, 1).To(device.BF16), "bf16[2] [0.1001 1.0000]"},
		{New([]int8{-128, 0, 127}), "i8[3] [-128    0  127]"},
		// states
		{frozen, "f32[2] frozen [1 2]"},
		{Vector(1, 2).Track(), "f32[2] tracked [1 2]"},
		{Vector(1, 2).Track().Exp(), "f32[2] from exp [2.7183 7.3891]"},
		{learned, "f32[2] with gradient [1 2]"},
		{Vector(1).Grad(), "no tensor"},
	} {
		if got := row.t.String(); got != strings.TrimPrefix(row.want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", got, row.want)
		}
	}
}

func TestHTML(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, row := range []struct {
		t       *Tensor
		want    string   // without styles
		somehow []string // parts of the page as it is
	}{
		{Vector(1).Grad(), "no tensor", nil},
		{Vector(), "f32[0] on cpu, without elements", nil},
		{Scalar(2), "f32[] on cpu | 2", []string{"background:rgba(40,120,220,0.50)"}},
		{Vector(-1, 0.5), "f32[2] on cpu, min -1, mean -0.25, max 0.5 | -1.0 0.5", []string{"rgba(230,120,30,0.50)", "rgba(40,120,220,0.25)"}},
		{Range(4).Reshape(2, 2), "i32[2 2] on cpu | 0 1 | 2 3", []string{"background:transparent"}},
		{New([]float64{1, nan, inf}), "f64[3] on cpu, min 1, mean 1, max 1, 1 NaN, 1 infinite | 1 NaN +Inf", []string{"rgba(220,30,60,0.60)"}},
		{New([]float64{nan, nan}), "f64[2] on cpu, 2 NaN | NaN NaN", nil},
		{Range(12), "i32[12] on cpu | 0 1 2 ⋯ 9 10 11", nil},
		{Range(22).Reshape(11, 2), "i32[11 2] on cpu | 0 1 | 2 3 | 4 5 | ⋮ ⋮ | 16 17 | 18 19 | 20 21", nil},
		{Range(4).Reshape(2, 1, 1, 2), "i32[2 1 1 2] on cpu [0 0] | 0 1 [1 0] | 2 3", nil},
		{Zeros(100, 10, 10), "", []string{"[0]", "and 99 more"}},
		{ramp(30), "", []string{"<svg"}},
		{New(slices.Concat(slices.Repeat([]float64{-1.5e308}, 15), slices.Repeat([]float64{1.5e308}, 5))), "", []string{`<rect x="0" y="0.0" width="2" height="20.0"/>`, `<rect x="93" y="13.3" width="2" height="6.7"/>`}},
		{New(slices.Concat(slices.Repeat([]float64{0}, 15), slices.Repeat([]float64{1e307}, 5))), "", []string{`<rect x="93" y="13.3" width="2" height="6.7"/>`}},
		{Vector(1).Track().Exp(), "f32[1] on cpu from exp | 2.7183", nil},
	} {
		page := strings.ReplaceAll(row.t.HTML(), " on "+Default().Info().Name, " on cpu")
		if got := textOf(page); row.want != "" && got != row.want {
			t.Errorf("got\n%s\nwant\n%s", got, row.want)
		}
		for _, part := range row.somehow {
			if !strings.Contains(page, part) {
				t.Errorf("there is no %q in\n%s", part, page)
			}
		}
		if strings.Count(page, "<div") != strings.Count(page, "</div>") {
			t.Errorf("not every div ends in\n%s", page)
		}
	}
}

// textOf is a page without tags, with a line at the beginning of each row of a table.
func textOf(page string) string {
	page = strings.ReplaceAll(page, "<tr>", " | ")
	var b strings.Builder
	for {
		before, after, found := strings.Cut(page, "<")
		b.WriteString(before)
		if !found {
			return strings.Join(strings.Fields(b.String()), " ")
		}
		b.WriteString(" ")
		_, page, _ = strings.Cut(after, ">")
	}
}

// TestFormat: verbs for numbers are for each element.
func TestFormat(t *testing.T) {
	var none *Tensor
	for _, row := range []struct {
		format string
		t      *Tensor
		want   string
	}{
		{"%.2f", Scalar(2.3026), "2.30"},
		{"%6.2f|", Scalar(2.3026), "  2.30|"},
		{"%.1f", Vector(1, -2, 33.5), "[ 1.0 -2.0 33.5]"},
		{"%+.0f", ramp(2, 2).Scale(2), "[[-3 -2]\n [-1 +0]]"},
		{"%g", Vector(0.1), "[0.1]"},
		{"%g", New([]float64{0.1}), "[0.1]"},
		{"%.1e", Range(20), "[0.0e+00 1.0e+00 2.0e+00 ... 1.7e+01 1.8e+01 1.9e+01]"},
		{"%02d", Range(3), "[00 01 02]"},
		{"%d", Vector(1), "[%!d(float32=1)]"},
		{"%.1f", Zeros(0), "f32[0] without elements"},
		{"%.1f", none, "no tensor"},
		{"%v", none, "no tensor"},
		{"%s", Scalar(3), "f32[] 3"},
		{"%10v|", Scalar(3), "   f32[] 3|"},
	} {
		if got := fmt.Sprintf(row.format, row.t); got != row.want {
			t.Errorf("%s: %q, want %q", row.format, got, row.want)
		}
	}
}
