package submission

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// ErrNone says that there is a place, and no submission in it.
var ErrNone = errors.New("no submissions: want notebooks (.ipynb), in folders or zips")

// Found is what was found at a place. The submissions can be loaded until it is closed.
type Found struct {
	Submissions []Submission
	Warnings    []string // about what was left out

	place io.Closer
}

// Close ends what loading needs.
func (f *Found) Close() error {
	if f.place == nil {
		return nil
	}
	return f.place.Close()
}

// Read finds all submissions at a place: a folder, a zip or one file. Assignments are the names of the lessons that they may belong to. The error says that there is
// nothing to read at all, [ErrNone] or why.
func Read(place string, assignments []string) (*Found, error) {
	found := new(Found)
	if err := found.read(place, assignments); err != nil {
		return nil, errors.Join(err, found.Close())
	}
	return found, nil
}

func (f *Found) read(place string, assignments []string) error {
	info, err := os.Stat(place)
	if err != nil {
		return err
	}
	r := &reading{assignments: assignments, times: map[string]string{}, others: map[work]Submission{}}
	switch ext := strings.ToLower(filepath.Ext(place)); {
	case info.IsDir():
		root, err := os.OpenRoot(place) // what leads out of the folder is not followed
		if err != nil {
			return err
		}
		f.place = root
		r.walk(root.FS())
	case ext == ".zip":
		z, err := zip.OpenReader(place)
		if err != nil {
			return fmt.Errorf("%s: %w", place, err)
		}
		f.place = z
		r.archive(&z.Reader, "", func(i int) content { return z.File[i].Open })
	default:
		open := func() (io.ReadCloser, error) { return os.Open(place) }
		r.file(open, open, filepath.Base(place), info.Size())
	}
	r.ofNbgrader()
	r.withoutNotebook()
	r.stampAll()
	if len(r.all) == 0 {
		return fmt.Errorf("%s: %w%s", place, ErrNone, strings.Join(append([]string{""}, r.warnings...), "\n"))
	}
	f.Submissions, f.Warnings = r.all, r.warnings
	return nil
}

type reading struct {
	assignments []string
	all         []Submission
	warnings    []string
	times       map[string]string // what timestamp.txt says, by folder
	inZip       bool              // that was handed in
	files       int
	others      map[work]Submission // what was handed in that is no notebook: the first file of each student, or of each of their assignments
}

// work is whose something is, and for what, as far as that is known.
type work struct{ student, assignment string }

func (s *Submission) work() work { return work{s.Student, s.Assignment} }

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
		open := func() (io.ReadCloser, error) { return files.Open(name) }
		r.file(open, open, name, info.Size())
		return nil
	})
}

// ignored names are those of editors and systems.
func ignored(name string) bool {
	return strings.HasPrefix(name, ".") || name == "__MACOSX"
}

// content opens a file, as often as it is called.
type content func() (io.ReadCloser, error)

// file reads one file, if it is something that is handed in. It can be had again where again says.
func (r *reading) file(now, again content, full string, size int64) {
	switch ext := strings.ToLower(path.Ext(full)); {
	case path.Base(full) == "timestamp.txt":
		if data, err := now.read(1 << 10); err == nil {
			r.times[path.Dir(full)] = string(data)
		}
	case ext == ".ipynb" || ext == ".md":
		s := place(full, r.assignments)
		if size > maxFile {
			s.Problem = tooLarge(size)
		} else if data, err := now.read(maxFile); err != nil {
			s.Problem = err.Error()
		} else {
			s.From = func() ([]byte, error) { return again.read(maxFile) }
			s.fill(data)
			s.Unload()
		}
		if ext == ".md" && s.Problem != "" {
			r.warn(full, "left out: it is no lesson: %s", s.Problem) // a README, most likely
			return
		}
		r.all = append(r.all, s)
	case ext == ".zip":
		r.inner(now, full)
	default:
		if s := place(full, r.assignments); s.known || strings.Contains(full, "/") {
			if _, ok := r.others[s.work()]; !ok {
				r.others[s.work()] = s
			}
		}
	}
}

// withoutNotebook notes who has handed in something else, where it is written whose it is: a student who is missing would be one who has handed in nothing. Any other folder
// without a notebook may be a student's or not, and is mentioned.
func (r *reading) withoutNotebook() {
	for _, s := range r.all {
		delete(r.others, s.work())
		delete(r.others, work{student: s.Student})
	}
	for _, key := range slices.SortedFunc(maps.Keys(r.others), func(a, b work) int {
		return cmp.Or(strings.Compare(a.student, b.student), strings.Compare(a.assignment, b.assignment))
	}) {
		s := r.others[key]
		if s.Problem = fmt.Sprintf("no notebook (.ipynb) was handed in, but %s", printable(path.Base(s.File))); s.known {
			r.all = append(r.all, s)
		} else {
			r.warn(path.Dir(s.File), "%s", s.Problem)
		}
	}
}

// nbgraders are folders of a course that nbgrader fills itself, beside the one with what was handed in.
var nbgraders = []string{"source", "release", "autograded", "feedback"}

// ofNbgrader leaves out what nbgrader keeps beside what was handed in.
func (r *reading) ofNbgrader() {
	in := func(s *Submission, folders ...string) bool {
		first, _, _ := strings.Cut(s.File, "/")
		return slices.Contains(folders, first)
	}
	if !slices.ContainsFunc(r.all, func(s Submission) bool { return in(&s, "submitted") }) {
		return
	}
	r.all = slices.DeleteFunc(r.all, func(s Submission) bool { return in(&s, nbgraders...) })
	maps.DeleteFunc(r.others, func(_ work, s Submission) bool { return in(&s, nbgraders...) })
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

// inner reads a zip that somebody handed in: its files count as lying beside it.
func (r *reading) inner(open content, full string) {
	if r.inZip {
		r.warn(full, "left out: a zip in a zip in a zip")
		return
	}
	z, err := open.unzip()
	if err == nil {
		r.inZip = true
		r.archive(z, strings.TrimSuffix(full, path.Ext(full)), func(i int) content {
			return func() (io.ReadCloser, error) {
				z, err := open.unzip()
				if err != nil || i >= len(z.File) {
					return nil, cmp.Or(err, fs.ErrNotExist)
				}
				return z.File[i].Open()
			}
		})
		r.inZip = false
		return
	}
	r.warn(full, "left out: %v", err)
	s := place(full, r.assignments)
	s.Problem = fmt.Sprintf("the zip cannot be read: %v", err)
	r.all = append(r.all, s)
}

// archive reads a zip's files where they are: no name in it becomes a path. Each can be had again by its number.
func (r *reading) archive(z *zip.Reader, prefix string, again func(i int) content) {
	order := make([]int, len(z.File))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(z.File[a].Name, z.File[b].Name) })
	left := int64(maxFile)
	if !r.inZip {
		left = 1 << 40 // the teacher's own download
	}
	for _, i := range order {
		e := z.File[i]
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
		r.file(e.Open, again(i), full, int64(e.UncompressedSize64))
	}
}

// read reads a file of at most so many bytes, whatever its size was said to be.
func (open content) read(most int64) ([]byte, error) {
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

// unzip reads a file as a zip.
func (open content) unzip() (*zip.Reader, error) {
	data, err := open.read(maxFile)
	if err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(data), int64(len(data)))
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
