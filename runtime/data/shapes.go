package data

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// The sets of this file are points in the plane, made by a formula, with as much noise as one likes: the standard deviation of
// what is added to both coordinates. Classes have the same number of points, or one more, and come in turn. The points are the same for the
// same seed; on machines with other rounding (fused multiplication) a last digit may differ.

// Spirals is arms that wind around each other, of one and a half turns and a radius of 1: a set that only curved borders separate.
func Spirals(points, arms int, noise float64, seed uint64) *Table {
	return plane("spirals", points, arms, noise, seed, func(arm int, along float64, _ *rand.Rand) (x, y float64) {
		angle := 3*math.Pi*along + 2*math.Pi*float64(arm)/float64(arms)
		return along * math.Cos(angle), along * math.Sin(angle)
	})
}

// Moons is two half circles of radius 1, each of which reaches into the other.
func Moons(points int, noise float64, seed uint64) *Table {
	return plane("moons", points, 2, noise, seed, func(moon int, along float64, _ *rand.Rand) (x, y float64) {
		x, y = math.Cos(math.Pi*along), math.Sin(math.Pi*along)
		if moon == 1 {
			x, y = 1-x, 0.5-y
		}
		return x, y
	})
}

// XOR is the square from -1 to 1: the class is whether exactly one coordinate is positive. No straight line separates it, which is what
// Minsky and Papert held against perceptrons of one layer in 1969.
func XOR(points int, noise float64, seed uint64) *Table {
	return plane("xor", points, 2, noise, seed, func(class int, _ float64, rng *rand.Rand) (x, y float64) {
		x, y = rng.Float64(), rng.Float64()
		if rng.IntN(2) == 1 {
			x, y = -x, -y
		}
		if class == 1 {
			x = -x
		}
		return x, y
	})
}

// plane makes points: at gives the place of one, by its class and how far along the class's curve it is, from 0 to 1.
func plane(purpose string, points, classes int, noise float64, seed uint64,
	at func(class int, along float64, rng *rand.Rand) (x, y float64)) *Table {
	rng := random(purpose, seed, 0)
	points, classes = max(points, 0), max(classes, 1)
	t := &Table{Columns: []string{"x", "y"}, Target: "class"}
	for c := range classes {
		t.Classes = append(t.Classes, fmt.Sprint(c))
	}
	for i := range points {
		class := i % classes
		x, y := at(class, rng.Float64(), rng)
		t.X = append(t.X, float32(x+noise*rng.NormFloat64()), float32(y+noise*rng.NormFloat64()))
		t.Y = append(t.Y, float32(class))
	}
	return t
}
