//go:build residentheld

package engine

// The worker holds these (see heldPackages); no code of this program imports them. The file is never built, it keeps their
// version in go.mod.
import (
	_ "gonum.org/v1/gonum/dsp/fourier"
	_ "gonum.org/v1/gonum/mat"
	_ "gonum.org/v1/gonum/optimize"
)
