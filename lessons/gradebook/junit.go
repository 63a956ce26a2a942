package gradebook

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/resident-go/resident/lessons/grade"
)

// A report in the form of JUnit, as CI systems read it.
type (
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
	tests, failures := 0, 0
	for i := range b.Entries { // one at a time: all of them are large
		s := suite(&b.Entries[i])
		tests, failures = tests+s.Tests, failures+s.Failures
	}
	if _, err := fmt.Fprintf(w, "%s<testsuites tests=\"%d\" failures=\"%d\">\n", xml.Header, tests, failures); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("  ", "  ")
	for i := range b.Entries {
		if err := e.EncodeElement(suite(&b.Entries[i]), xml.StartElement{Name: xml.Name{Local: "testsuite"}}); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "\n</testsuites>\n")
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
	switch {
	case e.Failed != "":
		s.Cases = []junitCase{{Name: "grade", Class: s.Name, Error: &junitProblem{Message: printable(firstLine(e.Failed))}}}
		s.Errors = 1
	case e.Broken != "":
		s.Cases = []junitCase{{Name: "read", Class: s.Name, Error: &junitProblem{Message: printable(e.Broken)}}}
		s.Errors = 1
	default:
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
