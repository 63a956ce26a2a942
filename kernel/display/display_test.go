package display_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/resident-go/resident/kernel/display"
)

type person struct {
	Name string
	Age  int
	boss *person
}

type celsius float64

func (c celsius) String() string { return fmt.Sprintf("%.1f °C", float64(c)) }

type broken struct{}

func (broken) String() string { panic("broken inside") }

type ring struct {
	V    int
	Next *ring
}

type dense struct{ rows, cols int }

func (d dense) Dims() (int, int)    { return d.rows, d.cols }
func (d dense) At(i, j int) float64 { return float64(10*i) + float64(j)/4 }

func loop() *ring {
	r := &ring{V: 1}
	r.Next = &ring{2, r}
	return r
}

func selfish() []any {
	s := make([]any, 1)
	s[0] = s
	return s
}

func full() chan int {
	c := make(chan int, 3)
	c <- 1
	return c
}

func TestPlain(t *testing.T) {
	ada := person{"Ada", 36, nil}
	var none *person
	for _, row := range []struct {
		value any
		want  string
	}{
		{nil, "nil"},
		{none, "nil"},
		{error(nil), "nil"},
		{42, "42"},
		{-0.5, "-0.5"},
		{1e21, "1e+21"},
		{true, "true"},
		{2 + 3i, "(2+3i)"},
		{'x', "120"},
		{"hello", `"hello"`},
		{"two\nlines \"quoted\"", `"two\nlines \"quoted\""`},
		{errors.New("no luck"), "no luck"},
		{celsius(21), "21.0 °C"},
		{[]celsius{1, 2}, "[1.0 °C 2.0 °C]"},
		{90 * time.Second, "1m30s"},
		{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "2026-01-02 03:04:05 +0000 UTC"},
		{[]int{1, 2, 3}, "[1 2 3]"},
		{[]int(nil), "[]"},
		{[2][]string{{"a b"}, nil}, `[["a b"] []]`},
		{map[string]int{"b": 2, "a": 1}, `map["a":1 "b":2]`},
		{map[int]any{10: nil, 9: "x"}, `map[9:"x" 10:nil]`},
		{map[string]int(nil), "map[]"},
		{ada, `{Name:"Ada" Age:36 boss:nil}`},
		{&ada, `&{Name:"Ada" Age:36 boss:nil}`},
		{person{"Bo", 7, &ada}, `{Name:"Bo" Age:7 boss:&{Name:"Ada" Age:36 boss:nil}}`},
		{struct{ at time.Duration }{time.Second}, "{at:1000000000}"},
		{struct{}{}, "{}"},
		{[]byte("text\n"), `[]byte("text\n")`},
		{[]byte{0, 255}, "[0 255]"},
		{full(), "chan int (1 of 3)"},
		{(chan int)(nil), "nil"},
		{strings.ToUpper, "func(string) string"},
		{broken{}, "%!v(PANIC=String method: broken inside)"},
		{[]any{broken{}, 1}, "[%!v(PANIC=String method: broken inside) 1]"},
		{loop(), "&{V:1 Next:&{V:2 Next:&(cycle)}}"},
		{selfish(), "[(cycle)]"},
		{[]any{&ada, &ada}, `[&{Name:"Ada" Age:36 boss:nil} &{Name:"Ada" Age:36 boss:nil}]`},
		{dense{2, 3}, "2 x 3 matrix\n0   0.25   0.5\n10  10.25  10.5"},
	} {
		if got := display.Plain(row.value); got != row.want {
			t.Errorf("%T: %s\nwant %s", row.value, got, row.want)
		}
	}
}

// A channel that was shown still holds what it held.
func TestPlainDoesNotReceive(t *testing.T) {
	c := full()
	display.Bundle(c)
	if len(c) != 1 {
		t.Errorf("%d elements left, expected 1", len(c))
	}
}

func TestPlainLimits(t *testing.T) {
	for _, row := range []struct {
		value any
		want  string // the end
		max   int
	}{
		{make([]int, 1000), " 0 … and 800 more]", 1000},
		{strings.Repeat("é", 50_000), `é"… (100000 bytes)`, 11_000},
		{slices.Repeat([]string{strings.Repeat("x", 9000)}, 100), "…]", 70_000},
		{errors.New(strings.Repeat("é", 50_000)), "é… (100000 bytes)", 51_000},
		{dense{1000, 2}, "190  190.25\n…", 1000},
	} {
		got := display.Plain(row.value)
		if !strings.HasSuffix(got, row.want) || len(got) > row.max {
			t.Errorf("%T: %d bytes that end in %q, expected at most %d that end in %q", row.value, len(got), got[max(0, len(got)-40):], row.max, row.want)
		}
	}
	chain := &ring{}
	for range 100_000 {
		chain = &ring{Next: chain}
	}
	if got := display.Plain(chain); !strings.Contains(got, "…") || len(got) > 1000 {
		t.Errorf("a long chain gives %d bytes", len(got))
	}
}

