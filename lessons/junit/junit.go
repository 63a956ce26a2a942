// Package junit writes reports in the form of JUnit, as CI systems read it: the elements and attributes that its readers agree on.
//
// There is no one specification; the common part is written down at https://github.com/testmoapp/junitxml.
package junit

import (
	"encoding/xml"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
	"unicode/utf8"
)

// Suite is the cases of one thing that was tested.
type Suite struct {
	Name    string
	Elapsed time.Duration // 0 is not told
	Cases   []Case
}

// Case is one test.
type Case struct {
	Name    string
	Elapsed time.Duration // 0 is not told
	Outcome Outcome
	Message string // unless it passed: a line that says why
	Type    string // of a failure: what kind it is
	Text    string // of a failure: all that is known
}

// Outcome is how a test came out.
type Outcome int

const (
	Passed  Outcome = iota
	Failed          // what was tested is not as it should be
	Broken          // it could not be tested
	Skipped         // it was not tested
)

// The elements of a report.
type (
	xmlSuites struct {
		XMLName  xml.Name `xml:"testsuites"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
		Time     string   `xml:"time,attr,omitempty"`
		Suites   suites   `xml:"testsuite"`
	}
	xmlSuite struct {
		XMLName  xml.Name  `xml:"testsuite"`
		Name     string    `xml:"name,attr"`
		Tests    int       `xml:"tests,attr"`
		Failures int       `xml:"failures,attr"`
		Errors   int       `xml:"errors,attr"`
		Skipped  int       `xml:"skipped,attr"`
		Time     string    `xml:"time,attr,omitempty"`
		Cases    []xmlCase `xml:"testcase"`
	}
	xmlCase struct {
		Name    string      `xml:"name,attr"`
		Class   string      `xml:"classname,attr"`
		Time    string      `xml:"time,attr,omitempty"`
		Failure *xmlProblem `xml:"failure"`
		Error   *xmlProblem `xml:"error"`
		Skipped *xmlProblem `xml:"skipped"`
	}
	xmlProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// suites are written one at a time, so that there is never more than one in memory.
type suites iter.Seq[Suite]

// MarshalXML implements [xml.Marshaler].
func (all suites) MarshalXML(e *xml.Encoder, _ xml.StartElement) error {
	for s := range all {
		if err := e.Encode(s.element()); err != nil {
			return err
		}
	}
	return nil
}

// Write writes a report, of suites that are gone through twice. What XML cannot hold, such as the escapes of a terminal, is left out of texts.
func Write(w io.Writer, all iter.Seq[Suite]) error {
	report := xmlSuites{Suites: suites(all)}
	elapsed := time.Duration(0)
	for s := range all {
		x := s.element()
		report.Tests, report.Failures, report.Errors = report.Tests+x.Tests, report.Failures+x.Failures, report.Errors+x.Errors
		elapsed += s.Elapsed
	}
	report.Time = seconds(elapsed)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(report); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *Suite) element() xmlSuite {
	x := xmlSuite{Name: printable(s.Name), Tests: len(s.Cases), Time: seconds(s.Elapsed)}
	for _, c := range s.Cases {
		to := xmlCase{Name: printable(c.Name), Class: x.Name, Time: seconds(c.Elapsed)}
		problem := &xmlProblem{printable(c.Message), c.Type, printable(c.Text)}
		switch c.Outcome {
		case Failed:
			to.Failure = problem
			x.Failures++
		case Broken:
			to.Error = problem
			x.Errors++
		case Skipped:
			to.Skipped = problem
			x.Skipped++
		}
		x.Cases = append(x.Cases, to)
	}
	return x
}

func seconds(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%.3f", d.Seconds())
}

// printable leaves out what XML cannot hold (https://www.w3.org/TR/xml/#charsets).
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
}
