package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/resident-go/resident/lessons"
)

// The elements of JUnit's report that its readers agree on.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
		Skipped *junitSkipped `xml:"skipped"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes a suite for each lesson and in it a case for each rule that it is held to.
func writeJUnit(w io.Writer, all []checked) error {
	var suites []junitSuite
	total := time.Duration(0)
	for _, c := range all {
		suites = append(suites, c.suite())
		total += c.elapsed
	}
	return encodeJUnit(w, suites, total)
}

// writeRunJUnit writes a suite for a run, and in it a case for each cell of code.
func writeRunJUnit(w io.Writer, r *lessons.Report) error {
	s := junitSuite{Name: r.Lesson.File, Time: seconds(r.Elapsed)}
	for i := range r.Cells {
		c := &r.Cells[i]
		if c.Cell.Kind != lessons.Code {
			continue
		}
		test := junitCase{Name: c.Cell.Label(), Class: r.Lesson.File, Time: seconds(c.Elapsed)}
		switch c.Status {
		case lessons.Failed:
			first, _, _ := strings.Cut(c.Problem, "\n")
			test.Failure = &junitFailure{Message: printable(first), Type: "run", Text: printable(fmt.Sprintf("%v: %s", c.Cell.Pos, c.Problem))}
			s.Failures++
		case lessons.Skipped, lessons.NotRun:
			test.Skipped = &junitSkipped{Message: string(c.Status)}
			s.Skipped++
		}
		s.Cases = append(s.Cases, test)
	}
	s.Tests = len(s.Cases)
	return encodeJUnit(w, []junitSuite{s}, r.Elapsed)
}

func encodeJUnit(w io.Writer, suites []junitSuite, total time.Duration) error {
	report := junitSuites{Time: seconds(total), Suites: suites}
	for _, s := range suites {
		report.Tests += s.Tests
		report.Failures += s.Failures
	}
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

func (c checked) suite() junitSuite {
	s := junitSuite{Name: c.file, Tests: len(lessons.Rules), Time: seconds(c.elapsed)}
	for _, rule := range lessons.Rules {
		test := junitCase{Name: string(rule), Class: c.file, Time: "0"}
		if text := c.of(rule); len(text) > 0 {
			first, _, _ := strings.Cut(text[0], "\n")
			test.Failure = &junitFailure{Message: printable(first), Type: string(rule), Text: printable(strings.Join(text, "\n"))}
			s.Failures++
		}
		s.Cases = append(s.Cases, test)
	}
	return s
}

// of are the findings about one rule, as text.
func (c checked) of(rule lessons.Rule) (text []string) {
	for _, f := range c.found {
		if f.Rule == rule {
			text = append(text, f.String())
		}
	}
	return text
}

// printable leaves out what XML cannot hold, such as the escapes of a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
