package cost

import (
	"errors"
	"fmt"
	"math"
)

// Server is how a model answers: so many requests at once, each a prompt that is read (prefill) and an answer that is written token by token (decode).
type Server struct {
	Model  Model
	Prompt int     // tokens
	Answer int     // tokens, at least one
	Batch  int     // requests at once
	Weight float64 // bytes of a weight; 0 is 2
	Number float64 // bytes of a number in the cache; 0 is 2

	// BandwidthShare of the memory's peak is reached while decoding; 0 is 1, which makes the times the least ones that are possible.
	BandwidthShare float64
}

// ServePlan is what answering takes, on one group of devices that a model is spread over evenly.
//
//	weights      w N                                             bytes
//	cache        2 L K c (P + A) for each request                bytes: keys and values of prompt and answer
//	prefill      batch · FLOPs of P tokens / (devices · peak · utilisation), or the time to read all weights once if that is longer
//	a step       the longer one of batch · FLOPs of a token / (devices · peak · utilisation)
//	             and (w M + batch · cache so far) / (devices · bandwidth · share); cache so far is P + A/2 tokens, the mean
//	an answer    prefill + A steps
//
// What devices tell each other, queues, and idle time between requests are not in it. (Pope et al. 2022, arXiv:2211.05102, section 2, has the same two bounds; Kwon et
// al. 2023, arXiv:2309.06180, section 3, the cache's size.)
type ServePlan struct {
	Hardware Hardware
	Batch    int

	WeightBytes float64
	CacheBytes  float64 // of all requests
	MaxBatch    int     // requests whose caches have place beside the weights; 0 if the memory is not known

	Prefill   float64 // seconds until the first token, for the whole batch
	Step      float64 // seconds for a token of each request
	ByMemory  bool    // a step waits for memory, not for arithmetic
	Seconds   float64 // for the whole batch
	PerSecond float64 // tokens written a second, all requests together, prefill included
	Joules    float64 // for a token that is written
	Price     float64 // for a million tokens that are written, in Hardware.Currency
}

// Plan says what answering takes on some hardware. It is an error if model and caches do not fit into its memory.
func (s Server) Plan(h Hardware) (ServePlan, error) {
	s = s.complete()
	if err := s.check(h); err != nil {
		return ServePlan{}, fmt.Errorf("plan serving: %w", err)
	}
	m, n, batch := s.Model, float64(h.Count), float64(s.Batch)
	one := m.CacheBytes(s.Prompt+s.Answer, s.Number)
	p := ServePlan{Hardware: h, Batch: s.Batch, WeightBytes: s.Weight * float64(m.Params), CacheBytes: batch * one}
	if h.Memory > 0 {
		room := n*h.Memory - p.WeightBytes
		if p.MaxBatch = max(0, int(math.Floor(room/max(one, 1)))); p.MaxBatch < s.Batch {
			return ServePlan{}, fmt.Errorf("plan serving: weights of %s and caches of %s for each of %d requests, into %d × %s of memory",
				SI(p.WeightBytes, "B"), SI(one, "B"), s.Batch, h.Count, SI(h.Memory, "B"))
		}
	}
	speed, bandwidth := n*h.FLOPS*h.Utilisation, n*h.Bandwidth*s.BandwidthShare
	read := s.Weight * float64(m.MatMulParams)
	middle := s.Prompt + s.Answer/2
	arithmetic, memory := batch*m.InferFLOPs(middle+1)/speed, (read+batch*m.CacheBytes(middle, s.Number))/bandwidth
	p.Prefill = max(batch*m.GenerateFLOPs(s.Prompt, 1)/speed, read/bandwidth)
	p.Step, p.ByMemory = max(arithmetic, memory), memory >= arithmetic
	p.Seconds = p.Prefill + float64(s.Answer)*p.Step
	written := batch * float64(s.Answer)
	p.PerSecond = written / p.Seconds
	p.Joules = h.Joules(p.Seconds, h.Count) / written
	p.Price = h.Rates.Price(p.Seconds, h.Count) / written * 1e6
	return p, nil
}

func (s Server) complete() Server {
	for _, f := range []struct {
		field    *float64
		standard float64
	}{{&s.Weight, 2}, {&s.Number, 2}, {&s.BandwidthShare, 1}} {
		if *f.field == 0 {
			*f.field = f.standard
		}
	}
	return s
}

func (s Server) check(h Hardware) error {
	_, err := PredictFLOPs(0, h)
	switch {
	case err != nil:
		return err
	case s.Model.MatMulParams <= 0:
		return errors.New("a model without parameters")
	case s.Prompt < 1 || s.Answer < 1 || s.Batch < 1:
		return fmt.Errorf("%d requests with prompts of %d tokens and answers of %d, expected at least 1 of each", s.Batch, s.Prompt, s.Answer)
	case !(s.Weight > 0 && s.Number > 0):
		return fmt.Errorf("%v bytes a weight, %v a number in the cache, expected more than 0", s.Weight, s.Number)
	case !(s.BandwidthShare > 0 && s.BandwidthShare <= 1):
		return fmt.Errorf("a share of %v of the bandwidth, expected more than 0 and at most 1", s.BandwidthShare)
	case !(h.Bandwidth > 0):
		return fmt.Errorf("%s: a memory bandwidth of %v bytes a second, expected more than 0", h.Name, h.Bandwidth)
	}
	return nil
}

// String says it in one line.
func (p ServePlan) String() string {
	bound := "arithmetic"
	if p.ByMemory {
		bound = "memory"
	}
	return fmt.Sprintf("%d at once on %d × %s: first token after %s, then one each %s (bound by %s); %s tokens a second, %s each, %s a million",
		p.Batch, p.Hardware.Count, p.Hardware.Name, Seconds(p.Prefill), Seconds(p.Step), bound, SI(p.PerSecond, ""), Energy(p.Joules), Money(p.Price, p.Hardware.Currency))
}
