package device

// Random fills Dst with random numbers from Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
// Element i in row-major order takes its 32 bits from the block with counter (i/4, Stream) under the key Seed: word i%4 for a uniform
// number, one of the pair of words 2(i%4/2) and 2(i%4/2)+1 by Box and Muller for a normal one. So each device makes the same numbers, whatever the layout (normal
// ones up to rounding).
//
//	uniform: P + (Q-P)·u, u = (w>>8)/2^24 in [0, 1)
//	Normal:  P + Q·z, with u1 = ((w1>>8)+1)/2^24 and u2 = (w2>>8)/2^24: z = √(-2 ln u1) · cos 2πu2 for the first of a pair, · sin 2πu2 for the second
//
// Dst is a float.
type Random struct {
	Dst          View
	Normal       bool
	P, Q         float64 // from and up to; or mean and standard deviation
	Seed, Stream uint64
}

// Check implements [Op].
func (o Random) Check() error { return elementwise("random", false, o.Dst) }

// Dropout is Dst = X/(1-P), but 0 where [Random]'s uniform number of the element, between 0 and 1, is below P. It is its own gradient. X and Dst are floats
// of one shape.
type Dropout struct {
	Dst, X       View
	P            float64
	Seed, Stream uint64
}

// Check implements [Op].
func (o Dropout) Check() error {
	if err := elementwise("dropout", false, o.Dst, o.X); err != nil {
		return err
	}
	if !(o.P >= 0 && o.P < 1) {
		return complain("dropout", "the probability is not in [0, 1)", o.X)
	}
	return nil
}
