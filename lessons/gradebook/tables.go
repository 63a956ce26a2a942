package gradebook

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/resident-go/resident/lessons/grade"
)

// number writes points as people do: 2.5, and no more digits than tell them apart.
func number(v float64) string {
	return strconv.FormatFloat(math.Round(v*1e4)/1e4, 'f', -1, 64)
}

// plain keeps a text from being a formula in a spreadsheet, which would run what a student has called themselves.
func plain(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// WriteCSV writes a row for each student: the score of each task, and the grade in percent. Who has something that could not be graded has no grade yet. Where some tasks do not count, a column
// more says which.
func (b *Book) WriteCSV(w io.Writer) error {
	rows := [][]string{{"student"}}
	for _, t := range b.Tasks {
		rows[0] = append(rows[0], plain(t.Name)+" ("+number(t.Max)+")")
	}
	rows[0] = append(rows[0], "percent", "pending", "not graded")
	if b.Drop > 0 {
		rows[0] = append(rows[0], "dropped")
	}
	for _, s := range b.Students() {
		row, pending := []string{plain(s)}, ""
		for _, t := range b.Tasks {
			score := ""
			if e := b.Of(s, t.Name); e != nil && e.Failed == "" {
				score = number(e.Score)
				if e.Pending {
					pending = "yes"
				}
			}
			if b.Extensions.of(s, t.Name).Excused {
				score = excused
			}
			row = append(row, score)
		}
		total, dropped := b.Total(s)
		percent, ungraded := number(total), b.Ungraded(s)
		if len(ungraded) > 0 {
			percent, dropped = "", nil
		}
		row = append(row, percent, pending, plain(strings.Join(ungraded, "; ")))
		if b.Drop > 0 {
			row = append(row, plain(strings.Join(dropped, "; ")))
		}
		rows = append(rows, row)
	}
	return csv.NewWriter(w).WriteAll(rows)
}

// WriteResults writes a row for each test of each submission.
func (b *Book) WriteResults(w io.Writer) error {
	rows := csv.NewWriter(w) // errors stay until the end
	rows.Write([]string{"student", "task", "test", "case", "judged", "verdict", "points", "max", "reason"})
	for _, e := range b.Entries {
		if e.Failed != "" {
			rows.Write([]string{plain(e.Student), e.Task, "", "", "", "not graded", "", number(e.Max), plain(firstLine(e.Failed))})
			continue
		}
		if e.Broken != "" {
			rows.Write([]string{plain(e.Student), e.Task, "", "", "", "unreadable", "0", number(e.Max), plain(e.Broken)})
			continue
		}
		for _, r := range e.Results {
			if len(r.Cases) == 0 || r.Tier == grade.Person {
				rows.Write([]string{plain(e.Student), e.Task, r.ID, "", string(r.Tier), string(r.Verdict), number(r.Points), number(r.Max), plain(firstLine(r.Reason))})
			}
			if r.Tier == grade.Person { // who looked at its cases
				continue
			}
			for _, c := range r.Cases {
				rows.Write([]string{plain(e.Student), e.Task, r.ID, plain(c.Name), string(r.Tier), string(c.Verdict), number(c.Points), number(c.Max), plain(firstLine(c.Reason))})
			}
		}
	}
	rows.Flush()
	return rows.Error()
}

// WriteNbgrader writes what "nbgrader export" writes, for what reads that.
func (b *Book) WriteNbgrader(w io.Writer) error {
	const layout = "2006-01-02 15:04:05.000000"
	rows := [][]string{{"assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score", "late_submission_penalty", "score", "max_score"}}
	for _, e := range b.Entries {
		due, at := "", ""
		if !e.Due.IsZero() {
			due = e.Due.UTC().Format(layout)
		}
		if !e.Received.IsZero() {
			at = e.Received.UTC().Format(layout)
		}
		raw, penalty, score := number(e.Points), number(e.Points-e.Score), number(e.Score)
		if e.Failed != "" {
			raw, penalty, score = "", "", ""
		}
		rows = append(rows, []string{e.Task, due, at, plain(e.Student), "", "", "", raw, penalty, score, number(e.Max)})
	}
	return csv.NewWriter(w).WriteAll(rows)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func (e *Entry) result(id string) *grade.Result {
	if e.Attempt == nil {
		return nil
	}
	for i := range e.Results {
		if e.Results[i].ID == id {
			return &e.Results[i]
		}
	}
	return nil
}

// Change is a score that is another one than before.
type Change struct {
	Student, Task string
	Before, After float64
	New, Gone     bool
	Failed        bool // it could not be graded this time
	Why           []string
}

func (c Change) String() string {
	switch {
	case c.Failed:
		return fmt.Sprintf("%s, %s: not graded, was %s", c.Student, c.Task, number(c.Before))
	case c.New:
		return fmt.Sprintf("%s, %s: new, %s", c.Student, c.Task, number(c.After))
	case c.Gone:
		return fmt.Sprintf("%s, %s: %s, and not here any more", c.Student, c.Task, number(c.Before))
	}
	return fmt.Sprintf("%s, %s: %s, was %s (%s)", c.Student, c.Task, number(c.After), number(c.Before), strings.Join(c.Why, "; "))
}
