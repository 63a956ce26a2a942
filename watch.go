package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/resident-go/resident/lessons/course"
)

// watch calls run with all files, and then with those in whose folder something has changed, until ctx ends. What run finds wrong is no reason to
// end; neither is a file that cannot be read just now.
func (p *Program) watch(ctx context.Context, files []string, run func(files []string) error) (err error) {
	w, err := newWatching(files)
	if err != nil {
		return fmt.Errorf("watch files: %w", err)
	}
	defer func() { err = errors.Join(err, w.close()) }()
	due := files
	for ctx.Err() == nil {
		changed, err := w.during(ctx, func() {
			if err := run(due); err != nil && !errors.Is(err, errCheckFailed) && !errors.Is(err, errBroken) && ctx.Err() == nil {
				fmt.Fprintln(p.Stderr, "resident:", oneLine(err))
			}
		})
		if err != nil {
			return fmt.Errorf("watch files: %w", err)
		}
		var written []string
		if due, written = w.after(changed); len(written) > 0 {
			fmt.Fprintf(p.Stderr, "%s: written whenever cells run, which is no reason to run them again\n", strings.Join(written, ", "))
		}
		if len(due) > 0 {
			continue
		}
		fmt.Fprintln(p.Stderr, "waiting for changes")
		if due, err = w.wait(ctx); err != nil {
			return fmt.Errorf("watch files: %w", err)
		}
	}
	return nil
}

// texts are what people write of a file that is checked: itself and, of a course, its lessons. Their folders are those in which a change may have to do with
// the file, also since editors put a new file in the place of the old one.
func texts(file string) []string {
	all := []string{filepath.Clean(file)}
	if !course.IsCourse(file) {
		return all
	}
	c, err := course.Read(file)
	if err != nil {
		return all // the check says what is wrong
	}
	for _, lesson := range c.Lessons() {
		all = append(all, filepath.Clean(lesson))
	}
	return all
}
