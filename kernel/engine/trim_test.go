package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestTrimBases has six workers in a cache, one of them old but in use, and one that was never finished; and locks of two others, one of which is being made.
func TestTrimBases(t *testing.T) {
	dir := t.TempDir()
	for i := range 7 {
		b := &base{dir: filepath.Join(dir, fmt.Sprintf("base-%d", i)), Key: fmt.Sprint(i)}
		if i < 6 {
			if err := writeFile(b.manifest(), nil); err != nil {
				t.Fatal(err)
			}
		} else if err := os.Mkdir(b.dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := writeFile(filepath.Join(dir, "cells-"+b.Key, "x.so"), nil); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if err := b.lock(dir); err != nil {
				t.Fatal(err)
			}
			defer b.release()
		}
		used := time.Now().Add(time.Duration(i-10) * time.Hour)
		os.Chtimes(b.manifest(), used, used)
	}
	unlock, err := lockFile(lockPath(dir, "made"))
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if err := writeFile(lockPath(dir, "gone"), nil); err != nil {
		t.Fatal(err)
	}
	trimBases(dir)
	locks, err := filepath.Glob(lockPath(dir, "*"))
	if want := []string{lockPath(dir, "0"), lockPath(dir, "made")}; err != nil || !slices.Equal(locks, want) {
		t.Errorf("locks are %q, %v, expected %q", locks, err, want)
	}
	for i, want := range []bool{true, false, true, true, true, true, false} {
		for _, name := range []string{"base-", "cells-"} {
			if _, err := os.Stat(filepath.Join(dir, name+fmt.Sprint(i))); (err == nil) != want {
				t.Errorf("%s%d is there: %v, want %v", name, i, err == nil, want)
			}
		}
	}
}

// TestTrimmedMeanwhile finds a worker that another program removes before it is locked, and one that it does not.
func TestTrimmedMeanwhile(t *testing.T) {
	dir := t.TempDir()
	for i := range keptBases + 1 {
		b := &base{dir: filepath.Join(dir, fmt.Sprintf("base-%d", i)), Key: fmt.Sprint(i)}
		if err := writeFile(b.manifest(), nil); err != nil {
			t.Fatal(err)
		}
		used := time.Now().Add(time.Duration(i-10) * time.Hour)
		os.Chtimes(b.manifest(), used, used)
	}
	trimBases(dir)
	for i, want := range []bool{false, true} {
		b := &base{dir: filepath.Join(dir, fmt.Sprintf("base-%d", i)), Key: fmt.Sprint(i)}
		kept, err := b.keep(dir)
		if err != nil || kept != want {
			t.Errorf("base %d is kept: %v, %v, want %v", i, kept, err, want)
		}
		if kept {
			b.release()
		}
	}
}
