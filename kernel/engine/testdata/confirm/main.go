// This file goes with cells that are flattened into one program (see flatten_test.go).
package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"flat/show"
)

// endʹ ends the output of a cell, and of the program: with "end".
const endʹ = "\x00\x01 cell %v \x01\x00\n"

func main() { fmt.Printf(endʹ, "end") }

var failedʹ = map[int]bool{}

// beginʹ is called before anything else of a cell. It gives the cell its input.
func beginʹ(cell int, input string) bool {
	fmt.Printf(endʹ, cell)
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	if _, err := w.WriteString(input); err != nil {
		panic(err)
	}
	w.Close()
	os.Stdin = r
	return true
}

// runʹ runs statements of a cell unless earlier ones panicked, or the program was told to skip the cell.
func runʹ(cell int, statements func()) bool {
	if failedʹ[cell] || slices.Contains(os.Args, strconv.Itoa(cell)) {
		return false
	}
	failedʹ[cell] = true
	defer func() {
		if r := recover(); r != nil {
			fmt.Printf("[panic] panic: %v\n", r)
			tellʹ()
		}
	}()
	statements()
	failedʹ[cell] = false
	return true
}

// tellʹ prints where in cells the panic came from.
func tellʹ() {
	callers := make([]uintptr, 100)
	frames := runtime.CallersFrames(callers[:runtime.Callers(0, callers)])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		if f.Function == "main.runʹ" {
			return
		}
		if _, cell, ok := strings.Cut(f.File, "Cell In["); ok {
			fmt.Printf("Cell In[%s, line %d\n", cell, f.Line-1)
		}
	}
}

// showʹ shows the last expression of a cell.
func showʹ(values ...any) {
	var texts []string
	for _, v := range values {
		texts = append(texts, show.Plain(v))
	}
	fmt.Println("[result]", strings.Join(texts, " "))
}
