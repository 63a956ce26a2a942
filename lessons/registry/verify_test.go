package registry

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestVerify(t *testing.T) {
	for name, row := range map[string]struct{ change, want string }{
		"points of an attempt":       {"UPDATE attempts SET points = 99 WHERE run = 0", "its points were changed"},
		"points of a case":           {"UPDATE results SET points = 5 WHERE part = 'two'", "its results were changed"},
		"a result that is gone":      {"DELETE FROM results WHERE part = 'two'", "its results were changed"},
		"a submission's file":        {"UPDATE blobs SET data = '...' WHERE digest = (SELECT min(content) FROM submissions)", "the file was changed"},
		"an attempt's text":          {"UPDATE blobs SET data = '{}' WHERE digest = (SELECT min(content) FROM attempts)", "the attempt was changed"},
		"an attempt that is gone":    {"DELETE FROM told; DELETE FROM results; DELETE FROM attempts", "what it is about is gone"},
		"an attempt from nowhere":    {"INSERT INTO asked SELECT submission, grader, 7, job FROM asked; INSERT INTO attempts SELECT submission, grader, 7, content, points FROM attempts", "attempts: there are"},
		"a row of the log":           {"UPDATE audit SET host = 'elsewhere' WHERE seq = 2", "row 2 was changed"},
		"a row of the log left out":  {"DELETE FROM audit WHERE seq = 2", "row 3 follows row 1"},
		"the end of the log cut off": {"DELETE FROM audit WHERE seq = 6; UPDATE chain SET seq = 5, hash = (SELECT hash FROM audit WHERE seq = 5)", "had 6 when that was written down"},
		"a page":                     {"UPDATE blobs SET data = '...' WHERE digest = (SELECT min(content) FROM told)", "the page was changed"},
		"a page that is gone":        {"DELETE FROM told WHERE content = (SELECT min(content) FROM told)", "told: there are 1, the log knows 2"},
		"the end's hash":             {"UPDATE chain SET hash = ''", "it ends with row 6"},
	} {
		t.Run(name, func(t *testing.T) {
			databases(t, func(t *testing.T, d database) {
				r := d.open(t)
				for k := range r.graded(t, essays(2), count) {
					page := Page{k, []byte("you " + k.Submission)}
					if err := errors.Join(r.Tell(t.Context(), []Page{page}), r.Tell(t.Context(), []Page{page})); err != nil {
						t.Fatal(err)
					}
				}
				known := r.sound(t)
				for statement := range strings.SplitSeq(row.change, ";") {
					if strings.Contains(statement, "chain") || strings.Contains(statement, "INSERT") {
						continue // that is allowed
					}
					if _, err := r.db.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "are never") {
						t.Errorf("%s: %v", statement, err)
					}
				}
				r.unguard(t)
				for statement := range strings.SplitSeq(row.change, ";") {
					r.exec(t, statement)
				}
				_, problems, err := r.Verify(t.Context(), known)
				if err != nil || !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, row.want) }) {
					t.Errorf("%v, %q; want %s", err, problems, row.want)
				}
			})
		})
	}
}

func (r *Registry) unguard(t *testing.T) {
	t.Helper()
	if r.dialect.guard == sqliteDialect.guard {
		for _, table := range lasting {
			r.exec(t, "DROP TRIGGER "+table+"_stay")
			r.exec(t, "DROP TRIGGER "+table+"_remain")
		}
		r.exec(t, "PRAGMA foreign_keys = OFF")
		return
	}
	for _, table := range lasting {
		r.exec(t, "ALTER TABLE "+table+" DISABLE TRIGGER ALL")
	}
}
