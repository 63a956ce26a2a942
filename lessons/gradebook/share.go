package gradebook

import "github.com/resident-go/resident/lessons/grade"

// shared has one copy of each text: what is asked is the same for all students, and so is most of what they are told, and a book has all of it in memory.
type shared map[string]string

// attempt replaces an attempt's texts by those that are there already.
func (s shared) attempt(a *grade.Attempt) {
	s.texts(&a.Lesson, &a.Title, &a.Version, &a.Grader)
	for i := range a.Results {
		r := &a.Results[i]
		s.texts(&r.ID, &r.Exercise, &r.Title, (*string)(&r.Tier), (*string)(&r.Verdict), &r.Reason, &r.Printed, &r.Comment)
		for j := range r.Cases {
			c := &r.Cases[j]
			s.texts(&c.Name, (*string)(&c.Verdict), &c.Reason, &c.Call, &c.Hint)
		}
	}
	for i := range a.Answers {
		s.texts(&a.Answers[i].ID, &a.Answers[i].Exercise, &a.Answers[i].Problem)
	}
}

func (s shared) texts(texts ...*string) {
	for _, t := range texts {
		if one, ok := s[*t]; ok {
			*t = one
		} else {
			s[*t] = *t
		}
	}
}
