package main

import "fmt"

// Everything that the first cell declares is declared again, as the engine does; it is the same at run time.

type shape interface{ area() float64 }

type square struct{ side float64 }

func (s square) area() float64 { return s.side * s.side }

var (
	calls  int
	shapes []shape
	byName map[string]*square
)

func next(step int) int { calls += step; return calls }

type circle struct{ r float64 }

func (c circle) area() float64 { return 3 * c.r * c.r }

func main() {
	shapes = append(shapes, circle{2})
	for _, s := range shapes {
		switch v := s.(type) {
		case square:
			fmt.Printf("value %v %T\n", v.side, v)
		case *square:
			fmt.Printf("pointer %v %+v\n", v.area(), v)
		default:
			fmt.Printf("%T %v\n", v, v.area())
		}
	}
	fs := []func(int) int{next}
	fmt.Println("second", next(1), fs[0](1), byName["five"].side)
}
