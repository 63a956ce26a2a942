package lessons

import (
	"errors"
	"fmt"
	"slices"

	"github.com/resident-go/resident/nbformat"
)

// Merge takes what was changed in a notebook since it was made of a lesson over into that lesson, which may have changed meanwhile, and returns the lesson's new
// source, and the files that were attached to cells. Cells are known by their ids. If one side has moved cells, theirs is the order. The error names each cell that both sides
// have changed, or one that both have moved, and nothing is decided for them.
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
	lesson, book []slot           // the cells of both, in order
	problems     []error
}

// slot is a place in the order of one side's cells.
type slot struct {
	base string // the cell's id in base, "" for a new one
	cell *Cell
	id   string // that it has on its side
	raw  string // the bytes that it has in our lesson
}

// match finds out which cells are which.
func (m *merging) match() error {
	r := &restoring{lesson: m.theirs}
	if err := r.wanted(); err != nil {
		return err
	}
	m.others = map[string]*Cell{}
	for i, c := range r.cells {
		s := slot{cell: c, id: "new " + r.ids[i]}
		if slices.Contains(m.base, r.ids[i]) {
			s.base, m.others[r.ids[i]] = r.ids[i], c
		}
		m.book = append(m.book, s)
	}
	m.matchOurs()
	return nil
}

// matchOurs knows the lesson's cells by their names, or by their text, wherever they stand; those between two known ones are each other's in turn, if they are
// as many.
func (m *merging) matchOurs() {
	ids, used := make([]string, len(m.ours.Cells)), map[string]bool{} // ids in base, of ours
	take := func(i int, id string) { ids[i], used[id] = id, true }
	for i, c := range m.ours.Cells {
		if c.Attrs.Name != "" && slices.Contains(m.base, c.Attrs.Name) {
			take(i, c.Attrs.Name)
		}
	}
	next := 0 // of equal ones, that which follows the one before
	for i, c := range m.ours.Cells {
		if ids[i] == "" && c.Attrs.Name == "" {
			digest := c.digest()
			for k := range m.base {
				if id := m.base[(next+k)%len(m.base)]; !used[id] && m.digests[id] == digest {
					take(i, id)
					break
				}
			}
		}
		if ids[i] != "" {
			next = slices.Index(m.base, ids[i]) + 1
		}
	}
	m.matchGaps(ids, used)
	m.mine = map[string]*Cell{}
	own, spans := m.ours.ids(), m.ours.spans()
	for i, c := range m.ours.Cells {
		m.lesson = append(m.lesson, slot{ids[i], c, own[i], spans[i]})
		if ids[i] != "" {
			m.mine[ids[i]] = c
		}
	}
}

// matchGaps gives ids in base to cells that stand between two known ones.
func (m *merging) matchGaps(ids []string, used map[string]bool) {
	from, baseFrom := 0, 0
	for i := 0; i <= len(ids); i++ {
		if i < len(ids) && ids[i] == "" {
			continue
		}
		baseTo := len(m.base)
		if i < len(ids) {
			baseTo = slices.Index(m.base, ids[i])
		}
		var gap []string
		for at := baseFrom; at < baseTo; at++ {
			if !used[m.base[at]] {
				gap = append(gap, m.base[at])
			}
		}
		if len(gap) == i-from {
			for k, id := range gap {
				ids[from+k] = id
			}
		}
		from, baseFrom = i+1, baseTo+1
	}
}

func (m *merging) conflict(c *Cell, format string, args ...any) {
	m.problems = append(m.problems, fmt.Errorf("%v: %s: %s", c.Pos, c.Label(), fmt.Sprintf(format, args...)))
}

// merge decides about each cell, and writes the lesson.
func (m *merging) merge() ([]byte, error) {
	lead, follow, err := m.order()
	if err != nil {
		return nil, err
	}
	origin := m.ours.sourceOrigin()
	r := &restoring{lesson: &Lesson{File: m.ours.File, origin: origin}}
	for _, s := range m.sequence(lead, follow) {
		want := s.cell
		if s.base != "" {
			if want = m.decide(s.base); want == nil {
				continue
			}
			if i := slices.IndexFunc(m.lesson, func(ours slot) bool { return ours.base == s.base }); i >= 0 {
				s.id, s.raw = m.lesson[i].id, m.lesson[i].raw
			}
		}
		cell := *want
		cell.raw = s.raw
		r.cells, r.ids = append(r.cells, &cell), append(r.ids, s.id)
	}
	if len(m.problems) > 0 {
		return nil, errors.Join(m.problems...)
	}
	r.ways = make([]int, len(r.cells))
	return r.source(origin.Front)
}

// order says whose order the merged lesson has: the notebook's, if it alone has moved cells.
func (m *merging) order() (lead, follow []slot, err error) {
	common := func(side []slot) (ids []string) {
		for _, s := range side {
			if s.base != "" && m.mine[s.base] != nil && m.others[s.base] != nil {
				ids = append(ids, s.base)
			}
		}
		return ids
	}
	was := slices.DeleteFunc(slices.Clone(m.base), func(id string) bool { return m.mine[id] == nil || m.others[id] == nil })
	ours, theirs := common(m.lesson), common(m.book)
	switch {
	case slices.Equal(theirs, was), slices.Equal(theirs, ours):
		return m.lesson, m.book, nil
	case slices.Equal(ours, was):
		return m.book, m.lesson, nil
	}
	for i, id := range theirs {
		if id != ours[i] {
			return nil, nil, fmt.Errorf("%v: %s: both the lesson and the notebook have moved cells: put them into one order", m.mine[id].Pos, m.mine[id].Label())
		}
	}
	return m.lesson, m.book, nil
}

// sequence is the cells of one side in their order, with what is new on the other side behind the cells that it stands behind there. Cells that the first side has
// no more come last, for a decision.
func (m *merging) sequence(lead, follow []slot) []slot {
	all := newBehind(follow, "")
	for _, s := range lead {
		if all = append(all, s); s.base != "" {
			all = append(all, newBehind(follow, s.base)...)
		}
	}
	for _, id := range m.base {
		if !slices.ContainsFunc(lead, func(s slot) bool { return s.base == id }) {
			all = append(append(all, slot{base: id}), newBehind(follow, id)...)
		}
	}
	return all
}

// newBehind are one side's new cells behind one that it had from the beginning, or before the first for "".
func newBehind(side []slot, id string) (found []slot) {
	last := ""
	for _, s := range side {
		switch {
		case s.base != "":
			last = s.base
		case last == id:
			found = append(found, s)
		}
	}
	return found
}

// decide is what becomes of a cell that base has: nil if it goes.
func (m *merging) decide(id string) *Cell {
	mine, theirs := m.mine[id], m.others[id]
	ourChange, theirChange := m.changed(mine, id), m.changed(theirs, id)
	switch {
	case mine == nil && theirs != nil && theirChange:
		m.conflict(theirs, "the notebook has changed this cell, and the lesson does not have it any more")
	case mine == nil:
		return nil
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