type page struct{}

func (page) HTML() string     { return "<p>" }
func (page) Markdown() string { return "*p*" }
func (page) String() string   { return "page" }

type failing struct{}

func (failing) HTML() string { panic("no page") }

type chosen struct{}

func (*chosen) MIMEBundle() map[string]any {
	return map[string]any{"application/json": map[string]int{"a": 1}, "image/png": []byte("png"), "text/x": []byte("x")}
}

func TestBundle(t *testing.T) {
	var missing *chosen
	for _, row := range []struct {
		value any
		want  map[string]string
	}{
		{1, map[string]string{"text/plain": "1"}},
		{display.Text("as is"), map[string]string{"text/plain": "as is"}},
		{display.HTML("<b>"), map[string]string{"text/plain": "<b>", "text/html": "<b>"}},
		{template.HTML("<i>"), map[string]string{"text/plain": "<i>", "text/html": "<i>"}},
		{display.Markdown("*a*"), map[string]string{"text/plain": "*a*", "text/markdown": "*a*"}},
		{display.LaTeX("$x$"), map[string]string{"text/plain": "$x$", "text/latex": "$x$"}},
		{display.SVG("<svg/>"), map[string]string{"text/plain": "<svg/>", "image/svg+xml": "<svg/>"}},
		{display.JPEG("jpeg"), map[string]string{"text/plain": "JPEG image, 4 bytes", "image/jpeg": "anBlZw=="}},
		{page{}, map[string]string{"text/plain": "page", "text/html": "<p>", "text/markdown": "*p*"}},
		{&page{}, map[string]string{"text/plain": "page", "text/html": "<p>", "text/markdown": "*p*"}},
		{failing{}, map[string]string{"text/plain": "{} (showing it panicked: no page)"}},
		{missing, map[string]string{"text/plain": "nil"}},
		{&chosen{}, map[string]string{"text/plain": "&{}", "application/json": `{"a":1}`, "image/png": "cG5n", "text/x": "x"}},
		{display.JSON([]any{1, "a"}), map[string]string{"text/plain": "[\n  1,\n  \"a\"\n]", "application/json": `[1,"a"]`}},
		{display.JSON(func() {}), map[string]string{"text/plain": "no JSON: json: unsupported type: func()"}},
		{display.Image(nil), map[string]string{"text/plain": "no image: nil"}},
		{[]person{{"A&B", 1, nil}}, map[string]string{
			"text/plain": `[{Name:"A&B" Age:1 boss:nil}]`,
			"text/html": `<table><thead><tr><th style="text-align:left">Name</th><th style="text-align:right">Age</th></tr></thead>` +
				`<tbody><tr><td style="text-align:left">A&amp;B</td><td style="text-align:right">1</td></tr></tbody></table>`,
		}},
		{[]person{}, map[string]string{"text/plain": "[]"}},
		{[]time.Time{}, map[string]string{"text/plain": "[]"}},
	} {
		data, _ := display.Bundle(row.value)
		if got := texts(t, data); !maps.Equal(got, row.want) {
			t.Errorf("%T: %q\nwant %q", row.value, got, row.want)
		}
	}
}

// texts gives JSON values as JSON, as they travel.
func texts(t *testing.T, data map[string]any) map[string]string {
	got := map[string]string{}
	for mime, v := range data {
		if s, ok := v.(string); ok {
			got[mime] = s
			continue
		}
		line, err := json.Marshal(v)
		if err != nil {
			t.Errorf("%s: %v", mime, err)
		}
		got[mime] = string(line)
	}
	return got
}

func TestImage(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 2, 1))
	img.SetGray(1, 0, color.Gray{200})
	data, _ := display.Bundle(img)
	if got := data["text/plain"]; got != "*image.Gray, 2 x 1 pixels" {
		t.Errorf("text is %q", got)
	}
	raw, err := base64.StdEncoding.DecodeString(data["image/png"].(string))
	if err != nil {
		t.Fatal(err)
	}
	back, err := png.Decode(bytes.NewReader(raw))
	if err != nil || back.At(1, 0) != (color.Gray{200}) {
		t.Errorf("decoded as %v, %v", back, err)
	}
}

