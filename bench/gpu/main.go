// Command gpu measures the runtime on a GPU: matrix products, steps of training, decoded tokens. It prints a line for each, which bench/gpu/peers.py
// prints for PyTorch in the same form:
//
//	NAME	VALUE	UNIT	NOTE
//
// usage: gpu [-device cuda:0] [-small] PART...     parts: info gemm train decode loss profile
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"time"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
)

func main() {
	log.SetFlags(0)
	name := flag.String("device", "cuda:0", "the device to measure")
	small := flag.Bool("small", false, "tiny sizes, to see that it runs")
	flag.Parse()
	dev, err := device.Open(*name)
	if err != nil {
		log.Fatal("gpu: ", err)
	}
	b := bench{dev: dev, size: gpt2, batch: 16, tokens: 1024, steps: 20, products: []int{1024, 4096, 8192}}
	if *small {
		b = bench{dev: dev, size: nn.GPTConfig{VocabSize: 1031, BlockSize: 64, Layers: 2, Heads: 2, Embed: 64}, batch: 2, tokens: 32, steps: 2, products: []int{64}}
	}
	parts := map[string]func(){"info": b.info, "gemm": b.gemm, "train": b.train, "decode": b.decode, "loss": b.loss, "profile": b.profile}
	for _, part := range flag.Args() {
		run, ok := parts[part]
		if !ok {
			log.Fatalf("gpu: no part %q", part)
		}
		run()
	}
}

// gpt2 is the small GPT-2, 124 million parameters.
var gpt2 = nn.GPTConfig{VocabSize: 50257, BlockSize: 1024, Layers: 12, Heads: 12, Embed: 768}

type bench struct {
	dev           device.Device
	size          nn.GPTConfig
	batch, tokens int
	steps         int
	products      []int
}

func (b bench) info() {
	i := b.dev.Info()
	fmt.Printf("# %s: %s (%s)\n", i.Name, i.Model, i.Detail)
}

func row(name string, value float64, unit, note string) {
	fmt.Fprintf(os.Stdout, "%s\t%.5g\t%s\t%s\n", name, value, unit, note)
}

// check ends the program.
func check(err error) {
	if err != nil {
		log.Fatal("gpu: ", err)
	}
}

// median is the time of one of several calls; each ends with a wait for the device.
func (b bench) median(n int, f func()) time.Duration {
	for range 3 {
		f()
	}
	check(b.dev.Sync())
	times := make([]time.Duration, n)
	for i := range times {
		begin := time.Now()
		f()
		check(b.dev.Sync())
		times[i] = time.Since(begin)
	}
	slices.Sort(times)
	return times[n/2]
}

// gemm measures products of square matrices of random numbers: twenty in a row, so that the wait at the end does not count.
func (b bench) gemm() {
	for _, t := range []device.DType{device.BF16, device.F32} {
		for _, n := range b.products {
			a, c := b.random(t, n), b.random(t, n)
			dst := b.empty(t, n)
			const inRow = 20
			took := b.median(5, func() {
				for range inRow {
					check(b.dev.Run(device.MatMul{Dst: dst, A: a, B: c}))
				}
			})
			flops := 2 * float64(n) * float64(n) * float64(n) * inRow
			row(fmt.Sprintf("gemm %s %d", t, n), flops/took.Seconds()/1e12, "TFLOP/s", "")
		}
	}
}

func (b bench) empty(t device.DType, n int) device.View {
	mem, err := b.dev.Alloc(t, n*n)
	check(err)
	return device.Of(mem, n, n)
}

func (b bench) random(t device.DType, n int) device.View {
	v := b.empty(t, n)
	check(b.dev.Run(device.Random{Dst: v, Normal: true, Q: 1, Seed: uint64(n)}))
	return v
}
