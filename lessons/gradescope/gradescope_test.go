package gradescope

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/gradebook"
)

// schema is what "Autograder Specifications" says of results.json: which keys there are, and what they hold. A key that ends in ! has to be there.
var schema = map[string]map[string]func(any) bool{
	"results": {
		"score!": isNumber, "execution_time": isNumber, "output": isText, "output_format": isFormat, "test_output_format": isFormat, "test_name_format": isFormat,
		"visibility": isVisibility, "stdout_visibility": isVisibility, "extra_data": isObject, "tests!": isList, "leaderboard": isList,
	},
	"test": {
		"score!": isNumber, "max_score": isNumber, "status": oneOf("passed", "failed"), "name": isText, "name_format": isFormat, "number": isText, "output": isText, "output_format": isFormat,
		"tags": isList, "visibility": isVisibility, "extra_data": isObject,
	},
}

var (
	isFormat     = oneOf("text", "html", "simple_format", "md", "ansi")
	isVisibility = oneOf("hidden", "after_due_date", "after_published", "visible")
)

func oneOf(words ...string) func(any) bool {
	return func(v any) bool { s, ok := v.(string); return ok && slices.Contains(words, s) }
}
func isNumber(v any) bool { _, ok := v.(float64); return ok }
func isText(v any) bool   { _, ok := v.(string); return ok }
func isObject(v any) bool { _, ok := v.(map[string]any); return ok }
func isList(v any) bool   { _, ok := v.([]any); return ok }

// Check holds an object of results.json against the specification.
func check(t *testing.T, kind string, v map[string]any) {
	t.Helper()
	for key, value := range v {
		is := schema[kind][key]
		if is == nil {
			is = schema[kind][key+"!"]
		}
		if is == nil || !is(value) {
			t.Errorf("%s: %q may not be %v", kind, key, value)
		}
	}
	for key := range schema[kind] {
		if name, needed := strings.CutSuffix(key, "!"); needed && v[name] == nil {
			t.Errorf("%s: %q is missing", kind, name)
		}
	}
}

// written reads results as Gradescope would.
func written(t *testing.T, r *Results) (text string, tests []Test) {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(b.Bytes(), &all); err != nil {
		t.Fatal(err)
	}
	check(t, "results", all)
	for _, v := range all["tests"].([]any) {
		check(t, "test", v.(map[string]any))
	}
	return b.String(), r.Tests
}

