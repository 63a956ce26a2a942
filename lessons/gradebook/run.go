package gradebook

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/submission"
)

// Options say how to grade.
type Options struct {
	Start   grade.Start // of a session for a submission
	Folder  string      // where attempts are kept
	Workers int         // how many submissions are graded at a time
	Manual  Manual
	Again   bool     // run what was graded before, too
	Without []string // what sessions do without; attempts keep that

	Done func(e *Entry, kept bool) // called for each submission, one at a time; kept says that it was not run again
}

// Grade grades the submissions. The error says that the work was ended, or that attempts cannot be stored; what was graded until then is kept.
func (c *Class) Grade(ctx context.Context, subs []submission.Submission, o Options) (*Book, error) {
	b := &Book{Title: c.Title}
	for _, t := range c.Tasks {
		b.Tasks = append(b.Tasks, TaskInfo{Name: t.Name, Title: t.Grader.Lesson.Meta.Title, Version: t.Grader.Version, Grader: t.Grader.Digest, Max: t.Grader.Max, Weight: t.Weight, Due: t.Due})
	}
	work, warnings := c.assign(subs)
	b.Warnings = warnings
	w := &working{class: c, options: o, book: b}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	jobs := make(chan handed)
	var workers sync.WaitGroup
	for range max(1, o.Workers) {
		workers.Go(func() {
			for h := range jobs {
				if ctx.Err() != nil {
					continue
				}
				if err := w.one(ctx, h); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, h := range work {
		select {
		case jobs <- h:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(jobs)
	workers.Wait()
	b.finish(c)
	return b, context.Cause(ctx)
}

type working struct {
	class   *Class
	options Options
	mu      sync.Mutex
	book    *Book
}

// one grades one submission, or finds that this was done.
func (w *working) one(ctx context.Context, h handed) error {
	file := filepath.Join(w.options.Folder, FileName(h.Student), fmt.Sprintf("%s-%.12s-%.12s.json", FileName(h.task.Name), h.Digest, h.task.Grader.Digest))
	a := read(file)
	kept := a != nil && !w.options.Again && a.Grader == h.task.Grader.Digest && a.Submission == h.Digest && h.Digest != ""
	if !kept {
		var err error
		if a, err = w.grade(ctx, h); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			w.failed(fmt.Sprintf("%s: %v", h.File, err))
			return nil
		}
		a.Submission = h.Digest
	}
	a.Lesson, a.Student, a.File, a.Received = h.task.Name, h.Student, h.File, h.Received
	if !kept {
		if err := store(file, a); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	e := w.class.entry(h.task, a, h.Late, w.options.Manual)
	w.book.Entries = append(w.book.Entries, e)
	if w.options.Done != nil {
		w.options.Done(&e, kept)
	}
	return nil
}

func (w *working) failed(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.book.Failed = append(w.book.Failed, text)
}

// grade grades a submission in a session, and once more in another one when the first broke.
func (w *working) grade(ctx context.Context, h handed) (a *grade.Attempt, err error) {
	if h.Problem != "" {
		a := h.task.Grader.Blank()
		a.Broken = h.Problem
		return a, nil
	}
	for range 2 {
		if a, err = h.task.Grader.Grade(ctx, h.Cells, w.options.Start); err == nil || ctx.Err() != nil {
			break
		}
	}
	if a != nil {
		a.Without = w.options.Without
	}
	return a, err
}

// read reads an attempt; one that cannot be read does not exist.
func read(file string) *grade.Attempt {
	data, err := os.ReadFile(file)
	a := new(grade.Attempt)
	if err != nil || json.Unmarshal(data, a) != nil {
		return nil
	}
	return a
}

// store writes an attempt so that it is there as a whole or not at all.
func store(file string, a *grade.Attempt) error {
	return writeFile(file, func(w io.Writer) error { return writeJSON(w, a) })
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// writeFile writes a file beside its place and moves it there.
func writeFile(file string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".writing-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = write(f)
	if chmod := f.Chmod(0o644); err == nil {
		err = chmod
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return os.Rename(f.Name(), file)
}

// FileName makes of a student's or a lesson's name one that a file can have. Two names that differ stay different.
func FileName(name string) string {
	var b strings.Builder
	for i, r := range []byte(name) {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_', r >= 0x80, r == ' ', r == '.' && i > 0:
			b.WriteByte(r)
		default:
			fmt.Fprintf(&b, "%%%02X", r)
		}
	}
	if b.Len() > 200 || b.Len() == 0 {
		return fmt.Sprintf("%%%x", shortDigest(name))
	}
	return b.String()
}
