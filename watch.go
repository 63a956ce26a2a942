package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/resident-go/resident/lessons/course"
)

// quiet is how long nothing must have changed before what was changed is looked at: editors write a file in several steps.
const quiet = 100 * time.Millisecond

// watch calls run with all files, and then with those in whose folder something has changed, until ctx ends. What run finds wrong is no reason to
// end; neither is a file that cannot be read just now.
func (p *Program) watch(ctx context.Context, files []string, run func(files []string) error) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch files: %w", err)
	}
	defer w.Close()
	folders := map[string][]string{} // for each file that is checked
	for _, file := range files {
		folders[file] = foldersOf(file)
		for _, dir := range folders[file] {
			if err := w.Add(dir); err != nil {
				return fmt.Errorf("watch %s: %w", dir, err)
			}
		}
	}
	due := files
	for ctx.Err() == nil {
		if err := run(due); err != nil && !errors.Is(err, errCheckFailed) && !errors.Is(err, errBroken) && ctx.Err() == nil {
			fmt.Fprintln(p.Stderr, "resident:", oneLine(err))
		}
		fmt.Fprintln(p.Stderr, "waiting for changes")
		if due, err = changed(ctx, w, folders); err != nil {
			return err
		}
	}
	return nil
}

// foldersOf are the folders in which a change may have to do with a file: its own, since editors put a new file in the place of the old one, and those of
// a course's lessons.
func foldersOf(file string) []string {
	dirs := []string{filepath.Dir(file)}
	if !course.IsCourse(file) {
		return dirs
	}
	c, err := course.Read(file)
	if err != nil {
		return dirs // the check says what is wrong
	}
	for _, lesson := range c.Lessons() {
		dirs = append(dirs, filepath.Dir(lesson))
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// changed waits for a change, and for it to be over, and returns the files that it may have to do with. None says that ctx has ended.
func changed(ctx context.Context, w *fsnotify.Watcher, folders map[string][]string) ([]string, error) {
	var due []string
	timer := time.NewTimer(0)
	<-timer.C
	for {
		select {
		case <-ctx.Done():
			return nil, nil
		case err := <-w.Errors:
			return nil, fmt.Errorf("watch files: %w", err)
		case event := <-w.Events:
			if event.Op == fsnotify.Chmod || strings.HasPrefix(filepath.Base(event.Name), ".") {
				continue
			}
			for _, file := range slices.Sorted(maps.Keys(folders)) {
				if slices.Contains(folders[file], filepath.Dir(event.Name)) && !slices.Contains(due, file) {
					due = append(due, file)
				}
			}
			if len(due) > 0 {
				timer.Reset(quiet)
			}
		case <-timer.C:
			return due, nil
		}
	}
}
