// Package roster fills grades into the tables that learning platforms export, so that they can be imported there again.
//
// # Concept
//
// A platform knows its students under numbers and names of its own, and imports grades only where it recognises them. So the way there begins with the platform's own export: a
// [Roster] is such a file, and [Roster.Fill] returns it with the points of a gradebook in it. Only fields of grades and feedback are changed; every other byte stays as it was.
//
// # Which tables
//
//	Canvas, Gradebook, Export          Student, ID, SIS User ID, SIS Login ID, Section, and a column NAME (NUMBER) for each assignment
//	Moodle, Grades, Export             First name, Last name, ID number, Email address, and a column Assignment: NAME (Real), maybe one with (Feedback)
//	Moodle, assignment, worksheet      Identifier, Full name, Email address, Grade, Maximum grade, Feedback comments
//
// Moodle's are known by their English names.
//
// # Who is who
//
// A submission's student is looked up among the numbers, logins and addresses of the table, then among its names. One that is found twice, or shares a row with another, is not
// guessed at: nothing is filled in, and a warning says so.
//
// # Formulas
//
// What is filled in are numbers, and words of ours. What the platform wrote is the platform's, also where a spreadsheet would take it for a formula: a name that was changed would not be recognised.
package roster

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/resident-go/resident/lessons/gradebook"
)

// Roster is an exported table.
type Roster struct {
	name     string // of the file, for messages
	table    *table
	platform *platform
	head     []string
	ids      []int // columns that tell students apart
	number   int   // the column with the number that downloads have in their names, or -1
	names    []int // columns that make up a name
	grades   map[string]column
}

// column is where a task's points go.
type column struct {
	at, feedback, most int // most is the column with the highest grade, for each row; -1 where there is none
	max                string
}

// platform is what one kind of table calls its columns, in lower case.
type platform struct {
	name   string
	key    []string // columns that it has, and others do not
	ids    []string
	number string
	names  []string
	grade  *regexp.Regexp // of a column with grades; the group is the task's name
}

var platforms = []platform{
	{"Canvas", []string{"student", "id", "section"}, []string{"id", "sis user id", "sis login id", "integration id"}, "id", []string{"student"}, regexp.MustCompile(`^(.+) \(\d+\)$`)},
	{"Moodle's worksheet", []string{"identifier", "grade"}, []string{"identifier", "email address", "id number", "username"}, "identifier", []string{"full name"}, nil},
	{"Moodle", []string{"email address"}, []string{"id number", "email address", "username"}, "", []string{"first name", "last name"}, regexp.MustCompile(`(?i)^(?:[\pL ]+: )?(.+) \(real\)$`)},
}

// Read reads a table. Tasks are the lessons that it may have columns for.
func Read(name string, src []byte, tasks []gradebook.TaskInfo) (*Roster, error) {
	r, err := read(name, src, tasks)
	if err != nil {
		return nil, fmt.Errorf("roster %s: %w", name, err)
	}
	return r, nil
}

func read(name string, src []byte, tasks []gradebook.TaskInfo) (*Roster, error) {
	t, err := readTable(src)
	if err != nil {
		return nil, err
	}
	if len(t.rows) == 0 {
		return nil, errors.New("it is empty")
	}
	r := &Roster{name: name, table: t, number: -1, grades: map[string]column{}}
	for _, f := range t.rows[0] {
		r.head = append(r.head, strings.TrimSpace(f.text))
	}
	for i := range platforms {
		if p := &platforms[i]; !slices.ContainsFunc(p.key, func(key string) bool { return r.column(key) < 0 }) {
			r.platform = p
			break
		}
	}
	if r.platform == nil {
		return nil, fmt.Errorf("it is no export of Canvas or Moodle that is known: its columns are %s", strings.Join(r.head, ", "))
	}
	r.ids, r.names = r.columns(r.platform.ids), r.columns(r.platform.names)
	if r.platform.number != "" {
		r.number = r.column(r.platform.number)
	}
	return r, r.findTasks(tasks)
}

// column finds a column by what it is called.
func (r *Roster) column(name string) int {
	return slices.IndexFunc(r.head, func(h string) bool { return strings.EqualFold(h, name) })
}

func (r *Roster) columns(names []string) (found []int) {
	for _, name := range names {
		if i := r.column(name); i >= 0 {
			found = append(found, i)
		}
	}
	return found
}

// findTasks finds the column of each task; some may have none.
func (r *Roster) findTasks(tasks []gradebook.TaskInfo) error {
	if r.platform.grade == nil {
		if len(tasks) != 1 {
			return fmt.Errorf("%s is for one assignment, and %d are graded: grade that lesson alone", r.platform.name, len(tasks))
		}
		r.grades[tasks[0].Name] = column{at: r.column("grade"), feedback: r.column("feedback comments"), most: r.column("maximum grade")}
		return nil
	}
	for i, h := range r.head {
		m := r.platform.grade.FindStringSubmatch(h)
		if m == nil {
			continue
		}
		for _, t := range tasks {
			if key := plainName(m[1]); key != plainName(t.Name) && key != plainName(t.Title) {
				continue
			}
			if _, twice := r.grades[t.Name]; twice {
				return fmt.Errorf("two columns are for %s", t.Name)
			}
			r.grades[t.Name] = column{at: i, feedback: r.feedback(h), most: -1, max: r.possible(i)}
		}
	}
	if len(r.grades) == 0 {
		return fmt.Errorf("it has no column for what is graded: want one that is called like a lesson (%s), got %s", names(tasks), strings.Join(r.head, ", "))
	}
	return nil
}

func names(tasks []gradebook.TaskInfo) string {
	var all []string
	for _, t := range tasks {
		all = append(all, fmt.Sprintf("%q or %q", t.Name, t.Title))
	}
	return strings.Join(all, ", ")
}

// feedback finds Moodle's column of feedback beside one of grades.
func (r *Roster) feedback(head string) int {
	return r.column(head[:max(0, strings.LastIndex(head, " ("))] + " (Feedback)")
}

// possible is what Canvas says in a row of its own that a column is worth.
func (r *Roster) possible(at int) string {
	for _, row := range r.table.rows[1:] {
		if strings.EqualFold(strings.TrimSpace(row[0].text), "points possible") && at < len(row) {
			return strings.TrimSpace(row[at].text)
		}
	}
	return ""
}

// plainName is a name without what people write differently: case, blanks, marks and accents.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKD.String(s))
}
