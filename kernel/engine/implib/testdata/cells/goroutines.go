// Goroutines, channels, select, closures, defer and panics that cross into the worker's code and back.
package main

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
)

type job struct {
	id   int
	done chan<- result
}

type result struct {
	id   int
	text string
	err  error
}

var (
	counter struct {
		sync.RWMutex
		by map[string]int
	}
	cond = sync.NewCond(&sync.Mutex{})
)

func work(jobs <-chan job) {
	for j := range jobs {
		func() {
			defer func() {
				if r := recover(); r != nil {
					err, _ := r.(error)
					j.done <- result{j.id, "", err}
				}
			}()
			j.done <- result{j.id, strings.Repeat("*", 10/(j.id%5)), nil}
		}()
	}
}

func fib(n int) func() int {
	a, b := 0, 1
	return func() int {
		defer func() { a, b = b, a+b }()
		return a + n
	}
}

func deep(n int) (s string) {
	defer func() {
		if n%100 == 0 {
			s += "."
		}
	}()
	if n == 0 {
		return "deep"
	}
	var pad [256]byte // grows the stack
	pad[n%256] = 1
	return deep(n - int(pad[n%256]))
}

func main() {
	jobs, done := make(chan job), make(chan result, 3)
	for range 4 {
		go work(jobs)
	}
	go func() {
		defer close(jobs)
		for i := range 20 {
			jobs <- job{i, done}
		}
	}()
	var results []result
	for range 20 {
		results = append(results, <-done)
	}
	slices.SortFunc(results, func(a, b result) int { return a.id - b.id })
	for _, r := range results {
		var re runtime.Error
		fmt.Println(r.id, r.text, r.err, errors.As(r.err, &re))
	}
	f, g := fib(0), fib(100)
	for range 5 {
		fmt.Print(f(), " ", g(), "\n")
	}
	counter.by = map[string]int{}
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			counter.Lock()
			defer counter.Unlock()
			counter.by[fmt.Sprint("k", i%3)]++
		})
	}
	wg.Wait()
	fmt.Println(counter.by)
	ready := false
	go func() { cond.L.Lock(); ready = true; cond.L.Unlock(); cond.Broadcast() }()
	cond.L.Lock()
	for !ready {
		cond.Wait()
	}
	cond.L.Unlock()
	select {
	case r := <-done:
		fmt.Println("unexpected", r)
	case <-time.After(time.Millisecond):
		fmt.Println("nothing left")
	}
	fmt.Println(deep(1000), debug.SetGCPercent(debug.SetGCPercent(50)) == 50)
	defer fmt.Println("deferred")
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		var m map[string]int
		m["x"] = 1
	}()
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		slices.IndexFunc([]int{1, 2}, func(i int) bool { return []int{}[i] == 0 })
	}()
}
