//go:build residentworker

// Host is the executable of the worker process; everything it does is in package child. It is as small as can be
// because in slim mode it is only the front of the shared library that holds the worker and all that cells import.
// It must be linked with -ldflags=-checklinkname=0 (see package child), and in slim mode be compiled as part of a program,
// without -buildmode.
package main

import "github.com/resident-go/resident/kernel/engine/worker/child"

func main() { child.Main() }
