//go:build !linux

package cpu

// wantLargePages leaves pages to the system.
func wantLargePages([]byte) {}
