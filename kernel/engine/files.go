package engine

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// writeFile writes a file that appears whole or not at all, with the folders above it.
func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err = f.Write(data); err == nil {
		err = f.Chmod(0o666)
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func writeExecutable(path, text string) error {
	if err := writeFile(path, []byte(text)); err != nil {
		return err
	}
	return os.Chmod(path, 0o777)
}

// linkOrCopy makes to the same file as from, or a copy where the file system cannot.
func linkOrCopy(from, to string) error {
	os.Remove(to)
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

// lockFile takes an exclusive lock that the operating system drops with the process.
func lockFile(path string) (unlock func(), err error) {
	f, err := openLock(path, syscall.LOCK_EX)
	if err != nil {
		return nil, fmt.Errorf("lock the cache: %w", err)
	}
	return func() { f.Close() }, nil
}

// openLock opens a file, which need not be there, with a lock of [syscall.Flock]'s kinds. Whoever removes the file has it locked; who waited for that
// lock has one that nobody else will find, and begins anew.
func openLock(path string, how int) (*os.File, error) {
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o666)
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(f.Fd()), how); err != nil {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		locked, err := f.Stat()
		if err != nil {
			f.Close()
			return nil, err
		}
		if there, err := os.Stat(path); err == nil && os.SameFile(locked, there) {
			return f, nil
		}
		f.Close()
	}
}
