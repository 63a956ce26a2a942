package lessons

import "testing"

// TestChecksum compares with what nbgrader 0.9.6 computes of the same cells (nbgrader.utils.compute_checksum).
func TestChecksum(t *testing.T) {
	worth := func(v float64) *float64 { return &v }
	for _, row := range []struct {
		kind, source string
		n            nbgrader
		want         string
	}{
		{"code", "panic(1)\n", nbgrader{GradeID: "test-a", Grade: true, Solution: false, Locked: true, Task: false, Points: worth(2)}, "c8846c7cd21c6bb8af694e9948756616"},
		{"code", "func F() {}", nbgrader{GradeID: "f", Grade: false, Solution: true, Locked: false, Task: false, Points: nil}, "0b467c502805a13e8c251865b2e2bd7e"},
		{"markdown", "Warum? Größe", nbgrader{GradeID: "why", Grade: true, Solution: true, Locked: false, Task: false, Points: worth(1.5)}, "415565c8032f6d1bd7768e29198cf73c"},
		{"markdown", "Draw.", nbgrader{GradeID: "draw", Grade: false, Solution: false, Locked: true, Task: true, Points: worth(3)}, "13ad2edc0ff1ead9558fafe612350e5c"},
		{"code", "const two = 2", nbgrader{GradeID: "setup", Grade: false, Solution: false, Locked: true, Task: false, Points: nil}, "c2caf89983778a25e391d725c2555143"},
		{"code", "x", nbgrader{GradeID: "tiny", Grade: true, Solution: false, Locked: true, Task: false, Points: worth(1e-05)}, "aa8beb54b269b4989ac4ab3b46fc043f"},
		{"code", "x", nbgrader{GradeID: "huge", Grade: true, Solution: false, Locked: true, Task: false, Points: worth(1e+16)}, "a5ea7ca396d81667c4a9fd8cfc46dd9a"},
		{"code", "x", nbgrader{GradeID: "third", Grade: true, Solution: false, Locked: true, Task: false, Points: worth(0.3333333333333333)}, "3ab1daa9aec8085e438c4c4bef8c9dc6"},
		{"code", "", nbgrader{GradeID: "empty", Grade: true, Solution: false, Locked: true, Task: false, Points: worth(0.0001)}, "4453d60234cf88f5f00edcc71099f6fa"},
	} {
		if row.n.seal(row.kind, row.source); row.n.Checksum != row.want || row.n.CellType != row.kind {
			t.Errorf("%s: %s, want %s", row.n.GradeID, row.n.Checksum, row.want)
		}
	}
}
