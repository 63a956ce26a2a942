package main

import "fmt"

type shape interface{ area() float64 }

type square struct{ side float64 }

func (s square) area() float64 { return s.side * s.side }

var (
	calls  int
	shapes []shape
	byName map[string]*square
)

func next(step int) int { calls += step; return calls }

func main() {
	shapes = append(shapes, square{2}, &square{3})
	byName = map[string]*square{"five": {5}}
	fmt.Println("first", next(1))
}
