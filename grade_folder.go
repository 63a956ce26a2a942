package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/resident-go/resident/kernel/engine"
	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/sandbox"
)

// rooms are where cells are run while a class is graded.
type rooms struct {
	author, students grade.Start
	without          []string // what students' sessions do without
	folder           string   // what is copied for each session
	seed             string   // folder with what students' sessions need not build
	temp             *tempFolder
	ended            []func(given func(code string) bool) error // author's sessions that have: they are closed when they have left what they built of the cells given
}

func (r *rooms) close() error { return errors.Join(r.end(nil), r.temp.close()) }

// teach makes, of what the author's sessions so far have built, a seed for students' sessions: the cells that are given to all, and neither solutions nor tests.
func (r *rooms) teach(given []string) error {
	return r.end(func(code string) bool { return slices.Contains(given, code) })
}

func (r *rooms) end(given func(code string) bool) (err error) {
	for _, end := range r.ended {
		err = errors.Join(err, end(given))
	}
	r.ended = nil
	return err
}

// openRooms makes a folder with what cells read, in which neither the lesson with its solutions is nor what others wrote, and says how sessions in it begin: the author's as they
// are, students' in a sandbox, each with a copy of the folder.
func (p *Program) openRooms(ctx context.Context, dir string, files []string, f *gradeFlags) (*rooms, error) {
	temp, err := openTemp()
	if err != nil {
		return nil, err
	}
	r := &rooms{temp: temp, seed: filepath.Join(temp.path, "seed")}
	if err = os.Mkdir(r.seed, 0o755); err == nil {
		r.folder, err = gradeFolder(temp.path, dir, files)
	}
	if err == nil {
		r.author = p.authorsRoom(r)
		r.students, r.without, err = p.studentsRoom(ctx, r, f)
	}
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

func (p *Program) studentsRoom(ctx context.Context, r *rooms, f *gradeFlags) (start grade.Start, without []string, err error) {
	if f.sandbox == noSandbox {
		fmt.Fprintln(p.Stderr, "resident: WARNING: students' code runs without a sandbox, as you, with all that you may do")
		return p.plainRoom(r.folder), []string{"any sandbox"}, nil
	}
	mode, err := sandbox.ParseMode(f.sandbox)
	if err != nil {
		return nil, nil, fmt.Errorf("%w, or none", err)
	}
	return p.sandboxed(ctx, r.folder, r.seed, mode, sandbox.Limits{})
}

// plainRoom starts an engine for each session, in a copy of the folder, beside it.
func (p *Program) plainRoom(dir string) grade.Start {
	return func(ctx context.Context) (lessons.Runner, func() error, error) {
		e, end, err := p.roomEngine(ctx, dir, "")
		if err != nil {
			return nil, nil, err
		}
		return p.traced(e), end, nil
	}
}

// authorsRoom is a plainRoom whose engines stay until it is known what of their work is for students' sessions.
func (p *Program) authorsRoom(r *rooms) grade.Start {
	return func(ctx context.Context) (lessons.Runner, func() error, error) {
		e, end, err := p.roomEngine(ctx, r.folder, r.seed)
		if err != nil {
			return nil, nil, err
		}
		leave := func(given func(code string) bool) (err error) {
			if given != nil {
				err = e.WriteSeed(r.seed, given)
			}
			return errors.Join(err, end())
		}
		return p.traced(e), func() error { r.ended = append(r.ended, leave); return nil }, nil
	}
}

func (p *Program) roomEngine(ctx context.Context, dir, seed string) (*engine.Engine, func() error, error) {
	folder, err := copiedFolder(filepath.Dir(dir), func(folder string) error { return os.CopyFS(folder, os.DirFS(dir)) })
	if err != nil {
		return nil, nil, err
	}
	o, err := p.engineOptions(folder)
	o.Seed = seed
	var e *engine.Engine
	if err == nil {
		e, err = startEngine(ctx, o, p.busy)
	}
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(folder))
	}
	return e, func() error { return errors.Join(e.Close(), os.RemoveAll(folder)) }, nil
}

// copiedFolder makes a folder in another one, for the cells of a session, and fills it.
func copiedFolder(in string, fill func(folder string) error) (folder string, err error) {
	if folder, err = os.MkdirTemp(in, "resident-cells-"); err != nil {
		return "", fmt.Errorf("make a folder for a session: %w", err)
	}
	if err := fill(folder); err != nil {
		return "", errors.Join(fmt.Errorf("copy what cells read: %w", err), os.RemoveAll(folder))
	}
	return folder, nil
}

// gradeFolder makes a folder, in another one, with copies of the files that cells read.
func gradeFolder(in, dir string, patterns []string) (folder string, err error) {
	from, err := os.OpenRoot(dir) // links out of the folder are not followed
	if err != nil {
		return "", err
	}
	defer from.Close()
	return copiedFolder(in, func(folder string) error {
		for _, pattern := range append([]string{"go.mod", "go.sum"}, patterns...) {
			names, err := fs.Glob(from.FS(), pattern)
			if err != nil {
				return fmt.Errorf("files %q: %w", pattern, err)
			}
			for _, name := range names {
				if err := copyInto(folder, from, name); err != nil {
					return err
				}
			}
		}
		return nil
	})
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
	to := filepath.Join(folder, filepath.FromSlash(name))
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

// literally is a file's name as a pattern.
var literally = strings.NewReplacer(`\`, `\\`, "[", `\[`, "*", `\*`, "?", `\?`)

// dataBeside are the files beside a lesson that belongs to no course, which would say what cells read: those with data, not with texts, code or what was handed in.
func dataBeside(lesson string) (names []string) {
	entries, _ := os.ReadDir(filepath.Dir(lesson)) // the lesson itself is read later, and says what is wrong
	for _, e := range entries {
		ext := strings.ToLower(filepath.Ext(e.Name()))
		if e.Type().IsRegular() && slices.Contains([]string{".csv", ".json", ".txt", ".tsv", ".png", ".jpg", ".bin", ".safetensors"}, ext) {
			names = append(names, literally.Replace(e.Name()))
		}
	}
	return names
}
