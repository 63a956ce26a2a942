package rope

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
)

// TestTransformers compares frequencies and magnitudes with what testdata/makerope.py wrote, in which they are rounded to f32.
func TestTransformers(t *testing.T) {
	var file struct {
		Versions string
		Rows     []struct {
			D    int
			Rope struct {
				Kind      Kind    `json:"rope_type"`
				Theta     float64 `json:"rope_theta"`
				Factor    float64 `json:"factor"`
				Original  int     `json:"original_max_position_embeddings"`
				Low       float64 `json:"low_freq_factor"`
				High      float64 `json:"high_freq_factor"`
				Fast      float64 `json:"beta_fast"`
				Slow      float64 `json:"beta_slow"`
				Magnitude float64 `json:"attention_factor"`
				Truncate  *bool   `json:"truncate"`

				Short []float64 `json:"short_factor"`
			}
			Frequencies []float64
			Magnitude   float64
		}
	}
	text, err := os.ReadFile("testdata/rope.json")
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	if err != nil || len(file.Rows) == 0 {
		t.Fatalf("%d rows, %v", len(file.Rows), err)
	}
	for _, row := range file.Rows {
		r := row.Rope
		s := Scaling{Kind: r.Kind, Factor: r.Factor, Original: r.Original, LowFreq: r.Low, HighFreq: r.High, BetaFast: r.Fast, BetaSlow: r.Slow,
			Magnitude: r.Magnitude, Exact: r.Truncate != nil && !*r.Truncate, Pairs: r.Short}
		if err := errors.Join(s.Check(), s.CheckHead(row.D)); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
		got := s.Frequencies(row.D, r.Theta)
		for i, want := range row.Frequencies {
			if len(got) != len(row.Frequencies) || math.Abs(got[i]-want) > 2e-6*want {
				t.Errorf("%+v: frequencies %v, %s has %v", s, got, file.Versions, row.Frequencies)
				break
			}
		}
		if m := math.Sqrt(s.Sharpness()); math.Abs(m-row.Magnitude) > 1e-9 {
			t.Errorf("%+v: magnitude %v, %s has %v", s, m, file.Versions, row.Magnitude)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, row := range []struct {
		Scaling
		want string
	}{
		{Scaling{}, ""},
		{Scaling{Kind: Linear, Factor: 1}, ""},
		{Scaling{Factor: 2}, `the kind of scaling is "", expected linear, llama3, yarn or longrope`},
		{Scaling{Kind: Linear, Factor: math.NaN()}, "the factor of linear scaling is NaN, expected 1 or more"},
		{Scaling{Kind: YaRN, Factor: 2}, "the original length of yarn scaling is 0, expected 1 or more"},
		{Scaling{Kind: Llama3, Factor: 2, Original: 9, LowFreq: 4, HighFreq: 1}, "the frequency factors of llama3 scaling are 4 and 1"},
		{Scaling{Kind: YaRN, Factor: 2, Original: 9, BetaSlow: 33}, "yarn scaling has beta_fast 32, beta_slow 33"},
		{Scaling{Kind: YaRN, Factor: 2, Original: 9, Magnitude: -1}, "a magnitude of -1"},
		{Scaling{Kind: LongRoPE, Factor: 2, Original: 9, Pairs: []float64{1, 2}}, ""},
		{Scaling{Kind: LongRoPE, Factor: 2, Original: 9, Pairs: []float64{1, math.Inf(1)}}, "a pair's factor of longrope scaling is +Inf"},
		{Scaling{Kind: LongRoPE, Factor: 2, Original: 1}, "longrope scaling has a magnitude of 0"},
		{Scaling{Kind: LongRoPE, Factor: 2}, "the original length of longrope scaling is 0"},
	} {
		err := row.Check()
		if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%+v: error %v, want %q", row.Scaling, err, row.want)
		}
	}
}
