package gradebook

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Files of a gradebook's folder: those that are read again, and the one that people read first.
const (
	OverviewFile   = "overview.html"
	BookFile       = "gradebook.json"
	ManualFile     = "manual.json"
	ExtensionsFile = "extensions.csv"
)

// Write writes all that is made of a book into a folder: the gradebook as tables and as JSON, what has changed since the last time, a page for each student and the one to
// review answers on, and what other systems read.
func (c *Class) Write(folder string, b *Book, changes []Change, m Manual) error {
	type file struct {
		name  string
		write func(io.Writer) error
	}
	files := []file{
		{"gradebook.csv", b.WriteCSV},
		{"results.csv", b.WriteResults},
		{"nbgrader.csv", b.WriteNbgrader},
		{"junit.xml", b.WriteJUnit},
		{OverviewFile, b.WriteOverview},
		{"review.html", func(w io.Writer) error { return c.WriteReview(w, b, m) }},
		{"changes.csv", func(w io.Writer) error { return WriteChanges(w, changes) }},
	}
	for i := range b.Entries {
		e := &b.Entries[i]
		name := filepath.Join(FileName(e.Student), FileName(e.Task))
		files = append(files,
			file{filepath.Join("feedback", name+".html"), func(w io.Writer) error { return b.WriteFeedback(w, e) }})
	}
	for _, t := range b.Tasks {
		if names, _ := b.returns(t.Name); len(names) > 0 {
			files = append(files, file{filepath.Join("import", "feedback-"+FileName(t.Name)+".zip"), func(w io.Writer) error { return b.writeReturns(w, t.Name) }})
		}
	}
	files = append(files, file{BookFile, b.WriteJSON}) // last: it says that the others are there
	for _, f := range files {
		if err := writeFile(filepath.Join(folder, f.name), f.write); err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes a file beside its place and moves it there.
func writeFile(file string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".writing-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = write(f)
	if chmod := f.Chmod(0o644); err == nil {
		err = chmod
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return os.Rename(f.Name(), file)
}

// FileName makes of a student's or a lesson's name one that a file can have. Two names that differ stay different.
func FileName(name string) string {
	var b strings.Builder
	for i, r := range []byte(name) {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_', r >= 0x80, r == ' ', r == '.' && i > 0:
			b.WriteByte(r)
		default:
			fmt.Fprintf(&b, "%%%02X", r)
		}
	}
	if b.Len() > 200 || b.Len() == 0 {
		return fmt.Sprintf("%%%x", shortDigest(name))
	}
	return b.String()
}
