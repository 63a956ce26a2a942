package grade

import (
	"fmt"
	"strings"

	"github.com/resident-go/resident/lessons/submission"
)

// gap is where prose stands that lost its name, between two cells that are known: answers of the lesson that are missing there, and cells of the submission that may be them.
type gap struct {
	from, to int   // cells of the submission
	missing  []int // steps
}

// byPlace knows answers in prose that lost their names and say something else by now: they stand where the lesson has them. A person reads them, who will see what is none. Code is not known by
// its place: it would be run as what it may not be.
func (m *matching) byPlace() {
	given := map[[32]byte]bool{}
	for text := range m.g.shown {
		given[digest(text)] = true
	}
	for _, g := range m.gaps() {
		var prose []int
		for i := g.from; i < g.to; i++ {
			if c := m.cells[i]; c.Prose && m.step[i] == unknown && len(c.Source) <= maxSource && !given[digest(c.Source)] && strings.TrimSpace(c.Source) != "" {
				prose = append(prose, i)
			}
		}
		for n, step := range g.missing {
			these := prose
			if len(prose) == len(g.missing) {
				these = prose[n : n+1]
			}
			if len(these) > 0 {
				m.placed(step, these)
			}
		}
	}
}

// gaps are those in which an answer in prose is missing.
func (m *matching) gaps() (all []gap) {
	for n, s := range m.g.steps {
		if _, has := m.answers[s.id]; has || !s.answer || s.cell.Runs() {
			continue
		}
		g := gap{0, len(m.cells), []int{n}}
		for i, step := range m.step {
			switch {
			case step != unknown && step < n:
				g.from = i + 1
			case step > n:
				g.to = min(g.to, i)
			}
		}
		if last := len(all) - 1; last >= 0 && all[last].from == g.from && all[last].to == g.to {
			all[last].missing = append(all[last].missing, n)
		} else {
			all = append(all, g)
		}
	}
	return all
}

// placed takes some cells for an answer.
func (m *matching) placed(n int, these []int) {
	var texts []string
	for _, i := range these {
		texts = append(texts, m.cells[i].Source)
		m.step[i] = n
	}
	id := m.g.steps[n].id
	m.answers[id] = submission.Cell{Prose: true, Source: strings.Join(texts, "\n\n")}
	m.notes = append(m.notes, fmt.Sprintf("the cell %s has lost its name, and was known by where it stands", id))
}
