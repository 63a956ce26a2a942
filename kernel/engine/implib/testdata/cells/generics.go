// Generic functions and types, instantiated here and by the worker, iterators and sorting.
package main

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
)

type number interface{ ~int | ~float64 }

func sum[T number](xs ...T) (s T) {
	for _, x := range xs {
		s += x
	}
	return s
}

type list[T any] struct {
	head *node[T]
	n    int
}

type node[T any] struct {
	value T
	next  *node[T]
}

func (l *list[T]) push(v T) { l.head, l.n = &node[T]{v, l.head}, l.n+1 }

func (l *list[T]) all() iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		i := 0
		for n := l.head; n != nil; n = n.next {
			if !yield(i, n.value) {
				return
			}
			i++
		}
	}
}

func apply[T, U any](seq iter.Seq[T], f func(T) U) iter.Seq[U] {
	return func(yield func(U) bool) {
		for v := range seq {
			if !yield(f(v)) {
				return
			}
		}
	}
}

type celsius float64

type tagged struct {
	Name string `json:"name@home"` // an @ is mangled in the names of what is instantiated with it
}

type set[K comparable] = map[K]struct{}

var shared sync.Map

func main() {
	fmt.Println(sum(1, 2, 3), sum(1.5, 2), sum(celsius(20), 1))
	var l list[struct {
		Name string `k:"a@b"`
	}]
	l.push(struct {
		Name string `k:"a@b"`
	}{"x"})
	for i, v := range l.all() {
		fmt.Printf("%d %T %v\n", i, v, v)
	}
	var tags list[tagged]
	tags.push(tagged{"t"})
	fmt.Printf("%T %v\n", tags, tags.head.value)
	m := map[string][]int{"a": {1}, "b": {2, 3}, "c": nil}
	keys := slices.Sorted(maps.Keys(m))
	fmt.Println(keys, slices.Collect(apply(slices.Values(keys), strings.ToUpper)))
	s := set[[2]string]{{"a", "b"}: {}}
	_, ok := s[[2]string{"a", "b"}]
	fmt.Println(ok, len(s))
	people := []tagged{{"b"}, {"a"}}
	slices.SortFunc(people, func(x, y tagged) int { return strings.Compare(x.Name, y.Name) })
	fmt.Println(people, slices.IndexFunc(people, func(p tagged) bool { return p.Name == "b" }))
	shared.Store("k", people)
	v, _ := shared.Load("k")
	fmt.Println(v.([]tagged)[0])
	fmt.Println(sync.OnceValue(func() error { return errors.Join(errors.New("x"), errors.New("y")) })())
	next, stop := iter.Pull(slices.Values([]complex128{1i, 2}))
	defer stop()
	a, _ := next()
	b, _ := next()
	fmt.Println(a*b, min(3, 2), max("a", "b"))
}
