// Package kernels holds the GPU's kernels as PTX, the assembly language that NVIDIA's driver compiles for the GPU at hand.
//
// The sources are the .cu files beside: one family of operations each. generate.sh compiles them with clang, without any of NVIDIA's software, and the
// results are checked in; CI makes them again and compares. The same sources, compiled for the host, are what the fake driver of the tests
// runs (runtime/cuda/fake).
package kernels

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

//go:generate ./generate.sh

//go:embed ptx/*.ptx
var files embed.FS

// Kernel is what is known of a kernel before the driver has seen it.
type Kernel struct {
	Family string // the file that it is in
	Args   int    // bytes of its argument, a struct
	Most   int    // threads of a block at most
}

// PTX is the text of a family.
func PTX(family string) string {
	text, err := files.ReadFile("ptx/" + family + ".ptx")
	if err != nil {
		panic(err) // families come from All
	}
	return string(text)
}

// All are the kernels by name.
var All = sync.OnceValue(func() map[string]Kernel {
	all := map[string]Kernel{}
	list, err := fs.Glob(files, "ptx/*.ptx")
	if err != nil {
		panic(err)
	}
	for _, file := range list {
		family := strings.TrimSuffix(path.Base(file), ".ptx")
		for name, k := range entries(PTX(family)) {
			if _, twice := all[name]; twice {
				panic(fmt.Sprintf("kernels: %s is in two families", name))
			}
			k.Family = family
			all[name] = k
		}
	}
	return all
})

// entry matches the head of a kernel with one argument, and the bound of its blocks.
var entry = regexp.MustCompile(`\.visible \.entry (\w+)\(\s*\.param \.align \d+ \.b8 \w+\[(\d+)\]\s*\)(?:\s*\.maxntid (\d+))?`)

func entries(ptx string) map[string]Kernel {
	all := map[string]Kernel{}
	for _, m := range entry.FindAllStringSubmatch(ptx, -1) {
		args, _ := strconv.Atoi(m[2])
		most, _ := strconv.Atoi(m[3])
		all[m[1]] = Kernel{Args: args, Most: most}
	}
	return all
}
