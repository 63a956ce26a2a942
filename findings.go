package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/resident-go/resident/lessons"
)

// checked is what came out of checking one lesson.
type checked struct {
	file    string
	found   []lessons.Finding
	elapsed time.Duration
}

// formats are the ways in which findings can be written.
var formats = map[string]func(w io.Writer, all []checked) error{
	"text":   writeText,
	"json":   writeJSON,
	"github": writeGitHub,
	"junit":  writeJUnit,
}

func findings(all []checked) []lessons.Finding {
	list := []lessons.Finding{}
	for _, c := range all {
		list = append(list, c.found...)
	}
	return list
}

func writeText(w io.Writer, all []checked) error {
	for _, f := range findings(all) {
		if _, err := fmt.Fprintln(w, f); err != nil {
			return err
		}
	}
	return nil
}

func writeJSON(w io.Writer, all []checked) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(findings(all))
}

// writeGitHub writes workflow commands, which become annotations of a pull request.
func writeGitHub(w io.Writer, all []checked) error {
	for _, f := range findings(all) {
		_, err := fmt.Fprintf(w, "::error file=%s,line=%d,col=%d::%s\n", inProperty.Replace(f.File), f.Line, f.Col, inCommand.Replace(f.Message))
		if err != nil {
			return err
		}
	}
	return nil
}

// A workflow command is one line; a property ends at a comma.
var (
	inCommand  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	inProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
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
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes a suite for each lesson and in it a case for each rule that it is held to.
func writeJUnit(w io.Writer, all []checked) error {
	report := junitSuites{Time: "0"}
	total := time.Duration(0)
	for _, c := range all {
		s := c.suite()
		report.Suites = append(report.Suites, s)
		report.Tests += s.Tests
		report.Failures += s.Failures
		total += c.elapsed
	}
	report.Time = seconds(total)
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
			test.Failure = &junitFailure{Message: first, Type: string(rule), Text: printable(strings.Join(text, "\n"))}
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
