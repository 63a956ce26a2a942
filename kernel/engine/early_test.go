package engine

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/resident-go/resident/nbformat"
)

// TestEarly: what a cell comes to that is interrupted while it is built.
func TestEarly(t *testing.T) {
	killed := fmt.Errorf("build the cell: %w", &toolError{tool: "compile", err: errors.New("signal: killed")})
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	rows := []struct {
		name        string
		ctx         context.Context
		err         error
		interrupted bool
	}{
		{"a compiler that was killed", cancelled, killed, true},
		{"a wait that was given up", cancelled, fmt.Errorf("wait: %w", context.Canceled), true},
		{"a compiler that somebody else killed", t.Context(), killed, false},
		{"another failure", cancelled, errors.New("no space left"), false},
		{"no failure", cancelled, nil, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var cell *nbformat.CellError
			err := early(row.ctx, row.err)
			if is := errors.As(err, &cell) && cell.EName == "Interrupted"; is != row.interrupted {
				t.Errorf("got %v", err)
			}
			if !row.interrupted && err != row.err {
				t.Errorf("got %v, want %v", err, row.err)
			}
		})
	}
}
