// Package draft writes files whole or not at all: first under another name in the same folder, then, when everything is on
// the disk, in their place. What stood there before stays until then, and whoever has it open keeps it.
package draft

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Draft is a file that is complete, but not in its place yet.
type Draft struct{ temp, target string }

// New writes a draft of the file at path. Its mode is that of the file it will replace; links lead to the file that they
// point at.
func New(path string, write func(io.Writer) error) (d Draft, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %q: %w", path, err)
		}
	}()
	target, mode, err := place(path)
	if err != nil {
		return d, err
	}
	f, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*")
	if err != nil {
		return d, err
	}
	complete := false
	defer func() {
		if !complete { // also where write panics
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := errors.Join(fill(f, mode, write), f.Close()); err != nil {
		return d, err
	}
	complete = true
	return Draft{f.Name(), target}, nil
}

func fill(f *os.File, mode fs.FileMode, write func(io.Writer) error) error {
	if err := write(f); err != nil {
		return err
	}
	if err := f.Chmod(mode); err != nil {
		return err
	}
	return f.Sync()
}

// place follows links to where a file stands or will stand.
func place(path string) (target string, mode fs.FileMode, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path, 0o644, nil
	case err != nil:
		return "", 0, err
	case !info.Mode().IsRegular():
		return "", 0, errors.New("not a regular file")
	}
	target, err = filepath.EvalSymlinks(path)
	return target, info.Mode().Perm(), err
}

// Publish puts the draft into its place.
func (d Draft) Publish() error {
	if err := os.Rename(d.temp, d.target); err != nil {
		return fmt.Errorf("write %q: %w", d.target, err)
	}
	// The new name is to outlast a power cut, too. Where a system cannot do that for folders, the old file may come back, whole.
	if folder, err := os.Open(filepath.Dir(d.target)); err == nil {
		_ = folder.Sync()
		folder.Close()
	}
	return nil
}

// Discard removes the draft.
func (d Draft) Discard() { os.Remove(d.temp) }

// Replace writes a draft and publishes it.
func Replace(path string, write func(io.Writer) error) error {
	d, err := New(path, write)
	if err != nil {
		return err
	}
	if err := d.Publish(); err != nil {
		d.Discard()
		return err
	}
	return nil
}
