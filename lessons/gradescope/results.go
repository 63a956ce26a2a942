package gradescope

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/gradebook"
)

// Results are results.json. All texts are plain: what a student wrote is not taken for markup.
type Results struct {
	Score            float64    `json:"score"`
	ExecutionTime    float64    `json:"execution_time"` // seconds
	Output           string     `json:"output,omitempty"`
	OutputFormat     string     `json:"output_format"`
	TestOutputFormat string     `json:"test_output_format"`
	TestNameFormat   string     `json:"test_name_format"`
	Visibility       Visibility `json:"visibility"`
	StdoutVisibility Visibility `json:"stdout_visibility"`
	Tests            []Test     `json:"tests"`
}

// Test is one line of results.
type Test struct {
	Score      float64    `json:"score"`
	MaxScore   float64    `json:"max_score"`
	Status     string     `json:"status"` // passed or failed
	Name       string     `json:"name"`
	Number     string     `json:"number"`
	Output     string     `json:"output,omitempty"`
	Visibility Visibility `json:"visibility"`
}

func empty(took time.Duration) *Results {
	const text = "text"
	return &Results{ExecutionTime: math.Round(took.Seconds()*10) / 10, OutputFormat: text, TestOutputFormat: text, TestNameFormat: text, Visibility: "visible", StdoutVisibility: "hidden", Tests: []Test{}}
}

// Refused are the results of what holds nothing that can be graded: no points, and why.
func Refused(why string, took time.Duration) *Results {
	r := empty(took)
	r.Output = why
	return r
}

// NewResults are the results of a submission that was graded. Points that a person gives are not in it: Gradescope has its own way to add them. Remarks are what instructors
// alone should read.
func (s *Settings) NewResults(e *gradebook.Entry, remarks []string, took time.Duration) *Results {
	r := empty(took)
	r.Output = strings.TrimSpace(strings.Join(append([]string{e.Broken}, e.Notes...), "\n"))
	if e.Broken == "" {
		for i, res := range e.Results {
			r.add(s, i+1, gradebook.Tell(res))
		}
	}
	if len(remarks) > 0 {
		r.Tests = append(r.Tests, Test{Status: "passed", Name: "for instructors", Number: "0", Output: strings.Join(remarks, "\n"), Visibility: "hidden"})
	}
	return r
}

func (r *Results) add(s *Settings, number int, res grade.Result) {
	if res.Tier == grade.Person {
		r.Output = strings.TrimSpace(r.Output + fmt.Sprintf("\n%s: a person gives up to %g points.", res.ID, res.Max))
		return
	}
	if len(res.Cases) == 0 {
		r.test(s, Test{Score: res.Points, MaxScore: res.Max, Name: res.ID, Number: fmt.Sprint(number), Output: res.Reason}, res.Verdict, res.Hidden)
	}
	for n, c := range res.Cases {
		told := strings.TrimSpace(c.Reason + "\n" + c.Hint)
		t := Test{Score: c.Points, MaxScore: c.Max, Name: res.ID + ": " + c.Name, Number: fmt.Sprintf("%d.%d", number, n+1), Output: told}
		if c.Call != "" && c.Verdict != grade.Passed {
			t.Output = strings.TrimSpace(c.Call + "\n" + told)
		}
		r.test(s, t, c.Verdict, c.Hidden)
	}
}

func (r *Results) test(s *Settings, t Test, v grade.Verdict, hidden bool) {
	t.Status, t.Visibility = "failed", "visible"
	if v == grade.Passed {
		t.Status = "passed"
	}
	if hidden {
		t.Visibility = s.Hidden
	}
	r.Score += t.Score
	r.Tests = append(r.Tests, t)
}

// Write writes results.json.
func (r *Results) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
