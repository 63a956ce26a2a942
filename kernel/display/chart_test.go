package display_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/resident-go/resident/kernel/display"
)

// plainOf is the text of the output shown last.
func plainOf(r *recorder) string { return fmt.Sprint(r.shown[len(r.shown)-1].Data["text/plain"]) }

// TestChartPace adds many points at once, waits, and adds another: the time is that of a bubble, and exact.
func TestChartPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := record(t)
		c := display.NewChart("loss")
		for i := range 1000 {
			c.Add(float64(i), float64(1000-i))
		}
		if len(r.shown) != 1 || plainOf(r) != "loss (no points yet)" {
			t.Errorf("after %d outputs: %s", len(r.shown), plainOf(r))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if len(r.shown) != 2 || !strings.HasPrefix(plainOf(r), "loss █") || !strings.HasSuffix(plainOf(r), "▁ 1") {
			t.Errorf("after %d outputs: %s", len(r.shown), plainOf(r))
		}
		c.Add(1000, 7)
		if len(r.shown) != 3 || !strings.HasSuffix(plainOf(r), " 7") {
			t.Errorf("a point after a quiet time is not shown at once: %s", plainOf(r))
		}
		for _, o := range r.shown[1:] {
			if !o.Update || o.ID != r.shown[0].ID {
				t.Errorf("an output in another place: %+v", o)
			}
		}
	})
}

// TestFlush has what is held back shown at once, and once.
func TestFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := record(t)
		c, p := display.NewChart("a"), display.NewProgress("b", 100)
		c.Add(1, 5)
		p.Add(40)
		p.Add(2)
		display.Flush()
		if len(r.shown) != 4 || r.shown[2].Data["text/plain"] != "a ▁ 5" || plainOf(r) != "b 42 % (42 of 100)" {
			t.Errorf("after %d outputs: %s", len(r.shown), plainOf(r))
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		display.Flush()
		if len(r.shown) != 4 {
			t.Errorf("%d outputs", len(r.shown))
		}
	})
}

func TestChartText(t *testing.T) {
	nan := math.NaN()
	rows := []struct {
		title string
		names []string
		y     [][]float64 // a row for each point
		want  string
	}{
		{"t", nil, nil, "t (no points yet)"},
		{"", nil, [][]float64{{2}}, "▁ 2"},
		{"t", nil, [][]float64{{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}}, "t ▁▂▃▄▅▆▇█ 7"},
		{"t", nil, [][]float64{{3}, {3}}, "t ▁▁ 3"},
		{"t", nil, [][]float64{{-1}, {nan}, {1}, {math.Inf(1)}}, "t ▁ █  +Inf"},
		{"t", nil, [][]float64{{nan}}, "t   NaN"},
		{"t", []string{"up", "down"}, [][]float64{{1, 0.2}, {2, 0.1}}, "t up ▁█ 2\nt down █▁ 0.1"},
	}
	for _, row := range rows {
		record(t)
		c := display.NewChart(row.title, row.names...)
		for i, y := range row.y {
			c.Add(float64(i), y...)
		}
		if got := c.String(); got != row.want {
			t.Errorf("%v reads %q, want %q", row.y, got, row.want)
		}
	}
}

// elements counts the elements of an SVG document, which has to be well-formed, and returns its texts.
func elements(t *testing.T, svg string) (count map[string]int, texts []string) {
	t.Helper()
	count = map[string]int{}
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		switch token, err := d.Token(); token := token.(type) {
		case xml.StartElement:
			count[token.Name.Local]++
		case xml.CharData:
			texts = append(texts, string(token))
		case nil:
			if !errors.Is(err, io.EOF) {
				t.Fatalf("%v in %s", err, svg)
			}
			return count, texts
		}
	}
}

