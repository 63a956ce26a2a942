package engine

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// keptBases is how many workers stay in the cache: one for each Go version, mode and version of this program that
// somebody is likely to use again.
const keptBases = 4

// keep locks a base that was found, and reports false if somebody has removed it before.
func (b *base) keep(cacheDir string) (bool, error) {
	if err := b.lock(cacheDir); err != nil {
		return false, err
	}
	if _, err := os.Stat(b.manifest()); err != nil {
		return false, b.release()
	}
	return true, nil
}

// lock marks the base as in use and as used now, until its release.
func (b *base) lock(cacheDir string) error {
	f, err := os.OpenFile(lockPath(cacheDir, b.Key), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH); err != nil {
		f.Close()
		return err
	}
	b.release = f.Close
	now := time.Now()
	os.Chtimes(b.manifest(), now, now) // a failure makes the base look older than it is
	return nil
}

func lockPath(cacheDir, key string) string { return filepath.Join(cacheDir, "base-"+key+".lock") }

// trimBases removes the workers used longest ago, with the cells that were built against them. One in use stays.
func trimBases(cacheDir string) {
	dirs, _ := filepath.Glob(filepath.Join(cacheDir, "base-*"))
	dirs = slices.DeleteFunc(dirs, func(d string) bool { return strings.HasSuffix(d, ".lock") })
	used := map[string]time.Time{} // those without a manifest are unfinished, and the oldest
	for _, d := range dirs {
		if info, err := os.Stat((&base{dir: d}).manifest()); err == nil {
			used[d] = info.ModTime()
		}
	}
	slices.SortFunc(dirs, func(a, b string) int { return cmp.Or(used[b].Compare(used[a]), cmp.Compare(a, b)) })
	for i, d := range dirs {
		if i < keptBases && !used[d].IsZero() {
			continue
		}
		key := strings.TrimPrefix(filepath.Base(d), "base-")
		f, err := os.OpenFile(lockPath(cacheDir, key), os.O_CREATE|os.O_RDWR, 0o666)
		if err != nil {
			continue
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			os.RemoveAll(d)
			os.RemoveAll(filepath.Join(cacheDir, "cells-"+key))
		}
		f.Close()
	}
}
