package child

import (
	"fmt"
	randv1 "math/rand"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	_ "unsafe" // for linkname

	"github.com/resident-go/resident/kernel/engine/worker"
)

// hold begins what a run is under, and returns what ends that.
func hold(q worker.Request) (relax func()) {
	unseed, unlimit := func() {}, func() {}
	if q.Seed != nil {
		unseed = shared.seed(*q.Seed)
	}
	if q.Memory > 0 {
		unlimit = collectBefore(q.Memory)
	}
	return func() { unseed(); unlimit() }
}

// collectBefore has the garbage collector work harder before what the program takes has grown by so many bytes. It begins with what earlier cells
// have left behind, which is not to count.
func collectBefore(grown int64) (undo func()) {
	debug.FreeOSMemory()
	before := debug.SetMemoryLimit(taken() + grown - grown/5)
	return func() { debug.SetMemoryLimit(before) }
}

// taken is how much memory the program holds that its limit is about: what the runtime has mapped, but for pages that nothing has been written to. The
// engine, which looks from outside, does not see those either.
func taken() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	mapped := int64(m.Sys - m.HeapReleased)
	var size, resident, shared int64 // in pages; see proc_pid_statm(5)
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		if _, err := fmt.Sscan(string(text), &size, &resident, &shared); err == nil {
			return min(mapped, (resident-shared)*int64(os.Getpagesize()))
		}
	}
	return mapped
}

// The functions of math/rand and math/rand/v2 that need no generator share one in each package, which cannot be seeded any more. While a run has a seed,
// both are ours.

//go:linkname sharedV2 math/rand/v2.globalRand
var sharedV2 *rand.Rand

//go:linkname sharedV1 math/rand.globalRandGenerator
var sharedV1 atomic.Pointer[randv1.Rand]

// shared is the state behind the generators that take the places of those of the standard library.
var shared sharedRandom

type sharedRandom struct {
	mu    sync.Mutex
	holds int // how many runs have set a seed and go on
	v2    rand.Source
	v1    randv1.Source64

	oldV2 rand.Rand // what they replaced
	oldV1 *randv1.Rand
}

// seed makes both begin anew: math/rand with its NewSource(seed), math/rand/v2 with its NewPCG(seed, 0).
func (s *sharedRandom) seed(seed uint64) (undo func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.v2, s.v1 = rand.NewPCG(seed, 0), randv1.NewSource(int64(seed)).(randv1.Source64)
	if s.holds++; s.holds == 1 {
		s.oldV2, s.oldV1 = *sharedV2, sharedV1.Load()
		*sharedV2 = *rand.New(seededV2{})
		sharedV1.Store(randv1.New(seededV1{}))
	}
	return sync.OnceFunc(s.unseed)
}

func (s *sharedRandom) unseed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holds--; s.holds == 0 {
		*sharedV2 = s.oldV2
		sharedV1.Store(s.oldV1)
	}
}

// seededV2 is a source without a field, as is the one that it replaces: a goroutine left over from an earlier run may draw a number while the
// two words of the interface change, and whichever it finds is good.
type seededV2 struct{}

func (seededV2) Uint64() uint64 {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	return shared.v2.Uint64()
}

type seededV1 struct{}

func (seededV1) Uint64() uint64 {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	return shared.v1.Uint64()
}

func (s seededV1) Int63() int64 { return int64(s.Uint64() & (1<<63 - 1)) }

func (seededV1) Seed(seed int64) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.v1.Seed(seed)
}
