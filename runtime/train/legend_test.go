package train

import (
	"math"
	"regexp"
	"strconv"
	"testing"
)

// TestLegend has a validation loss that rises to the top, as it does where a model learns by heart: the legend stands above all that is drawn.
func TestLegend(t *testing.T) {
	r := &Run{Steps: 3, Of: 3, History: []Point{{Step: 1, Loss: 6, Valid: math.NaN()}, {Step: 2, Loss: 1, Valid: 5}, {Step: 3, Loss: 0, Valid: 10}}}
	svg := r.SVG()
	legend := regexp.MustCompile(`y="(\d+)" fill="[^"]*">validation loss<`).FindStringSubmatch(svg)
	if legend == nil {
		t.Fatalf("no legend: %s", svg)
	}
	const descent = 4 // of a line of text 12 high
	below, _ := strconv.ParseFloat(legend[1], 64)
	for _, m := range regexp.MustCompile(`cy="([\d.]+)"`).FindAllStringSubmatch(svg, -1) {
		if y, err := strconv.ParseFloat(m[1], 64); err != nil || y <= below+descent {
			t.Errorf("a point at %s, the legend reaches down to %g", m[1], below+descent)
		}
	}
}
