package nbformat

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Terms are what a cell is run under, beside its text. They travel with the context of the run, so that what stands between a front end and an engine
// need not know of them.
type Terms struct {
	Seed   *uint64 // what the standard library's shared random numbers start from while the cell runs; nil is anywhere
	Memory int64   // bytes that the cell may take beyond those that are taken when it begins; 0 is any number
}

type termsKey struct{}

// With returns a context whose runs are under these terms.
func (t Terms) With(ctx context.Context) context.Context {
	if t == (Terms{}) {
		return ctx
	}
	return context.WithValue(ctx, termsKey{}, t)
}

// TermsOf returns the terms that a run with this context is under.
func TermsOf(ctx context.Context) Terms {
	t, _ := ctx.Value(termsKey{}).(Terms)
	return t
}

// ReadTerms reads the terms that a cell's metadata asks for: seed, a number, and memory, a size, both under "lesson". Metadata without them is that of a
// cell that may do anything.
func ReadTerms(metadata []byte) (t Terms, err error) {
	var m struct {
		Lesson struct {
			Seed   *uint64 `json:"seed"`
			Memory string  `json:"memory"`
		} `json:"lesson"`
	}
	if len(metadata) == 0 {
		return t, nil
	}
	if err := json.Unmarshal(metadata, &m); err != nil {
		return t, fmt.Errorf("the cell's metadata.lesson: %w", err)
	}
	t.Seed = m.Lesson.Seed
	if m.Lesson.Memory != "" {
		if t.Memory, err = ParseMemory(m.Lesson.Memory); err != nil {
			return t, fmt.Errorf("the cell's metadata.lesson.memory: %w", err)
		}
	}
	return t, nil
}

// units are those of memory. The letter i makes them powers of 1024 (IEC 80000-13), as processors count it.
var units = []struct {
	name  string
	bytes float64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}}

// ParseMemory reads a size such as "256MB" or "1.5GiB". It is between 1 MB and 1 PB: no cell runs in less, and no machine has more.
func ParseMemory(s string) (bytes int64, err error) {
	for _, u := range units {
		number, ok := strings.CutSuffix(s, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if size := n * u.bytes; err == nil && size >= 1e6 && size <= 1e15 {
			return int64(size), nil
		}
		break
	}
	return 0, fmt.Errorf(`want a size such as "256MB" or "1.5GiB", from 1MB on, got %q`, s)
}
