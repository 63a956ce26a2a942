package lessons

import (
	"errors"
	"strings"
)

// AsProse makes a lesson of Markdown that is none: all of it is prose, none of it is run, and an alert at the top says why.
func AsProse(file string, src []byte, why error) *Lesson {
	text := strings.ToValidUTF8(strings.ReplaceAll(string(src), "\x00", ""), "\ufffd")
	if _, _, body, err := splitFrontMatter([]byte(text)); err == nil {
		text = text[body:]
	}
	var alert strings.Builder
	alert.WriteString("> [!CAUTION]\n> This is not a lesson, so none of its code is run:\n>\n> ~~~text\n")
	for _, reason := range reasons(why) {
		alert.WriteString("> " + strings.ReplaceAll(reason, "\n", " ") + "\n")
	}
	alert.WriteString("> ~~~")
	l := &Lesson{File: file, Cells: []*Cell{{Kind: Prose, Source: alert.String()}, {Kind: Prose, Source: unixLines(text)}}}
	l.setTitle()
	return l
}

func reasons(err error) (lines []string) {
	var list ErrorList
	if !errors.As(err, &list) {
		return []string{err.Error()}
	}
	for _, e := range list {
		lines = append(lines, e.Error())
	}
	return lines
}

// Unrun is a report of a lesson of which nothing was run.
func Unrun(l *Lesson) *Report {
	r := &Report{Lesson: l}
	for _, c := range l.Cells {
		r.Cells = append(r.Cells, CellReport{Cell: c, Status: Skipped})
	}
	return r
}
