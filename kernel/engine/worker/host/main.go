//go:build residentworker

// Host is the executable of the worker process; everything it does is in package child. It is as small as can be
// because in slim mode it is only the front of the shared library that holds the worker and all that cells import.
package main

import "github.com/resident-go/resident/kernel/engine/worker/child"

func main() { child.Main() }
