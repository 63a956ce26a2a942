package lessons_test

import (
	"maps"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestContrast holds the page's colours to the contrast of 4.5 that WCAG 2 (level AA) asks for text, by its formula.
func TestContrast(t *testing.T) {
	css, err := os.ReadFile("page.css")
	if err != nil {
		t.Fatal(err)
	}
	before, after, ok := strings.Cut(string(css), "@media")
	if !ok {
		t.Fatal("page.css has no dark colours")
	}
	after, _, _ = strings.Cut(after, "* {")
	light := colours(before)
	dark := maps.Clone(light)
	maps.Copy(dark, colours(after))

	for scheme, c := range map[string]map[string]string{"light": light, "dark": dark} {
		for _, row := range []struct{ on, text string }{
			{"paper", "ink soft accent note tip important warning bad"},
			{"card", "ink soft good bad warning"},
			{"bad-soft", "ink bad good"},
			{"code", "ink soft good code-keyword code-type code-name code-string code-number code-comment"},
		} {
			for name := range strings.FieldsSeq(row.text) {
				if c[name] == "" || c[row.on] == "" {
					t.Errorf("%s: no colour %s or %s", scheme, name, row.on)
				} else if got := contrast(c[name], c[row.on]); got < 4.5 {
					t.Errorf("%s: %s on %s: contrast %.2f, want at least 4.5", scheme, name, row.on, got)
				}
			}
		}
	}
}

var colour = regexp.MustCompile(`--([\w-]+): #([0-9a-f]{6});`)

func colours(css string) map[string]string {
	all := map[string]string{}
	for _, m := range colour.FindAllStringSubmatch(css, -1) {
		all[m[1]] = m[2]
	}
	return all
}

func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is WCAG's relative luminance: 0.2126 R + 0.7152 G + 0.0722 B of the linear channels.
func luminance(hex string) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			panic(err) // the pattern admits hexadecimal digits only
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
