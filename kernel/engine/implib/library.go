package implib

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// Library is an opened shared library of Go code. Its methods may be called from any goroutine.
//
// The file stays mapped until Close. Whoever replaces it meanwhile must rename another file into its place: to write
// into a mapped file changes what is read, and to truncate it kills the reader.
type Library struct {
	path  string
	mu    sync.RWMutex // held for reading while *image is in use
	image *image       // nil once closed
	unmap func() error
}

// Open maps a shared library that `go tool link -buildmode=shared` made and reads its tables.
func Open(path string) (*Library, error) {
	data, unmap, err := mapFile(path)
	if err != nil {
		return nil, fmt.Errorf("implib: open library: %w", err)
	}
	m, err := parse(data)
	if err != nil {
		unmap()
		return nil, fmt.Errorf("implib: open library %s: %w", path, err)
	}
	return &Library{path: path, image: m, unmap: unmap}, nil
}

// Close waits for writers to end and releases the library's memory. To close it again does nothing.
func (l *Library) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.image == nil {
		return nil
	}
	l.image = nil
	if err := l.unmap(); err != nil {
		return fmt.Errorf("implib: close library %s: %w", l.path, err)
	}
	return nil
}

// Write writes l's import library for a cell that refers to the symbols refs (see [Refs]): names that l does not define
// are passed over. The file at path appears whole or not at all. Its name must be the one that l was linked under,
// because the name is part of what the Go linker and the loader compare.
//
// For a cell that is linked against several libraries, use [WriteAll].
func (l *Library) Write(path string, refs []string) error {
	return write(refs, []*Library{l}, []string{path})
}

// WriteAll writes into dir the import libraries of a cell that is linked against several libraries, one for each, under
// the libraries' own file names, and returns their paths. It differs from a Write of each in that the types of one
// library (of a struct's fields, say) are found in the others.
func WriteAll(dir string, refs []string, libs ...*Library) ([]string, error) {
	paths := make([]string, len(libs))
	for i, l := range libs {
		paths[i] = filepath.Join(dir, filepath.Base(l.path))
	}
	return paths, write(refs, libs, paths)
}

func write(refs []string, libs []*Library, paths []string) error {
	images := make([]*image, len(libs))
	for i, l := range libs {
		l.mu.RLock()
		defer l.mu.RUnlock()
		if l.image == nil {
			return fmt.Errorf("implib: write %s: library %s is closed", paths[i], l.path)
		}
		images[i] = l.image
	}
	chosen := choose(images, refs)
	for i, c := range chosen {
		name := filepath.Base(paths[i])
		if !c.add(abiHash + name) {
			return fmt.Errorf("implib: write %s: library %s was linked under another name: it has no symbol %s",
				paths[i], libs[i].path, abiHash+name)
		}
		if err := writeFile(paths[i], c.encode(name)); err != nil {
			return fmt.Errorf("implib: write import library: %w", err)
		}
	}
	return nil
}

// writeFile puts data at path by way of a temporary file beside it.
func writeFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
