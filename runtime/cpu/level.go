//go:build cgo

package cpu

// #cgo CFLAGS: -std=gnu11 -O3 -Wall -fvisibility=hidden
// #cgo linux LDFLAGS: -lpthread
// #include "level.h"
import "C"

import (
	"fmt"
	"os"
)

// level is a set of instructions that there are kernels for.
type level C.enum_cpu_level

const (
	generic level = C.LEVEL_GENERIC // whatever the compiler's target has
	neon    level = C.LEVEL_NEON    // ARMv8's Advanced SIMD
	avx2    level = C.LEVEL_AVX2    // with FMA and F16C
	avx512  level = C.LEVEL_AVX512  // F, BW, VL and DQ; and VNNI and BF16 where they are
)

var levelNames = map[level]string{generic: "generic", neon: "neon", avx2: "avx2", avx512: "avx512"}

func (l level) String() string { return levelNames[l] }

// levels are all that this machine has, the best one first.
func levels() []level {
	switch best := level(C.cpu_best_level()); best {
	case avx512:
		return []level{avx512, avx2, generic}
	case generic:
		return []level{generic}
	default:
		return []level{best, generic}
	}
}

func currentLevel() level { return level(C.cpu_level()) }

// setLevel changes the level and returns a function that puts the old one back. Nothing may be computing meanwhile.
func setLevel(l level) (restore func()) {
	old := currentLevel()
	C.cpu_set_level(C.enum_cpu_level(l))
	return func() { C.cpu_set_level(C.enum_cpu_level(old)) }
}

// RESIDENT_CPU=avx512, avx2, neon or generic chooses a lower level than the machine's best, to compare them. A level that the
// machine does not have, or an unknown one, is reported and leaves the best one in use.
func init() {
	name := os.Getenv("RESIDENT_CPU")
	if name == "" {
		return
	}
	for _, l := range levels() {
		if l.String() == name {
			setLevel(l)
			return
		}
	}
	fmt.Fprintf(os.Stderr, "RESIDENT_CPU=%s: this machine has %v\n", name, levels())
}

// Level names the instructions in use: "avx512", "avx2", "neon" or "generic"; "go" where there is no C compiler.
func Level() string { return currentLevel().String() }

// Features lists what else of the processor kernels use: "vnni", "bf16", "dotprod".
func Features() []string {
	var list []string
	for _, f := range []struct {
		bit  C.uint
		name string
	}{{C.CPU_AVX512_VNNI, "vnni"}, {C.CPU_AVX512_BF16, "bf16"}, {C.CPU_NEON_DOTPROD, "dotprod"}} {
		if C.cpu_uses(f.bit) != 0 {
			list = append(list, f.name)
		}
	}
	return list
}
