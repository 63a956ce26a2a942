package engine

import (
	"context"
	"time"
)

type tellKey struct{}

// telling returns a context whose work tells a person what takes long. tell is called by the goroutine that works.
func telling(ctx context.Context, tell func(string)) context.Context {
	return context.WithValue(ctx, tellKey{}, tell)
}

// patience is how long a person waits without wondering.
const patience = time.Second

// slowly does something and, when it has taken longer than patience, tells the person who waits what it is.
func slowly[T any](ctx context.Context, what string, do func() (T, error)) (T, error) {
	tell, ok := ctx.Value(tellKey{}).(func(string))
	if !ok {
		return do()
	}
	type result struct {
		v   T
		err error
	}
	done := make(chan result, 1)
	go func() {
		v, err := do()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.v, r.err
	case <-time.After(patience):
		tell(what)
	}
	r := <-done
	return r.v, r.err
}
