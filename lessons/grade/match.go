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

// match finds out which cell of a submission is which of the lesson's: by its name, then by its text, then by what it declares or how much of it is the same; prose also by where it stands.
// Only answers, and what students have added, are taken from a submission.
func (g *Grader) match(cells []submission.Cell) *matched {
	m := &matching{g: g, cells: cells, step: make([]int, len(cells)), matched: &matched{answers: map[string]submission.Cell{}, further: map[int][]submission.Cell{}}}
	for i := range m.step {
		m.step[i] = unknown
	}
	m.byName()
	m.byText()
	m.byLikeness()
	m.byPlace()
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
	var lost []*likeness
	for n, s := range m.g.steps {
		_, has := m.answers[s.id]
		if s.answer && !has && s.stub != "" || !s.answer && s.test != nil {
			lost = append(lost, m.likeness(n))
		}
	}
	for i, c := range m.cells {
		if m.step[i] != unknown || len(c.Source) > maxSource {
			continue
		}
		declared, words := declaredIn(c), runs(c.Source)
		for _, l := range lost {
			l.to[i] = l.of(c, declared, words)
		}
	}
	for _, l := range lost {
		best, most := -1, 0.5
		for i, how := range l.to {
			if m.step[i] == unknown && (how > most || how == most && how == 1) {
				best, most = i, how
			}
		}
		switch s := m.g.steps[l.step]; {
		case best < 0:
		case s.answer:
			m.step[best], m.answers[s.id] = l.step, m.cells[best]
			m.notes = append(m.notes, fmt.Sprintf("the cell %s has lost its name, and was known by what is in it", s.id))
		default:
			m.step[best] = l.step
		}
	}
}

// likeness is how like the cells of a submission are to what students were given in one place of the lesson.
type likeness struct {
	step     int
	prose    bool
	declared []string        // of an answer's stub
	words    map[string]bool // its runs, nil where they are too many
	to       []float64       // from 0 to 1, by cell
}

func (m *matching) likeness(step int) *likeness {
	s := m.g.steps[step]
	l := &likeness{step: step, prose: !s.cell.Runs(), to: make([]float64, len(m.cells))}
	base := s.given
	if s.stub != "" {
		base = s.stub
	} else if g := m.g.student[s.id]; g != nil {
		base = g.Source
	}
	if len(base) <= maxSource {
		l.words = runs(base)
	}
	if s.answer {
		l.declared, _ = namesOf(s.stub)
	}
	return l
}

func declaredIn(c submission.Cell) []string {
	if c.Prose {
		return nil
	}
	names, _ := namesOf(c.Source)
	return names
}

// of is how like a cell is, given what it declares and its runs.
func (l *likeness) of(c submission.Cell, declared []string, words map[string]bool) float64 {
	switch {
	case c.Prose != l.prose:
		return 0
	case len(l.declared) > 0 && !c.Prose && !slices.ContainsFunc(l.declared, func(name string) bool { return !slices.Contains(declared, name) }):
		return 1
	}
	return shared(l.words, words)
}

var word = regexp.MustCompile(`\w+|[^\s\w]`)

// shared is how much two texts have in common: of all runs that one of them has, the part that both have.
func shared(a, b map[string]bool) float64 {
	both := 0
	for r := range a {
		if b[r] {
			both++
		}
	}
	return float64(both) / float64(max(1, len(a)+len(b)-both))
}

// runs are those of three words in a text.
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
		case c.Prose:
		case len(c.Source) > maxSource:
			m.notes = append(m.notes, fmt.Sprintf("%s has %d bytes and was left out: at most %d are run", ownCell, len(c.Source), maxSource))
		default:
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
