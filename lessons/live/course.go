package live

import (
	"net/http"
	"path/filepath"
	"slices"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/course"
)

// contents is the course's page: its lessons in order.
func (s *Site) contents(w http.ResponseWriter) {
	c, err := course.Read(s.cfg.Course)
	if err != nil {
		writePage(w, http.StatusUnprocessableEntity, s.broken(s.cfg.Course, err))
		return
	}
	type part struct {
		Caption string
		First   int // the number of its first lesson
		Entries []entry
	}
	parts, next := make([]part, len(c.Parts)), 1
	for i, p := range c.Parts {
		parts[i].Caption, parts[i].First = p.Caption, next
		next += len(p.Chapters)
		for _, chapter := range p.Chapters {
			e := entry{Address: address(chapter.File), Title: chapter.Title, Summary: chapter.Lesson.Meta.Summary}
			if !chapter.Due.IsZero() {
				e.Due = chapter.Due.Format("2 January 2006, 15:04")
			}
			parts[i].Entries = append(parts[i].Entries, e)
		}
	}
	writePage(w, http.StatusOK, page("course", map[string]any{"Course": c, "Parts": parts, "Live": scripts}))
}

// nav is the way from a lesson to the others of its course, nil for one that is in none.
func (s *Site) nav(file string) *lessons.Nav {
	if s.cfg.Course == "" {
		return nil
	}
	c, err := course.Read(s.cfg.Course)
	if err != nil { // the contents say why
		return nil
	}
	chapters := c.Chapters()
	at := slices.IndexFunc(chapters, func(ch course.Chapter) bool {
		return filepath.Join(filepath.Dir(s.cfg.Course), filepath.FromSlash(ch.File)) == file
	})
	if at < 0 {
		return nil
	}
	link := func(i int) *lessons.Link {
		if i < 0 || i >= len(chapters) {
			return nil
		}
		return &lessons.Link{Title: chapters[i].Title, File: address(chapters[i].File)}
	}
	return &lessons.Nav{Course: lessons.Link{Title: c.Title, File: "/"}, Previous: link(at - 1), Next: link(at + 1)}
}
