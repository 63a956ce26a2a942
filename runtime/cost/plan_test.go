package cost_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/resident-go/resident/runtime/cost"
)

// TestPublished holds plans against what was published. A ratio is planned device hours over published ones.
func TestPublished(t *testing.T) {
	ratios := map[string][2]float64{ // from, to
		"BLOOM": {0.85, 0.90}, "Llama 2 7B": {0.95, 1.05}, "Llama 2 13B": {0.90, 1}, "Llama 2 34B": {0.80, 0.90}, "Llama 2 70B": {1, 1.05},
		// Twice what is planned, and nobody has said why: 19 % of the peak, by the same count as the others.
		"Llama 3 8B":  {0.45, 0.50},
		"Llama 3 70B": {0.75, 0.85}, "Llama 3.1 405B": {0.90, 1},
	}
	for _, m := range cost.Models() {
		p, err := m.Trainer().Plan(m.Hardware)
		if err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		ratio := p.DeviceHours / m.DeviceHours
		t.Logf("%s: %.4g parameters, %s (published %.3g), %.0f device hours of %.0f (%.2f), %s",
			m.Name, float64(m.Shape.Model().Params), cost.SI(p.FLOPs, "FLOP"), m.FLOPs, p.DeviceHours, m.DeviceHours, ratio, cost.Energy(p.Joules))
		if m.DeviceHours > 0 {
			if want := ratios[m.Name]; !(ratio >= want[0] && ratio <= want[1]) {
				t.Errorf("%s: %.0f device hours, %.2f of the published %.0f, expected %v", m.Name, p.DeviceHours, ratio, m.DeviceHours, want)
			}
		}
		if m.FLOPs > 0 && !near(p.FLOPs, m.FLOPs, 0.10) {
			t.Errorf("%s: %.3g operations, %.3g are published", m.Name, p.FLOPs, m.FLOPs)
		}
		if m.Source == "" || m.Utilisation == "" {
			t.Errorf("%s lacks a source", m.Name)
		}
	}
}

// The plan of GPT-3 on 1024 A100 at 140 TFLOP/s, whose activations are computed again, is Narayanan et al.'s (arXiv:2104.04473, section 5.1): 34 days.
func TestTrainPlan(t *testing.T) {
	h := cost.A100().Times(1024)
	h.Utilisation = 140.0 / 312
	p, err := cost.Trainer{Model: gpt3.Model(), Tokens: 300e9, Recompute: true}.Plan(h)
	if err != nil || !near(p.Seconds, 34*86400, 0.02) {
		t.Errorf("%s, expected 34 days (%v)", cost.Seconds(p.Seconds), err)
	}
	if p.AtLeast != 35 || !near(p.StateBytes, 16*175e9, 0.01) { // 2.8 TB into 80 GB
		t.Errorf("%d devices for %s", p.AtLeast, cost.SI(p.StateBytes, "B"))
	}
	if !near(p.Joules, p.Seconds*1024*400, 1e-12) || !near(p.Price, p.DeviceHours*1.8, 1e-12) {
		t.Errorf("%v", p)
	}
	// Luccioni et al. 2022: 1,082,990 hours at 400 W are 433,196 kWh.
	if kWh := cost.A100().Joules(1_082_990*3600, 1) / 3.6e6; math.Round(kWh) != 433_196 {
		t.Errorf("BLOOM took %.0f kWh", kWh)
	}
	own := cost.Hardware{Rates: cost.Rates{Name: "box"}, FLOPS: 1e12, Utilisation: 1, Count: 1}
	small, err := cost.Trainer{Model: cost.Model{Params: 1e6, MatMulParams: 1e6}, Tokens: 6e8, State: 12}.Plan(own)
	if got, want := fmt.Sprint(small), "3.6 PFLOP on 1 × box: 60 min, 0 mJ, 0, 1 device hours, 12 MB for weights and their optimiser"; err != nil || got != want {
		t.Errorf("%q, expected %q, %v", got, want, err)
	}
}

