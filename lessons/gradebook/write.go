package gradebook

import (
	"io"
	"path/filepath"
)

// The files of a gradebook's folder that are read again.
const (
	BookFile   = "gradebook.json"
	ManualFile = "manual.json"
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
		{"review.html", func(w io.Writer) error { return c.WriteReview(w, b, m) }},
		{"changes.csv", func(w io.Writer) error { return WriteChanges(w, changes) }},
	}
	for i := range b.Entries {
		e := &b.Entries[i]
		name := filepath.Join(FileName(e.Student), FileName(e.Task))
		files = append(files,
			file{filepath.Join("feedback", name+".html"), func(w io.Writer) error { return b.WriteFeedback(w, e) }})
	}
	files = append(files, file{BookFile, b.WriteJSON}) // last: it says that the others are there
	for _, f := range files {
		if err := writeFile(filepath.Join(folder, f.name), f.write); err != nil {
			return err
		}
	}
	return nil
}
