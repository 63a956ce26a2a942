//go:build !cgo

package cpu

// SetThreads says how many threads compute. In plain Go it is the caller alone.
func SetThreads(n int) {}

// Threads returns how many threads compute.
func Threads() int { return 1 }
