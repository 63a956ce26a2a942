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
	"github.com/resident-go/resident/lessons/sandbox"
)

// rooms are where cells are run while a class is graded.
type rooms struct {
	author, students grade.Start
	without          []string // what students' sessions do without
	folder           string
}

func (r *rooms) close() error { return os.RemoveAll(r.folder) }

// openRooms makes a folder with what cells read, in which neither the lesson with its solutions is nor what others wrote, and says how sessions in it begin: the author's as they
// are, students' in a sandbox, each with a copy of the folder.
func (p *Program) openRooms(ctx context.Context, dir string, files []string, f gradeFlags) (*rooms, error) {
	folder, err := gradeFolder(dir, files)
	if err != nil {
		return nil, err
	}
	r := &rooms{author: p.plainRoom(folder), folder: folder}
	r.students, r.without, err = p.studentsRoom(ctx, r, f)
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

func (p *Program) studentsRoom(ctx context.Context, r *rooms, f gradeFlags) (start grade.Start, without []string, err error) {
	if f.sandbox == noSandbox {
		fmt.Fprintln(p.Stderr, "resident: WARNING: students' code runs without a sandbox, as you, with all that you may do")
		return p.plainRoom(r.folder), []string{"any sandbox"}, nil
	}
	mode, err := sandbox.ParseMode(f.sandbox)
	if err != nil {
		return nil, nil, fmt.Errorf("%w, or none", err)
	}
	return p.sandboxed(ctx, r.folder, mode, sandbox.Limits{})
}

// plainRoom starts an engine for each session, in a copy of the folder.
func (p *Program) plainRoom(dir string) grade.Start {
	return func(ctx context.Context) (lessons.Runner, func() error, error) {
		folder, err := gradeFolder(dir, []string{"*", "*/*", "*/*/*"})
		if err != nil {
			return nil, nil, err
		}
		e, err := p.newEngine(ctx, folder)
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
