package grade

import "time"

// Attempt is what grading one submission came to: plain data, which says for each point why it was given or not.
type Attempt struct {
	Lesson  string `json:"lesson"`  // its file's name without the ending
	Title   string `json:"title"`   // of the lesson
	Version string `json:"version"` // of the lesson
	Grader  string `json:"grader"`  // digest of the grader

	Student    string    `json:"student"`
	Submission string    `json:"submission"` // digest of what was handed in
	File       string    `json:"file"`
	Received   time.Time `json:"received,omitzero"`

	Points  float64  `json:"points"` // for tests, and for answers that a person has graded
	Max     float64  `json:"max"`
	Results []Result `json:"results"`
	Answers []Answer `json:"answers"`
	Notes   []string `json:"notes,omitempty"`
	Broken  string   `json:"broken,omitempty"`  // why nothing could be graded; no points then
	Without []string `json:"without,omitempty"` // what the sandbox did without in which it ran
}

// Result is what one graded cell came to.
type Result struct {
	ID       string       `json:"id"`
	Exercise string       `json:"exercise,omitempty"`
	Title    string       `json:"title,omitempty"` // the heading that the exercise stands under
	Tier     Tier         `json:"tier"`
	Verdict  Verdict      `json:"verdict"`
	Points   float64      `json:"points"`
	Max      float64      `json:"max"`
	Reason   string       `json:"reason,omitempty"`
	Hidden   bool         `json:"hidden,omitempty"` // the student does not have the test: the reason is not theirs to read
	Cases    []CaseResult `json:"cases,omitempty"`
	Printed  string       `json:"printed,omitempty"` // by a test beside the student's code
	Comment  string       `json:"comment,omitempty"` // of who graded it
}

// CaseResult is what one case came to.
type CaseResult struct {
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict"`
	Points  float64 `json:"points"`
	Max     float64 `json:"max"`
	Reason  string  `json:"reason,omitempty"`
	Call    string  `json:"call,omitempty"`
	Hint    string  `json:"hint,omitempty"` // what the lesson's author has to say to that, also where the case is hidden
	Hidden  bool    `json:"hidden,omitempty"`
}

// Answer is what stood in a cell that a student wrote.
type Answer struct {
	ID       string `json:"id"`
	Exercise string `json:"exercise,omitempty"`
	Source   string `json:"source"`
	Prose    bool   `json:"prose,omitempty"`
	Missing  bool   `json:"missing,omitempty"` // nothing was handed in for it
	Blank    bool   `json:"blank,omitempty"`   // as it was given out
	Problem  string `json:"problem,omitempty"` // what happened when it was run
}

// Verdict says how a test or a case came out. Points exist for Passed alone, and only where somebody has said so.
type Verdict string

const (
	Passed    Verdict = "passed"
	Wrong     Verdict = "wrong"     // it returned or printed something else, or a test called it wrong
	Panicked  Verdict = "panicked"  // the code panicked
	Exited    Verdict = "exited"    // the code ended the program
	TimedOut  Verdict = "timed out" // it did not end in time
	Flooded   Verdict = "flooded"   // it printed more than anybody reads
	Killed    Verdict = "killed"    // the process ended: out of memory, stack overflow, or a limit of the sandbox
	NoCompile Verdict = "does not compile"
	Refused   Verdict = "not run"    // the code is of a kind that is not run where work is graded
	Silent    Verdict = "no verdict" // nothing was reported
	Pending   Verdict = "pending"    // a person has to read it
	Partly    Verdict = "partly"     // some cases passed
)

// sum adds up what cases came to.
func (r *Result) sum() {
	passed := 0
	for _, c := range r.Cases {
		r.Points += c.Points
		if c.Verdict == Passed {
			passed++
		}
	}
	switch {
	case passed == len(r.Cases):
		r.Verdict = Passed
	case passed > 0:
		r.Verdict = Partly
	default:
		r.Verdict = r.Cases[0].Verdict
	}
}

// Add counts the points together.
func (a *Attempt) Add() {
	a.Points = 0
	for _, r := range a.Results {
		a.Points += r.Points
	}
}
