package roster

import (
	"fmt"
	"slices"
	"strings"

	"github.com/resident-go/resident/lessons/gradebook"
)

// Columns are what somebody has said that columns are, in words of the table's first line. What is named here goes before what the table is recognised by.
type Columns struct {
	ids, names     []string
	points         map[string]string // by the lesson's name; that of "" is the only lesson's
	most, feedback string
	given          bool
}

const columnForms = "want id=COLUMN (a number, login or address that tells students apart), name=COLUMN, points=COLUMN or points:LESSON=COLUMN, maximum=COLUMN or feedback=COLUMN"

// Set takes in one, as KIND=COLUMN. IDs and names may be given several times; names are put together in their order.
func (c *Columns) Set(text string) error {
	kind, name, ok := strings.Cut(text, "=")
	kind, lesson, named := strings.Cut(kind, ":")
	if name = strings.TrimSpace(name); !ok || name == "" || named && kind != "points" {
		return fmt.Errorf("column %q: %s", text, columnForms)
	}
	switch kind {
	case "id":
		c.ids = append(c.ids, name)
	case "name":
		c.names = append(c.names, name)
	case "points":
		if c.points == nil {
			c.points = map[string]string{}
		}
		c.points[lesson] = name
	case "maximum":
		c.most = name
	case "feedback":
		c.feedback = name
	default:
		return fmt.Errorf("column %q: %s", text, columnForms)
	}
	c.given = true
	return nil
}

// apply takes columns for what somebody has said that they are. The problem is that of recognising the table without that; it remains when not enough was said.
func (r *Roster) apply(c Columns, tasks []gradebook.TaskInfo, problem error) (err error) {
	find := func(name string) int {
		i := r.column(name)
		if i < 0 && err == nil {
			err = fmt.Errorf("it has no column %q: its columns are %s", name, strings.Join(r.head, ", "))
		}
		return i
	}
	all := func(names []string, instead []int) []int {
		for i, name := range names {
			if i == 0 {
				instead = nil
			}
			instead = append(instead, find(name))
		}
		return instead
	}
	r.ids, r.names = all(c.ids, r.ids), all(c.names, r.names)
	r.either = r.either && len(c.names) == 0
	for lesson, name := range c.points {
		t, unknown := taskOf(lesson, tasks)
		if unknown != nil {
			return unknown
		}
		at, ok := r.grades[t]
		if !ok {
			at = column{feedback: -1, most: -1}
		}
		at.at = find(name)
		r.grades[t] = at
	}
	for t, at := range r.grades {
		if c.most != "" {
			at.most = find(c.most)
		}
		if c.feedback != "" {
			at.feedback = find(c.feedback)
		}
		r.grades[t] = at
	}
	if err == nil && (len(r.grades) == 0 || len(r.ids)+len(r.names) == 0) {
		return problem
	}
	return err
}

// taskOf is the lesson that points were named for.
func taskOf(name string, tasks []gradebook.TaskInfo) (string, error) {
	if name == "" && len(tasks) == 1 {
		return tasks[0].Name, nil
	}
	if i := slices.IndexFunc(tasks, func(t gradebook.TaskInfo) bool { return t.Name == name }); i >= 0 {
		return name, nil
	}
	return "", fmt.Errorf("points of %q: want points:LESSON=COLUMN with one of the lessons (%s)", name, names(tasks))
}