func TestServePlan(t *testing.T) {
	h := cost.A100()
	h.Utilisation = 0.5
	one := cost.Server{Model: llama2.Model(), Prompt: 512, Answer: 256, Batch: 1}
	p, err := one.Plan(h)
	if err != nil {
		t.Fatal(err)
	}
	m := llama2.Model()
	memory := (2*float64(m.MatMulParams) + m.CacheBytes(640, 2)) / 2.04e12 // by hand
	for _, row := range []struct {
		name      string
		got, want float64
	}{
		{"weights", p.WeightBytes, 2 * 6_738_415_616},
		{"cache", p.CacheBytes, 768 * 524_288}, // half a megabyte for each token
		{"most requests", float64(p.MaxBatch), math.Floor((80e9 - 2*6_738_415_616) / (768 * 524_288))},
		{"prefill", p.Prefill, m.GenerateFLOPs(512, 1) / 156e12},
		{"step", p.Step, memory},
		{"all", p.Seconds, p.Prefill + 256*memory},
		{"tokens a second", p.PerSecond, 256 / p.Seconds},
		{"energy", p.Joules, 400 * p.Seconds / 256},
		{"price", p.Price, 1.8 / 3600 * p.Seconds / 256 * 1e6},
	} {
		if !near(row.got, row.want, 1e-9) {
			t.Errorf("%s: %g, expected %g", row.name, row.got, row.want)
		}
	}
	if !p.ByMemory || !near(p.Step, 0.0067, 0.03) {
		t.Errorf("%s", p)
	}
	many := one
	many.Batch = 128
	q, err := many.Plan(h)
	if err != nil || q.PerSecond < 15*p.PerSecond || q.Joules > p.Joules/15 || q.Step < p.Step {
		t.Errorf("a batch of 128: %s (%v); one: %s", q, err, p)
	}
	many.Model, many.Batch, many.Prompt, many.Answer = gpt2.Model(), 100_000, 8, 8
	if r, err := many.Plan(h); err != nil || r.ByMemory {
		t.Errorf("a batch so large must wait for arithmetic: %s (%v)", r, err)
	}
}

// Kwon et al. 2023 (vLLM, arXiv:2309.06180, section 3): a token of OPT-13B has 800 KB of keys and values, a request of 2048 tokens 1.6 GB.
func TestCacheOfOPT(t *testing.T) {
	opt := cost.Transformer{Vocab: 50272, Block: 2048, Layers: 40, Embed: 5120, Heads: 40, Tied: true, Positions: true, Biases: true}.Model()
	if got := opt.CacheBytes(1, 2); got != 800*1024 {
		t.Errorf("%v bytes a token", got)
	}
	p, err := cost.Server{Model: opt, Prompt: 2000, Answer: 48, Batch: 1}.Plan(cost.A100())
	if err != nil || !near(p.CacheBytes, 1.6*(1<<30), 0.03) {
		t.Errorf("%s, %v", p, err)
	}
}

func TestPlanErrors(t *testing.T) {
	m, h := llama2.Model(), cost.A100()
	train := func(x cost.Trainer) error { _, err := x.Plan(h); return err }
	serve := func(x cost.Server, h cost.Hardware) error { _, err := x.Plan(h); return err }
	good := cost.Server{Model: m, Prompt: 1, Answer: 1, Batch: 1}
	with := func(change func(*cost.Server)) cost.Server { s := good; change(&s); return s }
	slow := h
	slow.Bandwidth = 0
	for _, row := range []struct {
		err  error
		want string
	}{
		{train(cost.Trainer{Tokens: 1}), "plan training: 0 parameters, 1 tokens in sequences of 0, 0 bytes a parameter: expected positive numbers"},
		{train(cost.Trainer{Model: m, Tokens: math.NaN()}), "plan training: 6738415616 parameters, NaN tokens in sequences of 0, 0 bytes a parameter: expected positive numbers"},
		{serve(cost.Server{Prompt: 1, Answer: 1, Batch: 1}, h), "plan serving: a model without parameters"},
		{serve(with(func(s *cost.Server) { s.Answer = 0 }), h), "plan serving: 1 requests with prompts of 1 tokens and answers of 0, expected at least 1 of each"},
		{serve(with(func(s *cost.Server) { s.Weight = -1 }), h), "plan serving: -1 bytes a weight, 2 a number in the cache, expected more than 0"},
		{serve(with(func(s *cost.Server) { s.BandwidthShare = 2 }), h), "plan serving: a share of 2 of the bandwidth, expected more than 0 and at most 1"},
		{serve(good, slow), "plan serving: A100 SXM 80 GB: a memory bandwidth of 0 bytes a second, expected more than 0"},
		{serve(good, h.Times(0)), "plan serving: predict: A100 SXM 80 GB: 0 devices, expected at least 1"},
		{serve(with(func(s *cost.Server) { s.Batch = 40; s.Prompt = 4000 }), h), "plan serving: weights of 13.5 GB and caches of 2.1 GB for each of 40 requests, into 1 × 80 GB of memory"},
	} {
		if fmt.Sprint(row.err) != row.want {
			t.Errorf("error %v\nexpected %s", row.err, row.want)
		}
	}
}
