// Package kernels holds the GPU's kernels as PTX, the assembly language that NVIDIA's driver compiles for the GPU at hand.
//
// The sources are the .cu files beside: one family of operations each. generate.sh compiles them with clang, without any of NVIDIA's software, and the
// results are checked in; CI makes them again and compares. Programs carry them compressed, and unpack a family when a device wants it. The same sources, compiled for the
// host, are what the fake driver of the tests runs (runtime/cuda/fake).
package kernels

import (
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"strings"
	"sync"
)

//go:generate ./generate.sh

//go:embed packed
var files embed.FS

// Kernel is what is known of a kernel before the driver has seen it.
type Kernel struct {
	Family string // the file that it is in
	Args   int    // bytes of its argument, a struct
	Most   int    // threads of a block at most
}

// PTX unpacks the text of a family.
func PTX(family string) (string, error) {
	packed, err := files.Open("packed/" + family + ".ptx.gz")
	if err != nil {
		return "", err
	}
	defer packed.Close()
	r, err := gzip.NewReader(packed)
	if err != nil {
		return "", fmt.Errorf("unpack the kernels of %s: %w", family, err)
	}
	var text strings.Builder
	if _, err := io.Copy(&text, r); err != nil {
		return "", fmt.Errorf("unpack the kernels of %s: %w", family, err)
	}
	return text.String(), nil
}

// All are the kernels by name.
var All = sync.OnceValue(func() map[string]Kernel {
	list, err := files.ReadFile("packed/kernels.txt")
	if err != nil {
		panic(err) // it is embedded
	}
	all := map[string]Kernel{}
	for line := range strings.Lines(string(list)) {
		var name string
		var k Kernel
		if _, err := fmt.Sscan(line, &name, &k.Family, &k.Args, &k.Most); err != nil {
			panic(fmt.Sprintf("kernels: line %q of the list: %v", line, err))
		}
		if _, twice := all[name]; twice {
			panic(fmt.Sprintf("kernels: %s is in two families", name))
		}
		all[name] = k
	}
	return all
})
