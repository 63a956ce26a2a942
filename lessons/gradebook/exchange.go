package gradebook

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/resident-go/resident/lessons/grade"
)

// What Gradescope reads as results.json of an autograder (gradescope-autograders.readthedocs.io, "Autograder specifications").
type (
	gradescope struct {
		Score  float64          `json:"score"`
		Output string           `json:"output,omitempty"`
		Tests  []gradescopeTest `json:"tests"`
	}
	gradescopeTest struct {
		Score      float64 `json:"score"`
		MaxScore   float64 `json:"max_score"`
		Status     string  `json:"status"`
		Name       string  `json:"name"`
		Number     string  `json:"number"`
		Output     string  `json:"output,omitempty"`
		Visibility string  `json:"visibility"`
	}
)

// WriteGradescope writes an entry as results.json. Hidden tests are shown once grades are published, without their reasons.
func (b *Book) WriteGradescope(w io.Writer, e *Entry) error {
	g := gradescope{Score: e.Score, Tests: []gradescopeTest{}, Output: strings.Join(append([]string{e.Broken, e.Late}, e.Notes...), "\n")}
	g.Output = strings.TrimSpace(g.Output)
	if e.Broken != "" {
		return writeJSON(w, g)
	}
	for i, r := range e.Results {
		if r.Tier == grade.Person {
			continue
		}
		s := show(r)
		number := fmt.Sprint(i + 1)
		if len(s.Cases) == 0 {
			g.Tests = append(g.Tests, gradescopeOf(r.ID, number, s.Reason, r.Hidden, r.Verdict, r.Points, r.Max))
		}
		for n, c := range s.Cases {
			hidden := strings.HasPrefix(c.Name, "a hidden case")
			g.Tests = append(g.Tests, gradescopeOf(r.ID+": "+c.Name, fmt.Sprintf("%s.%d", number, n+1), c.told(), hidden, c.Verdict, c.Points, c.Max))
		}
	}
	return writeJSON(w, g)
}

func gradescopeOf(name, number, output string, hidden bool, v grade.Verdict, points, most float64) gradescopeTest {
	t := gradescopeTest{Score: points, MaxScore: most, Status: "failed", Name: name, Number: number, Output: output, Visibility: "visible"}
	if v == grade.Passed {
		t.Status = "passed"
	}
	if hidden {
		t.Visibility = "after_published"
	}
	return t
}

// A report in the form of JUnit, as CI systems read it.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Failure *junitProblem `xml:"failure,omitempty"`
		Error   *junitProblem `xml:"error,omitempty"`
		Skipped *junitProblem `xml:"skipped,omitempty"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
	}
)

// WriteJUnit writes a suite for each submission.
func (b *Book) WriteJUnit(w io.Writer) error {
	var all junitSuites
	for i := range b.Entries {
		s := suite(&b.Entries[i])
		all.Tests, all.Failures = all.Tests+s.Tests, all.Failures+s.Failures
		all.Suites = append(all.Suites, s)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func suite(e *Entry) junitSuite {
	s := junitSuite{Name: printable(e.Task + "/" + e.Student)}
	add := func(name string, v grade.Verdict, reason string) {
		c := junitCase{Name: printable(name), Class: s.Name}
		switch v {
		case grade.Passed:
		case grade.Pending:
			c.Skipped = &junitProblem{Message: "a person has to read it"}
		default:
			c.Failure = &junitProblem{printable(firstLine(reason)), string(v)}
			s.Failures++
		}
		s.Cases = append(s.Cases, c)
	}
	if e.Broken != "" {
		s.Cases = []junitCase{{Name: "read", Class: s.Name, Error: &junitProblem{Message: printable(e.Broken)}}}
		s.Errors = 1
	} else {
		for _, r := range e.Results {
			if len(r.Cases) == 0 {
				add(r.ID, r.Verdict, r.Reason)
			}
			for _, c := range r.Cases {
				add(r.ID+": "+c.Name, c.Verdict, c.Reason)
			}
		}
	}
	s.Tests = len(s.Cases)
	return s
}

// printable leaves out what XML cannot hold.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
}
