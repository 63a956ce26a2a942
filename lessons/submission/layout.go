package submission

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	moodle   = regexp.MustCompile(`^(.+)_(\d+)_assignsubmission_(?:file|onlinetext)_?(.*)$`)
	exchange = regexp.MustCompile(`^([^+]+)\+([^+]+)\+([^+]+)(?:\+.*)?$`)
	canvas   = regexp.MustCompile(`^([^_]+)_(?:(LATE)_)?(\d+)_(\d+)_(.+)$`)
	again    = regexp.MustCompile(`(?:-\d{1,3}| ?\(\d{1,3}\))$`) // what platforms and browsers append to a name that exists
)

// place tells from where a file lies whose it is. Assignments are the names that the lessons have.
func place(file string, assignments []string) Submission {
	s := Submission{File: file}
	folders := strings.Split(file, "/")
	name := folders[len(folders)-1]
	folders = folders[:len(folders)-1]
	s.Base = again.ReplaceAllString(strings.TrimSuffix(name, path.Ext(name)), "")
	switch {
	case s.fromMoodle(append(slices.Clone(folders), name)), s.fromExchange(folders):
		s.known = true
	case s.fromAssignment(folders, assignments):
	case s.fromCanvas(append(slices.Clone(folders), name)):
		s.known = true
	case len(folders) > 0:
		s.Student = folders[0]
	default:
		s.Student = s.Base
	}
	return s
}

func (s *Submission) fromMoodle(parts []string) bool {
	for i, part := range parts {
		m := moodle.FindStringSubmatch(part)
		if m == nil {
			continue
		}
		s.Student = m[1] + "_" + m[2]
		if i == len(parts)-1 {
			s.Base = again.ReplaceAllString(strings.TrimSuffix(m[3], path.Ext(m[3])), "")
		}
		return true
	}
	return false
}

func (s *Submission) fromExchange(folders []string) bool {
	for _, part := range folders {
		m := exchange.FindStringSubmatch(part)
		if m == nil {
			continue
		}
		if t, ok := stamp(m[3]); ok {
			s.Student, s.Assignment, s.Received = m[1], m[2], t
			return true
		}
	}
	return false
}

// fromAssignment knows a folder that is called like a lesson: nbgrader's folder of a student is around it, others have it within, or a file for each student.
func (s *Submission) fromAssignment(folders, assignments []string) bool {
	for i, part := range slices.Backward(folders) {
		if !slices.Contains(assignments, part) {
			continue
		}
		switch s.Assignment = part; {
		case i > 0 && !slices.Contains([]string{"submitted", "autograded"}, folders[i-1]):
			s.Student, s.known = folders[i-1], true
		case i < len(folders)-1:
			s.Student, s.known = folders[i+1], true
		default:
			s.Student = s.Base
		}
		return true
	}
	if i := slices.Index(folders, "submitted"); i >= 0 && i+1 < len(folders) {
		s.Student, s.known = folders[i+1], true
		if i+2 < len(folders) {
			s.Assignment = folders[i+2]
		}
		return true
	}
	return false
}

// fromCanvas knows a file, or the folder that a zip stands for.
func (s *Submission) fromCanvas(parts []string) bool {
	for i, part := range parts {
		last := i == len(parts)-1
		if last {
			part = strings.TrimSuffix(part, path.Ext(part))
		}
		m := canvas.FindStringSubmatch(part)
		if m == nil {
			continue
		}
		s.Student, s.Late = m[1]+"_"+m[3], m[2] != ""
		if last {
			s.Base = again.ReplaceAllString(m[5], "")
		}
		return true
	}
	return false
}

// ReturnName is the name under which a platform takes back a file for who handed one in, given where that was found: Moodle knows them by the folder, or the beginning of the name, that it has written, Canvas by
// the two numbers in it. It reports false where no platform has written the name.
func ReturnName(file, as string) (name string, ok bool) {
	parts := strings.Split(file, "/")
	for i, part := range parts {
		if m := moodle.FindStringSubmatchIndex(part); m != nil {
			if m[6] == len(part) { // a folder
				return part + "/" + as, true
			}
			return part[:m[6]] + as, true
		}
		if i == len(parts)-1 {
			part = strings.TrimSuffix(part, path.Ext(part))
		}
		if canvas.MatchString(part) {
			return part + path.Ext(as), true
		}
	}
	return "", false
}

// The times that nbgrader writes, with a zone's short name or that of a place.
var stamps = []string{"2006-01-02 15:04:05.999999 MST", "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05.999999 -0700", time.RFC3339Nano}

func stamp(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	for _, layout := range stamps {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	if i := strings.LastIndexByte(text, ' '); i > 0 {
		if zone, err := time.LoadLocation(text[i+1:]); err == nil {
			t, err := time.ParseInLocation("2006-01-02 15:04:05.999999", text[:i], zone)
			return t, err == nil
		}
	}
	return time.Time{}, false
}
