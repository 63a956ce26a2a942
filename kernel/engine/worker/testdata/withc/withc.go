// A cell that prints from C.
package main

/*
#include <stdio.h>
static void hello(void) { printf("hello from C, "); }
*/
import "C"

import (
	"fmt"

	"github.com/resident-go/resident/kernel/engine/worker/rt"
)

func main() {}

// Run_c leaves text in the buffer of C's stdout.
func Run_c(r *rt.Run) {
	C.hello()
	r.Show(1)
	fmt.Print("hello from Go")
}
