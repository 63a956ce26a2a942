package submission

import (
	"strings"
	"unicode"
)

// leaveOutClaims leaves out what says that it is somebody's and lies deeper than what that student has handed in: in a folder of another student, who has made its name.
func (r *reading) leaveOutClaims() {
	first := map[string]*Submission{}
	for i := range r.all {
		s := &r.all[i]
		if f := first[s.Student]; f == nil || s.depth < f.depth {
			first[s.Student] = s
		}
	}
	folder := func(s *Submission, depth int) string {
		return strings.Join(strings.Split(s.File, "/")[:depth+1], "/")
	}
	kept := make([]Submission, 0, len(r.all))
	for i := range r.all {
		s := &r.all[i]
		if f := first[s.Student]; s.depth > f.depth && folder(s, f.depth) != folder(f, f.depth) {
			r.warn(s.File, "left out: it says that it is of %s, who has handed in %s", Printable(s.Student), Printable(f.File))
			continue
		}
		kept = append(kept, *s)
	}
	r.all = kept
}

// stampAll gives submissions the time that stands in a folder around them: the outermost, since those within are a student's own.
func (r *reading) stampAll() {
	for i := range r.all {
		file := r.all[i].File
		dirs := []string{"."}
		for at, c := range file {
			if c == '/' {
				dirs = append(dirs, file[:at])
			}
		}
		for _, dir := range dirs {
			if t, ok := stamp(r.times[dir]); ok {
				r.all[i].Received = t
				break
			}
		}
	}
}

// Printable keeps a text that a student may have written from speaking to a terminal, or from turning the line that it stands in.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return '\uFFFD'
		}
		return r
	}, s)
}
