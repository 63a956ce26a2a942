//go:build !linux

package engine

// waitingFor cannot be known here: a command that goes on may always wait for input.
func waitingFor(int, uint64) readerState { return maybe }
