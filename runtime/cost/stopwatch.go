package cost

import "time"

// Stopwatch measures a piece of work.
type Stopwatch struct {
	wall time.Time
	cpu  float64
}

// Start begins to measure.
func Start() Stopwatch { return Stopwatch{time.Now(), cpuSeconds()} }

// Stop returns the seconds that have passed by the clock, and those that all threads of this process have worked. Of a system
// that does not tell, the latter are 0.
func (s Stopwatch) Stop() (wall, cpu float64) {
	return time.Since(s.wall).Seconds(), cpuSeconds() - s.cpu
}
