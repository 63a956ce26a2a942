package gradebook

import (
	"archive/zip"
	"io"
	"time"

	"github.com/resident-go/resident/lessons/submission"
)

// returns are the entries of a task whose platform takes back what students are told, under the names that it has given their files.
func (b *Book) returns(task string) (names []string, entries []*Entry) {
	for i := range b.Entries {
		e := &b.Entries[i]
		if e.Task != task || e.Failed != "" {
			continue
		}
		if name, ok := submission.ReturnName(e.File, FileName(task)+".html"); ok {
			names, entries = append(names, name), append(entries, e)
		}
	}
	return names, entries
}

// zipEpoch is the first date that a zip can have: the same pages make the same file.
var zipEpoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// writeReturns writes the pages of a task as a zip that Moodle ("Upload multiple feedback files in a zip") and Canvas ("Re-Upload Submissions") hand out to their students.
func (b *Book) writeReturns(w io.Writer, task string) error {
	z := zip.NewWriter(w)
	names, entries := b.returns(task)
	for i, name := range names {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: zipEpoch})
		if err != nil {
			return err
		}
		if err := b.WriteFeedback(f, entries[i]); err != nil {
			return err
		}
	}
	return z.Close()
}
