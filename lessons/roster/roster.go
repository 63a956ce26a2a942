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
//	Moodle, assignment, worksheet      Identifier, Full name, Email address, Grade, Maximum grade, ..., Last modified (grade), Feedback comments
//
// Canvas writes its columns' names in English, whatever it speaks otherwise; numbers may have commas in them, and semicolons between them. Moodle translates all. In a language other than English its
// worksheet is known by a column of participants (a word and a number each, as Participant 12 or Teilnehmer/in12) and one with the highest grade, which is the same in each row and stands behind that of grades;
// its export by a column of addresses and by NAME (WORD) above a column of numbers. Feedback is the last column, empty wherever the one of grades, or of their times, has a dash. What cannot be told so, and any other table, is read with names that somebody gives: see [Columns].
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
	name   string // of the file, for messages
	table  *table
	head   []string
	ids    []int // columns that tell students apart
	number int   // the column with the number that downloads have in their names, or -1
	names  []int // columns that make up a name
	either bool  // in either order
	grades map[string]column
	unsure bool // whether there is a column of feedback
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

var (
	canvasIDs   = []string{"id", "sis user id", "sis login id", "integration id"}
	canvasGrade = regexp.MustCompile(`^(.+) \(\d+\)$`)
)

var platforms = []platform{
	{"Canvas", []string{"student", "id", "section"}, canvasIDs, "id", []string{"student"}, canvasGrade},
	{"Canvas", []string{"lastname", "firstname", "id", "section"}, canvasIDs, "id", []string{"firstname", "lastname"}, canvasGrade}, // when its gradebook shows both names
	{"Moodle's worksheet", []string{"identifier", "grade"}, []string{"identifier", "email address", "id number", "username"}, "identifier", []string{"full name"}, nil},
	{"Moodle", []string{"email address"}, []string{"id number", "email address", "username"}, "", []string{"first name", "last name"}, regexp.MustCompile(`(?i)^(?:[\pL ]+: )?(.+) \(real\)$`)},
}

// Read reads a table. Tasks are the lessons that it may have columns for; named are columns of which somebody has said what they are.
func Read(name string, src []byte, tasks []gradebook.TaskInfo, named Columns) (*Roster, error) {
	r, err := read(name, src, tasks, named)
	if err != nil {
		return nil, fmt.Errorf("roster %s: %w", name, err)
	}
	return r, nil
}

func read(name string, src []byte, tasks []gradebook.TaskInfo, named Columns) (*Roster, error) {
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
	err = r.recognise(tasks)
	if named.given {
		err = r.apply(named, tasks, err)
	}
	return r, err
}

// recognise finds out what the columns are: by their names, or by what is in them.
func (r *Roster) recognise(tasks []gradebook.TaskInfo) error {
	for i := range platforms {
		if p := &platforms[i]; !slices.ContainsFunc(p.key, func(key string) bool { return r.column(key) < 0 }) {
			r.ids, r.names = r.columns(p.ids), r.columns(p.names)
			if p.number != "" {
				r.number = r.column(p.number)
			}
			return r.findTasks(p, tasks)
		}
	}
	if most, ok := r.isWorksheet(); ok {
		return r.forOne("Moodle's worksheet", tasks, column{at: most - 1, feedback: r.feedbackColumn(), most: most})
	}
	if r.isExport(tasks) {
		return r.findTyped(tasks)
	}
	return fmt.Errorf("it is no export of Canvas or Moodle that is known: its columns are %s. Say what they are (--roster-column): id=COLUMN or name=COLUMN, and points=COLUMN", strings.Join(r.head, ", "))
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
func (r *Roster) findTasks(p *platform, tasks []gradebook.TaskInfo) error {
	if p.grade == nil {
		return r.forOne(p.name, tasks, column{at: r.column("grade"), feedback: r.column("feedback comments"), most: r.column("maximum grade")})
	}
	for i, h := range r.head {
		m := p.grade.FindStringSubmatch(h)
		if m == nil {
			continue
		}
		for _, t := range tasks {
			if !calls(t, m[1]) {
				continue
			}
			if _, twice := r.grades[t.Name]; twice {
				return fmt.Errorf("two columns are for %s", t.Name)
			}
			r.grades[t.Name] = column{at: i, feedback: r.feedback(h), most: -1, max: r.possible(i)}
		}
	}
	return r.anyTask(tasks)
}

// calls tells whether a column's name is that of a task.
func calls(t gradebook.TaskInfo, name string) bool {
	key := plainName(name)
	return key == plainName(t.Name) || key == plainName(t.Title)
}

// forOne takes a table that is for one assignment.
func (r *Roster) forOne(kind string, tasks []gradebook.TaskInfo, c column) error {
	if len(tasks) != 1 {
		return fmt.Errorf("%s is for one assignment, and %d are graded: grade that lesson alone, or name the one: points:LESSON=COLUMN", kind, len(tasks))
	}
	r.grades[tasks[0].Name] = c
	return nil
}

func (r *Roster) anyTask(tasks []gradebook.TaskInfo) error {
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
