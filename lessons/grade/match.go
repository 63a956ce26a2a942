package grade

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/resident-go/resident/lessons/submission"
)

// matched is a submission laid beside the lesson.
type matched struct {
	answers map[string]submission.Cell // by the lesson's name
	further map[int][]submission.Cell  // cells of the student's own, by the step that they stand behind; -1 is before the first
	notes   []string
}

// match finds out which cell of a submission is which of the lesson's: by its name, then by its text, then by what it declares or how much of it is the same.
// Only answers, and what students have added, are taken from a submission.
func (g *Grader) match(cells []submission.Cell) *matched {
	m := &matching{g: g, cells: cells, step: make([]int, len(cells)), matched: &matched{answers: map[string]submission.Cell{}, further: map[int][]submission.Cell{}}}
	for i := range m.step {
		m.step[i] = unknown
	}
	m.byName()
	m.byText()
	m.byLikeness()
	m.collect()
	return m.matched
}

const unknown = -2

type matching struct {
	*matched
	g     *Grader
	cells []submission.Cell
	step  []int // of each cell
}

func (m *matching) byName() {
	for n, s := range m.g.steps {
		var same []int
		for i, c := range m.cells {
			if s.id != "" && slices.Contains(c.Names, s.id) && c.Prose == !s.cell.Runs() {
				same, m.step[i] = append(same, i), n
			}
		}
		if !s.answer || len(same) == 0 {
			continue
		}
		counts := same[len(same)-1]
		for _, i := range same { // the last one that was changed
			if !blank(m.cells[i].Source, s.stub) {
				counts = i
			}
		}
		if len(same) > 1 {
			m.notes = append(m.notes, fmt.Sprintf("%d cells are called %s: the last one that was changed counts", len(same), s.id))
		}
		m.answers[s.id] = m.cells[counts]
	}
}

// byText knows given cells and tests that lost their names.
func (m *matching) byText() {
	at := map[[32]byte]int{}
	for n, s := range m.g.steps {
		text := s.given
		if c := m.g.student[s.id]; c != nil {
			text = c.Source
		}
		if _, taken := at[digest(text)]; !taken {
			at[digest(text)] = n
		}
	}
	for i, c := range m.cells {
		n, ok := at[digest(c.Source)]
		if !ok || m.step[i] != unknown {
			continue
		}
		m.step[i] = n
		if s := m.g.steps[n]; s.answer && s.id != "" {
			if _, has := m.answers[s.id]; !has {
				m.answers[s.id] = c
			}
		}
	}
}

// byLikeness knows answers that lost their names: by what they declare, or by how much of the stub is in them. Tests that lost theirs and were changed are left out.
func (m *matching) byLikeness() {
	for n, s := range m.g.steps {
		if _, has := m.answers[s.id]; has && s.answer || s.answer && s.stub == "" {
			continue
		}
		best, most := -1, 0.5
		for i, c := range m.cells {
			if m.step[i] != unknown || c.Prose == s.cell.Runs() {
				continue
			}
			if l := m.likeness(s, c); l > most || l == most && l == 1 {
				best, most = i, l
			}
		}
		switch {
		case best < 0:
		case s.answer:
			m.step[best], m.answers[s.id] = n, m.cells[best]
			m.notes = append(m.notes, fmt.Sprintf("the cell %s has lost its name, and was known by what is in it", s.id))
		case s.test != nil:
			m.step[best] = n
		}
	}
}

func (m *matching) likeness(s *step, c submission.Cell) float64 {
	if s.answer && !c.Prose {
		want, _ := namesOf(s.stub)
		got, _ := namesOf(c.Source)
		if len(want) > 0 && !slices.ContainsFunc(want, func(name string) bool { return !slices.Contains(got, name) }) {
			return 1
		}
	}
	base := s.given
	if s.stub != "" {
		base = s.stub
	} else if g := m.g.student[s.id]; g != nil {
		base = g.Source
	}
	return shared(base, c.Source)
}

var word = regexp.MustCompile(`\w+|[^\s\w]`)

// shared is how much two texts have in common: of all runs of three words that one of them has, the part that both have.
func shared(a, b string) float64 {
	const most = 64 << 10 // bytes; what is longer is like nothing
	if len(a) > most || len(b) > most {
		return 0
	}
	x, y := runs(a), runs(b)
	both := 0
	for r := range x {
		if y[r] {
			both++
		}
	}
	return float64(both) / float64(max(1, len(x)+len(y)-both))
}

func runs(s string) map[string]bool {
	words := word.FindAllString(s, -1)
	set := map[string]bool{}
	for i := range words {
		set[strings.Join(words[i:min(i+3, len(words))], " ")] = true
	}
	return set
}

// collect puts what students have added behind the cells that it follows.
func (m *matching) collect() {
	last := -1
	for i, c := range m.cells {
		switch {
		case m.step[i] != unknown:
			last = max(last, m.step[i])
		case !c.Prose:
			m.further[last] = append(m.further[last], c)
		}
	}
}

func digest(source string) [32]byte { return sha256.Sum256([]byte(strings.TrimSpace(source))) }

// blank tells an answer that is as it was given out.
func blank(source, stub string) bool { return digest(source) == digest(stub) }

// Knows counts the cells of a submission that have the name of one of the lesson's.
func (g *Grader) Knows(cells []submission.Cell) (n int) {
	for _, c := range cells {
		if slices.ContainsFunc(g.steps, func(s *step) bool { return s.id != "" && slices.Contains(c.Names, s.id) }) {
			n++
		}
	}
	return n
}
