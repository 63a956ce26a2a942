package roster

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/gradebook"
)

// Fill returns the table with the points that the book has. Students without a submission, and submissions that a person has still to read, leave their fields as they are.
func (r *Roster) Fill(b *gradebook.Book) (filled []byte, warnings []string) {
	rows, warnings := r.match(b.Students())
	warn := func(format string, args ...any) {
		warnings = append(warnings, fmt.Sprintf("roster %s: ", r.name)+fmt.Sprintf(format, args...))
	}
	if r.unsure && !slices.ContainsFunc(slices.Collect(maps.Values(r.grades)), func(c column) bool { return c.feedback >= 0 }) {
		warn("whether it has a column for feedback cannot be told where all have grades already: none is filled in but the one that is named (--roster-column): feedback=COLUMN")
	}
	var edits []edit
	for _, t := range b.Tasks {
		c, ok := r.grades[t.Name]
		if !ok {
			warn("it has no column for %s", t.Name)
			continue
		}
		scaled := ""
		for _, student := range slices.Sorted(maps.Keys(rows)) {
			e := b.Of(student, t.Name)
			if e == nil {
				continue
			}
			if e.Failed != "" {
				warn("%s, %s: left out: it could not be graded", student, t.Name)
				continue
			}
			if e.Pending {
				warn("%s, %s: left out: a person has not read all of it", student, t.Name)
				continue
			}
			row := r.table.rows[rows[student]]
			if c.at >= len(row) {
				warn("%s: the row ends before the column for %s", student, t.Name)
				continue
			}
			score, most := c.scale(e, row)
			if most != "" {
				scaled = most
			}
			edits = append(edits, edit{row[c.at], score})
			if c.feedback >= 0 && c.feedback < len(row) {
				edits = append(edits, edit{row[c.feedback], feedback(e)})
			}
		}
		if scaled != "" {
			warn("%s has %s points there and %s here: points are scaled", t.Name, scaled, number(t.Max))
		}
	}
	return r.table.splice(edits), warnings
}

func number(v float64) string {
	return strconv.FormatFloat(math.Round(v*1e4)/1e4, 'f', -1, 64)
}

// scale is a score in the points of the platform, and these where they are others than ours.
func (c column) scale(e *gradebook.Entry, row []field) (score, most string) {
	most = c.max
	if c.most >= 0 && c.most < len(row) {
		most = row[c.most].text
	}
	worth, ok := toNumber(most)
	if !ok || worth <= 0 || e.Max <= 0 || worth == e.Max {
		return number(e.Score), ""
	}
	return number(e.Score * worth / e.Max), number(worth)
}

// feedback says what each test gave. Nothing that a student wrote is in it: platforms take it for HTML.
func feedback(e *gradebook.Entry) string {
	if e.Broken != "" {
		return "Nothing could be graded: what can be is the notebook's own file (.ipynb), as it was saved."
	}
	var parts []string
	for _, r := range e.Results {
		how := ""
		if r.Verdict != grade.Passed && r.Verdict != grade.Partly {
			how = " (" + string(r.Verdict) + ")"
		}
		parts = append(parts, fmt.Sprintf("%s: %s of %s%s", r.ID, number(r.Points), number(r.Max), how))
	}
	if e.Percent > 0 {
		parts = append(parts, fmt.Sprintf("late: less %s%%", number(e.Percent)))
	}
	return strings.Join(parts, "; ")
}

// numbered is a student's name as downloads of Canvas and Moodle have it, with the number under which the platform knows them.
var numbered = regexp.MustCompile(`^(.+)_(\d+)$`)

// digits end what Moodle calls participants, in whatever language.
var digits = regexp.MustCompile(`\d+$`)

// match finds the row of each student.
func (r *Roster) match(students []string) (rows map[string]int, warnings []string) {
	warn := func(format string, args ...any) {
		warnings = append(warnings, fmt.Sprintf("roster %s: ", r.name)+fmt.Sprintf(format, args...))
	}
	ids, full := r.index()
	owners := map[int][]string{}
	for _, s := range students {
		found := ids[strings.ToLower(s)]
		name := s
		if m := numbered.FindStringSubmatch(s); m != nil {
			name = m[1]
			if len(found) == 0 && r.number >= 0 {
				found = ids["#"+m[2]]
			}
		}
		if len(found) == 0 {
			found = full[plainName(name)]
		}
		switch len(found) {
		case 0:
			warn("%s is not in it", s)
		case 1:
			owners[found[0]] = append(owners[found[0]], s)
		default:
			warn("%s could be any of %d in it: left out", s, len(found))
		}
	}
	rows = map[string]int{}
	for _, row := range slices.Sorted(maps.Keys(owners)) {
		if who := owners[row]; len(who) > 1 {
			warn("%s are one and the same in it: left out", strings.Join(who, " and "))
		} else {
			rows[who[0]] = row
		}
	}
	return rows, warnings
}

// index lists the rows by what tells students apart, the platform's numbers behind a #, and by full names, which may be written in either order.
func (r *Roster) index() (ids, full map[string][]int) {
	ids, full = map[string][]int{}, map[string][]int{}
	add := func(in map[string][]int, key string, row int) {
		if key != "" && key != "#" && !slices.Contains(in[key], row) {
			in[key] = append(in[key], row)
		}
	}
	for i, row := range r.table.rows[1:] {
		at := func(c int) string {
			if c >= len(row) {
				return ""
			}
			return strings.TrimSpace(row[c].text)
		}
		if r.number >= 0 {
			add(ids, "#"+digits.FindString(at(r.number)), i+1)
		}
		for _, c := range r.ids {
			add(ids, strings.ToLower(at(c)), i+1)
		}
		var words []string
		for _, c := range r.names {
			words = append(words, at(c))
		}
		for _, name := range r.orders(words) {
			add(full, plainName(name), i+1)
		}
	}
	return ids, full
}

// orders are the ways in which a name is written: Doe, Jane is Jane Doe, too.
func (r *Roster) orders(words []string) []string {
	name := strings.Join(words, " ")
	if last, first, ok := strings.Cut(name, ","); ok {
		return []string{name, first + " " + last}
	}
	if r.either && len(words) == 2 {
		return []string{name, words[1] + " " + words[0]}
	}
	return []string{name}
}
