package gradebook

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/resident-go/resident/lessons/submission"
)

// handed is a submission that is known to belong to a task.
type handed struct {
	*submission.Submission
	task *Task
	said bool // that it does: by its folder, its name or its cells, and not because there is no other task
}

// assign decides what each submission is for, and which of several of a student counts: the latest, as far as times are known, and then by name.
func (c *Class) assign(subs []submission.Submission) (counted []handed, warnings []string) {
	for i := range subs {
		s := &subs[i]
		if t, said := c.task(s); t != nil {
			counted = append(counted, handed{s, t, said})
		} else {
			warnings = append(warnings, fmt.Sprintf("%s: left out: nobody knows for which lesson it is (%s)", s.File, strings.Join(c.Names(), ", ")))
		}
	}
	slices.SortStableFunc(counted, func(a, b handed) int {
		return cmp.Or(strings.Compare(a.Student, b.Student), strings.Compare(a.task.Name, b.task.Name), worth(a)-worth(b),
			a.Received.Compare(b.Received), strings.Compare(a.File, b.File))
	})
	for i := 0; i+1 < len(counted); {
		if a, b := counted[i], counted[i+1]; a.Student == b.Student && a.task == b.task {
			warnings = append(warnings, fmt.Sprintf("%s: left out: %s counts", a.File, b.File))
			counted = slices.Delete(counted, i, i+1)
			continue
		}
		i++
	}
	return counted, warnings
}

// worth puts what can be read behind what cannot, and what is said to be for the task behind what may be for another: neither a broken copy nor another notebook takes somebody's work away.
func worth(h handed) (n int) {
	if h.Problem == "" {
		n = 2
	}
	if h.said {
		n++
	}
	return n
}

// task finds out for which lesson a submission is: by the folder, by the lesson that the notebook was made of, by the file's name, by its cells. Where there is only one, what is not said to be for
// another is for that.
func (c *Class) task(s *submission.Submission) (found *Task, said bool) {
	by := func(is func(t *Task) bool) *Task {
		if i := slices.IndexFunc(c.Tasks, func(t Task) bool { return is(&t) }); i >= 0 {
			return &c.Tasks[i]
		}
		return nil
	}
	found = cmp.Or(
		by(func(t *Task) bool { return s.Assignment == t.Name }),
		by(func(t *Task) bool { return s.Version != "" && s.Version == t.Grader.Version }),
		by(func(t *Task) bool { return strings.EqualFold(s.Base, t.Name) }),
	)
	if found != nil {
		return found, true
	}
	if len(c.Tasks) == 1 && s.Assignment == "" {
		return &c.Tasks[0], false
	}
	if s.Problem == "" && s.Cells == nil && s.Load() == nil { // one that cannot be had is told of when it is handed in
		s.Parse()
		defer s.Unload()
	}
	most := 0
	for i := range c.Tasks {
		if n := c.Tasks[i].Grader.Knows(s.Cells); n > most {
			found, most = &c.Tasks[i], n
		}
	}
	return found, true
}