func TestChartDrawing(t *testing.T) {
	nan := math.NaN()
	rows := []struct {
		name  string
		x     []float64
		y     []float64
		lines int
		dots  int
		texts string // behind title and heading
	}{
		{"empty", nil, nil, 0, 0, "0.0 0.2 0.4 0.6 0.8 1.0 0.0 0.2 0.4 0.6 0.8 1.0"},
		{"one point", []float64{5}, []float64{3}, 0, 1, "2.0 2.5 3.0 3.5 4.0 4.0 4.5 5.0 5.5 6.0"},
		{"a line", []float64{0, 100}, []float64{0, 1}, 1, 0, ""},
		{"a gap", []float64{0, 1, 2, 3, 4}, []float64{0, 1, nan, 1, 2}, 2, 0, ""},
		{"a lonely point", []float64{0, 1, 2, 3}, []float64{0, nan, 1, math.Inf(1)}, 0, 2, ""},
		{"nothing but gaps", []float64{0, 1}, []float64{nan, nan}, 0, 0, ""},
		{"large", []float64{0, 1}, []float64{1e12, 3e12}, 1, 0, "1e+12 1.5e+12 2e+12 2.5e+12 3e+12 0.0 0.2 0.4 0.6 0.8 1.0"},
		{"small", []float64{-1, 1}, []float64{-1e-7, 1e-7}, 1, 0, "-1e-07 -5e-08 0 5e-08 1e-07 -1.0 -0.5 0.0 0.5 1.0"},
		{"hardly different", []float64{1, 2}, []float64{1e15, 1e15 + 1}, 1, 0, ""},
		{"backwards", []float64{3, 2, 1}, []float64{1, 2, 3}, 1, 0, ""},
		{"as large as numbers get", []float64{0, 1}, []float64{-math.MaxFloat64, 1e299}, 0, 1, ""},
	}
	for _, row := range rows {
		record(t)
		c := display.NewChart("<title> & more", "<y>")
		for i := range row.x {
			c.Add(row.x[i], row.y[i])
		}
		forms := c.MIMEBundle()
		count, texts := elements(t, forms["text/html"].(string))
		if count["polyline"] != row.lines || count["circle"] != row.dots {
			t.Errorf("%s: %d lines and %d dots, want %d and %d", row.name, count["polyline"], count["circle"], row.lines, row.dots)
		}
		if got := strings.Join(texts[2:len(texts)-1], " "); row.texts != "" && got != row.texts {
			t.Errorf("%s: axes read %q, want %q", row.name, got, row.texts)
		}
		if !strings.HasPrefix(texts[0], "Line chart <title> & more: <y> ") || texts[1] != "<title> & more" || texts[len(texts)-1] != "<y>" {
			t.Errorf("%s: texts are %q", row.name, texts)
		}
		for _, wrong := range []string{"NaN,", ",NaN", "Inf,", ",+Inf", "Inf.", `"NaN`} {
			if strings.Contains(forms["text/html"].(string), wrong) {
				t.Errorf("%s: %s in %s", row.name, wrong, forms["text/html"])
			}
		}
		if n := strings.Count(forms["text/html"].(string), "currentColor"); n == 0 || strings.Contains(forms["image/svg+xml"].(string), "currentColor") {
			t.Errorf("%s: the page's drawing takes the page's colour %d times, the picture must not", row.name, n)
		}
	}
}

// A hundred thousand points are as many as can be seen, and the one that stands out is among them.
func TestChartPeaks(t *testing.T) {
	record(t)
	c := display.NewChart("flat but for one")
	for i := range 100_000 {
		y := 0.0
		if i == 54_321 {
			y = 1000
		}
		c.Add(float64(i), y)
	}
	svg := c.MIMEBundle()["text/html"].(string)
	if len(svg) > 10_000 {
		t.Errorf("the drawing has %d bytes", len(svg))
	}
	if !strings.Contains(svg, ",28.0 ") { // the top
		t.Error("the peak is lost: " + svg)
	}
}

func TestChartMisuse(t *testing.T) {
	record(t)
	c := display.NewChart("loss", "train", "valid")
	defer func() {
		if got, want := fmt.Sprint(recover()), `display: Add to the chart "loss" with 1 values: it has 2 lines`; got != want {
			t.Errorf("panicked with %s, want %s", got, want)
		}
		if got := c.String(); got != "loss train (no points yet)\nloss valid (no points yet)" {
			t.Error(got)
		}
	}()
	c.Add(1, 2)
}

func TestChartFromManyGoroutines(t *testing.T) {
	record(t)
	c := display.NewChart("sums")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 100 {
				c.Add(float64(j), float64(i))
			}
		})
	}
	wg.Wait()
	if svg := c.MIMEBundle()["text/html"].(string); !strings.Contains(svg, ": 800 points from 0 to 7") {
		t.Error(svg[:300])
	}
}

// Letters and lines stand out from a white page and from JupyterLab's dark one, as WCAG 2 measures it: 3 to 1 for lines, and
// more for letters.
func TestChartContrast(t *testing.T) {
	record(t)
	c := display.NewChart("c", "a", "b", "c", "d", "e")
	c.Add(0, 1, 2, 3, 4, 5)
	svg := c.MIMEBundle()["image/svg+xml"].(string)
	seen := map[string]bool{}
	for rest := svg; ; {
		_, after, found := strings.Cut(rest, `"#`)
		if !found {
			break
		}
		seen[after[:6]], rest = true, after
	}
	if len(seen) != 6 {
		t.Errorf("colours %v", seen)
	}
	for colour := range seen {
		for _, page := range []string{"ffffff", "111111"} {
			if got := contrast(t, colour, page); got < 3 || colour == "767676" && got < 4 {
				t.Errorf("#%s on #%s has a contrast of %.2f", colour, page, got)
			}
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	high, low := luminance(t, a), luminance(t, b)
	return (max(high, low) + 0.05) / (min(high, low) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	var rgb [3]uint8
	if _, err := fmt.Sscanf(colour, "%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		t.Fatalf("%s: %v", colour, err)
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v := float64(rgb[i]) / 255
		if v <= 0.03928 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}
