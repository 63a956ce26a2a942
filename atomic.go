package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// writeFile writes a file whole or not at all: under another name first, which takes the file's place when everything
// is on the disk. What stood there before stays until then. A device or a pipe is simply written to.
func writeFile(name string, write func(io.Writer) error) error {
	target, mode, err := place(name)
	if err == nil && mode.IsRegular() {
		err = replaceFile(target, mode.Perm(), write)
	} else if err == nil {
		err = writeDevice(target, write)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, cause(err))
	}
	return nil
}

// place follows links to where a file stands or will stand. (runtime/internal/draft has one like it, for cells: see DECISIONS.md.)
func place(name string) (target string, mode fs.FileMode, err error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return name, 0o644, nil
	case err != nil:
		return "", 0, err
	case info.IsDir():
		return "", 0, errors.New("is a folder")
	case !info.Mode().IsRegular():
		return name, info.Mode(), nil
	}
	target, err = filepath.EvalSymlinks(name)
	return target, info.Mode(), err
}

func replaceFile(target string, perm fs.FileMode, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Chmod(perm); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), target)
}

func writeDevice(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// writable says early what would otherwise be found out after a long run.
func writable(name string) error {
	target, mode, err := place(name)
	if err == nil && mode.IsRegular() {
		err = tryFolder(filepath.Dir(target))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, cause(err))
	}
	return nil
}

func tryFolder(dir string) error {
	f, err := os.CreateTemp(dir, ".resident-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// cause takes the name of a temporary file off an error: nobody has heard of that.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) && err == error(path) {
		return path.Err
	}
	return err
}
