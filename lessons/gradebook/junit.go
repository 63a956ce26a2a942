package gradebook

import (
	"io"

	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/junit"
)

// WriteJUnit writes a suite for each submission.
func (b *Book) WriteJUnit(w io.Writer) error {
	suites := func(yield func(junit.Suite) bool) {
		for i := range b.Entries {
			if !yield(suite(&b.Entries[i])) {
				return
			}
		}
	}
	return junit.Write(w, suites)
}

func suite(e *Entry) junit.Suite {
	s := junit.Suite{Name: e.Task + "/" + e.Student}
	if e.Failed != "" {
		s.Cases = []junit.Case{{Name: "grade", Outcome: junit.Broken, Message: firstLine(e.Failed)}}
		return s
	}
	if e.Broken != "" {
		s.Cases = []junit.Case{{Name: "read", Outcome: junit.Broken, Message: e.Broken}}
		return s
	}
	add := func(name string, v grade.Verdict, reason string) {
		c := junit.Case{Name: name}
		switch v {
		case grade.Passed:
		case grade.Pending:
			c.Outcome, c.Message = junit.Skipped, "a person has to read it"
		default:
			c.Outcome, c.Message, c.Type = junit.Failed, firstLine(reason), string(v)
		}
		s.Cases = append(s.Cases, c)
	}
	for _, r := range e.Results {
		if len(r.Cases) == 0 || r.Tier == grade.Person {
			add(r.ID, r.Verdict, r.Reason)
			continue
		}
		for _, c := range r.Cases {
			add(r.ID+": "+c.Name, c.Verdict, c.Reason)
		}
	}
	return s
}