func TestTable(t *testing.T) {
	many := make([]person, 150)
	for _, row := range []struct {
		rows any
		want string
	}{
		{[]person{{"Ada", 36, nil}, {"Bo", 7, nil}}, "Name  Age\nAda   36\nBo    7"},
		{[]*person{{"Ada", 36, nil}, nil}, "Name  Age\nAda   36\nnil"},
		{[]any{person{Name: "Ada"}, person{Name: "Bo"}}, "Name  Age\nAda   0\nBo    0"},
		{[]map[string]any{{"x": 1, "y": "a"}, {"y": "b\nc", "z": 2.5}}, "x  y    z\n1  a\n   b c  2.5"},
		{[][]int{{1, 2}, {30}}, "1   2\n30"},
		{[]string{"a", "b"}, "a\nb"},
		{map[string]int{"b": 2, "a": 1}, "key  value\na    1\nb    2"},
		{7, "7"},
		{nil, ""},
		{many[:101], "Name  Age\n" + strings.Repeat("      0\n", 100) + "… and 1 more rows"},
	} {
		if got := display.Table(row.rows)["text/plain"]; got != row.want {
			t.Errorf("%T:\n%s\nwant\n%s", row.rows, got, row.want)
		}
	}
}

// recorder is a front that keeps what it is shown.
type recorder struct{ shown []display.Output }

func (r *recorder) Show(o display.Output) { r.shown = append(r.shown, o) }
func (r *recorder) Clear(wait bool)       { r.Show(display.Output{ID: fmt.Sprint("clear ", wait)}) }
func (r *recorder) NextCell(code string)  { r.Show(display.Output{ID: "next " + code}) }
func (r *recorder) Input(prompt string, password bool) (string, error) {
	return fmt.Sprint(prompt, password), nil
}

func record(t *testing.T) *recorder {
	r, old := &recorder{}, display.Seam
	display.Seam = r
	t.Cleanup(func() { display.Seam = old })
	return r
}

func TestPlace(t *testing.T) {
	r := record(t)
	h := display.Place(1)
	h.Update("two")
	display.Clear(true)
	var got []string
	for _, o := range r.shown {
		got = append(got, fmt.Sprintf("%v %v %v", o.Data["text/plain"], o.ID == h.ID(), o.Update))
	}
	want := []string{"1 true false", `"two" true true`, "<nil> false false"}
	if !slices.Equal(got, want) || h.ID() == display.Place(1).ID() {
		t.Errorf("got %q, expected %q", got, want)
	}
}

func TestInput(t *testing.T) {
	record(t)
	name, _ := display.Input("name ")
	secret, _ := display.Password("pin ")
	if name != "name false" || secret != "pin true" {
		t.Errorf("%q, %q", name, secret)
	}
}

func TestProgress(t *testing.T) {
	r := record(t)
	p := display.NewProgress("<training>", 1000)
	for range 1000 {
		p.Add(1)
	}
	last := r.shown[len(r.shown)-1]
	if last.Data["text/plain"] != "<training> 100 % (1000 of 1000)" || !last.Update || last.ID != r.shown[0].ID {
		t.Errorf("last update %+v", last)
	}
	if want := `<progress max="1000" value="1000"></progress> &lt;training&gt; 100 % (1000 of 1000)`; last.Data["text/html"] != want {
		t.Errorf("HTML is %q", last.Data["text/html"])
	}
	if n := len(r.shown); n > 500 {
		t.Errorf("%d updates for 1000 steps at once", n)
	}
}

func TestProgressSet(t *testing.T) {
	r := record(t)
	p := display.NewProgress("loading", 8)
	p.Set(8)
	last := r.shown[len(r.shown)-1]
	if last.Data["text/plain"] != "loading 100 % (8 of 8)" || !last.Update {
		t.Errorf("after Set(8): %+v", last)
	}
}

func ExampleShow() {
	display.Show(42, "text", []string{"a", "b"})
	// Output:
	// 42
	// "text"
	// ["a" "b"]
}

func ExampleTable() {
	display.Show(display.Table([]struct {
		City  string
		Rain  int
		Sunny bool
	}{{"Bergen", 2250, false}, {"Cairo", 18, true}}))
	// Output:
	// City    Rain  Sunny
	// Bergen  2250  false
	// Cairo   18    true
}

func ExamplePlace() {
	loss := display.Place("starting")
	loss.Update(display.Text("loss 0.25")) // in a notebook, in the same place
	// Output:
	// "starting"
	// loss 0.25
}
