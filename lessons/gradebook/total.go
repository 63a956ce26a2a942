package gradebook

import (
	"cmp"
	"slices"
)

// part is a task's part in a grade.
type part struct {
	task          string
	weight, share float64 // share: from 0 to 1
}

// Total is a student's grade in the course, in percent: each task by its weight, and nothing for what was not handed in. Tasks that nobody has handed in yet do not count, nor those from which
// the student is excused, nor as many of the others as the course drops. These are named.
func (b *Book) Total(student string) (percent float64, dropped []string) {
	var parts []part
	for _, t := range b.Tasks {
		if t.Weight == 0 || t.HandedIn == 0 || b.Extensions.of(student, t.Name).Excused {
			continue
		}
		p := part{t.Name, t.Weight, 0}
		if e := b.Of(student, t.Name); e != nil && e.Max > 0 {
			p.share = e.Score / e.Max
		}
		parts = append(parts, p)
	}
	if len(parts) == 0 {
		return 0, nil
	}
	count := max(1, len(parts)-b.Drop)
	percent = 100 * best(parts, count)
	for _, t := range b.Tasks {
		if slices.ContainsFunc(parts[count:], func(p part) bool { return p.task == t.Name }) {
			dropped = append(dropped, t.Name)
		}
	}
	return percent, dropped
}

// best puts in front those n of all parts that come to most together, and returns what: the greatest Σws/Σw. For that s, which no choice exceeds, the parts that count are those with
// the greatest w(s_i - s); each round comes closer (W. Dinkelbach, On nonlinear fractional programming, 1967).
func best(parts []part, n int) float64 {
	for s := -1.0; ; {
		slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.weight*(b.share-s), a.weight*(a.share-s)) })
		got, all := 0.0, 0.0
		for _, p := range parts[:n] {
			got, all = got+p.weight*p.share, all+p.weight
		}
		if got/all <= s {
			return s
		}
		s = got / all
	}
}
