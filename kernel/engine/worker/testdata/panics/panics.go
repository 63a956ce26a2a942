// Panic values, as an ordinary program and as cells: both must name them alike.
package main

import (
	"errors"
	"os"
	"strconv"
	"time"

	"github.com/resident-go/resident/kernel/engine/worker/rt"
)

type (
	text    string
	number  float64
	complx  complex64
	boolean bool
	small   int8
	failure struct{ code int }
)

func (f failure) Error() string { return "code " + strconv.Itoa(f.code) }

var values = []any{
	2.5, float32(0.1), 1e21, 1e20, 2 + 3i, "plain", text(`x"y`), number(1e6), complx(1), boolean(true), small(-3), uint8(7), 'x',
	uintptr(5), errors.New("an error"), failure{3}, 90 * time.Second,
}

var next int

// Run_value panics with the next value.
func Run_value(r *rt.Run) {
	next++
	panic(values[next-1])
}

// main panics with the value of that number, or prints how many there are.
func main() {
	if len(os.Args) == 1 {
		print(len(values))
		return
	}
	i, _ := strconv.Atoi(os.Args[1])
	panic(values[i])
}
