//go:build cgo

package cpu

// #include "pool.h"
import "C"

import (
	"runtime"
	"sync"
)

// poolStart gives the pool as many threads as Go runs goroutines on, when it is first needed.
var poolStart = sync.OnceFunc(func() { C.pool_set_threads(C.int(runtime.GOMAXPROCS(0))) })

// SetThreads says how many threads compute, the calling one among them. Without it there are as many as GOMAXPROCS said when
// something was first computed. A smaller number frees no memory; a greater one than there are processors is of no use.
func SetThreads(n int) {
	poolStart()
	C.pool_set_threads(C.int(max(n, 1)))
}

// Threads returns how many threads compute.
func Threads() int {
	poolStart()
	return int(C.pool_threads())
}
