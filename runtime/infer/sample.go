package infer

import (
	"cmp"
	"container/heap"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Candidate is a token that could come next.
type Candidate struct {
	Token int32
	Prob  float64
}

// String is the token with its probability in percent.
func (c Candidate) String() string { return fmt.Sprintf("%d (%.1f %%)", c.Token, 100*c.Prob) }

// Stage is the distribution after a filter: what is left, the most probable first, adding up to 1.
type Stage struct {
	Filter     string // "model", "repetition penalty", "temperature", "top-k", "top-p" or "min-p"
	Candidates []Candidate
}

// Distribution shows the way from a model's scores for the next token to the distribution that is drawn from, filter by filter; context is what
// the repetition penalty looks at. Filters that the options leave out are left out here, too.
func Distribution(logits []float32, context []int32, o Options) ([]Stage, error) {
	if err := errors.Join(o.check(len(logits)), ordered(logits), known(context, len(logits))); err != nil {
		return nil, err
	}
	scores := widen(nil, logits)
	stages := []Stage{{"model", softmax(all(nil, scores))}}
	if penalised(o) {
		penalise(scores, context, o.RepetitionPenalty)
		stages = append(stages, Stage{"repetition penalty", softmax(all(nil, scores))})
	}
	if o.Temperature != 1 {
		stages = append(stages, Stage{"temperature", temper(scores, o.Temperature)})
	}
	for i := range stages {
		sortByProb(stages[i].Candidates)
	}
	for _, f := range filters(o) {
		last := stages[len(stages)-1].Candidates
		stages = append(stages, Stage{f.name, renormalise(slices.Clone(last[:f.keep(last)]))})
	}
	for _, s := range stages {
		if slices.ContainsFunc(s.Candidates, func(c Candidate) bool { return math.IsNaN(c.Prob) }) {
			return nil, errNoNumber
		}
	}
	return stages, nil
}

// known returns an error about tokens that a vocabulary does not have.
func known(context []int32, vocab int) error {
	for _, id := range context {
		if id < 0 || int(id) >= vocab {
			return fmt.Errorf("the context has token %d, the vocabulary has %d", id, vocab)
		}
	}
	return nil
}

// filter keeps the first candidates, the most probable first.
type filter struct {
	name string
	keep func([]Candidate) int
}

func filters(o Options) (all []filter) {
	if o.TopK > 0 {
		all = append(all, filter{"top-k", func(cs []Candidate) int { return min(o.TopK, len(cs)) }})
	}
	if o.TopP > 0 && o.TopP < 1 {
		all = append(all, filter{"top-p", func(cs []Candidate) int { return nucleus(cs, o.TopP) }})
	}
	if o.MinP > 0 {
		all = append(all, filter{"min-p", func(cs []Candidate) int {
			return countWhile(cs, func(c Candidate) bool { return c.Prob >= o.MinP*cs[0].Prob })
		}})
	}
	return all
}

// nucleus is how many of the most probable reach a probability together.
func nucleus(cs []Candidate, p float64) int {
	sum := 0.0
	for i, c := range cs {
		if sum += c.Prob; sum >= p {
			return i + 1
		}
	}
	return len(cs)
}

func countWhile(cs []Candidate, ok func(Candidate) bool) int {
	for i, c := range cs {
		if !ok(c) {
			return i
		}
	}
	return len(cs)
}

// room is memory that choices need for a while.
type room struct {
	scores     []float64
	candidates []Candidate
}

// choose draws the next token, with a random number if it needs one. It goes the way of [Distribution], without sorting more than it needs.
func choose(r *room, logits []float32, context []int32, o Options, number func() float64) Candidate {
	r.scores = widen(r.scores, logits)
	scores := r.scores
	if penalised(o) {
		penalise(scores, context, o.RepetitionPenalty)
	}
	if o.Temperature == 0 {
		return Candidate{Token: int32(argmax(scores)), Prob: 1}
	}
	r.candidates = all(r.candidates, scores)
	cs := r.candidates
	for i := range cs {
		cs[i].Prob /= o.Temperature
	}
	first := filters(o)
	switch {
	case len(first) == 0:
		return draw(softmax(cs), number())
	case o.TopK > 0:
		cs = softmax(largest(cs, o.TopK))
		first = first[1:]
	case o.TopP > 0 && o.TopP < 1:
		cs = renormalise(reaching(softmax(cs), o.TopP))
		first = first[1:]
	default:
		cs = softmax(cs)
		most := slices.MaxFunc(cs, byProb).Prob
		cs = slices.DeleteFunc(cs, func(c Candidate) bool { return c.Prob < o.MinP*most })
		sortByProb(cs)
		first = nil
	}
	for _, f := range first {
		cs = renormalise(cs[:f.keep(cs)])
	}
	return draw(renormalise(cs), number())
}

func penalised(o Options) bool { return o.RepetitionPenalty != 0 && o.RepetitionPenalty != 1 }

// penalise changes the scores of tokens in the context. They stay numbers of F32, as devices have them: see [device.Sample].
func penalise(scores []float64, context []int32, penalty float64) {
	seen := map[int32]bool{}
	for _, id := range context {
		if seen[id] {
			continue
		}
		seen[id] = true
		if scores[id] > 0 {
			scores[id] = float64(float32(scores[id] / penalty))
		} else {
			scores[id] = float64(float32(scores[id] * penalty))
		}
	}
}

// ordered returns an error about scores that are no numbers or infinite, from which nothing can be chosen. A score of -Inf is a token that cannot come.
func ordered(logits []float32) error {
	if len(logits) == 0 {
		return errors.New("there are no scores to choose from")
	}
	for id, v := range logits {
		if !(v <= math.MaxFloat32) {
			return fmt.Errorf("the model's score for token %d is %v: weights that are not finite do that", id, v)
		}
	}
	return nil
}

// temper is the distribution of scores at a temperature; at 0 it is the most probable token alone.
func temper(scores []float64, temperature float64) []Candidate {
	if temperature == 0 {
		return []Candidate{{int32(argmax(scores)), 1}}
	}
	cs := all(nil, scores)
	for i := range cs {
		cs[i].Prob /= temperature
	}
	return softmax(cs)
}

// widen returns the logits in float64, in this memory if it is large enough.
func widen(scores []float64, logits []float32) []float64 {
	scores = slices.Grow(scores[:0], len(logits))[:len(logits)]
	for i, v := range logits {
		scores[i] = float64(v)
	}
	return scores
}

// all are candidates whose Prob is still a score, in this memory if it is large enough.
func all(cs []Candidate, scores []float64) []Candidate {
	cs = slices.Grow(cs[:0], len(scores))[:len(scores)]
	for i, s := range scores {
		cs[i] = Candidate{int32(i), s}
	}
	return cs
}

// softmax turns scores into probabilities, in place.
func softmax(cs []Candidate) []Candidate {
	most := math.Inf(-1)
	for _, c := range cs {
		most = math.Max(most, c.Prob)
	}
	for i := range cs {
		cs[i].Prob = math.Exp(cs[i].Prob - most)
	}
	return renormalise(cs)
}

func renormalise(cs []Candidate) []Candidate {
	sum := 0.0
	for _, c := range cs {
		sum += c.Prob
	}
	for i := range cs {
		cs[i].Prob /= sum
	}
	return cs
}

// draw takes a candidate by its probability, with a random number from 0 up to, but without, 1. Probabilities may add up to a little less: the last one that can
// come takes the rest, never one that cannot.
func draw(cs []Candidate, u float64) Candidate {
	var last Candidate
	for _, c := range cs {
		if u -= c.Prob; u < 0 {
			return c
		}
		if c.Prob != 0 {
			last = c
		}
	}
	return last
}

// byProb orders by probability; of equals, the smaller token is the larger.
func byProb(a, b Candidate) int {
	return cmp.Or(cmp.Compare(a.Prob, b.Prob), cmp.Compare(b.Token, a.Token))
}

func sortByProb(cs []Candidate) {
	slices.SortFunc(cs, func(a, b Candidate) int { return byProb(b, a) })
}

func argmax(scores []float64) int {
	best := 0
	for i, s := range scores {
		if s > scores[best] {
			best = i
		}
	}
	return best
}

// largest are the k most probable, in order. A heap of k keeps the rest of a large vocabulary from being sorted.
func largest(cs []Candidate, k int) []Candidate {
	if k >= len(cs) {
		sortByProb(cs)
		return cs
	}
	h := leastFirst(slices.Clone(cs[:k]))
	heap.Init(&h)
	for _, c := range cs[k:] {
		if byProb(c, h[0]) > 0 {
			h[0] = c
			heap.Fix(&h, 0)
		}
	}
	sortByProb(h)
	return h
}

// reaching are the most probable that together reach p, in order.
func reaching(cs []Candidate, p float64) []Candidate {
	h := mostFirst(cs)
	heap.Init(&h)
	var out []Candidate
	for sum := 0.0; len(h) > 0 && sum < p; {
		c := heap.Pop(&h).(Candidate)
		out = append(out, c)
		sum += c.Prob
	}
	return out
}

// leastFirst and mostFirst are heaps.
type leastFirst []Candidate

func (h leastFirst) Len() int           { return len(h) }
func (h leastFirst) Less(i, j int) bool { return byProb(h[i], h[j]) < 0 }
func (h leastFirst) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *leastFirst) Push(x any)        { *h = append(*h, x.(Candidate)) }
func (h *leastFirst) Pop() any          { return pop((*[]Candidate)(h)) }

type mostFirst []Candidate

func (h mostFirst) Len() int           { return len(h) }
func (h mostFirst) Less(i, j int) bool { return byProb(h[i], h[j]) > 0 }
func (h mostFirst) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *mostFirst) Push(x any)        { *h = append(*h, x.(Candidate)) }
func (h *mostFirst) Pop() any          { return pop((*[]Candidate)(h)) }

func pop(s *[]Candidate) Candidate {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}
