package plain

import (
	"math"
	"math/bits"

	"github.com/resident-go/resident/runtime/device"
)

// Philox is one block of Philox4x32-10: four random words for a counter under a key (Salmon et al., SC 2011, section 3.3).
func Philox(counter [2]uint64, key uint64) [4]uint32 {
	const (
		mul0, mul1   = 0xD2511F53, 0xCD9E8D57
		weyl0, weyl1 = 0x9E3779B9, 0xBB67AE85
	)
	c := [4]uint32{uint32(counter[0]), uint32(counter[0] >> 32), uint32(counter[1]), uint32(counter[1] >> 32)}
	k0, k1 := uint32(key), uint32(key>>32)
	for range 10 {
		hi0, lo0 := bits.Mul32(mul0, c[0])
		hi1, lo1 := bits.Mul32(mul1, c[2])
		c = [4]uint32{hi1 ^ c[1] ^ k0, lo1, hi0 ^ c[3] ^ k1, lo0}
		k0, k1 = k0+weyl0, k1+weyl1
	}
	return c
}

// uniform is [device.Random]'s number of an element between 0 and 1.
func uniform(i int, seed, stream uint64) float64 {
	w := Philox([2]uint64{uint64(i) / 4, stream}, seed)
	return float64(w[i%4]>>8) / (1 << 24)
}

func normal(i int, seed, stream uint64) float64 {
	w := Philox([2]uint64{uint64(i) / 4, stream}, seed)
	pair := i % 4 / 2 * 2
	u1, u2 := float64((w[pair]>>8)+1)/(1<<24), float64(w[pair+1]>>8)/(1<<24)
	r := math.Sqrt(-2 * math.Log(u1))
	if i%2 == 0 {
		return r * math.Cos(2*math.Pi*u2)
	}
	return r * math.Sin(2*math.Pi*u2)
}

func random(o device.Random) {
	dst, i := open(o.Dst), 0
	walk([]device.View{o.Dst}, func(at []int) {
		if o.Normal {
			dst.set(at[0], o.P+o.Q*normal(i, o.Seed, o.Stream))
		} else {
			dst.set(at[0], o.P+(o.Q-o.P)*uniform(i, o.Seed, o.Stream))
		}
		i++
	})
}

func dropout(o device.Dropout) {
	dst, x, i := open(o.Dst), open(o.X), 0
	walk([]device.View{o.Dst, o.X}, func(at []int) {
		if uniform(i, o.Seed, o.Stream) < o.P {
			dst.set(at[0], 0)
		} else {
			dst.set(at[0], x.get(at[1])/(1-o.P))
		}
		i++
	})
}
