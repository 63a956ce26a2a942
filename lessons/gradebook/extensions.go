package gradebook

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/resident-go/resident/lessons/course"
)

// Extension is what one student may do that others may not: hand in later, or not at all.
type Extension struct {
	Student string    `json:"student"`
	Task    string    `json:"task,omitempty"` // "" is all of them
	Until   time.Time `json:"until,omitzero"`
	Excused bool      `json:"excused,omitempty"` // the task does not count
}

// Extensions are those of a class.
type Extensions []Extension

var extensionsHead = []string{"student", "lesson", "until"}

const excused = "excused"

// ReadExtensions reads a table with a row for each: the student, the lesson (or nothing, for all of them), and a time as a course's due dates are written, or "excused". There may be no such file.
func ReadExtensions(file string) (Extensions, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	x, err := readExtensions(strings.TrimPrefix(string(data), "\ufeff"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return x, nil
}

func readExtensions(text string) (all Extensions, err error) {
	r := csv.NewReader(strings.NewReader(text))
	r.TrimLeadingSpace, r.FieldsPerRecord = true, -1
	if first := firstLine(text); strings.Contains(first, ";") && !strings.Contains(first, ",") { // as some spreadsheets write it
		r.Comma = ';'
	}
	for {
		row, err := r.Read()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		switch {
		case line == 1 && slices.Equal(row, extensionsHead):
			continue
		case line == 1 || len(row) != len(extensionsHead) || row[0] == "":
			return nil, fmt.Errorf("line %d: want a first line %s, and a student, a lesson or nothing, and a time in each of the others", line, strings.Join(extensionsHead, ","))
		}
		x := Extension{Student: row[0], Task: row[1], Excused: strings.EqualFold(row[2], excused)}
		if !x.Excused {
			if x.Until, err = course.ParseDue(row[2]); err != nil || x.Until.IsZero() {
				return nil, fmt.Errorf("line %d: until %q: want a day such as 2026-12-01, a time such as 2026-12-01T18:00, or %q", line, row[2], excused)
			}
		}
		all = append(all, x)
	}
}

// of is the last one that speaks of a student's task; one for that task alone goes before one for all.
func (x Extensions) of(student, task string) (found Extension) {
	for _, e := range x {
		if e.Student == student && (e.Task == task || e.Task == "" && found.Task == "") {
			found = e
		}
	}
	return found
}

// Check says which belong to nothing: a name that was mistyped helps nobody.
func (x Extensions) Check(b *Book) (problems []string) {
	for _, e := range x {
		i := slices.IndexFunc(b.Tasks, func(t TaskInfo) bool { return t.Name == e.Task })
		switch {
		case !slices.Contains(b.Students(), e.Student):
			problems = append(problems, fmt.Sprintf("extension for %s: nothing was handed in under that name", e.Student))
		case e.Task != "" && i < 0:
			problems = append(problems, fmt.Sprintf("extension for %s, %s: there is no such lesson", e.Student, e.Task))
		case e.Task != "" && !e.Excused && b.Tasks[i].Due.IsZero():
			problems = append(problems, fmt.Sprintf("extension for %s, %s: the lesson has no due date", e.Student, e.Task))
		}
	}
	return problems
}
