package engine

import (
	"context"
	"errors"
	"testing"
)

func TestSlowly(t *testing.T) {
	told := make(chan string, 1)
	ctx := telling(context.Background(), func(s string) { told <- s })
	v, err := slowly(ctx, "waiting", func() (string, error) { return <-told + " ended", nil })
	if v != "waiting ended" || err != nil {
		t.Errorf("something slow: %q, %v", v, err)
	}
	if _, err := slowly(ctx, "quick", func() (int, error) { return 0, errors.New("failed") }); err == nil || err.Error() != "failed" {
		t.Errorf("the error of something quick: %v", err)
	}
	if len(told) > 0 {
		t.Errorf("something quick was told: %s", <-told)
	}
}
