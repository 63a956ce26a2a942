// Large types: those above 16 kB have their GC mask made on demand, so the linker goes by their parts.
package main

import (
	"bytes"
	"fmt"
	"net/url"
	"runtime"
	"strings"
)

type cell struct {
	pad   [5]uintptr
	p     *string
	urls  [7]url.URL
	plain [9]int
	next  *cell
	text  bytes.Buffer
}

type grid struct {
	n     int32
	cells [40][9]cell
	last  string
}

var (
	big    grid
	bigger [3]grid
	table  [5000]struct {
		n int
		s []string
		_ [3]byte
	}
	alone [1 << 12]url.URL
)

func text(n int) *string {
	s := fmt.Sprint(strings.Repeat("x", 500), n)
	return &s
}

func main() {
	for i := range big.cells {
		for j := range big.cells[i] {
			c := &big.cells[i][j]
			c.p = text(i*9 + j)
			c.urls[6].Path = *text(j)
			c.text.WriteString(*text(i))
			c.next = &cell{p: text(-i)}
		}
	}
	big.last = *text(1)
	bigger[2] = big
	bigger[2].last = *text(2)
	heap := new(grid)
	*heap = bigger[2]
	for i := range table {
		table[i].s = []string{*text(i)}
	}
	alone[len(alone)-1].RawQuery = *text(3)
	var keep [][]byte
	for i := range 20000 {
		b := bytes.Repeat([]byte{0xff}, 400+i%700)
		if i%100 == 0 {
			runtime.GC()
			keep = append(keep, b)
		}
	}
	for i := range big.cells {
		for j := range big.cells[i] {
			for _, g := range []*grid{&big, &bigger[2], heap} {
				c := &g.cells[i][j]
				if *c.p != *text(i*9 + j) || c.urls[6].Path != *text(j) || c.text.String() != *text(i) || *c.next.p != *text(-i) {
					fmt.Println("lost at", i, j)
				}
			}
		}
	}
	for i := range table {
		if table[i].s[0] != *text(i) {
			fmt.Println("lost row", i)
		}
	}
	fmt.Println(big.last == *text(1), bigger[2].last == heap.last, alone[len(alone)-1].RawQuery == *text(3), len(keep))
}
