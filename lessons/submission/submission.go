// Package submission takes in what students hand in: whose it is, what it belongs to, when it came, and the cells in it.
//
// # Concept
//
// [Read] is given a folder, a zip or a notebook, in whatever layout it came: nbgrader's exchange or submitted folder, the downloads of Canvas and Moodle, a folder for each student, or one
// file for each, which may lie in a folder for each lesson. It finds a [Submission] for every notebook, also for those that cannot be read: these have a Problem, and no cells. Each file was read once by then, but is not
// kept: a class of any size fits into memory, and [Submission.Load] reads it again when its turn has come.
//
// Nothing that a submission says of itself is believed further than whose cells are whose: what matters for points is in the lesson.
//
// # Layouts
//
//	submitted/STUDENT/ASSIGNMENT/x.ipynb                           nbgrader, with the time in timestamp.txt beside it
//	inbound/STUDENT+ASSIGNMENT+2026-11-25 10:00:00.000000 UTC/x.ipynb   nbgrader's exchange
//	doejane_12345_67890_x-1.ipynb, doejane_LATE_12345_67890_x.ipynb     Canvas; the student is doejane_12345
//	Jane Doe_12345_assignsubmission_file_/x.ipynb                  Moodle, also without the folder; the student is Jane Doe_12345
//	STUDENT/.../x.ipynb, ASSIGNMENT/STUDENT/x.ipynb, STUDENT.ipynb      anything else
//
// # Non-goals
//
// Nothing is written, and no name in an archive is ever used as a path on this machine.
package submission

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/nbformat"
)

// Submission is one file that was handed in.
type Submission struct {
	Student    string
	Assignment string    // what folders say that it belongs to; "" when they do not
	File       string    // as it was found, for people
	Base       string    // the file's own name, without what a learning platform has put around it
	Received   time.Time // zero when nobody says
	Late       bool      // a learning platform says that it came late, and not when

	Data    []byte // the file, while it is loaded
	Digest  string // of the file; "" when it could not be had
	Version string // of the lesson that the notebook says it was made of
	Cells   []Cell // while they are loaded
	Problem string // why it has no cells

	From func() ([]byte, error) // reads the file; nil when that cannot be done again

	known bool // a platform, or nbgrader, has written whose it is
}

// Cell is a cell of a submission.
type Cell struct {
	Names  []string // under which it may be known: its id, its name in the lesson, nbgrader's grade_id
	Prose  bool
	Source string // with line feeds at its lines' ends
}

// The most that is read.
const (
	maxFile  = 20 << 20 // bytes of a notebook
	maxFiles = 100_000
	maxCells = 10_000
)

// fill takes in the file's content.
func (s *Submission) fill(data []byte) {
	s.Data, s.Digest = data, Digest(data)
	s.Parse()
}

// Load has Data read, unless it is there or there is none. The error says that the file is not there any more, or another one than before.
func (s *Submission) Load() error {
	if s.Data != nil || s.From == nil {
		return nil
	}
	data, err := s.From()
	if err != nil {
		return fmt.Errorf("read %s again: %w", s.File, err)
	}
	if Digest(data) != s.Digest {
		return fmt.Errorf("read %s again: it has changed meanwhile", s.File)
	}
	s.Data = data
	return nil
}

// Unload forgets what can be loaded again.
func (s *Submission) Unload() {
	if s.From != nil {
		s.Data, s.Cells = nil, nil
	}
}

// Digest is the name of a content, wherever it is kept: its SHA-256 in hexadecimal.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Parse reads Data, once more where that was done elsewhere: it sets Version, and Cells or Problem.
func (s *Submission) Parse() {
	var err error
	if path.Ext(strings.ToLower(s.File)) == ".md" {
		err = s.lesson(s.Data)
	} else {
		err = s.notebook(s.Data)
	}
	if err == nil && len(s.Cells) > maxCells {
		err = fmt.Errorf("it has %d cells, at most %d are read", len(s.Cells), maxCells)
	}
	if err != nil {
		s.Cells, s.Problem = nil, err.Error()
	}
}

func (s *Submission) notebook(data []byte) error {
	nb, err := nbformat.Read(bytes.NewReader(data))
	if inner := errors.Unwrap(err); inner != nil { // without that it was read: its student is told
		return inner
	}
	if err != nil {
		return err
	}
	s.Version, _ = at(nb.Metadata, "lesson", "source", "version").(string)
	for i := range nb.Cells {
		c := &nb.Cells[i]
		if c.Type != nbformat.Code && c.Type != nbformat.Markdown {
			continue
		}
		cell := Cell{Prose: c.Type == nbformat.Markdown, Source: unixLines(c.Source)}
		for _, name := range []any{c.ID, at(c.Metadata, "lesson", "name"), at(c.Metadata, "nbgrader", "grade_id")} {
			if name, ok := name.(string); ok && name != "" {
				cell.Names = append(cell.Names, name)
			}
		}
		s.Cells = append(s.Cells, cell)
	}
	return nil
}

func (s *Submission) lesson(data []byte) error {
	s.Cells = nil
	l, err := lessons.Parse(path.Base(s.File), data)
	if err != nil {
		return err
	}
	for _, c := range l.Cells {
		if c.Kind == lessons.Raw || c.NoEval {
			continue
		}
		cell := Cell{Prose: c.Kind == lessons.Prose, Source: unixLines(c.Source)}
		if c.Attrs.Name != "" {
			cell.Names = []string{c.Attrs.Name}
		}
		s.Cells = append(s.Cells, cell)
	}
	return nil
}

// at is what lies under some keys of metadata, which a submission may have made anything of.
func at(v any, keys ...string) any {
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	return v
}

func unixLines(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}
