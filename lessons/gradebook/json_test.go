package gradebook

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestJSON writes books, which are written entry by entry, as encoding/json would have written them at once, and reads them again.
func TestJSON(t *testing.T) {
	title := "a course\n  \"entries\": [] <b>"
	broken := Entry{Student: "zoe", Task: "steps", Max: 4, Failed: "no disk"}
	for name, entries := range map[string][]Entry{"none": {}, "one": {*hostile()}, "some": {*hostile(), *hostile(), broken}} {
		b := &Book{Title: title, Tasks: []TaskInfo{{Name: "steps", Max: 4}}, Entries: entries, Warnings: []string{`"entries": []`}}
		var got, want bytes.Buffer
		if err := b.WriteJSON(&got); err != nil {
			t.Fatal(err)
		}
		e := json.NewEncoder(&want)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		if err := e.Encode(b); err != nil {
			t.Fatal(err)
		}
		if got.String() != want.String() {
			t.Errorf("%s: got %s\nwant %s", name, got.String(), want.String())
		}
		file := filepath.Join(t.TempDir(), "book.json")
		if err := os.WriteFile(file, got.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		read, err := ReadBook(file)
		if err != nil {
			t.Fatal(err)
		}
		again := new(Book)
		if err := json.Unmarshal(got.Bytes(), again); err != nil {
			t.Fatal(err)
		}
		for i := range again.Entries {
			if again.Entries[i].Attempt != nil {
				again.Entries[i].Answers = nil
			}
		}
		if !reflect.DeepEqual(read, again) {
			t.Errorf("%s: read %+v\nwant %+v", name, read, again)
		}
		var junit bytes.Buffer
		if err := b.WriteJUnit(&junit); err != nil {
			t.Fatal(err)
		}
		var suites struct {
			Tests  int        `xml:"tests,attr"`
			Suites []struct{} `xml:"testsuite"`
		}
		if err := xml.Unmarshal(junit.Bytes(), &suites); err != nil || len(suites.Suites) != len(entries) {
			t.Errorf("%s: %v, %d suites in %s", name, err, len(suites.Suites), junit.String())
		}
	}
}

func TestReadBook(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "EOF",
		"[]":                     "at byte 1: got [, want {",
		`{"title": "x"`:          "EOF",
		`{"entries": {}}`:        "at byte 13: got {, want [",
		`{"entries": [{]}`:       "invalid character ']'",
		`{"entries": [], "x": }`: "invalid character '}'",
		`{"title": 7}`:           "cannot unmarshal number",
	} {
		file := filepath.Join(t.TempDir(), "book.json")
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if b, err := ReadBook(file); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v, %v, want %s", text, b, err, want)
		}
	}
	if b, err := ReadBook(filepath.Join(t.TempDir(), "none")); b != nil || err != nil {
		t.Errorf("%v, %v", b, err)
	}
}
