package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/playground"
)

// playground makes what computes on a lesson's page; nil if there is nothing on it that does.
func (p *Program) playground(ctx context.Context, l *lessons.Lesson) (*playground.Parts, error) {
	if !l.HasPlayground() {
		return nil, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("build the playground: %w", err)
	}
	return playground.Build(ctx, source, filepath.Join(cache, "resident"), p.busy)
}
