package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// quiet is how long nothing must have changed before what was changed is looked at: editors write a file in several steps.
const quiet = 100 * time.Millisecond

// watching is files that are checked, and what changes in their folders. Cells run there and may write there: what they do must not have them run again, for ever.
type watching struct {
	*fsnotify.Watcher
	files   []string
	folders map[string][]string // of each file
	texts   map[string]bool     // what people write
	own     map[string]bool     // what cells write, as it seems
	follows bool                // the run at hand was begun since the one before it had changed something
	aside   string              // a folder for marks
}

func newWatching(files []string) (w *watching, err error) {
	w = &watching{files: files, folders: map[string][]string{}, texts: map[string]bool{}, own: map[string]bool{}}
	if w.Watcher, err = fsnotify.NewWatcher(); err != nil {
		return nil, err
	}
	if w.aside, err = os.MkdirTemp("", "resident-watch-"); err == nil {
		w.aside = filepath.Clean(w.aside) // as changes in it are told
		err = w.Add(w.aside)
	}
	for _, file := range files {
		for _, text := range texts(file) {
			w.texts[text] = true
			if dir := filepath.Dir(text); err == nil && !slices.Contains(w.folders[file], dir) {
				w.folders[file] = append(w.folders[file], dir)
				if err = w.Add(dir); err != nil {
					err = fmt.Errorf("%s: %w", dir, err)
				}
			}
		}
	}
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *watching) close() error { return errors.Join(w.Close(), os.RemoveAll(w.aside)) }

// during runs f and returns what has changed until it was through. Changes are told in their order: when the one of a mark that is set behind f has been told, all of f's have.
func (w *watching) during(ctx context.Context, f func()) (changed map[string]bool, err error) {
	ended := make(chan struct{})
	go func() { defer close(ended); f() }()
	changed = map[string]bool{}
	var mark string
	var given <-chan struct{}
	for {
		select {
		case <-ended:
			ended, given = nil, ctx.Done()
			mark, err = w.mark()
		case <-given:
			return nil, nil
		case err = <-w.Errors:
			if errors.Is(err, fsnotify.ErrEventOverflow) { // too much to tell, and a mark may be lost in it
				w.many(changed)
				if err = nil; mark != "" {
					mark, err = w.mark()
				}
			}
		case event := <-w.Events:
			if event.Name == mark {
				return changed, nil
			}
			w.note(event, changed)
		}
		if err != nil {
			return nil, err
		}
	}
}

// mark makes a file whose creation will be told.
func (w *watching) mark() (string, error) {
	f, err := os.CreateTemp(w.aside, "")
	if err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}

// note notes a change in one of the folders.
func (w *watching) note(event fsnotify.Event, changed map[string]bool) {
	name := filepath.Clean(event.Name)
	if event.Op != fsnotify.Chmod && !strings.HasPrefix(filepath.Base(name), ".") && filepath.Dir(name) != w.aside {
		changed[name] = true
	}
}

// many notes that anything may have changed.
func (w *watching) many(changed map[string]bool) {
	for _, dirs := range w.folders {
		for _, dir := range dirs {
			changed[filepath.Join(dir, "*")] = true
		}
	}
}

// after says which files are due, given what has changed while cells ran. Whether cells or people have changed it, nobody can tell. So it counts; but what changes in the run that this begins,
// too, is written by cells. Texts are people's in any case.
func (w *watching) after(changed map[string]bool) (due, written []string) {
	counts, follows := map[string]bool{}, w.follows
	w.follows = true
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		switch {
		case w.texts[name]:
			counts[name], w.follows = true, false
		case w.own[name]:
		case follows:
			w.own[name] = true
			written = append(written, name)
		default:
			counts[name] = true
		}
	}
	return w.near(counts), written
}

// wait waits for a change while nothing runs, and for it to be over, and returns the files that it may have to do with. None says that ctx has ended.
func (w *watching) wait(ctx context.Context) ([]string, error) {
	w.follows = false
	changed := map[string]bool{}
	timer := time.NewTimer(quiet)
	timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, nil
		case err := <-w.Errors:
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				return nil, err
			}
			w.many(changed)
		case event := <-w.Events:
			w.note(event, changed)
			delete(w.own, filepath.Clean(event.Name)) // people write it, too
		case <-timer.C:
			return w.near(changed), nil
		}
		if len(w.near(changed)) > 0 {
			timer.Reset(quiet)
		}
	}
}

// near are the files in whose folders something has changed.
func (w *watching) near(changed map[string]bool) (due []string) {
	for _, file := range w.files {
		for name := range changed {
			if slices.Contains(w.folders[file], filepath.Dir(name)) && !slices.Contains(due, file) {
				due = append(due, file)
			}
		}
	}
	return due
}
