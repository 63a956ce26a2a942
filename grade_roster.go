package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/resident-go/resident/lessons/gradebook"
	"github.com/resident-go/resident/lessons/roster"
)

// rosters are the tables that points are filled into, by the name under which they are written.
type rosters map[string]*roster.Roster

// columnFlag is a flag that says what a column of a roster is.
type columnFlag struct{ *roster.Columns }

func (columnFlag) String() string { return "" }
func (columnFlag) Type() string   { return "KIND=COLUMN" }

// readRosters reads the tables before anything is graded: one that is none is found out at once.
func readRosters(class *gradebook.Class, files []string, columns roster.Columns) (rosters, error) {
	var tasks []gradebook.TaskInfo
	for _, t := range class.Tasks {
		tasks = append(tasks, gradebook.TaskInfo{Name: t.Name, Title: t.Grader.Lesson.Meta.Title, Max: t.Grader.Max})
	}
	all := rosters{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read a roster: %w", err)
		}
		name := filepath.Base(file)
		if all[name] != nil {
			return nil, fmt.Errorf("two rosters are called %s: want different names, which they have in the folder of results, too", name)
		}
		if all[name], err = roster.Read(name, data, tasks, columns); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// fill writes the tables with the points of the book, and adds to its warnings what could not be filled in.
func (r rosters) fill(out string, book *gradebook.Book) error {
	for name, table := range r {
		filled, warnings := table.Fill(book)
		book.Warnings = append(book.Warnings, warnings...)
		to := filepath.Join(out, "import", name)
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			return err
		}
		if err := writeBytes(to, filled); err != nil {
			return err
		}
	}
	return nil
}
