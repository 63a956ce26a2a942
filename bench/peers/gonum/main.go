// Command gonum multiplies matrices by gonum's own routines, as a racer (see bench/race).
//
// usage: gonum nn|nt M N K TIMES
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

func main() {
	var m, n, k, times int
	for i, to := range []*int{&m, &n, &k, &times} {
		if len(os.Args) != 6 || read(os.Args[i+2], to) != nil {
			fmt.Fprintln(os.Stderr, "usage: gonum nn|nt M N K TIMES")
			os.Exit(2)
		}
	}
	a, b, c, order := matrix(m, k, 7), matrix(k, n, 5), matrix(m, n, 1), blas.NoTrans
	if os.Args[1] == "nt" {
		b, order = matrix(n, k, 5), blas.Trans
	}
	fmt.Println("ready 0 gonum's blas32, native Go, f32")
	var threads int
	for lines := bufio.NewScanner(os.Stdin); lines.Scan() && read(lines.Text(), &threads) == nil; {
		runtime.GOMAXPROCS(threads)
		begun := time.Now()
		for range times {
			blas32.Gemm(blas.NoTrans, order, 1, a, b, 0, c)
		}
		seconds, sum := time.Since(begun).Seconds()/float64(times), 0.0
		for _, v := range c.Data {
			sum += float64(v)
		}
		fmt.Println(seconds, sum)
	}
}

func read(text string, to *int) error {
	_, err := fmt.Sscan(text, to)
	return err
}

// matrix is quarters around zero that repeat after an odd number of them.
func matrix(rows, columns, period int) blas32.General {
	data := make([]float32, rows*columns)
	for i := range data {
		data[i] = float32(i%period-period/2) / 4
	}
	return blas32.General{Rows: rows, Cols: columns, Stride: columns, Data: data}
}
