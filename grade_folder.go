package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/grade"
)

// gradeSessions starts an engine for each session, in a folder of its own: students' code may find neither the lesson with its solutions there nor what others wrote.
// Files are patterns below dir of what cells read.
func (p *Program) gradeSessions(dir string, files []string) grade.Start {
	return func(ctx context.Context) (lessons.Runner, func() error, error) {
		folder, err := gradeFolder(dir, files)
		if err != nil {
			return nil, nil, err
		}
		o, err := p.engineOptions(folder)
		if err != nil {
			return nil, nil, errors.Join(err, os.RemoveAll(folder))
		}
		e, err := startEngine(ctx, o, func(s string) { fmt.Fprintf(p.Stderr, "resident: %s\n", s) })
		if err != nil {
			return nil, nil, errors.Join(err, os.RemoveAll(folder))
		}
		return p.traced(e), func() error { return errors.Join(e.Close(), os.RemoveAll(folder)) }, nil
	}
}

// gradeFolder makes a folder with copies of the files that cells read.
func gradeFolder(dir string, patterns []string) (folder string, err error) {
	if folder, err = os.MkdirTemp("", "resident-grade-"); err != nil {
		return "", fmt.Errorf("make a folder for a session: %w", err)
	}
	from, err := os.OpenRoot(dir) // links out of the folder are not followed
	if err != nil {
		return "", err
	}
	defer from.Close()
	for _, pattern := range append([]string{"go.mod", "go.sum"}, patterns...) {
		names, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		if err != nil {
			return "", fmt.Errorf("files %q: %w", pattern, err)
		}
		for _, name := range names {
			if name, err = filepath.Rel(dir, name); err == nil {
				err = copyInto(folder, from, name)
			}
			if err != nil {
				return "", fmt.Errorf("copy what cells read: %w", err)
			}
		}
	}
	return folder, nil
}

func copyInto(folder string, from *os.Root, name string) error {
	in, err := from.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	if info, err := in.Stat(); err != nil || !info.Mode().IsRegular() {
		return err
	}
	to := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// dataBeside are the files beside a lesson that belongs to no course, which would say what cells read: those with data, not with texts, code or what was handed in.
func dataBeside(lesson string) (names []string) {
	entries, _ := os.ReadDir(filepath.Dir(lesson)) // the lesson itself is read later, and says what is wrong
	for _, e := range entries {
		ext := strings.ToLower(filepath.Ext(e.Name()))
		if e.Type().IsRegular() && slices.Contains([]string{".csv", ".json", ".txt", ".tsv", ".png", ".jpg", ".bin", ".safetensors"}, ext) {
			names = append(names, e.Name())
		}
	}
	return names
}
