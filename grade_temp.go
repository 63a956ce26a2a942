package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// tempFolder is a folder for what sessions of a class get to see. A lock beside it says that the process lives: what one that was killed has left, the next one removes.
type tempFolder struct {
	path string
	lock *os.File
}

const (
	tempPrefix = "resident-grade-"
	lockSuffix = ".lock"
)

// openTemp makes a folder among the system's temporary ones. TMPDIR stays what it is: sandboxes choose their users by names that are free there.
func openTemp() (*tempFolder, error) {
	among := os.TempDir()
	sweepTemp(among)
	for {
		lock, err := os.CreateTemp(among, tempPrefix+"*"+lockSuffix)
		if err != nil {
			return nil, fmt.Errorf("make a temporary folder: %w", err)
		}
		t := &tempFolder{strings.TrimSuffix(lock.Name(), lockSuffix), lock}
		if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", lock.Name(), err), t.close())
		}
		if !named(lock) { // somebody swept between the two
			lock.Close()
			continue
		}
		if err := os.Mkdir(t.path, 0o711); err != nil { // students, who are other users, read the seed in it
			return nil, errors.Join(fmt.Errorf("make a temporary folder: %w", err), t.close())
		}
		return t, nil
	}
}

func (t *tempFolder) close() error {
	return errors.Join(os.RemoveAll(t.path), os.Remove(t.lock.Name()), t.lock.Close())
}

// named tells whether an open file still has its name.
func named(f *os.File) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	found, err := os.Stat(f.Name())
	return err == nil && os.SameFile(opened, found)
}

// sweepTemp removes what belongs to no process any more, and to this user. What it cannot remove stays for who can.
func sweepTemp(among string) {
	locks, _ := filepath.Glob(filepath.Join(among, tempPrefix+"*"+lockSuffix))
	for _, name := range locks {
		lock, err := os.OpenFile(name, os.O_RDWR|syscall.O_NOFOLLOW, 0)
		if err != nil {
			continue
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil && named(lock) {
			if os.RemoveAll(strings.TrimSuffix(name, lockSuffix)) == nil {
				os.Remove(name)
			}
		}
		lock.Close()
	}
}
