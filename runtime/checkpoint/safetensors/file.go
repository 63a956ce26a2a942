package safetensors

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFile writes a file whole or not at all: under another name first, which takes the file's place when everything is
// on the disk. Tensors may be read from the very file that is replaced.
func WriteFile(path string, tensors []Tensor, metadata map[string]string) error {
	return replace(path, func(w io.Writer) error { return Write(w, tensors, metadata) })
}

// replace puts what write writes into the place of a file.
func replace(path string, write func(io.Writer) error) error {
	d, err := newDraft(path, write)
	if err == nil {
		err = d.publish()
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", quoted(path), err)
	}
	return nil
}

// draft is a file that is complete, but not in its place yet.
type draft struct{ temp, target string }

func newDraft(path string, write func(io.Writer) error) (d draft, err error) {
	target, mode, err := place(path)
	if err != nil {
		return d, err
	}
	f, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*")
	if err != nil {
		return d, err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return d, err
	}
	if err := f.Chmod(mode); err != nil {
		return d, err
	}
	if err := f.Sync(); err != nil {
		return d, err
	}
	return draft{f.Name(), target}, f.Close()
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

func (d draft) publish() error { return os.Rename(d.temp, d.target) }
func (d draft) discard()       { os.Remove(d.temp) }
