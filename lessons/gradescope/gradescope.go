// Package gradescope makes autograders for Gradescope of lessons, and speaks Gradescope's formats where they run.
//
// # Concept
//
// An [Autograder] is written as the zip that is uploaded: setup.sh, which Gradescope runs once as root while it builds an image, run_autograder, which it runs for each submission in
// a container of that image, the program, and the lesson with its solutions and hidden tests. run_autograder calls the program, which reads [Metadata] and the submission and writes
// [Results]. Both formats are those of gradescope-autograders.readthedocs.io ("Autograder Specifications", "Submission Metadata").
//
// # What students' code can reach
//
// Gradescope starts everything as root, in a container without namespaces, and leaves the rest to the autograder. So the scripts close the folders with the lesson and the results to all but
// root, and the program runs the student's cells as another user, without rights and network (mode container of package sandbox). What the container had to do without is told to
// instructors with each result, in a test that students never see.
package gradescope

import (
	"archive/zip"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Where the program finds things, beneath Gradescope's folder.
const (
	Root         = "/autograder"
	Source       = "source" // what was in the zip
	Submission   = "submission"
	MetadataFile = "submission_metadata.json"
	ResultsFile  = "results/results.json"
	settingsFile = "autograder.json"
)

//go:embed setup.sh
var setup string

//go:embed run_autograder
var run string

// Visibility says when students see a test (or what was printed).
type Visibility string

// Visibilities are those that Gradescope knows.
var Visibilities = []Visibility{"hidden", "after_due_date", "after_published", "visible"}

// Settings travel with the lesson.
type Settings struct {
	Lesson      string        `json:"lesson"`       // its file, beside autograder.json
	Hidden      Visibility    `json:"hidden"`       // of tests that students do not have
	CellTimeout time.Duration `json:"cell_timeout"` // of cells that have none of their own
}

// Autograder is what is uploaded.
type Autograder struct {
	Settings
	Files   fs.FS     // the lesson, at Settings.Lesson, and what it reads
	Program io.Reader // this program for linux on amd64, where Gradescope's containers run
	Go      string    // the toolchain to install, such as go1.26.8
}

var goVersion = regexp.MustCompile(`^go[0-9]+(\.[0-9]+)*((rc|beta)[0-9]+)?$`)

// Write writes the zip.
func (a *Autograder) Write(w io.Writer) error {
	switch {
	case !slices.Contains(Visibilities, a.Hidden):
		return fmt.Errorf("hidden tests %q: want one of %q", a.Hidden, Visibilities)
	case !goVersion.MatchString(a.Go):
		return fmt.Errorf("toolchain %q: want a version that go.dev/dl has, such as go1.26.8", a.Go)
	}
	z := zip.NewWriter(w)
	settings, err := json.MarshalIndent(a.Settings, "", "  ")
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		mode fs.FileMode
		from io.Reader
	}{
		{"setup.sh", 0o755, strings.NewReader(strings.ReplaceAll(setup, "GO_VERSION", a.Go))},
		{"run_autograder", 0o755, strings.NewReader(run)},
		{settingsFile, 0o600, strings.NewReader(string(settings))},
		{"resident", 0o755, a.Program},
	} {
		if err := add(z, f.name, f.mode, f.from); err != nil {
			return err
		}
	}
	if err := a.addFiles(z); err != nil {
		return err
	}
	return z.Close()
}

func (a *Autograder) addFiles(z *zip.Writer) error {
	return fs.WalkDir(a.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		f, err := a.Files.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		return add(z, path.Join("lesson", name), 0o600, f)
	})
}

func add(z *zip.Writer, name string, mode fs.FileMode, from io.Reader) error {
	h := &zip.FileHeader{Name: name, Method: zip.Deflate}
	h.SetMode(mode)
	to, err := z.CreateHeader(h)
	if err == nil {
		_, err = io.Copy(to, from)
	}
	if err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	return nil
}

// ReadSettings reads what the zip said, from the folder that it was unpacked into. The lesson's name is then a path.
func ReadSettings(source string) (s Settings, err error) {
	data, err := os.ReadFile(filepath.Join(source, settingsFile))
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		return s, fmt.Errorf("%s: want what resident export gradescope packed: %w", source, err)
	}
	s.Lesson = filepath.Join(source, "lesson", filepath.FromSlash(s.Lesson))
	return s, nil
}

// Metadata is what Gradescope says of a submission, as far as grading needs it.
type Metadata struct {
	ID        int64     `json:"id"`
	CreatedAt time.Time `json:"created_at"`
	Users     []struct {
		Email string `json:"email"`
		Name  string `json:"name"`
	} `json:"users"` // several have handed in together
}

// ReadMetadata reads the file that Gradescope puts beside a submission.
func ReadMetadata(file string) (*Metadata, error) {
	data, err := os.ReadFile(file)
	m := new(Metadata)
	if err == nil {
		err = json.Unmarshal(data, m)
	}
	if err != nil {
		return nil, fmt.Errorf("what Gradescope says of the submission: %s: %w", file, err)
	}
	return m, nil
}

// Who are the submission's students, as people write names.
func (m *Metadata) Who() string {
	var names []string
	for _, u := range m.Users {
		if u.Name != "" {
			names = append(names, u.Name)
		} else if u.Email != "" {
			names = append(names, u.Email)
		}
	}
	if len(names) == 0 {
		return fmt.Sprintf("submission %d", m.ID)
	}
	return strings.Join(names, ", ")
}
