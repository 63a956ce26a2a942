package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func (p *Program) workerCommand() *cobra.Command {
	f := newGradeFlags()
	c := &cobra.Command{
		Use:   "worker LESSON|COURSE --db postgres://USER@HOST/DATABASE",
		Short: "Grade what others have handed in at a registry, until it is told to stop",
		Long: `Worker takes submissions from a registry and grades them, on as many machines as there are. It makes the graders first, as "resident grade" does, and takes only what is for one of them:
the lesson has to be the same to the letter, and so has --cell-timeout.

A worker may be killed at any time. What it was at is graded by another one, and counts once. Told to stop (Ctrl-C, SIGTERM), it gives back at once what it was at.`,
		Args: cobra.ExactArgs(1),
		RunE: interruptible(func(ctx context.Context, args []string) error { return p.worker(ctx, args[0], f) }),
	}
	f.register(c, "")
	return c
}

func (p *Program) worker(ctx context.Context, lesson string, f *gradeFlags) error {
	if f.workers < 1 {
		return fmt.Errorf("worker: %d at a time, want 1 or more: -j 1", f.workers)
	}
	if f.db == "" {
		return errors.New("worker: want the registry from which it takes work: --db PLACE")
	}
	c, err := p.openClass(ctx, lesson, f)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Stderr, "working for %s\n", strings.Join(c.Names(), ", "))
	return errors.Join(c.Work(ctx, c.options), c.close())
}
