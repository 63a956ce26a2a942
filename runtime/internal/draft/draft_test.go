package draft

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestReplace: whatever happens to a draft, there is one file, with what it held before or with all of what it is to hold.
func TestReplace(t *testing.T) {
	full := errors.New("no space left")
	for _, row := range []struct {
		name  string
		write func(w io.Writer) error
		want  string
	}{
		{"whole", func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }, "new"},
		{"full disk", func(w io.Writer) error { _, err := io.WriteString(w, "ne"); return errors.Join(err, full) }, "old"},
		{"panic", func(w io.Writer) error {
			if _, err := io.WriteString(w, "n"); err != nil {
				return err
			}
			panic(full)
		}, "old"},
	} {
		t.Run(row.name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "file")
			if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
				t.Fatal(err)
			}
			err := func() (err error) {
				defer func() {
					if r := recover(); r != nil {
						err = r.(error)
					}
				}()
				return Replace(path, row.write)
			}()
			if (err != nil) != (row.want == "old") || err != nil && !errors.Is(err, full) {
				t.Errorf("error %v", err)
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != row.want {
				t.Errorf("the file holds %q, want %q (error %v)", got, row.want, err)
			}
			if all, err := os.ReadDir(folder); err != nil || len(all) != 1 {
				t.Errorf("the folder holds %v, want the file alone (error %v)", all, err)
			}
		})
	}
}
