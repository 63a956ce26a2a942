package lessons

import (
	"errors"
	"fmt"
	"slices"

	"github.com/resident-go/resident/nbformat"
)

// Merge takes what was changed in a notebook since it was made of a lesson over into that lesson, which may have changed meanwhile, and returns the lesson's new
// source, and the files that were attached to cells. Cells are known by their ids. The error names each cell that both sides have
// changed, and nothing is decided for them.
func Merge(file string, src []byte, nb *nbformat.Notebook) ([]byte, map[string][]byte, error) {
	ours, err := Parse(file, src)
	if err != nil {
		return nil, nil, err
	}
	nb, files, err := detach(nb)
	if err != nil {
		return nil, nil, err
	}
	theirs, err := FromNotebook(file, nb)
	if err != nil {
		return nil, nil, err
	}
	if theirs.origin == nil {
		return nil, nil, fmt.Errorf("%s: the notebook was not made of a lesson: nobody knows what was changed in it", file)
	}
	m := &merging{ours: ours, theirs: theirs}
	m.base, m.digests = theirs.origin.cells()
	if err := m.match(); err != nil {
		return nil, nil, err
	}
	merged, err := m.merge()
	return merged, files, err
}

// merging is a lesson (ours), a notebook (theirs), and what is known of the lesson that the notebook was made of (base).
type merging struct {
	ours, theirs *Lesson
	base         []string
	digests      map[string]string
	mine, others map[string]*Cell // the cells of both by their ids in base
	order        []string         // of the notebook's cells
	problems     []error
}

// match finds out which cells are which.
func (m *merging) match() error {
	r := &restoring{lesson: m.theirs}
	if err := r.wanted(); err != nil {
		return err
	}
	m.others, m.order = map[string]*Cell{}, r.ids
	for i, c := range r.cells {
		m.others[r.ids[i]] = c
	}
	m.mine = m.matchOurs()
	at := -1
	for _, id := range m.order {
		i := slices.Index(m.base, id)
		if i >= 0 && i < at {
			return fmt.Errorf("%s: the notebook's cells stand in another order than the lesson's: move %s in the lesson", m.ours.File, m.others[id].Label())
		}
		at = max(at, i)
	}
	return nil
}

// matchOurs knows the lesson's cells by their names, or by their text; those between two known ones are each other's in turn, if they are as many.
func (m *merging) matchOurs() map[string]*Cell {
	ids := make([]string, len(m.ours.Cells)) // in base, of ours
	next := 0
	for i, c := range m.ours.Cells {
		for j := next; j < len(m.base); j++ {
			id := m.base[j]
			if c.Attrs.Name == id || c.Attrs.Name == "" && m.digests[id] == c.digest() {
				ids[i], next = id, j+1
				break
			}
		}
	}
	mine := map[string]*Cell{}
	from, baseFrom := 0, 0
	for i := 0; i <= len(ids); i++ {
		if i < len(ids) && ids[i] == "" {
			continue
		}
		baseTo := len(m.base)
		if i < len(ids) {
			baseTo = slices.Index(m.base, ids[i])
			mine[ids[i]] = m.ours.Cells[i]
		}
		if gap := m.base[baseFrom:baseTo]; len(gap) == i-from {
			for k, id := range gap {
				mine[id] = m.ours.Cells[from+k]
			}
		}
		from, baseFrom = i+1, baseTo+1
	}
	return mine
}

func (m *merging) conflict(c *Cell, format string, args ...any) {
	m.problems = append(m.problems, fmt.Errorf("%v: %s: %s", c.Pos, c.Label(), fmt.Sprintf(format, args...)))
}

// merge decides about each cell, and writes the lesson.
func (m *merging) merge() ([]byte, error) {
	origin := m.ours.sourceOrigin()
	r := &restoring{lesson: &Lesson{File: m.ours.File, origin: origin}}
	ids, raw, base := m.ours.ids(), m.ours.spans(), map[*Cell]string{}
	for id, c := range m.mine {
		base[c] = id
	}
	r.added(m.newBehind(""))
	for i, c := range m.ours.Cells {
		id, known := base[c]
		want := c
		if known {
			want = m.decide(id)
		}
		if want != nil {
			cell := *want
			cell.raw = raw[i]
			r.cells, r.ids = append(r.cells, &cell), append(r.ids, ids[i])
		}
		if known {
			r.added(m.newBehind(id))
		}
	}
	for _, id := range m.base {
		if m.mine[id] == nil && m.others[id] != nil && m.changed(m.others[id], id) {
			m.conflict(m.others[id], "the notebook has changed this cell, and the lesson does not have it any more")
		}
		if m.mine[id] == nil {
			r.added(m.newBehind(id))
		}
	}
	if len(m.problems) > 0 {
		return nil, errors.Join(m.problems...)
	}
	r.ways = make([]int, len(r.cells))
	return r.source(origin.Front)
}

// decide is what becomes of a cell that the lesson has: nil if it goes.
func (m *merging) decide(id string) *Cell {
	mine, theirs := m.mine[id], m.others[id]
	ourChange, theirChange := m.changed(mine, id), m.changed(theirs, id)
	switch {
	case !theirChange, theirs != nil && mine.same(theirs):
		return mine
	case ourChange && theirs == nil:
		m.conflict(mine, "the lesson has changed this cell, and the notebook does not have it any more")
	case ourChange:
		m.conflict(mine, "both the lesson and the notebook have changed this cell")
	}
	return theirs
}

// changed tells whether a side's cell is not what it was.
func (m *merging) changed(c *Cell, id string) bool {
	if c != nil && c.Attrs.Include != "" {
		return false // its code stands elsewhere; match has seen to the notebook's
	}
	return c == nil || c.digest() != m.digests[id]
}

// newBehind are the ids of the notebook's new cells behind one that it had from the beginning, or before the first for "".
func (m *merging) newBehind(id string) (cells []*Cell, ids []string) {
	last := ""
	for _, next := range m.order {
		switch {
		case slices.Contains(m.base, next):
			last = next
		case last == id:
			cells, ids = append(cells, m.others[next]), append(ids, next)
		}
	}
	return cells, ids
}

func (r *restoring) added(cells []*Cell, ids []string) {
	for i, c := range cells {
		cell := *c
		cell.raw = ""
		r.cells, r.ids = append(r.cells, &cell), append(r.ids, "new "+ids[i])
	}
}
