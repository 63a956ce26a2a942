package cost_test

import (
	"math"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/cost"
)

// Training times that others have published.
func TestPredictTime(t *testing.T) {
	const day, year = 86400, 365.25 * 86400
	for _, row := range []struct {
		name         string
		flops        float64
		hardware     cost.Hardware
		utilisation  float64
		want, within float64 // seconds, relative
	}{
		// Li 2020 (Lambda): GPT-3 takes 355 years of one V100 at 28 TFLOP/s.
		{"one V100", 3.14e23, cost.V100(), 28.0 / 125, 355 * year, 0.01},
		// Narayanan et al. 2021 (arXiv:2104.04473): 34 days of 1024 A100 at 140 TFLOP/s; 8 N D, since activations are computed again.
		{"1024 A100", 8 * 175e9 * 300e9, cost.A100().Times(1024), 140.0 / 312, 34 * day, 0.01},
		{"nothing", 0, cost.T4(), 0.5, 0, 0},
	} {
		h := row.hardware
		h.Utilisation = row.utilisation
		p, err := cost.PredictFLOPs(row.flops, h)
		if err != nil || !near(p.Seconds, row.want, row.within) {
			t.Errorf("%s: %s, expected %s (%v)", row.name, cost.Seconds(p.Seconds), cost.Seconds(row.want), err)
		}
	}
}

func TestPredictPrice(t *testing.T) {
	h := cost.Hardware{
		Rates: cost.Rates{Name: "box", Watts: 500, PerHour: 2, PerKWh: 0.3, Currency: "EUR"},
		FLOPS: 1e12, Utilisation: 0.5, Count: 4,
	}
	p, err := cost.Predict(1e6, 1.2e9, h) // 7.2e15 operations at 2e12 a second: an hour
	if err != nil || p.Seconds != 3600 || p.Joules != 4*500*3600 || !near(p.Price, 4*2+4*0.5*0.3, 1e-12) {
		t.Errorf("%+v, %v", p, err)
	}
	if got, want := p.String(), "7.2 PFLOP on 4 × box: 60 min, 2 kWh, 8.60 EUR"; got != want {
		t.Errorf("text %q, expected %q", got, want)
	}
	if got, want := h.Rates.String(), "box: 500 W, 2.00 EUR an hour, 0.30 EUR a kWh"; got != want {
		t.Errorf("rates %q, expected %q", got, want)
	}
	if got := cost.OwnCPU(2); got.Watts != 20 || got.PerHour != 0 || !near(got.Price(3600, 1), 0.020*0.30, 1e-12) {
		t.Errorf("own CPU: %+v, an hour costs %g", got, got.Price(3600, 1))
	}
}

// Every preset says what it rests on.
func TestPresets(t *testing.T) {
	for _, h := range []cost.Hardware{cost.H100(), cost.A100(), cost.V100(), cost.T4()} {
		if _, err := cost.PredictFLOPs(1, h); err != nil || !strings.Contains(h.Assumption, "assumed") || h.PerHour == 0 || h.Currency == "" || h.Bandwidth == 0 {
			t.Errorf("%+v, %v", h, err)
		}
	}
	if own := cost.OwnCPU(4); !strings.Contains(own.String(), "own CPU, 4 cores: 40 W, 0.30 EUR a kWh (assumed in 2025: ") {
		t.Errorf("%v", own)
	}
}

// Devices are known by what their drivers call them.
func TestRatesOf(t *testing.T) {
	for model, want := range map[string]string{
		"NVIDIA H100 80GB HBM3": "H100 SXM", "NVIDIA A100-SXM4-80GB": "A100 SXM 80 GB", "Tesla T4": "T4", "Tesla V100-SXM2-16GB": "V100 SXM",
		"NVIDIA GeForce RTX 4090": "own CPU, 3 cores", "AMD EPYC": "own CPU, 3 cores",
	} {
		if got := cost.RatesOf(model, 3).Name; got != want {
			t.Errorf("%s has the rates of %q, expected %q", model, got, want)
		}
	}
}

func TestPredictErrors(t *testing.T) {
	good := cost.Hardware{Rates: cost.Rates{Name: "box"}, FLOPS: 1, Utilisation: 1, Count: 1}
	with := func(change func(*cost.Hardware)) cost.Hardware {
		h := good
		change(&h)
		return h
	}
	for _, row := range []struct {
		flops float64
		h     cost.Hardware
		want  string
	}{
		{-1, good, "predict: -1 operations, expected 0 or more"},
		{math.NaN(), good, "predict: NaN operations, expected 0 or more"},
		{1, with(func(h *cost.Hardware) { h.FLOPS = 0 }), "predict: box: a peak of 0 FLOP/s, expected more than 0"},
		{1, with(func(h *cost.Hardware) { h.Utilisation = 0 }), "predict: box: a utilisation of 0, expected more than 0 and at most 1"},
		{1, with(func(h *cost.Hardware) { h.Utilisation = 40 }), "predict: box: a utilisation of 40, expected more than 0 and at most 1"},
		{1, with(func(h *cost.Hardware) { h.Utilisation = math.NaN() }), "predict: box: a utilisation of NaN, expected more than 0 and at most 1"},
		{1, with(func(h *cost.Hardware) { h.Count = 0 }), "predict: box: 0 devices, expected at least 1"},
	} {
		if _, err := cost.PredictFLOPs(row.flops, row.h); err == nil || err.Error() != row.want {
			t.Errorf("error %v, expected %s", err, row.want)
		}
	}
	if _, err := cost.Predict(-1, 1, good); err == nil {
		t.Error("fewer than no parameters were accepted")
	}
}

// Decoding waits for memory, a long prompt for arithmetic.
func TestDecodeSeconds(t *testing.T) {
	m := gpt2.Model()
	slow := cost.Hardware{FLOPS: 1e15, Bandwidth: 25e9}
	if got, want := slow.DecodeSeconds(m, 100, 4, 4), m.DecodeBytes(100, 4, 4)/25e9; got != want || !near(got, 0.020, 0.05) {
		t.Errorf("bound by memory: %g s, expected %g", got, want)
	}
	weak := cost.Hardware{FLOPS: 1e9, Bandwidth: 1e12}
	if got, want := weak.DecodeSeconds(m, 100, 4, 4), m.InferFLOPs(101)/1e9; got != want {
		t.Errorf("bound by arithmetic: %g s, expected %g", got, want)
	}
	if got := (cost.Hardware{FLOPS: 1e9}).DecodeSeconds(m, 0, 4, 4); got != m.InferFLOPs(1)/1e9 {
		t.Errorf("with unknown memory: %g s", got)
	}
}
