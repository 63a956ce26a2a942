package gradebook

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/resident-go/resident/lessons/grade"
)

// Manual is what persons have given: task, student, cell.
type Manual map[string]map[string]map[string]Given

// Given is a person's word on one answer.
type Given struct {
	Points  float64 `json:"points"`
	Comment string  `json:"comment,omitempty"`
}

// settle gives a person's points. They stand in the place of what tests have given, too.
func (g Given) settle(r *grade.Result) {
	r.Tier, r.Points, r.Comment, r.Verdict, r.Reason = grade.Person, min(max(g.Points, 0), r.Max), g.Comment, grade.Partly, ""
	switch r.Points {
	case r.Max:
		r.Verdict = grade.Passed
	case 0:
		r.Verdict = grade.Wrong
	}
}

// ReadManual reads the file that the review page saves. There may be none yet.
func ReadManual(file string) (Manual, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return Manual{}, nil
	}
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var m Manual
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("%s: want what the review page saves, {TASK: {STUDENT: {CELL: {\"points\": 1, \"comment\": \"...\"}}}}: %w", file, err)
	}
	return m, nil
}

// Check says what of it belongs to nothing: a name that was mistyped gives nobody any points.
func (m Manual) Check(b *Book) (problems []string) {
	for task, students := range m {
		for student, cells := range students {
			e := b.Of(student, task)
			if e == nil {
				problems = append(problems, fmt.Sprintf("points by hand for %s, %s: no such submission", student, task))
				continue
			}
			for cell, g := range cells {
				if r := e.result(cell); r == nil {
					problems = append(problems, fmt.Sprintf("points by hand for %s, %s, %s: no such cell", student, task, cell))
				} else if g.Points < 0 || g.Points > r.Max {
					problems = append(problems, fmt.Sprintf("points by hand for %s, %s, %s: %g points, want 0 to %g", student, task, cell, g.Points, r.Max))
				}
			}
		}
	}
	return problems
}

func shortDigest(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:12]
}
