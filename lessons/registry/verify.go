package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/submission"
)

// Verify reads all that is stored and says what is not as it was written: the log from its first row to its end, what its rows are about, and that nothing is there that it does not know. It should be
// run while nobody works. Known is an end of the log that somebody has written down; it may be of no log at all.
func (r *Registry) Verify(ctx context.Context, known Head) (head Head, problems []string, err error) {
	v := &verifying{r: r, known: known, events: map[Event]int{}}
	for last := int64(-1); last != v.seq; { // in pieces: a connection may have to serve the checks of each
		last = v.seq
		if err := v.some(ctx); err != nil {
			return head, nil, fmt.Errorf("verify: %w", err)
		}
	}
	if err := v.whole(ctx); err != nil {
		return head, nil, fmt.Errorf("verify: %w", err)
	}
	return Head{v.seq, v.hash}, v.problems, nil
}

type verifying struct {
	r        *Registry
	known    Head
	seq      int64
	hash     string
	events   map[Event]int
	problems []string
}

func (v *verifying) say(format string, args ...any) {
	v.problems = append(v.problems, fmt.Sprintf(format, args...))
}

// some checks the next rows of the log.
func (v *verifying) some(ctx context.Context) error {
	var entries []*Entry
	err := v.r.entries(ctx, func(e *Entry) error {
		entries = append(entries, e)
		return nil
	}, "SELECT "+entryColumns+" FROM audit WHERE seq > $1 ORDER BY seq LIMIT 500", v.seq)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Seq != v.seq+1 {
			v.say("log: row %d follows row %d", e.Seq, v.seq)
		}
		if e.Previous != v.hash {
			v.say("log: row %d does not follow from the row before", e.Seq)
		}
		if e.hash() != e.Hash {
			v.say("log: row %d was changed", e.Seq)
		}
		if e.Seq == v.known.Seq && e.Hash != v.known.Hash {
			v.say("log: row %d is not the one that was written down", e.Seq)
		}
		v.seq, v.hash = e.Seq, e.Hash
		v.events[e.Event]++
		if err := v.content(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// content checks what a row of the log is about.
func (v *verifying) content(ctx context.Context, e *Entry) (err error) {
	problem := ""
	switch e.Event {
	case Received:
		problem, err = v.received(ctx, e)
	case Graded:
		problem, err = v.graded(ctx, e)
	case Failed:
		var why string
		err = v.r.db.QueryRowContext(ctx, "SELECT why FROM failures"+ofKey, e.Submission, e.Grader, e.Run).Scan(&why)
		if err == nil && submission.Digest([]byte(why)) != e.Content {
			problem = "the reason was changed"
		}
	case Told:
		var data []byte
		err = v.r.db.QueryRowContext(ctx, "SELECT data FROM told JOIN blobs ON digest = content"+ofKey+" AND content = $4", e.Submission, e.Grader, e.Run, e.Content).Scan(&data)
		if err == nil && submission.Digest(data) != e.Content {
			problem = "the page was changed"
		}
	default:
		problem = fmt.Sprintf("%q is no event", e.Event)
	}
	if errors.Is(err, sql.ErrNoRows) {
		problem, err = "what it is about is gone", nil
	}
	if problem != "" {
		v.say("row %d of the log, %s of %.12s: %s", e.Seq, e.Event, e.Submission, problem)
	}
	return err
}

func (v *verifying) received(ctx context.Context, e *Entry) (problem string, err error) {
	_, h, err := scanSubmission(v.r.db.QueryRowContext(ctx, "SELECT "+submissionColumns+", coalesce(data, $2) FROM submissions LEFT JOIN blobs ON digest = content WHERE id = $1", e.Submission, []byte{}))
	switch {
	case err != nil:
	case h.Digest != e.Content:
		problem = "it has another file"
	case h.Digest != "" && submission.Digest(h.Data) != h.Digest:
		problem = "the file was changed"
	}
	return problem, err
}

func (v *verifying) graded(ctx context.Context, e *Entry) (problem string, err error) {
	var content string
	var data []byte
	var points float64
	err = v.r.db.QueryRowContext(ctx, "SELECT content, points, data FROM attempts JOIN blobs ON digest = content"+ofKey, e.Submission, e.Grader, e.Run).Scan(&content, &points, &data)
	if err != nil {
		return "", err
	}
	a := new(grade.Attempt)
	switch {
	case content != e.Content || submission.Digest(data) != content:
		return "the attempt was changed", nil
	case json.Unmarshal(data, a) != nil:
		return "the attempt cannot be read", nil
	case a.Points != points:
		return "its points were changed", nil
	}
	have, err := v.results(ctx, e.Key)
	if err == nil && !slices.Equal(have, rowsOf(a)) {
		problem = "its results were changed"
	}
	return problem, err
}

func (v *verifying) results(ctx context.Context, k Key) (all []row, err error) {
	rows, err := v.r.db.QueryContext(ctx, "SELECT test, part, verdict, points, most FROM results"+ofKey+" ORDER BY place", k.Submission, k.Grader, k.Run)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.test, &r.part, &r.verdict, &r.points, &r.most); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// whole checks what no single row can say.
func (v *verifying) whole(ctx context.Context) error {
	var end Head
	if err := v.r.db.QueryRowContext(ctx, "SELECT seq, hash FROM chain").Scan(&end.Seq, &end.Hash); err != nil {
		return err
	}
	if end != (Head{v.seq, v.hash}) {
		v.say("log: it ends with row %d, and should with row %d", v.seq, end.Seq)
	}
	if v.known.Seq > v.seq {
		v.say("log: it ends with row %d, and had %d when that was written down", v.seq, v.known.Seq)
	}
	for _, t := range []struct {
		table string
		event Event
	}{{"submissions", Received}, {"attempts", Graded}, {"failures", Failed}, {"told", Told}} {
		var n int
		if err := v.r.db.QueryRowContext(ctx, "SELECT count(*) FROM "+t.table).Scan(&n); err != nil {
			return err
		}
		if n != v.events[t.event] {
			v.say("%s: there are %d, the log knows %d", t.table, n, v.events[t.event])
		}
	}
	return nil
}
