package submission

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// ErrNone says that there is a place, and no submission in it.
var ErrNone = errors.New("no submissions: want notebooks (.ipynb), in folders or zips")

// Read reads all submissions at a place: a folder, a zip or one file. Assignments are the names of the lessons that they may belong to. Warnings are about what was
// left out; the error says that there is nothing to read at all, [ErrNone] or why.
func Read(place string, assignments []string) (all []Submission, warnings []string, err error) {
	info, err := os.Stat(place)
	if err != nil {
		return nil, nil, err
	}
	r := &reading{assignments: assignments, times: map[string]string{}}
	switch ext := strings.ToLower(filepath.Ext(place)); {
	case info.IsDir():
		root, err := os.OpenRoot(place) // what leads out of the folder is not followed
		if err != nil {
			return nil, nil, err
		}
		defer root.Close()
		r.walk(root.FS())
	case ext == ".zip":
		z, err := zip.OpenReader(place)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", place, err)
		}
		defer z.Close()
		r.archive(&z.Reader, "")
	default:
		r.file(filepath.Base(place), info.Size(), func() (io.ReadCloser, error) { return os.Open(place) })
	}
	r.stampAll()
	if len(r.all) == 0 {
		return nil, r.warnings, fmt.Errorf("%s: %w", place, ErrNone)
	}
	return r.all, r.warnings, nil
}

type reading struct {
	assignments []string
	all         []Submission
	warnings    []string
	times       map[string]string // what timestamp.txt says, by folder
	inner       bool              // what is read is in a zip that somebody handed in
	files       int
}

func (r *reading) warn(file, format string, args ...any) {
	r.warnings = append(r.warnings, fmt.Sprintf("%s: %s", printable(file), fmt.Sprintf(format, args...)))
}

// walk reads a folder's files in the order of their names.
func (r *reading) walk(files fs.FS) {
	fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			r.warn(name, "cannot be read: %v", errors.Unwrap(err))
			return nil
		case name != "." && ignored(d.Name()):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			r.warn(name, "left out: it is no file, but a link or a device")
			r.reject(name, "it is no file, but a link or a device")
			return nil
		}
		info, err := d.Info()
		if err != nil {
			r.warn(name, "cannot be read: %v", err)
			return nil
		}
		if r.files++; r.files > maxFiles {
			r.warn(name, "left out, with all that follow: at most %d files are looked at", maxFiles)
			return fs.SkipAll
		}
		r.file(name, info.Size(), func() (io.ReadCloser, error) { return files.Open(name) })
		return nil
	})
}

// ignored names are those of editors and systems.
func ignored(name string) bool {
	return strings.HasPrefix(name, ".") || name == "__MACOSX"
}

// file reads one file, if it is something that is handed in.
func (r *reading) file(full string, size int64, open func() (io.ReadCloser, error)) {
	switch ext := strings.ToLower(path.Ext(full)); {
	case path.Base(full) == "timestamp.txt":
		if data, err := readAll(open, 1<<10); err == nil {
			r.times[path.Dir(full)] = string(data)
		}
	case ext == ".ipynb" || ext == ".md":
		s := place(full, r.assignments)
		if size > maxFile {
			s.Problem = tooLarge(size)
		} else if data, err := readAll(open, maxFile); err != nil {
			s.Problem = err.Error()
		} else {
			s.fill(data)
		}
		if ext == ".md" && s.Problem != "" {
			r.warn(full, "left out: it is no lesson: %s", s.Problem) // a README, most likely
			return
		}
		r.all = append(r.all, s)
	case ext == ".zip":
		r.zip(full, open)
	}
}

func tooLarge(size int64) string {
	return fmt.Sprintf("the file has %d bytes, at most %d are read", size, maxFile)
}

// reject notes what stands in place of a notebook and is none, so that its owner is not simply missing.
func (r *reading) reject(full, problem string) {
	if strings.ToLower(path.Ext(full)) == ".ipynb" {
		s := place(full, r.assignments)
		s.Problem = problem
		r.all = append(r.all, s)
	}
}

// zip reads one that somebody handed in: its files count as lying beside it.
func (r *reading) zip(full string, open func() (io.ReadCloser, error)) {
	if r.inner {
		r.warn(full, "left out: a zip in a zip in a zip")
		return
	}
	data, err := readAll(open, maxFile)
	if err == nil {
		var z *zip.Reader
		if z, err = zip.NewReader(bytes.NewReader(data), int64(len(data))); err == nil {
			r.inner = true
			r.archive(z, strings.TrimSuffix(full, path.Ext(full)))
			r.inner = false
			return
		}
	}
	r.warn(full, "left out: %v", err)
	s := place(full, r.assignments)
	s.Problem = fmt.Sprintf("the zip cannot be read: %v", err)
	r.all = append(r.all, s)
}

// archive reads a zip's files where they are: no name in it becomes a path.
func (r *reading) archive(z *zip.Reader, prefix string) {
	entries := slices.Clone(z.File)
	slices.SortFunc(entries, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	left := int64(maxFile)
	if !r.inner {
		left = 1 << 40 // the teacher's own download
	}
	for _, e := range entries {
		name := strings.ReplaceAll(e.Name, `\`, "/")
		full := path.Join(prefix, name)
		switch {
		case strings.HasSuffix(name, "/"):
			continue
		case path.IsAbs(name) || !fs.ValidPath(path.Clean(name)) || slices.Contains(strings.Split(name, "/"), ".."):
			r.warn(full, "left out: the name leads out of the archive")
			continue
		case slices.ContainsFunc(strings.Split(name, "/"), ignored):
			continue
		case !e.Mode().IsRegular():
			r.warn(full, "left out: it is no file, but a link or a device")
			r.reject(full, "it is no file, but a link or a device")
			continue
		}
		if r.files++; r.files > maxFiles {
			r.warn(full, "left out, with all that follow: at most %d files are looked at", maxFiles)
			return
		}
		if left -= int64(min(e.UncompressedSize64, 1<<40)); left < 0 {
			r.warn(full, "left out: the zip holds more than %d bytes", maxFile)
			r.reject(full, tooLarge(int64(e.UncompressedSize64)))
			continue
		}
		r.file(full, int64(e.UncompressedSize64), e.Open)
	}
}

// readAll reads a file of at most so many bytes, whatever its size was said to be.
func readAll(open func() (io.ReadCloser, error), most int64) ([]byte, error) {
	f, err := open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("the file has more than %d bytes", most)
	}
	return data, err
}

// stampAll gives submissions the time that stands beside them, or in a folder around them.
func (r *reading) stampAll() {
	for i := range r.all {
		for dir := path.Dir(r.all[i].File); ; dir = path.Dir(dir) {
			if t, ok := stamp(r.times[dir]); ok {
				r.all[i].Received = t
				break
			}
			if dir == "." || dir == "/" {
				break
			}
		}
	}
}

// printable keeps a file's name from speaking to the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '�'
		}
		return r
	}, s)
}
