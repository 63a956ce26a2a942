package engine

import (
	"context"
	"errors"
	"fmt"
	randv1 "math/rand"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/resident-go/resident/nbformat"
)

// runUnder runs a cell under terms and returns what it printed, and its error.
func runUnder(t *testing.T, e *Engine, n int, terms nbformat.Terms, code string) (string, *nbformat.CellError) {
	t.Helper()
	ctx, cancel := context.WithTimeout(terms.With(t.Context()), 5*time.Minute)
	defer cancel()
	rec := &recorder{}
	err := e.Run(ctx, n, code, rec)
	var ce *nbformat.CellError
	if err != nil && !errors.As(err, &ce) {
		t.Fatalf("cell %d broke the engine: %v", n, err)
	}
	return rec.String(), ce
}

// TestSeed: the shared generators of a cell with a seed give what the standard library's own give with that seed, each time it runs, and to nobody else.
func TestSeed(t *testing.T) {
	e := newTestEngine(t, Options{})
	const old = "import oldrand \"math/rand\"\nfmt.Println(oldrand.Int63(), oldrand.Intn(1000), oldrand.Float64(), oldrand.Perm(5))"
	const now = "import \"math/rand/v2\"\nfmt.Println(rand.Uint64(), rand.IntN(1000), rand.Float64(), rand.Perm(5))"
	seven, eight := uint64(7), uint64(8)
	v1 := func(seed int64) string {
		r := randv1.New(randv1.NewSource(seed))
		return fmt.Sprintln(r.Int63(), r.Intn(1000), r.Float64(), r.Perm(5))
	}
	v2 := func(seed uint64) string {
		r := rand.New(rand.NewPCG(seed, 0))
		return fmt.Sprintln(r.Uint64(), r.IntN(1000), r.Float64(), r.Perm(5))
	}
	first, _ := runUnder(t, e, 1, nbformat.Terms{}, now)
	for i, row := range []struct {
		seed       *uint64
		code, want string
	}{
		{&seven, now, v2(7)}, {&seven, now, v2(7)}, {&eight, now, v2(8)}, {&seven, old, v1(7)}, {&eight, old, v1(8)},
		{&seven, "_ = rand.Uint64()\npanic(1)", ""}, // however it ends, the seed ends with it
	} {
		if got, _ := runUnder(t, e, 2+i, nbformat.Terms{Seed: row.seed}, row.code); got != row.want {
			t.Errorf("seed %d: %q printed %q, want %q", *row.seed, row.code, got, row.want)
		}
	}
	seen := map[string]bool{first: true, v2(7): true, v2(8): true, v1(7): true, v1(8): true}
	for i, code := range []string{now, now, old, old} {
		got, _ := runUnder(t, e, 20+i, nbformat.Terms{}, code)
		if seen[got] {
			t.Errorf("without a seed again: %q", got)
		}
		seen[got] = true
	}
}

// TestMemory: a cell that takes more than it may is stopped or ended, and says so; one that makes garbage alone is not.
func TestMemory(t *testing.T) {
	e := newTestEngine(t, Options{})
	const limit = 100_000_000
	// Not as fast as it can: on a machine with much to do the watch may look late, and would find so much that it ends the worker.
	grow := "for { kept = append(kept, bytes.Repeat([]byte{1}, 1<<20)); time.Sleep(10 * time.Millisecond) }"
	for i, row := range []struct {
		name, code, errs string
		keeps            bool // variables
	}{
		{"little", "n := 7; few := bytes.Repeat([]byte{1}, 50e6); fmt.Println(len(few))", "", true},
		{"garbage", "for range 200 { n += int(bytes.Repeat([]byte{1}, 10e6)[9]); n-- }; n -= 0", "", true},
		{"more and more", "var kept [][]byte\n" + grow, "more than 100 MB of memory: it was interrupted, and variables keep their values", true},
		{"as much again", "kept = nil\n" + grow, "more than 100 MB of memory: it was interrupted", true},
		{"at once, in a function that nobody stops", "kept = nil; kept = append(kept, bytes.Repeat([]byte{1}, 8<<30))", "more than 100 MB of memory: it was ended with its worker, and variables are gone", false},
	} {
		_, ce := runUnder(t, e, i+1, nbformat.Terms{Memory: limit}, row.code)
		switch {
		case row.errs == "" && ce != nil:
			t.Errorf("%s: ended with %v", row.name, ce)
		case row.errs != "" && (ce == nil || ce.EName != "MemoryLimit" || !strings.Contains(ce.EValue, row.errs)):
			t.Errorf("%s: ended with %v, want %s", row.name, ce, row.errs)
		}
		out := runCell(t, e, 100+i, "fmt.Println(n)")
		if kept := out == "7\n"; kept != row.keeps {
			t.Errorf("%s: the variable afterwards: %q", row.name, out)
		}
	}
	if out := runCell(t, e, 200, "fmt.Println(6 * 7)"); out != "42\n" {
		t.Errorf("afterwards a cell prints %q", out)
	}
}
