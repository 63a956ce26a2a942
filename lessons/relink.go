package lessons

import "strings"

// Links returns where the lesson's prose leads: the destinations of its links and images, in order.
func (l *Lesson) Links() (to []string) {
	for _, c := range l.Cells {
		if c.Kind != Prose {
			continue
		}
		for _, link := range linksIn(c.Source) {
			to = append(to, link.to)
		}
	}
	return to
}

// Relink changes where the lesson's prose leads to, in memory. A lesson of a course leads to other files as a page than as a notebook.
func (l *Lesson) Relink(change func(to string) string) {
	for _, c := range l.Cells {
		if c.Kind != Prose {
			continue
		}
		var edits []edit
		done := 0
		for _, link := range linksIn(c.Source) {
			at := strings.Index(c.Source[max(link.at, done):], link.to)
			if next := change(link.to); at >= 0 && link.to != "" && next != link.to {
				at += max(link.at, done)
				done = at + len(link.to)
				edits = append(edits, edit{at, done, next})
			}
		}
		c.Source = string(splice([]byte(c.Source), edits))
		c.lines = cutRegions(c.Kind, c.Source, func(int, string, ...any) {})
	}
}