func TestResults(t *testing.T) {
	const evil = "</pre><script>alert(1)</script>\x1b[31m\x00"
	e := &gradebook.Entry{Attempt: &grade.Attempt{
		Notes: []string{"a note"},
		Results: []grade.Result{
			{ID: "right", Verdict: grade.Passed, Points: 1, Max: 1, Cases: []grade.CaseResult{{Name: "fine", Verdict: grade.Passed, Points: 1, Max: 1, Call: "F(1)"}}},
			{ID: "mixed", Verdict: grade.Partly, Points: 1, Max: 3, Cases: []grade.CaseResult{
				{Name: "seen", Verdict: grade.Panicked, Max: 1, Reason: "it panicked: " + evil, Call: "F(2)"},
				{Name: "secret name", Verdict: grade.Passed, Points: 1, Max: 1, Call: "F(secret)", Hidden: true},
				{Name: "secret too", Verdict: grade.Wrong, Max: 1, Reason: "got 1, want 4711", Call: "F(secret)", Hidden: true},
			}},
			{ID: "plain", Verdict: grade.Wrong, Max: 1, Reason: "hidden reason", Hidden: true},
			{ID: "essay", Tier: grade.Person, Verdict: grade.Pending, Max: 4},
		},
	}}
	s := Settings{Hidden: "after_published"}
	r := s.NewResults(e, []string{"no namespaces"}, 1250*time.Millisecond)
	text, tests := written(t, r)
	for _, secret := range []string{"secret", "4711", "hidden reason"} {
		if strings.Contains(text, secret) {
			t.Errorf("a student may read %q in %s", secret, text)
		}
	}
	var got []string
	for _, v := range tests {
		got = append(got, fmt.Sprintf("%s|%s|%g/%g|%s|%s|%s", v.Number, v.Name, v.Score, v.MaxScore, v.Status, v.Visibility, strings.ReplaceAll(v.Output, "\n", "/")))
	}
	want := []string{
		"1.1|right: fine|1/1|passed|visible|",
		"2.1|mixed: seen|0/1|failed|visible|F(2)/it panicked: " + evil,
		"2.2|mixed: a hidden case (1)|1/1|passed|after_published|",
		"2.3|mixed: a hidden case (2)|0/1|failed|after_published|What it did is not what was asked for.",
		"3|plain|0/1|failed|after_published|What it did is not what was asked for.",
		"0|for instructors|0/0|passed|hidden|no namespaces",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r.Score != 2 || r.Output != "a note\nessay: a person gives up to 4 points." || r.StdoutVisibility != "hidden" || r.ExecutionTime != 1.3 {
		t.Errorf("%+v", r)
	}
}

// What cannot be read, and what is no submission, has results without points.
func TestRefused(t *testing.T) {
	s := Settings{Hidden: "hidden"}
	r := s.NewResults(&gradebook.Entry{Attempt: &grade.Attempt{Broken: "it is torn", Results: []grade.Result{{ID: "a", Max: 1}}}}, nil, 0)
	if text, tests := written(t, r); len(tests) != 0 || r.Score != 0 || !strings.Contains(text, "it is torn") {
		t.Error(text)
	}
	if text, _ := written(t, Refused("no notebook", 0)); !strings.Contains(text, "no notebook") {
		t.Error(text)
	}
}

func TestMetadata(t *testing.T) {
	for text, want := range map[string]string{
		`{"id": 7, "created_at": "2018-07-01T14:22:32.365935-07:00", "assignment": {"due_date": null, "total_points": "20.0"}, "users": [{"email": "a@x", "id": 1, "name": "Anna"}, {"email": "b@x", "id": 2}], "previous_submissions": [{"results": {}}]}`: "Anna, b@x",
		`{"id": 7, "users": []}`:   "submission 7",
		`{"id": 7, "users": [{}]}`: "submission 7",
		`[]`:                       "error",
		``:                         "error",
	} {
		file := filepath.Join(t.TempDir(), MetadataFile)
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		m, err := ReadMetadata(file)
		if err != nil && want == "error" {
			continue
		}
		if err != nil || m.Who() != want {
			t.Errorf("%s: %v, %v, want %q", text, m, err, want)
		}
	}
}

// TestZip reads the zip with a reader of zips.
func TestZip(t *testing.T) {
	a := Autograder{Settings: Settings{Lesson: "steps.md", Hidden: "visible"}, Go: "go1.26.8", Program: strings.NewReader("program"),
		Files: fstest.MapFS{"steps.md": {Data: []byte("# Steps")}, "data/x.csv": {Data: []byte("1,2")}}}
	var b bytes.Buffer
	if err := a.Write(&b); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range z.File {
		got = append(got, fmt.Sprint(f.Mode(), " ", f.Name))
	}
	want := []string{"-rwxr-xr-x setup.sh", "-rwxr-xr-x run_autograder", "-rw------- autograder.json", "-rwxr-xr-x resident", "-rw------- lesson/data/x.csv", "-rw------- lesson/steps.md"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, wrong := range []Autograder{{Settings: Settings{Hidden: "never"}, Go: "go1.26.8"}, {Settings: Settings{Hidden: "visible"}, Go: "go1.26; rm -rf /"}, {Settings: Settings{Hidden: "visible"}, Go: "devel"}} {
		if err := wrong.Write(&bytes.Buffer{}); err == nil {
			t.Errorf("%+v was packed", wrong)
		}
	}
}
