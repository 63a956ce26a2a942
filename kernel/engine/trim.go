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
	f, err := openLock(lockPath(cacheDir, b.Key), syscall.LOCK_SH)
	if err != nil {
		return err
	}
	b.release = f.Close
	now := time.Now()
	os.Chtimes(b.manifest(), now, now) // a failure makes the base look older than it is
	return nil
}

func lockPath(cacheDir, key string) string { return filepath.Join(cacheDir, "base-"+key+".lock") }

// trimBases removes the workers used longest ago, with the cells that were built against them and their locks. One in use stays.
func trimBases(cacheDir string) {
	files, _ := filepath.Glob(filepath.Join(cacheDir, "base-*"))
	var keys []string
	used := map[string]time.Time{} // those without a manifest are unfinished, or nothing but a lock, and the oldest
	for _, f := range files {
		key := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(f), "base-"), ".lock")
		keys = append(keys, key)
		if info, err := os.Stat((&base{dir: f}).manifest()); err == nil {
			used[key] = info.ModTime()
		}
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(used[b].Compare(used[a]), cmp.Compare(a, b)) })
	for i, key := range slices.Compact(keys) {
		if i < keptBases && !used[key].IsZero() {
			continue
		}
		lock, err := openLock(lockPath(cacheDir, key), syscall.LOCK_EX|syscall.LOCK_NB)
		if err != nil {
			continue // it is in use
		}
		os.RemoveAll(filepath.Join(cacheDir, "base-"+key))
		os.RemoveAll(filepath.Join(cacheDir, "cells-"+key))
		os.Remove(lock.Name())
		lock.Close()
	}
}
