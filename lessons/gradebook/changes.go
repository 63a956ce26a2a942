package gradebook

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// Since says which scores are not what they were, and why. What could not be graded has no score.
func (b *Book) Since(before *Book) (changes []Change) {
	if before == nil {
		return nil
	}
	for i := range b.Entries {
		now := &b.Entries[i]
		was := before.Of(now.Student, now.Task)
		graded := was != nil && was.Failed == ""
		switch {
		case now.Failed != "" && !graded:
		case now.Failed != "":
			changes = append(changes, Change{Student: now.Student, Task: now.Task, Before: was.Score, Failed: true, Why: []string{"it could not be graded"}})
		case !graded:
			changes = append(changes, Change{Student: now.Student, Task: now.Task, After: now.Score, New: true})
		case was.Score != now.Score:
			changes = append(changes, Change{Student: now.Student, Task: now.Task, Before: was.Score, After: now.Score, Why: why(was, now)})
		}
	}
	for _, was := range before.Entries {
		if b.Of(was.Student, was.Task) == nil {
			changes = append(changes, Change{Student: was.Student, Task: was.Task, Before: was.Score, Gone: true})
		}
	}
	return changes
}

// why lists what is behind a change: another submission, another lesson, other points of a test, the date.
func why(was, now *Entry) (reasons []string) {
	if was.Attempt != nil && was.Submission != now.Submission {
		reasons = append(reasons, "another submission")
	}
	if was.Attempt != nil && was.Grader != now.Grader {
		reasons = append(reasons, "the lesson has changed")
	}
	for _, r := range now.Results {
		if old := was.result(r.ID); old == nil {
			reasons = append(reasons, r.ID+" is new")
		} else if old.Points != r.Points {
			reasons = append(reasons, fmt.Sprintf("%s %s, was %s", r.ID, number(r.Points), number(old.Points)))
		}
	}
	if was.Percent != now.Percent {
		reasons = append(reasons, fmt.Sprintf("late %g %%, was %g %%", now.Percent, was.Percent))
	}
	return reasons
}

// WriteChanges writes a row for each change.
func WriteChanges(w io.Writer, changes []Change) error {
	rows := [][]string{{"student", "task", "before", "after", "why"}}
	for _, c := range changes {
		before, after := number(c.Before), number(c.After)
		if c.New {
			before = ""
		}
		if c.Gone || c.Failed {
			after = ""
		}
		rows = append(rows, []string{plain(c.Student), plain(c.Task), before, after, plain(strings.Join(c.Why, "; "))})
	}
	return csv.NewWriter(w).WriteAll(rows)
}
