package lessons

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"
)

// nbgraderKey is where nbgrader keeps what it knows of a cell. Its schema, version 3, allows the keys of nbgrader and no other.
const nbgraderKey = "nbgrader"

// nbgrader is metadata.nbgrader of a cell.
type nbgrader struct {
	SchemaVersion int      `json:"schema_version"`
	Grade         bool     `json:"grade"`
	Solution      bool     `json:"solution"`
	Locked        bool     `json:"locked"`
	Task          bool     `json:"task"`
	GradeID       string   `json:"grade_id"`
	Points        *float64 `json:"points,omitempty"`
	CellType      string   `json:"cell_type,omitempty"` // with Checksum, of what is given out
	Checksum      string   `json:"checksum,omitempty"`
}

// seal adds the checksum by which nbgrader sees that a cell was changed after it was given out. It is the one that nbgrader computes (nbgrader.utils.compute_checksum): of the text, the kind and
// what nbgrader was told, each written as Python writes it.
func (n *nbgrader) seal(kind, source string) {
	h := md5.New()
	io.WriteString(h, source+kind)
	for _, is := range []bool{n.Grade, n.Solution, !n.Solution && (n.Grade || n.Locked)} {
		if is {
			io.WriteString(h, "True")
		} else {
			io.WriteString(h, "False")
		}
	}
	io.WriteString(h, n.GradeID)
	if n.Grade && n.Points != nil {
		io.WriteString(h, pythonFloat(*n.Points))
	}
	n.CellType, n.Checksum = kind, hex.EncodeToString(h.Sum(nil))
}

// pythonFloat is str(float(v)) of Python: the shortest digits, always a point, and an exponent from 1e16 on and below 1e-4.
func pythonFloat(v float64) string {
	if size := math.Abs(v); size >= 1e16 || size > 0 && size < 1e-4 {
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// nbgrader is what nbgrader is told of a cell, or nil when it is none of its business. A cell without a name has no grade_id.
func (c *Cell) nbgrader() *nbgrader {
	a := &c.Attrs
	n := &nbgrader{SchemaVersion: 3, GradeID: a.Name}
	points := a.Worth() // nbgrader knows no weights, and adds points up
	switch {
	case a.Name == "" || c.NoEval || c.Kind == Raw:
		return nil
	case a.Role == Test:
		n.Grade, n.Locked, n.Points = true, true, &points
	case a.Grading == Task:
		n.Task, n.Locked, n.Points = true, true, &points
	case a.Grading == Manual:
		n.Grade, n.Solution, n.Points = true, true, &points
	case c.isAnswer():
		n.Solution = true
	case a.Lock || a.Role == Setup:
		n.Locked = true
	default:
		return nil
	}
	return n
}

// IsAnswer tells whether readers write into a cell: it is marked so, has a solution or the stub of one, or is prose that a person grades.
func (c *Cell) IsAnswer() bool {
	return c.isAnswer() || c.Attrs.Grading == Manual && c.Attrs.Role != Test
}

// isAnswer tells whether readers write into a code cell: it is marked so, has a solution, or the stub of one.
func (c *Cell) isAnswer() bool {
	if c.Kind != Code {
		return false
	}
	if c.Attrs.Role == Starter || c.Attrs.Role == Solution {
		return true
	}
	for _, l := range c.lines {
		if l.part == solution || strings.TrimSpace(l.text) == codeStub {
			return true
		}
	}
	return false
}

// applyNbgrader changes a cell's attributes by key to what nbgrader's metadata says, where a teacher has changed them in nbgrader's own
// editor, or a notebook comes from nbgrader. c is the cell without that.
func (c *Cell) applyNbgrader(metadata map[string]any, values map[string]any) {
	text, err := json.Marshal(metadata[nbgraderKey])
	var n nbgrader
	if err != nil || metadata[nbgraderKey] == nil || json.Unmarshal(text, &n) != nil {
		return
	}
	if had := c.nbgrader(); had != nil && had.says(&n) {
		return
	}
	for _, key := range []string{"role", "kind", "points", "weight", "lock"} {
		delete(values, key)
	}
	if _, named := values["name"]; !named && namePattern.MatchString(n.GradeID) {
		values["name"] = n.GradeID
	}
	switch {
	case n.Task && c.Kind == Prose:
		values["kind"] = string(Task)
	case n.Grade && (n.Solution || c.Kind == Prose):
		values["kind"] = string(Manual)
	case n.Grade:
		values["role"] = string(Test)
	case n.Solution && c.Kind == Code:
		values["role"] = string(Starter)
		return
	case n.Locked:
		values["lock"] = true
		return
	default:
		return
	}
	if n.Points != nil && *n.Points > 0 {
		values["points"] = *n.Points
	}
}

// says tells whether two mean the same, but for the version and the points of what is not graded.
func (n *nbgrader) says(m *nbgrader) bool {
	same := n.Grade == m.Grade && n.Solution == m.Solution && n.Locked == m.Locked && n.Task == m.Task && n.GradeID == m.GradeID
	return same && (n.Points == nil || m.Points == nil || *n.Points == *m.Points)
}
