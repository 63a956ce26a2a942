package roster

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/resident-go/resident/lessons/gradebook"
)

// Moodle's tables in languages other than English are known by their shape, as mod/assign/gradingtable.php and grade/export/lib.php write them.

// values are what stands in a column below its name.
func (r *Roster) values(at int) (all []string) {
	for _, row := range r.table.rows[1:] {
		text := ""
		if at < len(row) {
			text = strings.TrimSpace(row[at].text)
		}
		all = append(all, text)
	}
	return all
}

// participant is what a worksheet calls a student: a word, which is another one in each language, and a number.
var participant = regexp.MustCompile(`^(\D*\pL\D*)(\d+)$`)

// isWorksheet recognises a grading worksheet, and finds the column with the highest grade, which is one number in all rows: in front of it is that of the grades.
func (r *Roster) isWorksheet() (most int, ok bool) {
	id := -1
	for i := range r.head {
		if areParticipants(r.values(i)) {
			id = i
			break
		}
	}
	if id < 0 {
		return 0, false
	}
	for most = len(r.head) - 1; most > id+1; most-- {
		if areSame(r.values(most)) && areGrades(r.values(most-1), "") {
			r.number, r.ids = id, []int{id}
			r.identify(id+1, most-1)
			return most, true
		}
	}
	return 0, false
}

func areParticipants(values []string) bool {
	word, seen := "", map[string]bool{}
	for _, v := range values {
		m := participant.FindStringSubmatch(v)
		if m == nil || word != "" && m[1] != word || seen[m[2]] {
			return false
		}
		word, seen[m[2]] = m[1], true
	}
	return len(values) > 0
}

// areSame tells a column with one number above zero in all rows.
func areSame(values []string) bool {
	n, ok := toNumber(values[0])
	return ok && n > 0 && !slices.ContainsFunc(values, func(v string) bool { return v != values[0] })
}

// areGrades tells a column of numbers, in which Moodle writes a dash, or what else stands for it, where there is no grade.
func areGrades(values []string, none string) bool {
	return !slices.ContainsFunc(values, func(v string) bool {
		_, ok := toNumber(v)
		return !ok && v != "-" && v != none
	})
}

// toNumber reads a number with a point or a comma in it.
func toNumber(s string) (float64, bool) {
	n, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(s), ",", "."), 64)
	return n, err == nil
}

// identify takes the columns between two for what tells students apart, as far as no two rows have the same there; the first of them that holds no addresses is the full name.
func (r *Roster) identify(from, to int) {
	for i := from; i < to; i++ {
		values := r.values(i)
		switch {
		case len(r.names) == 0 && !areAddresses(values):
			r.names = []int{i}
		case areDistinct(values):
			r.ids = append(r.ids, i)
		}
	}
}

func areDistinct(values []string) bool {
	seen := map[string]bool{}
	for _, v := range values {
		if v != "" && seen[v] {
			return false
		}
		seen[v] = true
	}
	return true
}

// areAddresses tells a column of email addresses; some may be missing.
func areAddresses(values []string) bool {
	some := false
	for _, v := range values {
		if v != "" && !strings.Contains(v, "@") {
			return false
		}
		some = some || v != ""
	}
	return some
}

// feedbackColumn is the worksheet's column of feedback, or -1. Moodle translates its name, and writes it behind the time of the last grade: that is a dash where there is no grade, and the
// feedback is empty there.
func (r *Roster) feedbackColumn() int {
	last := len(r.head) - 1
	if r.isFeedback(last, last-1) {
		return last
	}
	for i, h := range slices.Backward(r.head) {
		if strings.Contains(strings.ToLower(h), "feedback") {
			return i
		}
	}
	return -1
}

// isFeedback tells a column of feedback by another one, with grades or their times: it is empty where that has a dash, and has no dash itself. Where all have grades, nobody can tell.
func (r *Roster) isFeedback(at, grades int) bool {
	known := r.values(grades)
	for i, v := range r.values(at) {
		if v == "-" || known[i] == "-" && v != "" {
			return false
		}
	}
	r.unsure = !slices.Contains(known, "-")
	return !r.unsure
}

// typed is the name above a column of Moodle's export: that of an item, maybe behind the kind of activity, and how it is shown.
var typed = regexp.MustCompile(`^(.+?)\s*[(（]([^()（）]+)[)）]$`)

// item tells whether a column's name speaks of a task.
func item(head string, t gradebook.TaskInfo) bool {
	m := typed.FindStringSubmatch(head)
	if m == nil {
		return false
	}
	if calls(t, m[1]) {
		return true
	}
	at := strings.IndexAny(m[1], ":：")
	return at >= 0 && calls(t, strings.TrimLeft(m[1][at:], ":： \u00a0"))
}

// isExport recognises an export of the gradebook: students with addresses, and then columns for items, one of which is a task.
func (r *Roster) isExport(tasks []gradebook.TaskInfo) bool {
	first := slices.IndexFunc(r.head, func(h string) bool {
		return slices.ContainsFunc(tasks, func(t gradebook.TaskInfo) bool { return item(h, t) })
	})
	if first < 0 || len(r.table.rows) < 2 {
		return false
	}
	var words []int
	for i := range first {
		switch values := r.values(i); {
		case areAddresses(values):
			r.ids = append(r.ids, i)
		case i < 2:
			words = append(words, i)
		case areDistinct(values) && !typed.MatchString(r.head[i]):
			r.ids = append(r.ids, i)
		}
	}
	if !slices.ContainsFunc(r.ids, func(i int) bool { return areAddresses(r.values(i)) }) {
		r.ids = nil
		return false
	}
	r.names, r.either = words, true
	return true
}

// findTyped finds the column with each task's points: of those that speak of it, the one with numbers.
func (r *Roster) findTyped(tasks []gradebook.TaskInfo) error {
	for _, t := range tasks {
		var found []int
		for i, h := range r.head {
			if item(h, t) && areGrades(r.values(i), "-") {
				found = append(found, i)
			}
		}
		switch len(found) {
		case 0:
		case 1:
			r.grades[t.Name] = column{at: found[0], feedback: r.feedbackBehind(found[0], t), most: -1}
		default:
			return fmt.Errorf("several columns may be for the points of %s (%s): say which (--roster-column): points:%s=COLUMN", t.Name, r.called(found), t.Name)
		}
	}
	return r.anyTask(tasks)
}

// feedbackBehind is the column of feedback for a task whose points stand in another, or -1: the last one that speaks of the task. A platform in English calls it so.
func (r *Roster) feedbackBehind(points int, t gradebook.TaskInfo) int {
	if named := r.feedback(r.head[points]); named >= 0 {
		return named
	}
	last := points
	for i := points; i < len(r.head) && item(r.head[i], t); i++ {
		last = i
	}
	if last > points && r.isFeedback(last, points) {
		return last
	}
	return -1
}

func (r *Roster) called(columns []int) string {
	var all []string
	for _, i := range columns {
		all = append(all, r.head[i])
	}
	return strings.Join(all, ", ")
}
