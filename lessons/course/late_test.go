package course

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestLateFile reads what a course says about being late, and about weights.
func TestLateFile(t *testing.T) {
	for _, row := range []struct {
		late, weight string
		want         Late
		err          string
	}{
		{"", "", Late{}, ""},
		{"late: {per_day: 10}", "2", Late{PerDay: 10, AtMost: 100}, ""},
		{"late: {grace: 15m, per_day: 10, at_most: 0, closed_after: 0.5}", "", Late{Grace: 15 * time.Minute, PerDay: 10, Closed: 12 * time.Hour}, ""},
		{"late: {grace: soon}", "", Late{}, "late: want grace: a duration such as 15m"},
		{"late: {per_day: 110}", "", Late{}, "percent from 0 to 100"},
		{"drop_lowest: 1", "", Late{}, ""},
		{"drop_lowest: -1", "", Late{}, "drop_lowest -1: want how many lessons do not count"},
		{"late: {perday: 1}", "", Late{}, `unknown field "perday"`},
		{"", "-1", Late{}, "weight -1: want a number that is not negative"},
	} {
		dir := t.TempDir()
		text := "chapters:\n  - file: a\n"
		if row.weight != "" {
			text += "    weight: " + row.weight + "\n"
		}
		for name, content := range map[string]string{"course.yaml": text + row.late + "\n", "a.md": "# A\n"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		c, err := Read(filepath.Join(dir, "course.yaml"))
		switch {
		case row.err != "":
			if err == nil || !strings.Contains(err.Error(), row.err) {
				t.Errorf("%s %s: %v, want %q", row.late, row.weight, err, row.err)
			}
		case err != nil:
			t.Errorf("%s: %v", row.late, err)
		case c.Late != row.want:
			t.Errorf("%s: %+v, want %+v", row.late, c.Late, row.want)
		}
	}
}
