//go:build linux && (amd64 || arm64)

package implib_test

import (
	"path/filepath"
	"testing"

	"github.com/resident-go/resident/kernel/engine/implib"
)

func BenchmarkOpen(b *testing.B) {
	tc := newToolchain(b)
	b.SetBytes(int64(len(read(b, tc.worker))))
	for b.Loop() {
		l, err := implib.Open(tc.worker)
		if err != nil {
			b.Fatal(err)
		}
		l.Close()
	}
}

func BenchmarkRefs(b *testing.B) {
	archive := benchmarkArchive(b, newToolchain(b))
	for b.Loop() {
		if _, err := implib.Refs(archive); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	tc := newToolchain(b)
	refs, err := implib.Refs(benchmarkArchive(b, tc))
	if err != nil {
		b.Fatal(err)
	}
	l := openLibrary(b, tc.worker)
	path := filepath.Join(b.TempDir(), filepath.Base(tc.worker))
	for b.Loop() {
		if err := l.Write(path, refs); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkArchive(b *testing.B, tc *toolchain) string {
	b.Helper()
	archive := filepath.Join(b.TempDir(), "cell.a")
	if err := tc.compile(archive, tc.packages, "cells/interfaces.go"); err != nil {
		b.Fatal(err)
	}
	return archive
}
