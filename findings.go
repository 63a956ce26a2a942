package main

import (
	"encoding/json"
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
	tiers   []string // how its tests are judged
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
