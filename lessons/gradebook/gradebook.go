// Package gradebook makes of submissions what a class is told: points, reasons, and the files that other systems read.
//
// # Concept
//
// A [Class] is the graders of a course, its due dates and its rule for being late. [Class.Grade] decides which submission is whose and for what, hands them in at the registry, works there with
// others, and waits for the attempts: the same submission and the same grader are not run again, so that a run that was ended half-way goes on where it was, and grading
// again costs what has changed. A [Book] is what came out; everything else is written from it: a page for each student, tables, and what other systems read.
//
// Attempts are never changed. What a person gives (see [Manual]) and what being late costs is added to a copy.
package gradebook

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/resident-go/resident/lessons/course"
	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/registry"
)

// Class is what is graded.
type Class struct {
	Title string
	Tasks []Task
	Late  course.Late
	Drop  int // how many tasks do not count in each student's grade
}

// Task is one lesson that is handed in.
type Task struct {
	Name   string // of its file, without the ending
	Due    time.Time
	Weight float64 // in the course's grade
	Grader *grade.Grader
}

// Names are those of all tasks.
func (c *Class) Names() (names []string) {
	for _, t := range c.Tasks {
		names = append(names, t.Name)
	}
	return names
}

// Book is what grading a class came to.
type Book struct {
	Title    string     `json:"title"`
	Tasks    []TaskInfo `json:"tasks"`
	Entries  []Entry    `json:"entries"` // by student, then by task
	Warnings []string   `json:"warnings,omitempty"`
	Without  []string   `json:"without,omitempty"` // what sandboxes did without, in which some of it was graded
	Failed   []string   `json:"failed,omitempty"`  // files that could not be graded, and why, as their entries say

	Drop       int        `json:"drop_lowest,omitempty"` // as the class has it
	Extensions Extensions `json:"extensions,omitempty"`

	Log *registry.Head `json:"log,omitempty"` // the registry's, see Tell
}

// TaskInfo is a task as the book knows it.
type TaskInfo struct {
	Name    string    `json:"name"`
	Title   string    `json:"title"`
	Version string    `json:"version"`
	Grader  string    `json:"grader"`
	Max     float64   `json:"max"`
	Weight  float64   `json:"weight"`
	Due     time.Time `json:"due,omitzero"`

	HandedIn int `json:"handed_in"` // by how many
}

// Entry is one student's submission of one task.
type Entry struct {
	Student string  `json:"student"`
	Task    string  `json:"task"`
	Score   float64 `json:"score"`   // what counts
	Max     float64 `json:"max"`     //
	Percent float64 `json:"percent"` // that being late has cost
	Late    string  `json:"late,omitempty"`
	Pending bool    `json:"pending,omitempty"` // a person has not read all of it
	Excused bool    `json:"excused,omitempty"` // it does not count
	Failed  string  `json:"failed,omitempty"`  // why it could not be graded, through no fault of the student: there are no results, and the score says nothing

	Due      time.Time `json:"due,omitzero"`       // for this student
	Extended bool      `json:"extended,omitempty"` // that is later than for others

	Key registry.Key `json:"-"` // under which the registry has the attempt
	*grade.Attempt
}

// HandedIn is when it was handed in, by the clock that its due date is written in.
func (e *Entry) HandedIn() time.Time {
	if e.Due.IsZero() {
		return e.Received
	}
	return e.Received.In(e.Due.Location())
}

// Students are all that have handed in something, in order.
func (b *Book) Students() (names []string) {
	for _, e := range b.Entries {
		if len(names) == 0 || names[len(names)-1] != e.Student {
			names = append(names, e.Student)
		}
	}
	return names
}

// Of returns the entry of a student for a task, or nil.
func (b *Book) Of(student, task string) *Entry {
	first, _ := slices.BinarySearchFunc(b.Entries, student, func(e Entry, name string) int { return strings.Compare(e.Student, name) })
	for i := first; i < len(b.Entries) && b.Entries[i].Student == student; i++ {
		if b.Entries[i].Task == task {
			return &b.Entries[i]
		}
	}
	return nil
}

// entry makes an entry of an attempt: with a person's points, and less what being late costs.
func (c *Class) entry(t *Task, a *grade.Attempt, late bool, o *Options) Entry {
	copied := *a
	copied.Results = slices.Clone(a.Results)
	e := Entry{Student: a.Student, Task: t.Name, Max: a.Max, Due: t.Due, Attempt: &copied}
	given := o.Manual[t.Name][a.Student]
	for i := range copied.Results {
		r := &copied.Results[i]
		if m, ok := given[r.ID]; ok && a.Broken == "" {
			m.settle(r)
		} else if r.Tier == grade.Person && a.Broken == "" {
			e.Pending = true
		}
	}
	copied.Add()
	x := o.Extensions.of(a.Student, t.Name)
	e.Excused = x.Excused
	if !t.Due.IsZero() && x.Until.After(t.Due) {
		e.Due, e.Extended = x.Until, true
		late = late && !a.Received.IsZero() // a platform that only says that it was late does not know of this
	}
	e.Percent, e.Late = c.Late.Deduction(e.Due, a.Received, late)
	e.Score = copied.Points * (1 - e.Percent/100)
	return e
}

// failed makes an entry of a submission that has no attempt.
func (t *Task) failed(h handed, why string) Entry {
	a := t.Grader.Blank()
	a.Results = nil
	a.Lesson, a.Student, a.File, a.Received, a.Submission = t.Name, h.Student, h.File, h.Received, h.Digest
	return Entry{Student: h.Student, Task: t.Name, Max: a.Max, Failed: why, Attempt: a}
}

// Ungraded are the tasks of which a student has handed in something that could not be graded.
func (b *Book) Ungraded(student string) (tasks []string) {
	for _, e := range b.Entries {
		if e.Student == student && e.Failed != "" {
			tasks = append(tasks, e.Task)
		}
	}
	return tasks
}

// finish puts a book in order when all entries are there.
func (b *Book) finish(c *Class) {
	for _, e := range b.Entries {
		if e.Failed != "" {
			b.Failed = append(b.Failed, fmt.Sprintf("%s: %s", e.File, e.Failed))
		}
		for _, w := range e.Without {
			if !slices.Contains(b.Without, w) {
				b.Without = append(b.Without, w)
			}
		}
	}
	for i := range b.Tasks {
		t := &b.Tasks[i]
		for _, e := range b.Entries {
			if e.Task == t.Name {
				t.HandedIn++
			}
		}
	}
	slices.Sort(b.Without)
	slices.Sort(b.Failed)
	order := map[string]int{}
	for i, t := range c.Tasks {
		order[t.Name] = i
	}
	slices.SortFunc(b.Entries, func(x, y Entry) int {
		return cmp.Or(strings.Compare(x.Student, y.Student), order[x.Task]-order[y.Task])
	})
}
